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

copied first
first_version first
packed first
imported 'an archive of export_vsn 1' first.xva

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

# ---- the table at the end of an archive of export_vsn 1

# tabled WHAT COMMAND...: the archive of the folder bad, whose table COMMAND changes, is refused for that.
copied bad
first_version bad
cp -r bad table
block=$(grep -oE '[0-9]{8}</name>' table/checksum.xml | head -n 1)
tabled() {
  local what=$1
  shift
  cp table/checksum.xml bad/
  "$@" bad/checksum.xml
  packed bad
  state_note
  refused IMPORT_ERROR_SOME_CHECKSUMS_FAILED 1 '' "$what" vxe vm-import filename=bad.xva sr-uuid="$sr"
}
tabled 'a table with another sum' sed -i -E 's|<value>[0-9a-f]{4}|<value>beef|'
tabled 'a table without a block' sed -i -E "s|<member><name>[^<]*/$block<value>[0-9a-f]*</value></member>||"
tabled 'a table of a block that is not there' sed -i "s|$block|00000099</name>|"
ok 'force=true imports it' vxe vm-import filename=bad.xva sr-uuid="$sr" force=true
vm=$OUT
like '... and says so' "$ERR" 'table of checksums does not agree with the block'
qemu-img convert -U -f qcow2 -O raw "$(vdi_files "$vm")" now.raw
ok '... with what the blocks held' cmp now.raw web.raw
ok '... and it can be removed' vxe vm-uninstall uuid="$vm" force=true
rm bad/checksum.xml
packed bad
state_note
refused IMPORT_ERROR_UNEXPECTED_FILE 1 'checksum.xml' 'no table' vxe vm-import filename=bad.xva sr-uuid="$sr"
rm -r bad table

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

# ---- several VMs

