# SPDX-License-Identifier: MIT
# The part of layers.sh that knows the rooms. It reads lines "room LEVEL NAME FOLDER", "file FILE",
# "include FILE HEADER", "object FILE" (it is compiled, and not changed since), "defines FILE SYMBOL" and "needs FILE
# SYMBOL". A symbol of the registry (its tables of classes, views and operations) may be used from everywhere: that is
# what the registry is for.
BEGIN {
  registry = "objects/registry.c"
  n_out = split("stdout stderr printf vprintf __printf_chk __vprintf_chk puts putchar perror dprintf vdprintf __dprintf_chk __vdprintf_chk exit getenv secure_getenv", out, " ")
  for (i = 1; i <= n_out; i++) output[out[i]] = 1
}
function folder(file) { sub(/\/[^\/]*$/, "", file); return file }
function complain(text) { print text; bad = 1 }
# Marks all that can be reached from @from; @mark: whose mark.
function walk(from, mark,    n, list, to, i) {
  n = split(calls[from], list, " ")
  for (i = 1; i <= n; i++) {
    to = list[i]
    if (!((mark, to) in reached)) {
      reached[mark, to] = 1
      walk(to, mark)
    }
  }
}
$1 == "room" { level[$4] = $2; name[$4] = $3; used[$4] = 0 }
$1 == "file" {
  if (!(folder($2) in level)) complain($2 ": in no room of tests/checks/rooms.list")
  if (folder($2) == folder(registry) && $2 != registry) complain($2 ": only the registry is in this folder")
  if ($2 ~ /\.c$/) source[$2] = 1
  if (++used[folder($2)] == full + 1) complain(folder($2) ": more than " full " files")
}
$1 == "include" && folder($3) in level && level[folder($3)] > level[folder($2)] {
  complain($2 " (" name[folder($2)] ") includes " $3 " (" name[folder($3)] ")")
}
# One that is defined twice is in two programs: no reader can say which one is meant.
$1 == "defines" { if ($3 in home) twice[$3] = 1; home[$3] = $2 }
$1 == "object" { compiled[$2] = 1 }
$1 == "needs" { needs[++n] = $2 " " $3 }
$1 == "needs" && ($3 in output) && $2 ~ /^(objects|store|backends)\// && $2 !~ /^(objects\/base\/log|backends\/machine\/time_zone)\.c$/ {
  complain($2 " writes, exits or reads the environment (" $3 ")")
}
END {
  for (f in source) if (!(f in compiled)) complain(f ": changed since it was compiled, or never compiled")
  for (d in used) if (!used[d]) complain("tests/checks/rooms.list: nothing in " d)
  for (i = 1; i <= n; i++) {
    split(needs[i], a, " ")
    if (!(a[2] in home) || a[2] in twice || home[a[2]] == registry || home[a[2]] == a[1]) continue
    to = home[a[2]]
    if (level[folder(to)] > level[folder(a[1])])
      complain(a[1] " (" name[folder(a[1])] ") uses " a[2] " of " to " (" name[folder(to)] ")")
    if (!((a[1], to) in edge)) { edge[a[1], to] = 1; calls[a[1]] = calls[a[1]] " " to }
  }
  for (f in calls) walk(f, f)
  for (f in calls) {
    size = 0; text = ""
    for (g in calls) if ((f, g) in reached && (g, f) in reached) { size++; text = text " " g; }
    if (size > knot && !(f in told)) {
      complain("a knot of " size " files:" text)
      split(text, list, " "); for (i in list) told[list[i]] = 1
    }
    if (size > largest) largest = size
  }
  if (n == 0) complain("no objects of the asan build to read")
  print "COUNT rooms: largest knot " largest + 0 " files"
  exit bad
}
