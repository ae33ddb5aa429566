#!/bin/bash
# SPDX-License-Identifier: MIT
# A qcow2 overlay on an image in another format (VMDK, VDI): layers above it are merged by the running guest's QEMU; while the VM
# is off they wait, and every list says so. What is to be converted is the uppermost file.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"

# foreign FORMAT: a halted VM on $FORMAT-0.qcow2, an overlay on an image of that format. Sets UUID, DISK.
foreign() {
  guest_disk_make "$1.qcow2" "$DISK_SIZE" && guest_install "$1.qcow2" && stamp "$1.qcow2" 1 &&
    qemu-img convert -f qcow2 -O "$1" "$1.qcow2" "base.$1" && rm "$1.qcow2" &&
    qemu-img create -q -f qcow2 -F "$1" -b "$PWD/base.$1" "$1-0.qcow2" &&
    guest_define "$1" - "$PWD/$1-0.qcow2" && UUID=$(virsh domuuid "$1") &&
    stamp "$1-0.qcow2" 6 2M && plain vm-list >/dev/null && DISK=$(vdi_of "$UUID")
}
reason='an image that is neither qcow2 nor raw'

for format in vmdk $([ -z "$LONG" ] || echo vdi); do
  foreign "$format"
  snapshot "$UUID" s1
  stamp "$(source_of "$format" vda)" 7 3M
  keep_content "$format" "$UUID"
  top=$(source_of "$format" vda)
  ok "$format: the dry run of snapshot-uninstall" vxe snapshot-uninstall uuid="$SNAP" --dry-run
  unlike '... promises no merge' "$OUT$ERR" 'merge: '
  like '... says that the layer waits, and why' "$OUT$ERR" "later: $PWD/$format-0.qcow2 .*$reason"
  ok '... the snapshot goes' vxe snapshot-uninstall uuid="$SNAP" force=true
  like '... and says the same' "$OUT$ERR" "later: $PWD/$format-0.qcow2 .*$reason"
  ok '... vxe check finds no problem' vxe check
  like '... names the layer' "$OUT$ERR" "Waits to be merged.*$format-0.qcow2 .*$reason"
  unlike '... and does not promise what sr-coalesce cannot do' "$OUT$ERR" 'sr-coalesce. merges'
  exits 7 '... vdi-merge is refused' vxe vdi-merge uuid="$DISK"
  like '... for that reason' "$ERR" "reason: .*$reason"
  exits 7 '... by its dry run, too' vxe vdi-merge uuid="$DISK" --dry-run
  ok '... every byte is there' has_content "$format" "$UUID"

  ok 'the VM starts' virsh -q start --paused "$format"
  ok '... and its layers are merged' vxe sr-coalesce
  is '... it is on its file' "$(source_of "$format" vda)" "$PWD/$format-0.qcow2"
  is '... nothing is left of the layer' "$([ -e "$top" ] || echo gone)" gone
  virsh -q destroy "$format"
  ok '... every byte is there' has_content "$format" "$UUID"

  wrong VXE_FOREIGN_IMAGE 'it cannot be copied' vm-copy uuid="$UUID" new-name-label=copy
  like '... the image below is named' "$ERR" "it lies on $PWD/base.$format: "
  leads VXE_FOREIGN_IMAGE 1 NEW="$PWD/whole-$format"
  ok '... what was converted has all of the content' qemu-img compare -q -f qcow2 -F raw "whole-$format.qcow2" "$format.raw0"
done
ok 'check is clean' vxe check
