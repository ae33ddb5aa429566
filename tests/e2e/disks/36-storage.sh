#!/bin/bash
# SPDX-License-Identifier: MIT
# SRs and disks: made, filled, exported, copied, attached, forgotten, found again, destroyed. Every content is compared
# byte by byte, and a guest boots from the imported one.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/state.sh"

raw() { qemu-img convert -U -f "${2-qcow2}" -O raw "$1" "$3"; }
# holds WHAT VDI FILE: the disk's content is the raw file's.
holds() {
  raw "$(vdi_file "$2")" qcow2 now.raw
  ok "$1" cmp now.raw "$3"
}
new_disk() { vxe vdi-create sr-uuid="$sr" name-label="$1" virtual-size="${2-4MiB}"; }
srs() { vxe sr-list params=uuid --minimal | tr , '\n' | wc -l; }

# ---- an SR

mkdir disks
chmod 0711 disks
ok 'sr-create makes an SR of a directory' vxe sr-create name-label=d type=dir \
  device-config:location="$PWD/disks"
sr=$OUT
is 'of type file' "$(vxe sr-param-get uuid="$sr" param-name=type)" file
is 'it is a pool of libvirt' "$(virsh pool-dumpxml ""vxe-${sr:0:8}"" |
  sed -n 's/.*<path>\(.*\)<.*/\1/p')" "$PWD/disks"
pbd=$(vxe pbd-list sr-uuid="$sr" --minimal)
is 'with a PBD' "$(vxe pbd-param-get uuid="$pbd" param-name=currently-attached)" true
fails SR_DEVICE_IN_USE 7 '' 'the same directory again' \
  vxe sr-create name-label=e type=file device-config:location="$PWD/disks"
fails SR_UNKNOWN_DRIVER 2 'driver: ' 'a kind that there is not' vxe sr-create name-label=e type=lvmohba
fails SR_HAS_PBD 7 'sr: ' 'sr-destroy of an attached SR' vxe sr-destroy uuid="$sr"
like 'sm-list knows the kinds' "$(vxe sm-list params=type --minimal | tr , '\n' | sort | tr '\n' ,)" '^ext,file,iso,nfs,$'

# ---- a disk, its content

vdi=$(new_disk first)
is 'vdi-create: its size' "$(vxe vdi-param-get uuid="$vdi" param-name=virtual-size)" $((4 << 20))
fails CLI_VALUE 2 'Unknown vdi type: User' 'a type in capitals' \
  vxe vdi-create sr-uuid="$sr" name-label=x virtual-size=1MiB type=User
guest_disk_make boot.qcow2 4M && guest_install boot.qcow2
stamp boot.qcow2 171 2M
raw boot.qcow2 qcow2 boot.raw
qemu-img convert -f qcow2 -O vpc -o subformat=dynamic,force_size=on boot.qcow2 boot.vhd

ok 'vdi-import raw' vxe vdi-import uuid="$vdi" filename=boot.raw
holds 'it holds the file' "$vdi" boot.raw
other=$(new_disk other)
ok 'vdi-import vhd' vxe vdi-import uuid="$other" filename=boot.vhd format=vhd
holds 'it holds the same' "$other" boot.raw
third=$(new_disk third)
ok 'vdi-import from a pipe' bash -c "cat boot.raw | '$VXE' vdi-import uuid=$third filename="
holds 'it holds the same' "$third" boot.raw
ok 'vdi-import qcow2' vxe vdi-import uuid="$third" filename=boot.qcow2 format=qcow2
holds 'it holds the same' "$third" boot.raw
is 'the old files are gone' "$(find disks -name '*.qcow2' | wc -l)" 3

guest_disk_make over.qcow2 4M -b "$PWD/boot.qcow2" -F qcow2
qemu-img create -q -f raw big.raw 5M
state_note
refused VXE_FOREIGN_IMAGE 7 'reason: ' 'an image that leads to another file' \
  vxe vdi-import uuid="$third" filename=over.qcow2 format=qcow2
refused VDI_TOO_SMALL 1 'minimum size: 5242880' 'more than the disk can hold' \
  vxe vdi-import uuid="$third" filename=big.raw
refused INVALID_VALUE 2 'value: vdi' 'a format that there is not' \
  vxe vdi-import uuid="$third" filename=big.raw format=vdi
holds 'the content is as before' "$third" boot.raw

