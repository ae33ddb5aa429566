#!/bin/bash
# SPDX-License-Identifier: MIT
# A guest that shares memory with others (<shmem>), which is not its own, has no checkpoint and is not suspended: vxe says
# so before anything is done. A snapshot of its disks is made.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/state.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"

for role in peer '' master; do
  NAME=shm-${role:-none}
  GUEST_EXTRA="<shmem name='$NAME-$$'${role:+ role='$role'}><model type='ivshmem-plain'/><size unit='M'>4</size></shmem>" small_guest "$NAME" 1
  guest_start "$NAME" || skip_all 'no guest with shared memory starts here'
  vxe vm-list >/dev/null
  if [ "$role" = master ]; then
    ok 'the master: a checkpoint' vxe vm-checkpoint uuid="$UUID" new-name-label=c && point=$OUT
    ok '... to which it goes back' vxe snapshot-revert snapshot-uuid="$point"
    ok '... and goes on' vxe vm-resume uuid="$UUID"
    ok '... it counts' guest_counts "$NAME"
  else
    note_everything
    for command in 'vm-checkpoint new-name-label=c' vm-suspend; do
      # shellcheck disable=SC2086 # words
      fails VM_NON_SUSPENDABLE 7 'it shares memory with other guests \(<shmem>\)' "$NAME: $command" vxe $command uuid="$UUID"
      unchanged '... nothing is done'
    done
    wrong VM_NON_SUSPENDABLE "$NAME" vm-suspend uuid="$UUID"
    leads VM_NON_SUSPENDABLE 1 NAME=s
    ok '... it counts' guest_counts "$NAME"
  fi
  virsh -q destroy "$NAME"
  rm -f "/dev/shm/$NAME-$$"
done
ok 'vxe check is clean' vxe check
