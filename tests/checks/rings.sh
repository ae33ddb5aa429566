#!/bin/bash
# SPDX-License-Identifier: MIT
# tests/rings.list has a row "RING SECONDS SCRIPT" for every script of the tests, once, and for nothing else. A folder of
# tests has few enough scripts to be read at a glance. A test leaves it to tests/lib/database.sh what a store is, or says why its
# matter is one kind of store. The scripts of tests/e2e lie in the areas of docs/reliability.md, the
# units in the folders of what they test, of which none is without a unit.
set -u
cd "$(dirname "$0")/../.." || exit 1
FULL=40 MOST=2400 # scripts of a folder; seconds of the tests of commands in make check
OWN_STORE=7       # tests whose matter is one kind of store
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

sum=$(awk '!/^#/ && $1 != "all" && $3 ~ /^tests\/(e2e|crash)\// { sum += $2 } END { print sum }' tests/rings.list)
[ "$sum" -le $MOST ] || problem "the tests of commands in ring check take $sum s, $MOST are allowed: a long form belongs in ring all"

while read -r scripts folder; do
  [ "$scripts" -le $FULL ] || complain "$folder has $scripts scripts; $FULL are allowed"
done < <(find tests -name '*.sh' -printf '%h\n' | sort | uniq -c)
while IFS=/ read -r _ _ area script rest; do
  [[ -n $script && -z $rest ]] || complain "tests/e2e/$area${script:+/$script/$rest} is in no folder of an area"
done < <(find tests/e2e -type f)
for area in tests/e2e/*/; do
  grep -qF "| \`${area%/}\` |" docs/reliability.md || complain "docs/reliability.md: no row for ${area%/}"
done

# shellcheck source-path=SCRIPTDIR
. tests/lib/database.sh
mapfile -t own < <(grep -E '^# own store: ' tests/e2e/*/*.sh tests/crash/*.sh)
[ ${#own[@]} -le $OWN_STORE ] || complain "more than $OWN_STORE tests have a store of their own kind: ${own[*]%%:*}"
for line in "${own[@]}"; do
  [[ ${line#*store: } == *' '*' '* ]] || complain "${line%%:*} does not say why it has a store of its own kind"
done
# shellcheck disable=SC2016 # as it stands there
FOLDER='sqlite3 |vxe\.db|VXE_STORE="?\$(PWD|TEST_DIR)|(rm|cp|mv|ls|stat|mount) [^|;]*"?\$VXE_STORE'
for script in $(grep -lE "$FOLDER" tests/e2e/*/*.sh tests/crash/*.sh); do
  chooses_store "$script" || grep -q in_database "$script" ||
    complain "$script takes its store for a folder (tests/lib/database.sh): $(grep -nE "$FOLDER" "$script" | head -n 1)"
done

# What the folder PATH of a room has is tested in tests/unit/PATH; what the tests themselves have, in tests/unit/FOLDER of
# tests/FOLDER, and in tests/unit that leaks are seen.
rooms=$(sed 's/#.*//' tests/checks/rooms.list | awk '{ for (i = 2; i <= NF; i++) print $i }')
units=$(find tests/unit -name 'test_*.c' | sort)
while read -r unit; do
  folder=${unit#tests/unit/}
  case ${folder%/*} in
  kind | mock | test_leaks_are_seen.c) ;;
  *) grep -qxF -- "${folder%/*}" <<<"$rooms" || complain "$unit: there is no folder ${folder%/*} of a room" ;;
  esac
done <<<"$units"
while read -r folder; do
  grep -q "^tests/unit/$folder/[^/]*$" <<<"$units" || complain "$folder has no unit in tests/unit/$folder"
done <<<"$rooms"
twice=$(sed 's,.*/,,' <<<"$units" | sort | uniq -d)
[ -z "$twice" ] || complain "units that more than one file makes: $twice"
exit $found