ok 'vdi-export raw' vxe vdi-export uuid="$vdi" filename=out.raw
ok 'the same bytes' cmp out.raw boot.raw
ok 'it is sparse' test "$(stat -c %b out.raw)" -lt 8192
exits 0 'with --progress' vxe vdi-export uuid="$vdi" filename=shown.raw --progress
like 'it says how far it is' "$ERR" ' 100% . #{70}$'
ok 'and has the content' cmp out.raw shown.raw
not_ok 'an existing file is not overwritten' vxe vdi-export uuid="$vdi" filename=out.raw
ok 'vdi-export vhd' vxe vdi-export uuid="$vdi" filename=out.vhd format=vhd
raw out.vhd vpc now.raw
ok 'the same bytes' cmp now.raw boot.raw
ok 'vdi-export qcow2' vxe vdi-export uuid="$vdi" filename=out.qcow2 format=qcow2
raw out.qcow2 qcow2 now.raw
ok 'the same bytes' cmp now.raw boot.raw
ok 'vdi-export to standard output' bash -c "'$VXE' vdi-export uuid=$vdi filename= | cat >piped.raw"
ok 'the same bytes, and nothing else' cmp piped.raw boot.raw
ok 'vdi-copy to an SR' vxe vdi-copy uuid="$vdi" sr-uuid="$sr"
copy=$OUT
holds 'it holds the same' "$copy" boot.raw
stamp "$(vdi_file "$copy")" 7
raw "$(vdi_file "$copy")" qcow2 copy.raw
ok 'vdi-copy into a disk' vxe vdi-copy uuid="$copy" into-vdi-uuid="$other"
holds 'it holds the same' "$other" copy.raw
holds 'the source of both is as it was' "$vdi" boot.raw

# ---- a VM of them

mkdir plain
guest_disk_make plain/web.qcow2 4M
guest_define web - "$PWD/plain/web.qcow2"
web=$(virsh domuuid web)
vxe vm-list >/dev/null
first=$(vdi_of "$web")
ok 'vdi-import into the disk of a halted VM' vxe vdi-import uuid="$first" filename=boot.raw
is 'the definition follows' "$(source_of web vda)" "$(vdi_file "$first")"
ok 'the file that was there before vxe stays' test -e plain/web.qcow2
ok 'the guest boots from it' guest_start web
fails VDI_IN_USE 7 'vdi: ' 'vdi-import into the disk of a running VM' \
  vxe vdi-import uuid="$first" filename=boot.raw
fails VDI_IN_USE 7 'operation: export' 'vdi-export of it' vxe vdi-export uuid="$first" filename=x
not_ok 'leaves no file' test -e x
fails VDI_IN_USE 7 'operation: destroy' 'vdi-destroy of it' vxe vdi-destroy uuid="$first"
vxe vm-shutdown uuid="$web" --force

ok 'vbd-create' vxe vbd-create vm-uuid="$web" device=1 vdi-uuid="$other" bootable=true
vbd=$OUT
is 'the definition has the disk' "$(source_of web vdb)" "$(vdi_file "$other")"
fails DEVICE_ALREADY_EXISTS 1 'device: 1' 'the same place again' \
  vxe vbd-create vm-uuid="$web" device=1 vdi-uuid="$third"
fails INVALID_DEVICE 2 'device: vdaa' 'no place at all' \
  vxe vbd-create vm-uuid="$web" device=vdaa vdi-uuid="$third"
fails VBD_CDS_MUST_BE_READONLY 1 '' 'a CD to write to' \
  vxe vbd-create vm-uuid="$web" device=2 vdi-uuid="$third" type=CD mode=RW
is 'no owner' "$(vxe vbd-param-get uuid="$vbd" param-name=other-config)" ''
guest_start web
is 'the guest sees both' "$(guest_disk_count web)" 2
fails OPERATION_NOT_ALLOWED 7 'still attached' 'vbd-destroy while it is attached' \
  vxe vbd-destroy uuid="$vbd"
vxe vm-shutdown uuid="$web" --force
ok 'vbd-destroy' vxe vbd-destroy uuid="$vbd"
is 'the definition has it no more' "$(source_of web vdb)" ''
ok 'the disk stays' test -e "$(vdi_file "$other")"
raw "$(vdi_file "$other")" qcow2 copy.raw

# ---- snapshots, clones and growth of single disks

