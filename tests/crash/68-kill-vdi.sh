#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034,SC2154 # crash.sh uses and sets them
# vxe is killed at every failpoint of the operations on disks without a VM, and of a snapshot of one disk. A guest runs
# all the time; the contents of the disk and of the guest's disks are compared.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/crash.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/scenarios.sh"

others() { disks_alone && snapshots_alone; }

# kill_op OPERATION NEW WORDS: kills at every point of the operation; NEW: a disk exists before.
kill_op() {
  local name=${1//-/_}
  eval "${name}_prepare() { be_running && be_alone $2; }; ${name}_command() { eval 'CMD=($3)'; }; ${name}_reset() { :; }"
  points "$1" && crash_scenario "$name" "${POINTS[@]}"
}

crash_guest c
head -c 1M /dev/urandom >import.raw
will_create
kill_op vdi-create '' '"${CREATE[@]}"'
kill_op vdi-resize new 'vdi-resize uuid=$(vdis) disk-size=2MiB'
kill_op vdi-import new 'vdi-import uuid=$(vdis) filename=import.raw'
kill_op vdi-copy new 'vdi-copy uuid=$(vdis) sr-uuid=$SR'
kill_op vdi-destroy new 'vdi-destroy uuid=$(vdis)'
be_alone ''
points vdi-snapshot && crash_scenario vdi_snapshot "${POINTS[@]}"
# shellcheck disable=SC2086 # words
crash_summary $KILLED_BY_38
