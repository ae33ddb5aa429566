#!/bin/bash
# SPDX-License-Identifier: MIT
# Every header compiles alone. Of the functions that the .c files share, at least HELD percent are declared in the
# header with the name of the defining file, so that a reader knows where to look.
set -u
cd "$(dirname "$0")/../.." || exit 1
HELD=90
build=build/asan # whose objects are read for symbols

make -s --no-print-directory check-headers || exit 1

sources() {
  find xe objects store backends -name "$1"
}
facts() {
  sources '*.c' | sed "s|^\(.*\)\.c$|$build/\1.o|" | xargs nm -A |
    sed -n "s|^$build/\([^:]*\)\.o:[0-9a-f]* *[TDBRC] \([A-Za-z_][A-Za-z0-9_]*\)\$|defines \1.c \2|p"
  sources '*.h' | while read -r h; do
    gcc -fpreprocessed -dD -E -P "$h" 2>/dev/null | grep -v '^ *#' | sed "s|^|text $h |"
  done
}
facts | awk -v held=$HELD -f tests/checks/headers.awk