ok 'vdi-snapshot of a detached disk' vxe vdi-snapshot uuid="$other"
snap=$OUT
is 'its snapshot' "$(vxe vdi-param-get uuid="$snap" param-name=snapshot-of)" "$other"
is 'with its name' "$(vxe vdi-param-get uuid="$snap" param-name=name-label)" other
stamp "$(vdi_file "$other")" 99
holds 'the snapshot keeps what it was' "$snap" copy.raw
ok 'vdi-clone of the snapshot' vxe vdi-clone uuid="$snap" new-name-label=clone
clone=$OUT
holds 'the same content' "$clone" copy.raw
stamp "$(vdi_file "$clone")" 98
holds 'of its own' "$snap" copy.raw
fails VDI_READONLY 1 'vdi: ' 'a snapshot does not grow' vxe vdi-resize uuid="$snap" disk-size=8MiB
ok 'vdi-resize' vxe vdi-resize uuid="$clone" disk-size=8MiB
is 'it is larger' "$(vxe vdi-param-get uuid="$clone" param-name=virtual-size)" $((8 << 20))
is 'the byte is there' "$(byte_of "$(vdi_file "$clone")" 1M)" 98
fails VDI_TOO_SMALL 1 'minimum size: 8388608' 'never smaller' vxe vdi-resize uuid="$clone" disk-size=4MiB
size_of() { vxe vdi-param-get uuid="$1" param-name=virtual-size; }
qemu-img resize -q "$(vdi_file "$clone")" 12M
ok 'vdi-snapshot of a disk that qemu-img has resized' vxe vdi-snapshot uuid="$clone"
grown=$OUT
is 'the sizes are those of the file' "$(size_of "$clone") $(size_of "$grown")" "$((12 << 20)) $((12 << 20))"
ok 'the snapshot goes' vxe vdi-destroy uuid="$grown"
qemu-img resize -q "$(vdi_file "$clone")" 16M
ok 'vdi-clone of a disk that qemu-img has resized' vxe vdi-clone uuid="$clone" new-name-label=grown
grown=$OUT
is 'the sizes are those of the file' "$(size_of "$clone") $(size_of "$grown")" "$((16 << 20)) $((16 << 20))"
ok 'the clone goes' vxe vdi-destroy uuid="$grown"
qemu-img resize -q "$(vdi_file "$clone")" 20M
stamp "$(vdi_file "$clone")" 97 19M
fails VDI_TOO_SMALL 1 'minimum size: 20971520' 'vdi-copy of it into a smaller disk' \
  vxe vdi-copy uuid="$clone" into-vdi-uuid="$other"
ok 'vdi-copy of it' vxe vdi-copy uuid="$clone" sr-uuid="$sr"
grown=$OUT
is 'has its size' "$(size_of "$grown")" $((20 << 20))
is 'and its last bytes' "$(byte_of "$(vdi_file "$grown")" 19M)" 97
ok 'the copy goes' vxe vdi-destroy uuid="$grown"
guest_start web
ok 'vdi-snapshot of a running VM' vxe vdi-snapshot uuid="$first"
live=$OUT
raw "$(vdi_file "$live")" qcow2 live.raw
ok 'vdi-clone of its disk' vxe vdi-clone uuid="$first" new-name-label=twin
twin=$OUT
fails VDI_IN_USE 7 'operation: resize' 'it does not grow offline' vxe vdi-resize uuid="$first" disk-size=8MiB
ok 'but online' vxe vdi-resize uuid="$first" disk-size=8MiB online=true
ok 'the guest runs on' guest_counts web
holds 'the snapshot is of its instant' "$live" live.raw
vxe vm-shutdown uuid="$web" --force
is 'the image has grown' "$(qemu-img info -U --output=json "$(vdi_file "$first")" |
  sed -n 's/^ *"virtual-size": \([0-9]*\).*/\1/p' | tail -n 1)" $((8 << 20))
for vdi in "$live" "$twin" "$clone" "$snap"; do
  ok 'vdi-destroy of one of them' vxe vdi-destroy uuid="$vdi"
done
ok 'the guest boots' guest_start web
vxe vm-shutdown uuid="$web" --force
raw "$(vdi_file "$other")" qcow2 copy.raw

# ---- forgotten and found again

ok 'vxe check is clean' vxe check
vxe vdi-param-set uuid="$other" name-label=named name-description=words
fails VDI_READONLY 1 'vdi: ' 'a snapshot is not written to' \
  vxe vdi-import uuid="$(vxe vm-snapshot uuid="$web" new-name-label=s >/dev/null
    vxe vdi-list is-a-snapshot=true --minimal)" filename=boot.raw
