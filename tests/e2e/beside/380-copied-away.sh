#!/bin/bash
# SPDX-License-Identifier: MIT
# virsh has copied a disk of a running guest to another file, and the guest runs on there (blockcopy --pivot): whole,
# without the layers below, raw. vm-adopt-disks keep=definition takes that file while the guest runs; then snapshots,
# reverts and merges go on as ever. A definition that names another file than the guest writes to is refused as before.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"

mkdir other && chmod 0711 other

# copied NAME FILE OPTION...: a running guest with a snapshot; then its disk vdb lies in FILE. Sets UUID, SNAP, WAS.
copied() {
  small_guest "$1" 2
  stamp "$1-1.qcow2" 5
  snapshot "$UUID" before
  stamp "$(source_of "$1" vdb)" 6 2M
  keep_content "$1" "$UUID"
  guest_start "$1"
  WAS=$(source_of "$1" vdb)
  virsh -q blockcopy "$1" vdb --dest "$2" --wait --pivot --transient-job "${@:3}" >/dev/null
}
# The disk that no guest writes to has, byte by byte, what it had before.
second_is() { qemu-img convert -U -f "${3-qcow2}" -O raw "$2" now.raw && cmp <(tail -c +65537 now.raw) <(tail -c +65537 "$1.raw1"); }

for how in full shallow raw; do
  format=qcow2 new=$PWD/other/$how.img
  case $how in
  full) ok "$how: virsh copies the disk away" copied $how "$new" --format qcow2 ;;
  shallow) ok "$how: virsh copies the disk away" copied $how "$new" --format qcow2 --shallow ;;
  raw) ok "$how: virsh copies the disk away" copied $how "$new" --format raw && format=raw ;;
  esac
  wrong VXE_DISK_CHANGED 'no snapshot before a side is chosen' vm-snapshot uuid="$UUID" new-name-label=no
  ok '... a dry run says what it takes' vxe vm-adopt-disks uuid="$UUID" keep=definition --dry-run
  like '... the file' "$OUT" "vdb: $new is the VM's; $WAS stays"
  exits 0 '... keep=definition takes it while the guest runs' vxe vm-adopt-disks uuid="$UUID" keep=definition
  ok '... which goes on' guest_counts $how
  is '... on that file' "$(source_of $how vdb)" "$new"
  ok '... with every byte' second_is $how "$new" $format
  ok '... now there is a snapshot' vxe vm-snapshot uuid="$UUID" new-name-label=after
  after=$OUT
  ok '... of that content' second_is $how "$(vdi_files "$after" | tail -n 1)" $format
  ok '... and the one before is as it was' vxe snapshot-revert snapshot-uuid="$SNAP"
  is '... byte by byte' "$(byte_of "$(source_of $how vdb)" 2M) $(byte_of "$(source_of $how vdb)" 1M)" '0 5'
  ok '... back' vxe snapshot-revert snapshot-uuid="$after"
  ok '... has every byte' second_is $how "$(source_of $how vdb)"
  ok '... and the snapshots go' vxe snapshot-uninstall snapshot-uuid="$after" --force
  ok '... both' vxe snapshot-uninstall snapshot-uuid="$SNAP" --force
  ok '... with every byte' second_is $how "$(source_of $how vdb)" "$(virsh dumpxml --inactive $how | grep -q "type='raw'" && echo raw || echo qcow2)"
  [ $how = full ] || [ -n "$LONG" ] || break
done

# ---- what the guest does not write to --------------------------------------------------------------

small_guest two 2 && guest_start two && guest_disk_make other/else.qcow2 $DISK_SIZE
plain vm-list --minimal >/dev/null
virsh dumpxml --inactive two | sed "s,$PWD/two-1.qcow2,$PWD/other/else.qcow2," >two.new
virsh -q define two.new >/dev/null
wrong VM_BAD_POWER_STATE 'a file of the definition alone' vm-adopt-disks uuid="$UUID" keep=definition
ok '... the guest goes on' guest_counts two
ok '... and keep=records leads out' vxe vm-adopt-disks uuid="$UUID" keep=records
is '... the file on record' "$(source_of two vdb)" "$PWD/two-1.qcow2"
ok 'vxe check is clean' vxe check
