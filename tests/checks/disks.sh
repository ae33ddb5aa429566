#!/bin/bash
# SPDX-License-Identifier: MIT
# Disks are a library with one public header of at most 40 functions (ADR 8): no other room includes another header of
# objects/disks, or uses a symbol of objects/disks that is not declared there. objects/guest_state, which keeps files of its
# own beside those of disks, may.
set -u
cd "$(dirname "$0")/../.." || exit 1
found=0
complain() {
  [ -z "$2" ] || { echo "$1:" && echo "$2" && found=1; }
}

header=objects/disks/disks.h
MOST=40
build=build/asan # whose objects are read for symbols

# The header without comments and without lines of the preprocessor.
text() { gcc -fpreprocessed -dD -E -P "$header" 2>/dev/null | grep -v '^ *#'; }
# The names of its functions: what stands before the bracket of a declaration that begins at the margin.
functions() {
  text | awk '/^(extern|typedef) / { next } /^[a-z][^={]*[a-z0-9_]\(/ { sub(/\(.*/, ""); sub(/.*[ *]/, ""); print }' | sort -u
}
# The names of its tables.
tables() { text | tr '\n' ' ' | grep -oE 'extern [^;]*;' | sed 's/\[[^]]*\]//g' | grep -oE '[a-z_0-9]+ *[,;]' | tr -d ' ,;'; }

n=$(functions | wc -l)
echo "COUNT disks: $n functions in $header"
[ "$n" -gt 0 ] || complain "$header" 'no functions are found'
[ "$n" -le "$MOST" ] || complain "$header" "$n functions; $MOST are allowed"

complain "another header of objects/disks is included than $header" \
  "$(find xe objects store backends -name '*.[ch]' | grep -vE '^objects/(disks|guest_state)/' |
    xargs grep -n '#include "objects/disks/' | grep -v "\"$header\"")"

symbols() {
  sed "s|^\(.*\)\.c$|$build/\1.o|" | xargs nm -A 2>/dev/null |
    sed -n "s|^$build/\([^:]*\)\.o:[0-9a-f]* *\([A-Z]\) \([A-Za-z_][A-Za-z0-9_]*\)\$|\1.c \2 \3|p"
}
own=$(find objects/disks -name '*.c' | symbols | awk '$2 ~ /[TDBRC]/ { print $3 }')
[ -n "$own" ] || complain objects/disks "nothing of it is compiled in $build"
complain "a symbol of objects/disks is used elsewhere and not declared in $header" \
  "$(find xe objects store backends -name '*.c' | grep -vE '^objects/(disks|guest_state)/' | symbols |
    awk -v own="$own" -v public="$(functions && tables)" '
      BEGIN { n = split(own, a, "\n"); for (i = 1; i <= n; i++) mine[a[i]]; n = split(public, a, "\n"); for (i = 1; i <= n; i++) known[a[i]] }
      $2 == "U" && ($3 in mine) && !($3 in known) { print $1 " uses " $3 }')"
exit $found
