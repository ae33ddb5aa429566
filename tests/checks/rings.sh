#!/bin/bash
# SPDX-License-Identifier: MIT
# tests/rings.list has a row "RING SECONDS SCRIPT" for every script of the tests, once, and for nothing else.
set -u
cd "$(dirname "$0")/../.." || exit 1
found=0
problem() {
  echo "tests/rings.list: $*"
  found=1
}

while read -r ring seconds script rest; do
  [[ $ring =~ ^(fast|check|all)$ && $seconds =~ ^[0-9]+$ && -n $script && -z $rest ]] ||
    problem "not RING SECONDS SCRIPT: $ring $seconds $script $rest"
done < <(grep -v '^#' tests/rings.list)
for script in tests/checks/*.sh tests/e2e/[0-9]*.sh tests/crash/[0-9]*.sh; do
  n=$(awk -v script="$script" '!/^#/ && $3 == script' tests/rings.list | wc -l)
  [ "$n" = 1 ] || problem "$script stands in $n rows"
done
while read -r script; do
  [ -f "$script" ] || problem "there is no $script"
done < <(awk '!/^#/ { print $3 }' tests/rings.list)
exit $found