ok 'pbd-unplug' vxe pbd-unplug uuid="$pbd"
is 'it is detached' "$(vxe pbd-param-get uuid="$pbd" param-name=currently-attached)" false
fails SR_NOT_ATTACHED 1 'sr: ' 'no disk is made there now' new_disk never
fails SR_NOT_ATTACHED 1 'sr: ' 'none destroyed' vxe vdi-destroy uuid="$other"
fails SR_NOT_EMPTY 7 '' 'sr-destroy wants it empty' vxe sr-destroy uuid="$sr"
find disks -type f -name '*.qcow2' -exec sha256sum {} + | sort >sums.before
ok 'sr-forget' vxe sr-forget uuid="$sr"
is 'the disks are off the records' "$(vxe vdi-list uuid="$other" --minimal)" ''
find disks -type f -name '*.qcow2' -exec sha256sum {} + | sort >sums.now
ok 'the files are as they were' cmp sums.before sums.now
ok 'sr-probe finds it' vxe sr-probe type=file device-config:location="$PWD/disks"
like 'by its UUID' "$OUT" "$sr"
ok 'sr-introduce' vxe sr-introduce uuid="$sr" name-label=again type=file content-type=user
host=$(vxe host-list --minimal)
ok 'pbd-create' vxe pbd-create sr-uuid="$sr" host-uuid="$host" device-config:location="$PWD/disks"
pbd=$OUT
fails PBD_EXISTS 1 'pbd: ' 'one is enough' \
  vxe pbd-create sr-uuid="$sr" host-uuid="$host" device-config:location="$PWD/disks"
ok 'pbd-plug' vxe pbd-plug uuid="$pbd"
is 'the disk is back, by name' "$(vxe vdi-param-get uuid="$other" param-name=name-label)" named
holds 'and by content' "$other" copy.raw
kept=$(vxe vdi-snapshot uuid="$other")
vxe vdi-param-set uuid="$kept" name-label=then
known=$(vxe vdi-list sr-uuid="$sr" params=uuid,name-label,snapshot-of,is-a-snapshot,snapshot-time)
vxe sr-scan uuid="$sr"
is 'p23: sr-scan keeps names and what is a snapshot of what' \
  "$(vxe vdi-list sr-uuid="$sr" params=uuid,name-label,snapshot-of,is-a-snapshot,snapshot-time)" "$known"
like 'p23: the snapshot is among them' "$known" "snapshot-of .*: $other"
vxe vdi-destroy uuid="$kept"
vxe vdi-param-set uuid="$third" name-label=third name-description=kept other-config:a=b
known=$(vxe vdi-param-list uuid="$third" | grep -v physical-utilisation)
ok 'vdi-forget' vxe vdi-forget uuid="$third"
like 'its file is no news to vxe check' "$(vxe check)" '^No problems found'
ok 'sr-scan' vxe sr-scan uuid="$sr"
is 'brings the disk back as it was, under its UUID' \
  "$(vxe vdi-param-list uuid="$third" | grep -v physical-utilisation)" "$known"
holds 'with its content' "$third" boot.raw
file=$(vdi_file "$third")
mv "$file" away.qcow2
vxe sr-scan uuid="$sr"
not_ok 'a disk without its file goes' vxe vdi-param-get uuid="$third" param-name=uuid
mv away.qcow2 "$file"
vxe sr-scan uuid="$sr"
is 'and is the same disk when the file is back' \
  "$(vxe vdi-param-list uuid="$third" | grep -v physical-utilisation)" "$known"
other_vm=$(vxe vm-install template='Other install media' new-name-label=recipe)
ok 'attached to a VM' vxe vbd-create vm-uuid="$other_vm" device=0 vdi-uuid="$third"
ok 'the usual recipe: forget' vxe vdi-forget uuid="$third"
ok 'scan' vxe sr-scan uuid="$sr"
ok 'attach the same UUID' vxe vbd-create vm-uuid="$other_vm" device=0 vdi-uuid="$third"
is 'the VM has its disk' "$(source_of "$other_vm" "$(vxe vbd-list vm-uuid="$other_vm" \
  vdi-uuid="$third" params=device --minimal)")" "$file"
