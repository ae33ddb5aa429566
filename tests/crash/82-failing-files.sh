#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034,SC2154 # fault.sh and crash.sh use and set them
# In ring all: each write of the other operations to disks and archives fails once, in vxe, qemu-img, qemu-nbd or
# QEMU.
. "$TESTS/lib/e2e.sh"
[ -n "$LONG" ] || skip_all 'only in ring all'
mkdir -m 0755 disks && cd disks || exit 1
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/crash.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/memory.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/scenarios.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/fault.sh"

# The failing writes include those of the memory.
memory_is_met() {
  be_running
  ONLY=.mem WHERE=$ALL under_fault 100000 vm-checkpoint uuid="$UUID" new-name-label=kill
  # A helper of libvirtd creates, writes and syncs the file, libvirtd completes its header, and vxe syncs it twice.
  ok 'the memory is written under the library' test "$CALLS" -gt 5
  diag "note checkpoint: $CALLS calls on the memory"
  drop_snapshots
}

exec 3>&1 # for memory_goes_on
ALL=$PWD:$HOST_IMAGES
for name in ${FAULTS_OF-halted revert back leaf below active clone copy export vm checkpoint resize}; do
  # libvirtd writes the memory. The guest continues to run, so its own writes must not be counted.
  [ "$name" != checkpoint ] || { preload_guest '' && preload_daemon; }
  crash_guest "$name"
  case $name in
  revert) STOPS=1 fault_scenario revert "$ALL" ;;
  active) MAY_DIE=1 EXACT=1 fault_scenario active "$ALL" ;;
  vm) make_archive && fault_scenario vm "$ALL" ;;
  resize)
    others() { disks_alone; } # from here on
    fault_scenario resize "$ALL"
    ;;
  checkpoint) memory_is_met && RUNS=1 fault_scenario checkpoint "$ALL" ;;
  *) fault_scenario "$name" "$ALL" ;;
  esac
  be_halted
done
diag "note faults made: $FAULTS"
