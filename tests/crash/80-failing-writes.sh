#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034,SC2154 # fault.sh and crash.sh use and set them
# Each write of a snapshot and of a merge of a running guest fails once, in vxe, qemu-img or QEMU.
. "$TESTS/lib/e2e.sh"
mkdir -m 0755 disks && cd disks || exit 1
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/crash.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/scenarios.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/fault.sh"

crash_guest f
fault_scenario running "$PWD"
MAY_DIE=1 EXACT=1 fault_scenario middle "$PWD"
diag "note faults made: $FAULTS"