vxe vbd-destroy uuid="$(vxe vbd-list vm-uuid="$other_vm" vdi-uuid="$third" --minimal)"
vxe vm-destroy uuid="$other_vm"
cp plain/web.qcow2 disks/handmade.qcow2
ok 'vdi-introduce of a file' vxe vdi-introduce uuid=00000000-0000-4000-8000-00000000abcd \
  sr-uuid="$sr" type=user location=handmade.qcow2 name-label=mine
fails LOCATION_NOT_UNIQUE 1 'location: ' 'once' vxe vdi-introduce \
  uuid=00000000-0000-4000-8000-00000000abce sr-uuid="$sr" type=user location=handmade.qcow2
fails VDI_LOCATION_MISSING 1 'location: ' 'only what is there' vxe vdi-introduce \
  uuid=00000000-0000-4000-8000-00000000abce sr-uuid="$sr" type=user location=../boot.qcow2
# unfit LOCATION WHY: the file is there and cannot be a disk of the SR.
unfit() {
  fails VXE_FOREIGN_IMAGE 7 "reason: $2" "not $1" vxe vdi-introduce \
    uuid=00000000-0000-4000-8000-00000000abcf sr-uuid="$sr" type=user location="$1"
  like '... the file is named' "$ERR" "file: .*/disks/$1"
}
printf 0123456789abcdef >key
wait_until 20 qemu-img create -q -f qcow2 --object secret,id=s,file=key \
  -o encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=10 disks/luks.qcow2 1M
unfit luks.qcow2 'it is encrypted'
qemu-img create -q -f qcow2 -b "$PWD/plain/web.qcow2" -F qcow2 disks/above.qcow2
unfit above.qcow2 'its backing file is neither in the same folder nor on record'
qemu-img create -q -f vmdk disks/other.vmdk 1M
unfit other.vmdk 'its name does not say its format'
rm disks/luks.qcow2 disks/above.qcow2 disks/other.vmdk
ok 'its end' vxe vdi-destroy uuid=00000000-0000-4000-8000-00000000abcd
ok 'is not the end of a file that vxe did not make' test -e disks/handmade.qcow2
rm disks/handmade.qcow2

# ---- a file system on an empty device

