#!/bin/bash
# SPDX-License-Identifier: MIT
# Files of other kinds than a command takes: vdi-import without format= of an image or of packed data, vm-import of what
# is no archive, vdi-export to a format that is too small. Each is refused by name, and changes nothing; with format= the
# content is compared byte by byte.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/state.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"

ln -s "$VXE" xe
mkdir disks
chmod 0711 disks
sr=$(vxe sr-create name-label=d type=file device-config:location="$PWD/disks")
vdi=$(vxe vdi-create sr-uuid="$sr" name-label=one virtual-size=16MiB)
# holds WHAT FILE: the disk begins with the bytes of the file.
holds() {
  qemu-img convert -U -f qcow2 -O raw "$(vdi_file "$vdi")" now.raw
  ok "$1" cmp -n "$(stat -c %s "$2")" now.raw "$2"
}

guest_disk_make boot.qcow2 4M && guest_install boot.qcow2
stamp boot.qcow2 171 2M
qemu-img convert -f qcow2 -O raw boot.qcow2 boot.raw
convert() { qemu-img convert -f raw -O "$1" "${@:3}" boot.raw "boot.$2"; }
convert qed qed
convert vmdk vmdk
convert vmdk flat -o subformat=monolithicFlat
convert vhdx vhdx
convert vdi vdi
convert vpc vhd -o subformat=dynamic,force_size=on
convert vpc fixed -o subformat=fixed,force_size=on
gzip -k -c boot.raw >boot.gz
xz -k -c boot.raw >boot.xz

# ---- a disk

ok 'the disk has a content' vxe vdi-import uuid="$vdi" filename=boot.raw
state_note
while read -r file kind; do
  refused VXE_FORMAT_UNSAID 7 "kind: $kind" "vdi-import of $kind, boot.$file" vxe vdi-import uuid="$vdi" filename="boot.$file"
  like '... with a way' "$ERR" 'format=raw takes the bytes'
done <<'END'
qcow2 a qcow2 image
qed a QED image
vmdk a VMDK image
flat a VMDK image
vhdx a VHDX image
vdi a VirtualBox image
vhd a VHD image
fixed a VHD image
gz a file compressed by gzip
xz a file compressed by xz
END
# shellcheck disable=SC2016 # expanded inside
refused VXE_FORMAT_UNSAID 7 'file: standard input' 'from a pipe, too' \
  bash -c 'cat boot.qcow2 | "$0" vdi-import uuid="$1" filename=-' "$VXE" "$vdi"
holds 'the content is as before' boot.raw
for kind in qcow2 vhd; do
  ok "format=$kind" vxe vdi-import uuid="$vdi" filename="boot.$kind" format=$kind
  holds '... is the content' boot.raw
  ok 'format=raw' vxe vdi-import uuid="$vdi" filename="boot.$kind" format=raw
  holds '... is the file itself' "boot.$kind"
done
ok 'as xe nothing is looked at' ./xe vdi-import uuid="$vdi" filename=boot.vmdk
holds '... and the disk has the file' boot.vmdk
qemu-img convert -f vmdk -O qcow2 boot.vmdk new.qcow2
ok 'the way out of a VMDK' vxe vdi-import uuid="$vdi" filename=new.qcow2 format=qcow2
holds '... leads there' boot.raw

# ---- an archive

echo '<?xml version="1.0"?><Envelope/>' >boot.ovf
tar -cf boot.ova boot.ovf boot.vmdk
state_note
while read -r file kind; do
  refused VXE_NO_ARCHIVE 7 "kind: $kind" "vm-import of $kind" vxe vm-import filename="boot.$file" sr-uuid="$sr"
done <<'END'
ova an OVA
ovf an XML document
vmdk a VMDK image
qcow2 a qcow2 image
raw a raw image of a disk
END

# ---- a format that is too small

large=$(vxe vdi-create sr-uuid="$sr" name-label=large virtual-size=2041GiB)
state_note
refused VDI_TOO_LARGE 1 "maximum size: $((2040 << 30))" 'vdi-export to VHD of more than 2,040 GiB' \
  vxe vdi-export uuid="$large" filename=large.vhd format=vhd
not_ok '... no file is left' test -e large.vhd
wrong VDI_TOO_LARGE '... as JSON' vdi-export uuid="$large" filename=large.vhd format=vhd
again VDI_TOO_LARGE vxe vdi-export uuid="$large" filename=large.qcow2 format=qcow2
ok 'vxe check is clean' vxe check
