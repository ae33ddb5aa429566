#!/bin/bash
# SPDX-License-Identifier: MIT
# Archives as other programs write them, all of which xapi reads: ids that are any text, numbers of blocks of other
# lengths, snapshots beside their VM with disks of their own. Every disk is compared byte by byte; what is no valid
# archive is refused and leaves nothing.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/state.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/archives.sh"

mkdir disks
chmod 0711 disks
sr=$(vxe sr-create name-label=d type=file device-config:location="$PWD/disks")
guest_disk_make web.qcow2 8M && guest_install web.qcow2
stamp web.qcow2 33 5M
guest_define web - "$PWD/web.qcow2"
qemu-img convert -f qcow2 -O raw web.qcow2 web.raw
ok 'an archive' vxe vm-export vm=web filename=web.xva
unpacked web.xva is

# copied FOLDER: a copy of the archive's members.
copied() { rm -rf "$1" && cp -r is "$1"; }
# imported WHAT FILE: it is imported, and its disk has the bytes of web.
imported() {
  local vm
  ok "$1 is imported" vxe vm-import filename="$2" sr-uuid="$sr"
  vm=$OUT
  like '... it prints the UUID' "$vm" '^[0-9a-f-]{36}$'
  qemu-img convert -U -f qcow2 -O raw "$(vdi_files "$vm")" now.raw
  ok '... its disk holds the same' cmp now.raw web.raw
  ok '... and can be removed' vxe vm-uninstall uuid="$vm" force=true
}

packed is
imported 'the same, packed by tar' is.xva
disk=$(cd is && echo Ref:*)

# ---- names

copied named
mv "named/$disk" 'named/Ref:VDI-1-root of web'
sed -i "s|<value>$disk</value>|<value>Ref:VDI-1-root of web</value>|g" named/ova.xml
packed named
imported 'an id that is any text' named.xva

copied long
for file in long/"$disk"/*; do
  name=${file##*/}
  mv "$file" "long/$disk/000000000000$name"
done
packed long
imported 'numbers of 20 digits' long.xva

copied short
for file in short/"$disk"/*; do
  name=${file##*/} number=${name%%.*}
  mv "$file" "short/$disk/$((10#$number))${name:8}"
done
packed short
imported 'numbers of one digit' short.xva

# bad REGEX WHAT: the archive of the folder bad is refused, and nothing is left of it.
bad() {
  packed bad
  state_note
  refused IMPORT_ERROR 1 "$1" "$2" vxe vm-import filename=bad.xva sr-uuid="$sr"
}
for id in 'a..b' 'a\&#10;b'; do
  copied bad
  sed -i "s|<value>$disk</value>|<value>$id</value>|g" bad/ova.xml
  bad 'is not an id' "the id ${id/\\}"
done
copied bad
mv "bad/$disk/00000000" "bad/$disk/0x000000"
bad 'a block of another disk' 'a number that is none'

# ---- a VM and its snapshots

# The VM, its device and its disk once more, as a snapshot with other bytes.
copied both
then=${disk/Ref:/Ref:then-}
mkdir "both/$then"
head -c 1M /dev/zero | tr '\0' '\7' >then.block
for n in 0 1 2 3 4 5 6 7; do
  cp then.block "both/$then/0000000$n"
  sha1sum then.block | head -c 40 >"both/$then/0000000$n.checksum"
done
object_lines is/ova.xml >lines
snapshot() {
  grep -E '<name>class</name><value>(VM|VBD|VDI)</value>' lines | sed -E 's|Ref:([0-9]+)|Ref:then-\1|g
    s|(<name>SR</name><value>Ref:)then-|\1|; s|(<name>is_a_snapshot</name><value><boolean>)0|\11|'
}
{ head -n -1 lines && snapshot && tail -n 1 lines; } | tr -d '\n' >both/ova.xml
packed both
imported 'a VM with a snapshot beside it' both.xva
vm=$(vxe vm-import filename=both.xva sr-uuid="$sr" 2>said)
like '... it says what is left out' "$(cat said)" 'snapshots of the VM are not imported'
is '... nothing is left of the snapshot' "$(vxe vdi-list sr-uuid="$sr" params=uuid --minimal)" "$(vdi_of "$vm")"
head -c 1M /dev/zero >"both/$then/00000003"
packed both
state_note
refused IMPORT_ERROR 1 'the checksum is wrong' 'a wrong byte in the disk of the snapshot' \
  vxe vm-import filename=both.xva sr-uuid="$sr"
ok 'vxe check is clean' vxe check
