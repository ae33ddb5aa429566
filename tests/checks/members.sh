#!/bin/bash
# SPDX-License-Identifier: MIT
# Each member of a plan that the sources name to the calls of plan_data.h stands in a table of members. That
# it stands in one of that operation's tables, the calls themselves assert.
set -u
cd "$(dirname "$0")/../.." || exit 1

find objects -name '*.[ch]' -print0 | xargs -0 awk '
function word_at(pattern) { return match(rest, pattern) ? substr(rest, RSTART, RLENGTH) : "" }
# The tables and calls of one file, which is one line by now.
function read_file() {
  while (match(text, /(struct plan_member [a-z_]+\[\] = \{|plan_(has|string|bool|int|strings|keep|keep_bool|keep_int|keep_one_more)\()/)) {
    is_table = substr(text, RSTART, 6) == "struct"
    text = substr(text, RSTART + RLENGTH)
    rest = substr(text, 1, 4000)
    if (is_table) {
      sub(/\{ 0 \}.*/, "", rest)
      while ((word = word_at("\\{ (\"[a-z-]+\"|[A-Z_]+), PLAN_")) != "") {
        rest = substr(rest, RSTART + RLENGTH)
        gsub(/^\{ |, PLAN_$/, "", word)
        rows[file, word]
      }
    } else {
      sub(/^[^,]*, */, "", rest)
      if ((word = word_at("^(\"[a-z-]+\"|[A-Z_]+)")) != "") calls[file, word]
    }
  }
}
function value(file, word) {
  if (word ~ /^"/) return word
  return (file, word) in own ? own[file, word] : shared[word]
}
FNR == 1 { read_file(); file = FILENAME; text = "" }
/^#define [A-Z_]+ "[a-z-]+"/ {
  own[file, $2] = $3
  if (file ~ /\.h$/) shared[$2] = $3
  next
}
{ sub(/^[ \t]+/, ""); text = text " " $0 }
END {
  read_file()
  for (r in rows) {
    split(r, p, SUBSEP)
    declared[value(p[1], p[2])]
    n++
  }
  for (c in calls) {
    split(c, p, SUBSEP)
    if (value(p[1], p[2]) in declared) continue
    print p[1] ": " p[2] " is a member that no operation declares"
    found = 1
  }
  print "COUNT " n " members of plans"
  exit found || !n
}'
