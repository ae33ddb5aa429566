#!/bin/bash
# SPDX-License-Identifier: MIT
# The commands of docs/troubleshooting.md, on a guest that runs; its data stay what they are. And what docs/beside-virsh.md
# says of commands that no other test runs beside vxe.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/page.sh"

# ---- troubleshooting

is 'each heading is here' "$(page_headings troubleshooting.md)" 'First,What people ask'
small_guest web 2
stamp_disks "$UUID" 0x21
snapshot "$UUID" one
keep_content one "$SNAP"
guest_start web
pid=$(guest_pid web)
page troubleshooting.md First
ok '... a log' grep -q debug log
page troubleshooting.md 'What people ask'
is '... the disk is one file' "$(plain vdi-chain-list uuid="$(vdi_of "$UUID")" --json | grep -o '"file"' | wc -l)" 1
guest_counts web
is '... the guest runs on' "$(guest_pid web)" "$pid"
ok '... the snapshot is what it was' has_content one "$SNAP"
virsh -q destroy web
is '... the other disk, too' "$(byte_of "$(vdi_files "$UUID" | tail -n 1)" 1M)" $((0x22))
ok 'vxe check' vxe check

# ---- beside virsh

# fresh NAME: a guest with a snapshot; the disks have changed since.
fresh() {
  small_guest "$1" 1
  stamp_disks "$UUID" 0x31
  snapshot "$UUID" "of-$1"
  keep_content then "$SNAP"
  stamp_disks "$UUID" 0x43
  keep_content now "$UUID"
  LAYER=$(vdi_files "$SNAP")
}

fresh gone
virsh dumpxml --inactive gone >gone.xml
virsh -q undefine gone
is 'a VM that virsh undefines is on record' "$(plain vm-list uuid="$UUID" --minimal)" "$UUID"
exits 1 '... check names it' vxe check
like '... as that' "$OUT" 'gone has no domain'
virsh -q define gone.xml
ok '... defined again, it is in order' vxe check
ok '... with its data' has_content now "$UUID"
virsh -q undefine gone
ok '... a revert brings it back' vxe snapshot-revert uuid="$SNAP"
ok '... with the data of the snapshot' has_content then "$UUID"
ok '... and it starts' virsh -q start gone
virsh -q destroy gone

fresh pulled
virsh -q start pulled
ok 'virsh blockpull' virsh -q blockpull pulled vda --wait
virsh -q destroy pulled
ok '... the snapshot holds what it did' has_content then "$SNAP"
ok '... a revert works' vxe snapshot-revert uuid="$SNAP"
ok '... with the data of the snapshot' has_content then "$UUID"
ok '... and all is in order' vxe check

fresh moved
mv "$LAYER" elsewhere.qcow2
exits 1 'a layer that is gone is named' vxe check
like '... by its file' "$OUT" "the file is missing: $LAYER"
not_ok '... the VM does not start' vxe vm-start uuid="$UUID"
mv elsewhere.qcow2 "$LAYER"
ok '... until the file is back' vxe check
ok '... with the data of the snapshot' has_content then "$SNAP"
ok '... and of the VM' has_content now "$UUID"

fresh live
guest_start live
virsh -q blockcommit live vda --active --pivot >commit.out 2>&1
diag "virsh blockcommit: $? $(cat commit.out)"
virsh -q destroy live
if has_content then "$SNAP" >/dev/null 2>&1; then
  ok 'QEMU could not write to the frozen layer' vxe snapshot-revert uuid="$SNAP"
else
  exits 7 'a frozen layer into which virsh committed' vxe snapshot-revert uuid="$SNAP"
  like '... is named' "$ERR" "file: $LAYER"
fi

fresh merged
if ! qemu-img commit -q "$(vdi_files "$UUID")" 2>commit.err; then
  like 'an ordinary user cannot write to a frozen layer' "$(cat commit.err)" 'Permission denied'
  ok '... the snapshot holds what it did' has_content then "$SNAP"
  exit 0
fi
exits 7 'a frozen layer into which qemu-img committed' vxe snapshot-revert uuid="$SNAP"
like '... is named' "$ERR" "file: $LAYER"
