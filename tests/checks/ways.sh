#!/bin/bash
# SPDX-License-Identifier: MIT
# Each error that names a way out has a test that took it: "wrong CODE", then "leads CODE" where the text has a command, else
# "again CODE" (tests/lib/ways.sh).
set -u
cd "$(dirname "$0")/../.." || exit 1
found=0
problem() {
  echo "objects/base/advice.c: $*"
  found=1
}

# No command line of these tests ends with these: another check refuses first, they stand inside of another error
# (SCHEDULE_DELETES), or it takes hosts of two releases (tests/packages/pool_pair.sh).
unmet='MISSING_PARAMETER VM_HOST_INCOMPATIBLE_VIRTUAL_HARDWARE_PLATFORM_VERSION REVERT_ONLY_ALLOWED_ON_SNAPSHOT CANNOT_RESET_CONTROL_DOMAIN VXE_TIED_TO_POOL VM_REQUIRES_NETWORK VM_MIGRATE_FAILED VXE_PLACE_TAKEN VXE_SCHEDULE_DELETES'

# "CODE command" or "CODE words" of each.
nexts() {
  tr -s '\n\t' ' ' <objects/base/advice.c | grep -oE '\[[A-Z][A-Z0-9_]*\] = ("([^"\\]|\\.)*" ?)+,' |
    sed -E 's/^\[([A-Z0-9_]*)\] = /\1 /; s/" "//g' |
    awk '{ print $1, ($0 ~ /\047(vxe|virsh|qemu-img) /) ? "command" : "words" }'
}
says() { grep -rqE "(^|[^[:alnum:]_])$1 $2( |\$)" tests/e2e; }

n=0
while read -r code kind; do
  n=$((n + 1))
  [[ " $unmet " != *" $code "* ]] || continue
  says wrong "$code" || problem "no test meets $code"
  case $kind in
  command) says leads "$code" || problem "no test runs what $code names" ;;
  words) says '(leads|again)' "$code" || problem "no test does what $code says" ;;
  esac
done < <(nexts)
[ $n -gt 100 ] || problem "only $n ways out are found"
for code in $unmet; do
  says wrong "$code" && says '(leads|again)' "$code" && problem "$code is met"
done
exit $found
