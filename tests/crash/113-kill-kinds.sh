#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034,SC2154 # crash.sh uses and sets them
# vxe is killed at the failpoints of one operation for each kind of commit point: the records (vdi-create), the atomic
# switch of a running guest (vm-snapshot), the definition (snapshot-revert), the end of the domain (vm-uninstall), none
# and begun again (coalesce-commit). Of each two points that have no effect between them it is the first one. The other
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

# kill_kind OPERATION SCENARIO
kill_kind() {
  first_points "$1"
  KILLED+=("${POINTS[@]}")
  crash_scenario "$2" "${POINTS[@]}"
}

crash_guest c
will_create
kill_kind vdi-create create
kill_kind vm-snapshot running
be_halted && STOPS=1 kill_kind snapshot-revert revert
EXACT=1 UNCHANGED=- kill_kind coalesce-commit middle
STOPS=1 kill_kind vm-uninstall uninstall
crash_hits "$(printf '%s\n' "${KILLED[@]}")"
