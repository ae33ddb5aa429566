#!/bin/bash
# SPDX-License-Identifier: MIT
# Domains as administrators have them: raw images, base images, block devices, CDs, network disks, XML elements that vxe
# does not know. They are listed, snapshotted and reverted, or refused by name.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

# define NAME XML-OF-DEVICES [XML-OF-DOMAIN [ATTRIBUTES]]: sets UUID.
define() {
  GUEST_EXTRA=$2 GUEST_TOP=${3-} guest_xml "$1" - |
    sed "s|<domain |<domain ${4-} |" >"$1.xml"
  virsh -q define "$1.xml" >/dev/null && UUID=$(virsh domuuid "$1")
}
disk() { # TARGET FORMAT FILE [MORE [TYPE]]
  local type=${5-file} attribute
  attribute=${type/block/dev}
  echo "<disk type='$type' device='disk'><driver name='qemu' type='$2'/>
<source $attribute='$3'/><target dev='$1' bus='virtio'/>${4-}</disk>"
}

# ---- raw and a base image --------------------------------------------------------------------------

qemu-img create -q -f raw raw.img "$DISK_SIZE"
stamp raw.img 11 1M 64k raw
# Data that a guest may write: a header that names a file of the host.
qemu-img create -q -f qcow2 -u -b /etc/passwd -F raw trap.qcow2 "$DISK_SIZE"
dd if=trap.qcow2 of=raw.img bs=512 count=256 conv=notrunc status=none
guest_disk_make below.qcow2 "$DISK_SIZE"
stamp below.qcow2 12 2M
qemu-img create -q -f qcow2 -b below.qcow2 -F qcow2 above.qcow2
define plain "$(disk vda raw "$PWD/raw.img")$(disk vdb qcow2 "$PWD/above.qcow2")"
cp raw.img kept.raw0
qemu-img convert -f qcow2 -O raw above.qcow2 kept.raw1
below=$(sha256sum <below.qcow2)
is 'a raw disk is listed' "$(vdi_file "$(vdi_of "$UUID" 0)")" "$PWD/raw.img"
is 'with its size' \
  "$(vxe vdi-param-get uuid="$(vdi_of "$UUID" 0)" param-name=virtual-size)" 4194304
ok 'vm-snapshot' vxe vm-snapshot uuid="$UUID" new-name-label=s
snap=$OUT
like 'the overlay says that its backing file is raw' \
  "$(qemu-img info --output=json "$(source_of plain vda)")" '"backing-filename-format": "raw"'
ok 'it has the content' has_content kept "$UUID"
stamp_disks "$UUID" 21
ok 'revert' vxe snapshot-revert uuid="$snap"
ok 'it has the content of the snapshot' has_content kept "$UUID"
stamp_disks "$UUID" 31 3M
keep_content now "$UUID"
ok 'the snapshot goes' vxe snapshot-uninstall uuid="$snap" force=true
now_at=$(source_of plain vda) format=qcow2
[ "$now_at" != "$PWD/raw.img" ] || format=raw
ok 'the first disk has its content' \
  cmp <(qemu-img convert -f $format -O raw "$now_at" out.raw && cat out.raw) now.raw0
is 'the base image is as it was' "$(sha256sum <below.qcow2)" "$below"
ok 'vxe check is clean' vxe check
virsh -q undefine plain

# ---- CDs -------------------------------------------------------------------------------------------------

mkdir -m 0755 isos
qemu-img create -q -f raw isos/tools.iso 1M
stamp isos/tools.iso 15 0 1k raw
iso=$(sha256sum <isos/tools.iso)
small_guest base 1 && virsh -q undefine base
define cds "$(guest_disk_xml "$PWD/base-0.qcow2" 0)
<disk type='file' device='cdrom'><driver name='qemu' type='raw'/><source file='$PWD/isos/tools.iso'/>
<target dev='hda' bus='ide'/><readonly/></disk>
<disk type='file' device='cdrom'><target dev='hdb' bus='ide'/><readonly/></disk>"
is 'two CD drives' "$(vxe vbd-list vm-uuid="$UUID" type=CD --minimal | tr , '\n' | grep -c .)" 2
is 'one of them empty' "$(vxe vbd-list vm-uuid="$UUID" type=CD empty=true --minimal | tr , '\n' | grep -c .)" 1
full=$(vxe vbd-list vm-uuid="$UUID" type=CD empty=false params=vdi-uuid --minimal)
is 'the ISO is in an SR of type iso' "$(vxe sr-list \
  uuid="$(vxe vdi-param-get uuid="$full" param-name=sr-uuid)" params=type --minimal)" iso
