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
code=$(find xe objects backends store \( -name '*.c' -o -path 'objects/base/*.h' \) -exec cat {} + | tr -s '\n\t' ' ')
raised() { grep -qE ", $1[,)]" <<<"$code"; }

codes=$(grep -oE '^[[:space:]]X\([A-Z][A-Z0-9_]*' objects/base/codes.h | cut -d'(' -f2)
for name in $codes; do
  raised "$name" || problem "nothing raises $name"
  has "$name" "$untested" || grep -rqw "$name" tests/unit tests/e2e ||
    problem "no test provokes $name"
done
for name in $untested; do
  has "$name" "${codes//$'\n'/ }" || problem "$name is not in the catalogue"
done
exit $found
