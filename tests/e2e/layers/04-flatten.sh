#!/bin/bash
# SPDX-License-Identifier: MIT
# vdi-flatten: a disk gets a file of its own, halted or under a running guest; every byte stays, of the disk and of its
# snapshots, and what nobody needs goes.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/state.sh"

depth_of() { plain vdi-chain-list uuid="$1" --json | jq length; }
backing_of() { qemu-img info -U -f qcow2 --output=json "$1" | jq -r '."full-backing-filename" // "none"'; }
# data_of FILE: its content but the first cluster, where a guest counts.
data_of() { qemu-img convert -U -f qcow2 -O raw "$1" /dev/stdout 2>/dev/null | tail -c +65537 | md5sum; }
raw_of() { qemu-img convert -U -f qcow2 -O raw "$1" "$2" && tail -c +65537 "$2" | md5sum; }
sound() { qemu-img check -q -f qcow2 "$1"; }

# build NAME: a halted VM with two disks and the snapshots one, two, each with data of its own. Sets VM, ONE, TWO, DISK.
build() {
  small_guest "$1" 2
  VM=$UUID
  plain vm-list >/dev/null
  DISK=$(vdi_of "$VM")
  stamp_disks "$VM" 11 && snapshot "$VM" one && ONE=$SNAP
  stamp_disks "$VM" 22 2M && snapshot "$VM" two && TWO=$SNAP
  stamp_disks "$VM" 33 3M
  keep_content "$1-one" "$ONE" && keep_content "$1-two" "$TWO" && keep_content "$1" "$VM"
}

# ---- halted

build web
file=$(vdi_file "$DISK")
other=$(vdi_file "$(vdi_of "$VM" 1)")
ok 'a disk of a halted VM' vxe vdi-flatten uuid="$DISK"
now=$(vdi_file "$DISK")
is 'has one layer' "$(depth_of "$DISK") $(backing_of "$now")" '1 none'
isnt 'which is a new file' "$now" "$file"
is 'that the definition names' "$(source_of web vda)" "$now"
ok 'the old one is gone' test ! -e "$file"
is 'the other disk is as before' "$(vdi_file "$(vdi_of "$VM" 1)")" "$other"
ok 'all content of the VM stays' has_content web "$VM"
ok 'of the first snapshot' has_content web-one "$ONE"
ok 'of the second' has_content web-two "$TWO"
ok 'the image is sound' sound "$now"
ok 'once more: there is nothing to do' vxe vdi-flatten uuid="$DISK"
is 'and nothing is done' "$(vdi_file "$DISK")" "$now"
ok 'the guest runs on it' guest_start web
virsh -q destroy web >/dev/null
ok 'a revert goes back' vxe snapshot-revert snapshot-uuid="$ONE"
ok 'to the old content' has_content web-one "$VM"

# ---- after a snapshot of virsh that no command of vxe has seen

build seen
virsh -q snapshot-create-as seen --disk-only --no-metadata --diskspec "vda,file=$PWD/seen-s.qcow2" --diskspec vdb,snapshot=no
stamp "$PWD/seen-s.qcow2" 99 3584k
whole=$(data_of "$PWD/seen-s.qcow2")
ok 'a disk that virsh has put on a layer' vxe vdi-flatten uuid="$DISK"
is 'stands alone' "$(depth_of "$DISK") $(source_of seen vda)" "1 $(vdi_file "$DISK")"
is 'with what was written to that layer' "$(data_of "$(vdi_file "$DISK")")" "$whole"
ok 'vxe check is content' vxe check
rm seen-s.qcow2 # virsh's own file stays, and needs the layer below
plain sr-coalesce >/dev/null

# ---- onto a base

build db
base=$(vdi_of "$ONE")
ok 'down to the layer of the first snapshot' vxe vdi-flatten uuid="$DISK" base="$base"
is 'that is what it lies on' "$(backing_of "$(vdi_file "$DISK")")" "$(vdi_file "$base")"
is 'the header names it without its folder' "$(qemu-img info -f qcow2 --output=json "$(vdi_file "$DISK")" | jq -r '."backing-filename"')" \
  "$(basename "$(vdi_file "$base")")"
is 'the snapshots are as deep as before' "$(depth_of "$DISK")$(depth_of "$(vdi_of "$TWO")")$(depth_of "$base")" 221
ok 'the content stays' has_content db "$VM"
ok 'the snapshots, too' has_content db-two "$TWO"
qemu-img map -f qcow2 --output=json "$(vdi_file "$DISK")" >map.json
is 'what the base has is not copied' "$(jq '[.[] | select(.depth == 1 and .data)] | length > 0' map.json)" true
run vxe vdi-flatten uuid="$DISK" base="$(vdi_of "$TWO")"
is 'a layer that it does not lie on is no base' "$STATUS" 7
like 'that is said' "$ERR" 'does not lie on a layer.*vdi-chain-list'
ok 'the base again: nothing to do' vxe vdi-flatten uuid="$DISK" base="$base"
vxe snapshot-uninstall uuid="$TWO" force=true >/dev/null
ok 'the other snapshot goes with its layer' test "$(images_made)" = "$(plain vdi-list managed=true params=uuid --minimal | tr , '\n' | while read -r v; do vdi_file "$v"; done | grep -c '[0-9a-f-]\{36\}.qcow2')"

# ---- of a snapshot, of a template

