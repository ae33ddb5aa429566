# SPDX-License-Identifier: MIT
# Which header declares what which file defines. Lines "defines FILE SYMBOL", then "text HEADER LINE" of headers
# without comments. A declaration is a function's (its name and a bracket) or begins with extern. A library NAME has one
# header NAME/NAME.h, which is the place for the functions of all its files.
function base(path) { sub(/.*\//, "", path); sub(/\.[ch]$/, "", path); return path }
function folder(path) { sub(/\/[^\/]*$/, "", path); return path }
function is_library(header, file,    at) {
  at = folder(header)
  return base(at ".h") == base(header) && index(file, at "/") == 1
}
function declared(symbol, header) {
  if (!(symbol in home)) return
  all++
  if (base(home[symbol]) == base(header) || is_library(header, home[symbol])) own++
  else strange[header " declares " symbol " of " home[symbol]]
}
# One declaration, without what is in braces.
function statement(text, header,    n, word, i) {
  if (text ~ /^[ \t]*extern /) {
    gsub(/\[[^\]]*\]/, "", text)
    n = split(text, word, ",")
    for (i = 1; i <= n; i++)
      if (match(word[i], /[A-Za-z_][A-Za-z0-9_]*[ \t]*$/))
        declared(substr(word[i], RSTART, RLENGTH) "", header)
  } else if (match(text, /[A-Za-z_][A-Za-z0-9_]*[ \t]*\(/)) {
    text = substr(text, RSTART, RLENGTH - 1)
    sub(/[ \t]+$/, "", text)
    declared(text, header)
  }
}
$1 == "defines" { home[$3] = $2; next }
{
  if ($2 != header) { header = $2; depth = 0; text = "" }
  line = $0
  sub(/^text [^ ]+ ?/, "", line)
  for (i = 1; i <= length(line); i++) {
    c = substr(line, i, 1)
    if (c == "{") depth++
    else if (c == "}") { if (--depth == 0) text = text ~ /static inline/ ? "" : text " " }
    else if (c == ";" && depth == 0) { statement(text, header); text = "" }
    else if (depth == 0) text = text c
  }
  text = text " "
}
END {
  if (!all) { print "no objects of the asan build to read"; exit 1 }
  share = 100 * own / all
  printf "COUNT headers: %.1f %% of %d declarations are in the header of their file\n", share, all
  if (share >= held) exit 0
  for (s in strange) print s
  print "fewer than " held " %"
  exit 1
}
