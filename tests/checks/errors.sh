#!/bin/bash
# SPDX-License-Identifier: MIT
# Every code of the catalogue is raised somewhere and provoked by a test.
set -u
cd "$(dirname "$0")/../.." || exit 1
found=0
problem() {
  echo "objects/base/codes.h: $*"
  found=1
}

untested=''

has() { [[ " $2 " == *" $1 "* ]]; }
codes=$(grep -oE '^[[:space:]]X\([A-Z][A-Z0-9_]*' objects/base/codes.h | cut -d'(' -f2)
# Arguments, with two commas after each, so that none belongs to two.
raised=$(find xe objects backends store \( -name '*.c' -o -path 'objects/base/*.h' \) -exec cat {} + | tr -s '\n\t' ' ' |
  sed 's/,/,,/g' | grep -oE ', [A-Z][A-Z0-9_]*[,)]' | tr -d ',) ' | sort -u)
provoked=$(grep -rhowF "$codes" tests/unit tests/e2e | sort -u)
for name in $codes; do
  has "$name" "${raised//$'\n'/ }" || problem "nothing raises $name"
  has "$name" "$untested" || has "$name" "${provoked//$'\n'/ }" || problem "no test provokes $name"
done
for name in $untested; do
  has "$name" "${codes//$'\n'/ }" || problem "$name is not in the catalogue"
done
exit $found