build app
shot=$(vdi_of "$TWO")
ok 'the disk of a snapshot' vxe vdi-flatten uuid="$shot"
is 'stands alone' "$(depth_of "$shot")" 1
is 'and cannot be written to' "$(stat -c %A "$(vdi_file "$shot")" | tr -d -- -r)" ''
is 'the disk of the VM is less deep' "$(depth_of "$DISK")" 2
ok 'the VM keeps its content' has_content app "$VM"
ok 'the snapshot, too' has_content app-two "$TWO"
ok 'a revert to it' vxe snapshot-revert snapshot-uuid="$TWO"
ok 'brings it back' has_content app-two "$VM"
clone=$(vxe vm-clone uuid="$TWO" new-name-label=copy)
ok 'the disk of a clone that is a template' vxe vdi-flatten uuid="$(vdi_of "$clone")"
is 'stands alone, too' "$(depth_of "$(vdi_of "$clone")")" 1
ok 'with the same content' has_content app-two "$clone"

# ---- under a running guest

build live
guest_start live
serial_log_start live serial.log
file=$(vdi_file "$DISK")
raw_of "$file" before.raw >before
at=$(guest_counter live)
ok 'a disk of a running guest' vxe vdi-flatten uuid="$DISK" progress=true
like 'it says how far it is' "$OUT$ERR" '100 ?%'
now=$(vdi_file "$DISK")
is 'has one layer' "$(depth_of "$DISK") $(backing_of "$now")" '1 none'
is 'the guest is on it, and its definition' "$(virsh domblklist live | awk '$1 == "vda" { print $2 }') $(source_of live vda)" "$now $now"
is 'no other layer is in the definition' "$(virsh dumpxml --inactive live | grep -c '<backingStore type')" 0
ok 'the old one is gone' test ! -e "$file"
ok 'the guest goes on' wait_until 20 guest_is_past live "$at"
is 'its data are the same' "$(raw_of "$now" after.raw)" "$(cat before)"
ok 'of the first snapshot' has_content live-one "$ONE"
ok 'of the second' has_content live-two "$TWO"
serial_log_stop
kill -KILL "$(guest_pid live)" && wait_until 20 guest_is_off live
is 'after kill -9 of QEMU, too' "$(raw_of "$now" after.raw)" "$(cat before)"
ok 'the image is sound' sound "$now"
is 'the counter on the disk is what the guest wrote' "$(($(counter_of "$now") > at))" 1
ok 'it starts' guest_start live
base=$(vdi_of "$ONE" 1)
second=$(vdi_of "$VM" 1)
raw_of "$(vdi_file "$second")" before.raw >before
virsh -q suspend live >/dev/null
ok 'down to a base, of a paused guest' vxe vdi-flatten uuid="$second" base="$base"
is 'that is what it lies on' "$(backing_of "$(vdi_file "$second")")" "$(vdi_file "$base")"
is 'its data are the same' "$(raw_of "$(vdi_file "$second")" after.raw)" "$(cat before)"
kill -KILL "$(guest_pid live)" && wait_until 20 guest_is_off live
is 'after kill -9 of QEMU, too' "$(raw_of "$(vdi_file "$second")" after.raw)" "$(cat before)"
ok 'snapshot and revert work on' vxe vm-snapshot uuid="$VM" new-name-label=three
ok 'vxe check is content' vxe check

# ---- refused

virsh -q start live >/dev/null
vxe vm-suspend uuid="$VM"
note_everything
fails VDI_IN_USE 7 flatten 'a suspended VM' vxe vdi-flatten uuid="$second"
unchanged 'and nothing has changed'
vxe vm-shutdown uuid="$VM" force=true
build odd
qemu-img snapshot -c inner "$(vdi_file "$DISK")"
note_everything
fails VXE_INTERNAL_SNAPSHOTS 7 inner 'a leaf with an internal snapshot' vxe vdi-flatten uuid="$DISK"
unchanged 'and nothing has changed'
fails UUID_INVALID 3 '' 'no disk' vxe vdi-flatten uuid=11111111-2222-3333-4444-555555555555
ln -s "$VXE" xe
run ./xe vdi-flatten uuid="$DISK"
like 'xe has no such command' "$ERR" 'Unknown command'

# ---- the user's own leaf; a raw disk

guest_disk_make below.qcow2 4M && stamp below.qcow2 77
qemu-img create -q -f qcow2 -b below.qcow2 -F qcow2 own.qcow2
chmod 0640 own.qcow2
qemu-img create -q -f raw raw.img 1M
GUEST_EXTRA="<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='$PWD/raw.img'/><target dev='vdc' bus='virtio'/></disk>" \
  guest_define own - "$PWD/own.qcow2"
plain vm-list >/dev/null
VM=$(virsh domuuid own | head -n 1)
whole=$(data_of own.qcow2)
md5sum below.qcow2 own.qcow2 >sums
ok 'a disk on layers of the user' vxe vdi-flatten uuid="$(vdi_of "$VM")"
ok 'whose files stay as they are' md5sum -c --quiet sums
is 'with their modes' "$(stat -c %a own.qcow2)" 640
is 'its content stays' "$(data_of "$(vdi_file "$(vdi_of "$VM")")")" "$whole"
ok 'a raw disk has no layers' vxe vdi-flatten uuid="$(vdi_of "$VM" 2)"
is 'it stays' "$(source_of own vdc)" "$PWD/raw.img"
