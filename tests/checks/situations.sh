#!/bin/bash
# SPDX-License-Identifier: MIT
# tests/situations.tsv is correct: each script exists and has the words of 'vxe check' that the table promises. The
# script itself compares them with what check prints.
set -u
cd "$(dirname "$0")/../.." || exit 1
found=0
problem() {
  echo "tests/situations.tsv: $*"
  found=1
}

while IFS=$'\t' read -r number what script words rest; do
  [ -n "$words" ] && [ -z "$rest" ] || problem "$number: not four columns"
  [ -f "$script" ] || {
    problem "$number ($what): no $script"
    continue
  }
  [ "$words" = - ] || grep -qF -- "$words" "$script" || problem "$number ($what): $script has no \"$words\""
done < <(grep -v '^#' tests/situations.tsv)
exit $found
