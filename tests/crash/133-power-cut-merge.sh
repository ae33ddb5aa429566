#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034,SC2154 # power.sh and crash.sh use and set them
# The power fails during vdi-flatten and the merge after snapshot-uninstall of halted disks, and (in ring all) during vdi-merge
# and under a running guest. Each disk and each snapshot then has the content of before or after, byte by byte, a running
# guest's disk also all that the guest had synced; no layer is missing, and none is left. CUTS_OF="NAME ..." runs these.
# own store: its files are among those that a power cut leaves
. "$TESTS/lib/e2e.sh"
HOWS=${HOWS-names${LONG:+ drop torn mixed}}
mkdir -m 0755 disks && cd disks || exit 1
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/crash.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/memory.sh" # serial_of
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/scenarios.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/scenarios_layers.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/fault.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/power.sh"

# The snapshots of the user's that are not part of the scenario go first.
power_one() {
  drop_snapshots
  power_scenario "$1"
}

crash_guest p
power_host
long='below halted_down halted_between alone onto active middle down between'
for name in ${CUTS_OF-halted_alone leaf ${LONG:+$long}}; do power_one "$name"; done