keep_content cds "$UUID"
ok 'vm-snapshot' vxe vm-snapshot uuid="$UUID" new-name-label=s
snap=$OUT
is 'the CD is no disk of the snapshot' "$(vdi_files "$snap" | grep -c .)" 1
stamp_disks "$UUID" 41
ok 'eject' virsh -q change-media cds hda --eject --config
ok 'revert' vxe snapshot-revert uuid="$snap"
ok 'the disk has its content' has_content cds "$UUID"
is 'the CD is in again' "$(source_of cds hda)" "$PWD/isos/tools.iso"
is 'the other drive is empty' "$(source_of cds hdb)" ''
ok 'vm-uninstall' vxe vm-uninstall uuid="$UUID" force=true
is 'the ISO is as it was' "$(sha256sum <isos/tools.iso)" "$iso"
ok 'vxe check is clean' vxe check

# ---- a network disk ------------------------------------------------------------------------------------

define net "<disk type='network' device='disk'><driver name='qemu' type='raw'/>
<source protocol='nbd' name='export'><host name='192.0.2.1' port='10809'/></source>
<target dev='vda' bus='virtio'/></disk>"
vdi=$(vdi_of "$UUID")
is 'it is listed, unmanaged' "$(vxe vdi-param-get uuid="$vdi" param-name=managed)" false
virsh dumpxml --inactive net >net.before
exits 7 'a snapshot is refused' vxe vm-snapshot uuid="$UUID" new-name-label=no
like 'with the disk named' "$ERR" "$vdi"
ok 'nothing has changed' cmp <(virsh dumpxml --inactive net) net.before
is 'no snapshot is made' "$(vxe snapshot-list snapshot-of="$UUID" --minimal)" ''
virsh -q undefine net

# ---- read-only and shareable disks -----------------------------------------------------------------------

guest_disk_make data.qcow2 "$DISK_SIZE"
stamp data.qcow2 51
qemu-img create -q -f raw shared.raw "$DISK_SIZE"
guest_disk_make own.qcow2 "$DISK_SIZE"
define ro "$(disk vda qcow2 "$PWD/own.qcow2")$(disk vdb qcow2 "$PWD/data.qcow2" '<readonly/>')"
is 'a read-only disk is attached so' \
  "$(vxe vbd-list vm-uuid="$UUID" device=vdb params=mode --minimal)" RO
data=$(sha256sum <data.qcow2)
ok 'vm-snapshot' vxe vm-snapshot uuid="$UUID" new-name-label=s
ok 'revert' vxe snapshot-revert uuid="$OUT"
like 'it is read-only still' "$(virsh dumpxml --inactive ro | sed -n '/vdb/,/<\/disk>/p')" '<readonly/>'
is 'it has its content' "$(byte_of "$(source_of ro vdb)" 1M)" 51
is 'nothing was written to it' "$(sha256sum <data.qcow2)" "$data"
define shared "$(disk vda raw "$PWD/shared.raw" '<shareable/>')"
is 'a shareable disk is said to be so' \
  "$(vxe vdi-param-get uuid="$(vdi_of "$UUID")" param-name=sharable)" true
virsh dumpxml --inactive shared >shared.before
not_ok 'a snapshot is refused' vxe vm-snapshot uuid="$UUID" new-name-label=no
like 'as it is shareable' "$ERR" 'The disk is sharable'
ok 'nothing has changed' cmp <(virsh dumpxml --inactive shared) shared.before
ok 'vxe check is clean' vxe check

# ---- XML that vxe has no word for ------------------------------------------------------------------------

guest_disk_make odd-0.qcow2 "$DISK_SIZE"
define odd "$(disk vda qcow2 "$PWD/odd-0.qcow2" '<iotune><total_iops_sec>500</total_iops_sec></iotune>')
<watchdog model='i6300esb' action='reset'/>" \
  "<metadata><site:rack xmlns:site='urn:site'>7b</site:rack></metadata>
