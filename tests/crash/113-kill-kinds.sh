#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034,SC2154 # crash.sh uses and sets them
# vxe is killed at the failpoints of one operation for each kind of commit point: the records (vdi-create), the atomic
# switch of a running guest (vm-snapshot), the definition (snapshot-revert), the end of the domain (vm-uninstall), none
# and begun again (coalesce-commit). In ring check at the points around the commit, where what a recovery has to do changes,
# and the first effect; in ring all, of each two points that have no effect between them, at the first one. The other
# operations, and the second points, are in 60 to 87; the units walk all of them on the mock.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/crash.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/scenarios.sh"

create_prepare() { be_alone ''; }
create_command() { CMD=("${CREATE[@]}"); }
create_reset() { be_alone ''; }
# A state has the disks that no VM has.
others() { disks_alone; }

# kill_kind OPERATION SCENARIO STEP...: those of ring check.
kill_kind() {
  local op=$1 scenario=$2
  shift 2
  if [ -n "$LONG" ]; then first_points "$op"; else mapfile -t POINTS < <(printf "$op:%s:after\n" "$@"); fi
  KILLED+=("${POINTS[@]}")
  crash_scenario "$scenario" "${POINTS[@]}"
}

crash_guest c
will_create
kill_kind vdi-create create make-image result
kill_kind vm-snapshot running make-overlays switch redefine
be_halted && STOPS=1 kill_kind snapshot-revert revert stop define place-files
EXACT=1 UNCHANGED=- kill_kind coalesce-commit middle copy switch
STOPS=1 kill_kind vm-uninstall uninstall stop undefine
crash_hits "$(printf '%s\n' "${KILLED[@]}")"
