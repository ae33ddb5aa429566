#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034,SC2154 # crash.sh uses and sets them
# limit 7200
# The database is killed at failpoints of operations: no byte of a guest is lost, nothing is half done, and a command that
# ends well has done what it says. In ring all at every failpoint of all operations, by the tests that kill vxe there.
# own store: the database that is lost
LOST=1
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/crash.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/scenarios.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/memory.sh"

# lost_whole NAME: a test that kills vxe, with a database that is killed in its place.
lost_whole() {
  LOST=1 bash "$TESTS/crash/$1.sh" >"$1.out" 2>&1
  grep -A12 '^not ok' "$1.out"
  [ $? = 1 ] && tail -n 1 "$1.out" | grep '^1\.\.'
}
if [ -n "$LONG" ]; then
  database_end
  for t in 60-kill-vm 61-kill-end 62-kill-merge 63-kill-memory 64-kill-copy 65-kill-import 66-kill-template 67-kill-checkpoint \
    68-kill-vdi 69-kill-devices 84-kill-kept 85-kill-flatten 87-kill-vdi-merge; do
    ok "$t, with the database in the place of vxe" lost_whole $t
  done
  exit 0
fi

exec 3>&1
crash_guest c
crash_scenario running vm-snapshot:make-overlays:after vm-snapshot:switch:after vm-snapshot:result:after
crash_scenario checkpoint vm-checkpoint:switch
crash_scenario revert snapshot-revert:define:after
lost_summary