# The other VM, its device and its disk are those of the snapshot, but it is none and is called db.
copied several
mv "both/$then" several/
cp then.block "several/$then/00000003"
other() { snapshot | sed -E 's|(<name>is_a_snapshot</name><value><boolean>)1|\10|; s|(<name>name_label</name><value>)web<|\1db<|
  s|(<name>uuid</name><value>)[0-9a-f]{8}|\100000000|'; }
{ head -n -1 lines && other && tail -n 1 lines; } | tr -d '\n' >several/ova.xml
packed several
state_note
# The program reads a pipe here, which ends when the program does.
piped() { cat several.xva | vxe vm-import filename=/dev/stdin sr-uuid="$sr" "$@"; }
refused IMPORT_ERROR 1 'only=NAME takes one: web, db' 'an archive of several VMs through a pipe' piped
refused IMPORT_ERROR 1 'no VM is called mail; the archive has: web, db' '... of which none is meant' \
  vxe vm-import filename=several.xva sr-uuid="$sr" only=mail
ok '... of which one is taken' vxe vm-import filename=several.xva sr-uuid="$sr" only=db
vm=$OUT
is '... that one' "$(vxe vm-param-get uuid="$vm" param-name=name-label)" db
qemu-img convert -U -f qcow2 -O raw "$(vdi_files "$vm")" now.raw
for n in 0 1 2 3 4 5 6 7; do cat then.block; done >then.raw
ok '... with its own disk' cmp now.raw then.raw
ok '... and can be removed' vxe vm-uninstall uuid="$vm" force=true
uuid=$(sed -n 's|.*<name>class</name><value>VM</value>.*<name>uuid</name><value>\([0-9a-f-]\{36\}\)<.*|\1|p' lines | head -n 1)
ok '... or the other, by its UUID' vxe vm-import filename=several.xva sr-uuid="$sr" only="${uuid^^}"
vm=$OUT
qemu-img convert -U -f qcow2 -O raw "$(vdi_files "$vm")" now.raw
ok '... with its own disk' cmp now.raw web.raw
ok '... and can be removed' vxe vm-uninstall uuid="$vm" force=true
# All of them, each with its own disk.
for n in 0 1 2 3 4 5 6 7; do cat then.block; done >db.raw
# both UUIDS: these, as printed, are web and db, in this order, with their disks.
both() {
  local vm name=web
  like '... both UUIDs are printed' "$1" '^[0-9a-f-]{36},[0-9a-f-]{36}$'
  for vm in ${1/,/ }; do
    is "... $name" "$(vxe vm-param-get uuid="$vm" param-name=name-label | sed 's/ .*//')" $name
    qemu-img convert -U -f qcow2 -O raw "$(vdi_files "$vm")" now.raw
    ok '... with its own disk' cmp now.raw $name.raw
    ok '... it starts' vxe vm-start uuid="$vm"
    ok '... and can be removed' vxe vm-uninstall uuid="$vm" force=true
    name=db
  done
}
ok 'all VMs of an archive are imported' vxe vm-import filename=several.xva sr-uuid="$sr"
like '... it says of which VM it speaks' "$ERR" 'Of the archive: the VM db.'
both "$OUT"
ln -s "$VXE" xe
ok '... as xe, too' ./xe vm-import filename=several.xva sr-uuid="$sr"
both "$OUT"

# Without the disks, which are not here: through a pipe, too.
ok 'the records of all VMs' piped metadata=true force=true
like '... both UUIDs are printed' "$OUT" '^[0-9a-f-]{36},[0-9a-f-]{36}$'
is '... neither has a disk' "$(vxe vbd-list vm-uuid="${OUT%,*}" params=uuid --minimal)$(vxe vbd-list vm-uuid="${OUT#*,}" params=uuid --minimal)" ''
for vm in ${OUT/,/ }; do ok '... and can be removed' vxe vm-destroy uuid="$vm" force=true; done
state_note
ok 'a dry run of all VMs' vxe vm-import filename=several.xva metadata=true force=true dry-run=true
same_state '... changes nothing'
ok '... with their disks' vxe vm-import filename=several.xva sr-uuid="$sr" dry-run=true --verbose
is '... makes a disk of each' "$(grep -c '^make: ' <<<"$OUT")" 2
is '... and a domain of each' "$(grep -c '^define: ' <<<"$OUT")" 2
same_state '... changes nothing'

# What is wrong with the second VM's record is found before the first is imported.
cp -r several wrong
sed -i 's|\(.*\)<name>VCPUs_max</name><value>[0-9]*<|\1<name>VCPUs_max</name><value>0<|' wrong/ova.xml
packed wrong
state_note
refused IMPORT_ERROR 1 'numbers of VCPUs' 'a second VM that cannot be' vxe vm-import filename=wrong.xva sr-uuid="$sr"
# A disk that does not fit is not: the first VM stays, whole, and is named.
if [ "$HOST_MODE" = system ]; then
  mkdir full && mount -t tmpfs -o size=7m,mode=0755 tmpfs full
  small=$(vxe sr-create name-label=small type=file device-config:location="$PWD/full")
  fails SR_FULL 1 'The storage repository is full' 'a second VM whose disk does not fit' vxe vm-import filename=several.xva sr-uuid="$small"
  vm=$(vxe vm-list is-control-domain=false name-label=web params=uuid --minimal)
  like '... the first is named' "$ERR" "Imported before the error, each completely: [0-9a-f-]{36}"
  vm=${ERR##*completely: } vm=${vm:0:36}
  qemu-img convert -U -f qcow2 -O raw "$(vdi_files "$vm")" now.raw
  ok '... has its disk' cmp now.raw web.raw
  ok '... and can be removed' vxe vm-uninstall uuid="$vm" force=true
  is '... nothing is left of the second' "$(vxe vdi-list sr-uuid="$small" params=uuid --minimal)$(find full -name '*.qcow2')" ''
  vxe pbd-unplug uuid="$(vxe pbd-list sr-uuid="$small" params=uuid --minimal)"
  ok '... the small SR goes' vxe sr-destroy uuid="$small"
  umount full
fi
ok 'vxe check is clean' vxe check