<cputune><shares>2048</shares></cputune>
<qemu:commandline><qemu:arg value='-name'/><qemu:arg value='odd,debug-threads=on'/></qemu:commandline>" \
  "xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'"
# Without the parts that vxe changes: the disk's file, its own mark.
foreign() {
  virsh dumpxml --inactive odd | sed '/<source file/d; /<vxe:/d; /<title>/d; /<driver name=.qemu. type=.qcow2/d'
}
foreign >odd.before
for word in 7b shares debug-threads total_iops_sec i6300esb; do
  ok "the domain says $word" grep -q "$word" odd.before
done
ok 'vm-snapshot' vxe vm-snapshot uuid="$UUID" new-name-label=s
snap=$OUT
ok 'nothing else of the XML has changed' diff odd.before <(foreign)
ok 'vm-param-set' vxe vm-param-set uuid="$UUID" name-label=odder
ok 'nothing else of the XML has changed' diff odd.before <(foreign)
ok 'revert' vxe snapshot-revert uuid="$snap"
ok 'nothing else of the XML has changed' diff odd.before <(foreign)

# ---- a file that nobody needs any more ---------------------------------------------------------

small_guest own 1
chmod 0660 own-0.qcow2
stamp_disks "$UUID" 71
ok 'vm-snapshot' vxe vm-snapshot uuid="$UUID" new-name-label=s
snap=$OUT
is "it freezes the user's file" "$(stat -c %a own-0.qcow2)" 440
sum=$(md5sum <own-0.qcow2)
ok 'the VM goes on without it' vxe vdi-flatten uuid="$(vdi_of "$UUID")"
ok 'the snapshot goes' vxe snapshot-uninstall uuid="$snap" force=true
is 'the file is off the records' "$(vxe vdi-list params=sm-config | grep -c own-0.qcow2)" 0
is 'it is as it was' "$(md5sum <own-0.qcow2)" "$sum"
is 'and can be written to' "$(stat -c %a own-0.qcow2)" 660
ok 'a scan finds it' vxe sr-scan uuid="$(vxe sr-list name-label="Existing disks in $PWD" --minimal)"
is 'as a disk' "$(vxe vdi-list params=sm-config | grep -c own-0.qcow2)" 1
ok 'vxe check is clean' vxe check

# ---- a block device ------------------------------------------------------------------------------------

loop=
qemu-img create -q -f raw device.img "$DISK_SIZE"
drop_loop() { [ -z "$loop" ] || losetup -d "$loop" 2>/dev/null; }
if [ "$HOST_MODE" = system ] && loop=$(losetup -f --show "$PWD/device.img" 2>/dev/null); then
  stamp "$loop" 13 1M 64k raw
  define block "$(disk vda raw "$loop" '' block)"
  vdi=$(vdi_of "$UUID")
  is 'a block device is listed' "$(vdi_file "$vdi")" "$loop"
  is 'in an SR of type udev' "$(vxe sr-list \
    uuid="$(vxe vdi-param-get uuid="$vdi" param-name=sr-uuid)" params=type --minimal)" udev
  mode=$(stat -Lc %a "$loop")
  ok 'vm-snapshot' vxe vm-snapshot uuid="$UUID" new-name-label=s
  snap=$OUT
  like 'the layer lies in an SR of files' "$(source_of block vda)" '\.qcow2$'
  unlike 'not among devices' "$(source_of block vda)" '^/dev/'
  stamp "$(source_of block vda)" 14
  ok 'revert' vxe snapshot-revert uuid="$snap"
  is 'it has the content' "$(byte_of "$(source_of block vda)" 1M)" 13
  is "the device's mode is as it was" "$(stat -Lc %a "$loop")" "$mode"
  ok 'vm-uninstall' vxe vm-uninstall uuid="$UUID" force=true
  is 'the device has its content' "$(byte_of "$loop" 1M raw)" 13
  ok 'vxe check is clean' vxe check
else
  skip "no loop device can be made here: block devices are not tested (mode $HOST_MODE)"
fi
drop_loop
