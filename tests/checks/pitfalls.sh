#!/bin/bash
# SPDX-License-Identifier: MIT
# tests/pitfalls.tsv has all 27 pitfalls and is correct: each marked tested has results "pNN: ..." in an end-to-end
# test, each marked for later has none.
set -u
cd "$(dirname "$0")/../.." || exit 1
found=0
problem() {
  echo "tests/pitfalls.tsv: $*"
  found=1
}

n=0
while IFS=$'\t' read -r number what state; do
  n=$((n + 1))
  [ "$number" = "$(printf 'p%02d' $n)" ] || problem "$number stands in the place of p$(printf %02d $n)"
  [ -n "$what" ] || problem "$number says nothing"
  tests=$(grep -lE "['\"]$number: " tests/e2e/*/*.sh)
  case $state in
  tested) [ -n "$tests" ] || problem "$number has no test" ;;
  'later: '?*) [ -z "$tests" ] || problem "$number has a test: $tests" ;;
  *) problem "$number is \"$state\", neither tested nor later" ;;
  esac
done < <(grep -v '^#' tests/pitfalls.tsv)
[ $n = 27 ] || problem "$n entries, not 27"
exit $found
