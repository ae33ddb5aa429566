#!/bin/bash
# SPDX-License-Identifier: MIT
# One file as vda and vdb of one VM, which libvirt defines: no command of vxe makes two layers of it (VXE_DISK_TWICE).
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

small_guest two 1
stamp_disks "$UUID" 11 1M
snapshot "$UUID" early
early=$SNAP
keep_content early "$early"
stamp_disks "$UUID" 21 2M
keep_content now "$UUID"
disk=$(vdi_of "$UUID")
leaf=$(vdi_file "$disk")
# A name of its own: what counts is the file.
ln -s "$leaf" again.qcow2
ok 'virsh gives the VM its disk again' virsh -q attach-disk two "$PWD/again.qcow2" vdb --subdriver qcow2 --config
act "$UUID"
is 'both names are on record, of one disk' "$(vdi_of "$UUID" 0) $(vdi_of "$UUID" 1)" "$disk $disk"
note_everything
refused() {
  local what=$1
  shift
  exits 7 "$what is refused" "$@"
  like '... with the disk and both names' "$ERR" "vdi: $disk.*targets: vd[ab], vd[ab]"
  like '... and the way out' "$ERR" "virsh detach-disk $UUID TARGET --config"
}
refused 'a snapshot' vxe vm-snapshot uuid="$UUID" new-name-label=s
refused 'a snapshot of the disk' vxe vdi-snapshot uuid="$disk"
refused 'a clone' vxe vm-clone uuid="$UUID" new-name-label=c
refused 'a copy' vxe vm-copy vm="$UUID" new-name-label=c
refused 'a disk without layers' vxe vdi-flatten uuid="$disk"
refused 'a revert' vxe snapshot-revert uuid="$early"
unchanged 'and nothing has changed'
exits 1 'vxe check' vxe check
like '... names it' "$OUT" "VM $UUID.*one disk under several names.*vd[ab], vd[ab]"
ok 'virsh takes one of them' virsh -q detach-disk two vdb --config
ok 'a snapshot' vxe vm-snapshot uuid="$UUID" new-name-label=s
ok '... holds the content' has_content now "$OUT"
ok 'a revert' vxe snapshot-revert uuid="$early"
ok '... brings the content' has_content early "$UUID"
ok 'vxe check is clean' vxe check
