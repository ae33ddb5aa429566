#!/bin/bash
# SPDX-License-Identifier: MIT
# A VM that has gone back to virsh's external snapshot with memory is suspended on its layers. A snapshot of vxe's shares
# them, and takes their write bits, as it does of the layers below a disk.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

small_guest web 2
vxe vm-list >/dev/null
guest_start web
ok 'virsh makes a snapshot with memory' virsh -q snapshot-create-as web theirs --memspec file="$PWD/theirs.mem" \
  --diskspec vda,file="$PWD/web-0.theirs" --diskspec vdb,file="$PWD/web-1.theirs"
guest_counts web
theirs=$(vxe snapshot-list name-label=theirs --minimal)
keep_content then "$theirs"
ok 'back to it' vxe snapshot-revert snapshot-uuid="$theirs"
is '... the VM is suspended' "$(vxe vm-param-get uuid="$UUID" param-name=power-state)" suspended
is '... on the layers of the snapshot' "$(vdi_files "$UUID" | sort | xargs)" "$PWD/web-0.qcow2 $PWD/web-1.qcow2"
is '... which their owner may write to' "$(stat -c %a web-0.qcow2 web-1.qcow2 | xargs)" '644 644'
ours=$(vxe vm-snapshot vm=web new-name-label=ours)
isnt 'a snapshot of vxe' "$ours" ''
is '... takes the write bits of both' "$(stat -c %a web-0.qcow2 web-1.qcow2 | xargs)" '444 444'
ok 'vxe check is clean' vxe check
ok 'the guest goes on' vxe vm-resume uuid="$UUID"
ok '... and counts' guest_counts web
ok '... both snapshots hold what they did' has_content then "$theirs"
ok '... both snapshots hold what they did' has_content then "$ours"
ok 'without the snapshot' vxe snapshot-uninstall snapshot-uuid="$ours" force=true
ok '... the other holds the same' has_content then "$theirs"
ok 'vxe check is clean' vxe check