truncate -s 64M device.img
if [ "$HOST_MODE" = system ] && loop=$(losetup -f --show device.img 2>/dev/null); then
  ok 'sr-create type=ext' vxe sr-create type=ext name-label=ext device-config:device="$loop"
  ext=$OUT
  ok 'a disk in it' vxe vdi-create sr-uuid="$ext" name-label=in-ext virtual-size=1MiB
  mounts=${HOST_IMAGES%/*}/vxe-sr
  like '... lies on the device' \
    "$(findmnt -n -o SOURCE -T "$(vxe vdi-param-get uuid="$OUT" param-name=sm-config param-key=file)")" "^$loop\$"
  fails SR_DEVICE_IN_USE 7 'The place is in use' 'a device that is not empty is left alone' \
    vxe sr-create type=ext name-label=again device-config:device="$loop"
  ok 'it is unplugged' vxe pbd-unplug uuid="$(vxe pbd-list sr-uuid="$ext" --minimal)"
  exits 0 'vxe check finds no fault with that' vxe check
  like '... but says so' "$ERR" "^SR $ext \\(ext\\) is not attached: its files were not checked\.$"
  fails SR_NOT_EMPTY 7 '' 'sr-destroy wants it empty' vxe sr-destroy uuid="$ext"
  # put_on DEVICE: the SR is there from now on.
  put_on() {
    vxe pbd-destroy uuid="$(vxe pbd-list sr-uuid="$ext" --minimal)"
    vxe pbd-create sr-uuid="$ext" host-uuid="$host" device-config:device="$1" >/dev/null
  }
  cp device.img copy.img && copy=$(losetup -f --show copy.img) && put_on "$copy"
  ok 'on another device it is plugged' vxe pbd-plug uuid="$(vxe pbd-list sr-uuid="$ext" --minimal)"
  is '... which is mounted' "$(findmnt -n -o SOURCE "$mounts/$ext")" "$copy"
  vxe pbd-unplug uuid="$(vxe pbd-list sr-uuid="$ext" --minimal)" && put_on "$loop" && losetup -d "$copy"
  vxe pbd-plug uuid="$(vxe pbd-list sr-uuid="$ext" --minimal)"
  vxe vdi-destroy uuid="$(vxe vdi-list sr-uuid="$ext" --minimal)"
  vxe pbd-unplug uuid="$(vxe pbd-list sr-uuid="$ext" --minimal)"
  (VXE_FAILPOINT=sr-destroy:clean-medium:after=die "$VXE_PLAIN" sr-destroy uuid="$ext") 2>/dev/null
  ok 'sr-destroy that was killed is taken back' vxe check
  ok '... and the SR can be used' vxe pbd-plug uuid="$(vxe pbd-list sr-uuid="$ext" --minimal)"
  ok '... for disks' vxe vdi-create sr-uuid="$ext" name-label=again virtual-size=1MiB
  vxe vdi-destroy uuid="$OUT" && echo mine >"$mounts/$ext/theirs"
  vxe pbd-unplug uuid="$(vxe pbd-list sr-uuid="$ext" --minimal)"
  ok 'sr-destroy' vxe sr-destroy uuid="$ext"
  is 'its mount point is gone' "$(ls "$mounts")" ''
  mkdir look && mount "$loop" look
  is 'what somebody put there stays' "$(cat look/theirs)" mine
  umount look
  dd if=/dev/zero of="$loop" bs=1M count=2 conv=fsync status=none
  ext=$(vxe sr-create type=ext name-label=ext device-config:device="$loop")
  vxe pbd-unplug uuid="$(vxe pbd-list sr-uuid="$ext" --minimal)"
  ok 'sr-destroy of an empty one' vxe sr-destroy uuid="$ext"
  ok 'leaves the device empty' cmp -n 1048576 "$loop" /dev/zero
  # ext_dies POINT=ACTION: sr-create ends at the point, on an empty device.
  ext_dies() {
    dd if=/dev/zero of="$loop" bs=1M count=2 conv=fsync status=none
    VXE_FAILPOINT=sr-create:$1 "$VXE_PLAIN" sr-create type=ext name-label=ext \
      device-config:device="$loop" >/dev/null 2>&1
  }
  # A power cut during mkfs: the tables are written, the superblock is not.
  (ext_dies make-file-system:after=die) 2>/dev/null
  dd if=/dev/zero of="$loop" bs=1024 seek=1 count=1 conv=fsync,notrunc status=none
  cp "$loop" half.img
  fails SR_DEVICE_IN_USE 7 '' 'what a power cut has left is not told from what somebody wrote' \
    vxe sr-create type=ext name-label=ext device-config:device="$loop"
  like '... which is said, with the way out' "$ERR" "$loop was empty .*dd if=/dev/zero of=$loop bs=1M count=1"
  ok '... and stays' cmp "$loop" half.img
  rm half.img
  for point in make-file-system start-pool; do
    (ext_dies "$point:after=die") 2>/dev/null
    ok "sr-create type=ext after one that was killed at $point" \
      vxe sr-create type=ext name-label=ext device-config:device="$loop"
    is 'one SR is there' "$(vxe sr-list name-label=ext --minimal)" "$OUT"
    is 'one mount' "$(ls "$mounts")" "$OUT"
    vxe pbd-unplug uuid="$(vxe pbd-list sr-uuid="$OUT" --minimal)"
    vxe sr-forget uuid="$OUT"
    is 'none is left when it is forgotten' "$(ls "$mounts")" ''
    not_ok "one that fails at $point" ext_dies "$point:after=error"
    ok '... leaves the device empty' cmp -n 1048576 "$loop" /dev/zero
    is '... and no mount point' "$(ls "$mounts")" ''
  done
  (ext_dies make-file-system:after=die) 2>/dev/null
  mkfs.ext4 -q -F "$loop"
  made=$(blkid -p -s UUID -o value "$loop")
  fails SR_DEVICE_IN_USE 7 'The place is in use' 'what somebody made there meanwhile is left alone' \
    vxe sr-create type=ext name-label=ext device-config:device="$loop"
  is 'it is his' "$(blkid -p -s UUID -o value "$loop")" "$made"
  losetup -d "$loop"
else
  skip 'no loop device can be had: type=ext is not tried'
fi

# ---- the end

for vdi in $(vxe vdi-list sr-uuid="$sr" managed=true --minimal | tr , ' '); do
  ok "vdi-destroy $vdi" vxe vdi-destroy uuid="$vdi"
done
is 'no file is left' "$(find disks -name '*.qcow2')" ''
vxe pbd-unplug uuid="$pbd"
ok 'sr-destroy' vxe sr-destroy uuid="$sr"
not_ok 'the directory is gone' test -e disks
is 'so is the pool' "$(virsh pool-list --all --name | grep "${sr:0:8}")" ''
ok 'vxe check is clean' vxe check
