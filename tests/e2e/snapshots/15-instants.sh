#!/bin/bash
# SPDX-License-Identifier: MIT
# Memory and disks of a checkpoint are of one instant: 8 checkpoints of a running guest, in ring all 24 (18 where
# libvirt starts no deeper chain), each restored onto fresh overlays. The memory is read before the guest runs again.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/memory.sh"

CHECKPOINTS=8
[ -z "$LONG" ] || CHECKPOINTS=24
[ "$(chain_most)" -gt $CHECKPOINTS ] || CHECKPOINTS=18

# ahead SNAPSHOT: reverts and resumes; prints by how much its memory is ahead of each of its disks.
ahead() {
  local ram held
  plain snapshot-revert snapshot-uuid="$1" || return
  VXE_FAILPOINT=vm-resume:restore:after=stop "$VXE_PLAIN" vm-resume uuid="$UUID" &
  wait_until 30 stands $!
  ram=$(ram_count web)
  kill -CONT $!
  wait $! || return
  for held in $(disk_counts "$1"); do echo $((ram - held)); done
}

small_guest web 2
guest_start web
from=$(serial_lines web)
snapshots=() all=''
for ((n = 0; n < CHECKPOINTS; n++)); do
  snapshots+=("$(plain vm-checkpoint vm=web new-name-label=at-$n)") || break
  sleep "0.0$((RANDOM % 40 + 10))" # another moment of the step that it counts to
done
is 'so many checkpoints' ${#snapshots[@]} $CHECKPOINTS
is 'it counted on meanwhile' "$(breaks web $((from + 1)))" ''
for snapshot in "${snapshots[@]}"; do
  by=$(ahead "$snapshot" 2>&1)
  like 'ahead of both disks by 0 to 16' "${by//$'\n'/ }" '^([0-9]|1[0-6]) ([0-9]|1[0-6])$'
  all+=" $by"
done
isnt 'not always by as much' "$(tr ' ' '\n' <<<"$all" | sort -u | wc -l)" 2 # and an empty line
echo "# note ahead by: ${all//$'\n'/ }"
guest_counts web
ok 'vxe check is clean' vxe check
