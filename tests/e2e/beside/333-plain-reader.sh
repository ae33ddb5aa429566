#!/bin/bash
# SPDX-License-Identifier: MIT
# A program that takes no locks (cp, rsync, tar) reads a frozen layer while the layer is to be merged: the merge of a VM that is
# off waits for the next run and names the process, so that the copy has the content of the snapshot.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

small_guest g 1
stamp g-0.qcow2 5
vxe vm-list >/dev/null
snapshot "$UUID" s
stamp "$(vdi_files "$UUID")" 6
cp g-0.qcow2 then.qcow2

# It has read the beginning, and goes on when it is told.
mkfifo go
(
  exec 7<g-0.qcow2
  dd bs=64k count=1 status=none <&7 >copy.qcow2
  read -r _ <go
  cat <&7 >>copy.qcow2
) &
READER=$!
wait_until 10 test -s copy.qcow2
ok 'the snapshot goes' vxe snapshot-uninstall snapshot-uuid="$SNAP" --force
like '... its layer waits for the process' "$OUT$ERR" "later: $PWD/g-0.qcow2 \\(needed by process [0-9]+ \\([a-z0-9]+\\), which has it open"
vxe sr-coalesce >out 2>&1
like '... for sr-coalesce, too' "$(<out)" "process $READER "
exits 7 '... vdi-merge is refused' vxe vdi-merge uuid="$(vdi_of "$UUID")"
echo >go
wait $READER
ok 'the copy has the bytes of the snapshot' cmp copy.qcow2 then.qcow2
is 'nothing was merged' "$(layers_of "$UUID")" 2
ok 'when it has ended' vxe sr-coalesce
is '... the layer is merged' "$(layers_of "$UUID")" 1
is '... with the bytes from above' "$(byte_of "$(vdi_files "$UUID")" 1M)" 6
ok 'vxe check is clean' vxe check
