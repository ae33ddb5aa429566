#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034,SC2154 # fault.sh and crash.sh use and set them
# Each write of a snapshot and of a merge of a running guest fails once, in vxe, qemu-img or QEMU.
. "$TESTS/lib/e2e.sh"
mkdir -m 0755 disks && cd disks || exit 1
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/crash.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/fault.sh"

take() { plain vm-snapshot uuid="$UUID" new-name-label="$1" >taken && read -r "$1" <taken; }

running_prepare() { be_running; }
running_command() { CMD=(vm-snapshot uuid="$UUID" new-name-label=new); }
running_reset() { drop_snapshots; }

middle_prepare() { be_running && take one && take two; }
middle_command() { CMD=(snapshot-uninstall uuid="$one" force=true); }
middle_expects() {
  BEFORE=$(state)
  AFTER=$(grep -v '^snapshot one ' <<<"$BEFORE")
}
middle_reset() { drop_snapshots; }

crash_guest f
fault_scenario running "$PWD"
MAY_DIE=1 EXACT=1 fault_scenario middle "$PWD"
diag "note faults made: $FAULTS"
