#!/bin/bash
# SPDX-License-Identifier: MIT
# tests/rings.list has a row "RING SECONDS SCRIPT" for every script of the tests, once, and for nothing else. A folder of
# tests has few enough scripts to be read at a glance. The scripts of tests/e2e lie in the areas of docs/reliability.md.
set -u
cd "$(dirname "$0")/../.." || exit 1
FULL=40
found=0
complain() {
  echo "$*"
  found=1
}
problem() { complain "tests/rings.list: $*"; }

while read -r ring seconds script rest; do
  [[ $ring =~ ^(fast|check|all)$ && $seconds =~ ^[0-9]+$ && -n $script && -z $rest ]] ||
    problem "not RING SECONDS SCRIPT: $ring $seconds $script $rest"
done < <(grep -v '^#' tests/rings.list)
for script in tests/checks/*.sh tests/e2e/*/[0-9]*.sh tests/crash/[0-9]*.sh; do
  n=$(awk -v script="$script" '!/^#/ && $3 == script' tests/rings.list | wc -l)
  [ "$n" = 1 ] || problem "$script stands in $n rows"
done
while read -r script; do
  [ -f "$script" ] || problem "there is no $script"
done < <(awk '!/^#/ { print $3 }' tests/rings.list)

while read -r scripts folder; do
  [ "$scripts" -le $FULL ] || complain "$folder has $scripts scripts; $FULL are allowed"
done < <(find tests -name '*.sh' -printf '%h\n' | sort | uniq -c)
while IFS=/ read -r _ _ area script rest; do
  [[ -n $script && -z $rest ]] || complain "tests/e2e/$area${script:+/$script/$rest} is in no folder of an area"
done < <(find tests/e2e -type f)
for area in tests/e2e/*/; do
  grep -qF "| \`${area%/}\` |" docs/reliability.md || complain "docs/reliability.md: no row for ${area%/}"
done
exit $found
