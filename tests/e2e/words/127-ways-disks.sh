#!/bin/bash
# SPDX-License-Identifier: MIT
# The ways out that errors about disks, storage and archives name: each command in them is run as printed.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/archives.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"

# For commands that ask.
yes_leads() { leads "$@" <<<yes; }
new_disk() { plain vdi-create sr-uuid="$sr" name-label="$1" virtual-size=1MiB; }
pbd_of() { plain pbd-list sr-uuid="$1" --minimal; }
# disk_xml TARGET TYPE SOURCE [MORE]: of a raw disk.
disk_xml() {
  echo "<disk type='$2' device='disk'><driver name='qemu' type='raw'/>$3<target dev='$1' bus='virtio'/>${4-}</disk>"
}

plain vm-list >/dev/null
host=$(plain host-list --minimal)
sr=$(plain pool-list params=default-SR --minimal)
small_guest web 1
web=$UUID
plain vm-list >/dev/null
root=$(vdi_of "$web")

# ---- disks that others have ----------------------------------------------------------------------

small_guest on 1
virsh -q start --paused on
disk=$(vdi_of "$UUID")
wrong VDI_IN_USE 'vdi-export of the disk of a VM that is on' vdi-export uuid="$disk" filename=out.raw
leads VDI_IN_USE 1
like '... it names the VM' "$OUT" 'vm-name-label.*: on'
leads VDI_IN_USE 2
again VDI_IN_USE vxe vdi-export uuid="$OUT" filename=then.raw
wrong VDI_IN_USE 'vdi-resize of it' vdi-resize uuid="$disk" disk-size=5MiB
again VDI_IN_USE vxe vdi-resize uuid="$disk" disk-size=5MiB online=true
plain vm-shutdown uuid="$UUID" --force
again VDI_IN_USE vxe vdi-export uuid="$disk" filename=out.raw

truncate -s 1M shared.img
GUEST_EXTRA=$(disk_xml vdc file "<source file='$PWD/shared.img'/>" '<shareable/>') small_guest cluster 1
wrong VDI_IS_SHARABLE 'a snapshot with a sharable disk' vm-snapshot vm=cluster new-name-label=x
shared=$(vdi_of "$UUID" 2)
leads VDI_IS_SHARABLE 1 SR="$sr"
again VDI_IS_SHARABLE vxe vm-snapshot vm=cluster new-name-label=x ignore-vdi-uuids="$shared"

GUEST_EXTRA=$(disk_xml vdc network "<source protocol='nbd' name='x'><host name='127.0.0.1' port='1'/></source>") \
  small_guest remote 1
wrong VDI_NOT_MANAGED 'a snapshot with a disk on the network' vm-snapshot vm=remote new-name-label=x
leads VDI_NOT_MANAGED 1
like '... it says where it is' "$OUT" 'nbd'
again VDI_NOT_MANAGED vxe vm-snapshot vm=remote new-name-label=x ignore-vdi-uuids="$(vdi_of "$UUID" 2)"

# ---- files that are gone -------------------------------------------------------------------------

mkdir cds
qemu-img create -q -f raw cds/one.iso 1M
isos=$(plain sr-create name-label=cds type=iso content-type=iso device-config:location="$PWD/cds")
one=$(plain vdi-list sr-uuid="$isos" --minimal)
plain vm-cd-add uuid="$web" cd-name=one.iso device=3
mv web-0.qcow2 aside
wrong VDI_NOT_AVAILABLE 'a start without the disk' vm-start uuid="$web"
leads VDI_NOT_AVAILABLE 1
is '... it names the file' "$OUT" "$PWD/web-0.qcow2"
mv aside web-0.qcow2
mv cds/one.iso aside
wrong VDI_NOT_AVAILABLE 'a start without the CD' vm-start uuid="$web"
leads VDI_NOT_AVAILABLE 4 VM=web
mv aside cds/one.iso
again VDI_NOT_AVAILABLE vxe vm-start uuid="$web"
plain vm-shutdown uuid="$web" --force
mkdir old
guest_disk_make old/moved.qcow2 4M
guest_define moved - "$PWD/old/moved.qcow2"
plain vm-list >/dev/null
place=$(plain vdi-param-get uuid="$(vdi_of "$(virsh domuuid moved)")" param-name=sr-uuid)
mv old new
wrong VDI_NOT_AVAILABLE 'a start where the folder has moved' vm-start vm=moved
ok '... pbd-unplug' vxe pbd-unplug uuid="$(pbd_of "$place")"
ok '... pbd-destroy' vxe pbd-destroy uuid="$(pbd_of "$place")"
leads VDI_NOT_AVAILABLE 2 HOST="$host" SR="$place" FOLDER="$PWD/new"
ok '... pbd-plug' vxe pbd-plug uuid="$(pbd_of "$place")"
leads VDI_NOT_AVAILABLE 3 VM=moved
again VDI_NOT_AVAILABLE vxe vm-start vm=moved
plain vm-shutdown vm=moved --force

# ---- content -------------------------------------------------------------------------------------

disk=$(new_disk first)
then=$(plain vdi-snapshot uuid="$disk")
wrong VDI_READONLY 'a snapshot as the disk of a VM' vbd-create vm-uuid="$web" device=1 vdi-uuid="$then"
leads VDI_READONLY 1 SR="$sr"
like 'vdi-copy base-vdi-uuid= says what leads out' "$(vxe vdi-copy uuid="$then" sr-uuid="$sr" base-vdi-uuid="$disk" 2>&1)" 'Leave base-vdi-uuid= out'
again VDI_READONLY vxe vbd-create vm-uuid="$web" device=1 vdi-uuid="$OUT"
truncate -s 2M big.raw
wrong VDI_TOO_SMALL 'an import of more than the disk holds' vdi-import uuid="$disk" filename=big.raw format=raw
leads VDI_TOO_SMALL 1 SIZE=2MiB
again VDI_TOO_SMALL vxe vdi-import uuid="$disk" filename=big.raw format=raw

# ---- drives --------------------------------------------------------------------------------------

drive=$(plain vbd-list vm-uuid="$web" type=CD --minimal)
wrong VBD_CDS_MUST_BE_READONLY 'a drive to write to' vbd-create vm-uuid="$web" device=autodetect type=CD mode=RW
again VBD_CDS_MUST_BE_READONLY vxe vbd-create vm-uuid="$web" device=autodetect type=CD mode=RO
wrong VBD_IS_EMPTY 'eject of an empty drive' vbd-eject uuid="$drive"
leads VBD_IS_EMPTY 1 VDI="$one"
leads VBD_IS_EMPTY 2
wrong VBD_NOT_EMPTY 'insert into a full drive' vbd-insert uuid="$drive" vdi-uuid="$one"
leads VBD_NOT_EMPTY 1
again VBD_NOT_EMPTY vxe vbd-insert uuid="$drive" vdi-uuid="$one"
vbd=$(plain vbd-list vm-uuid="$web" userdevice=1 --minimal)
wrong VBD_NOT_REMOVABLE_MEDIA 'eject of a disk' vbd-eject uuid="$vbd"
ok '... vbd-destroy' vxe vbd-destroy uuid="$vbd"
again VBD_NOT_REMOVABLE_MEDIA vxe vbd-create vm-uuid="$web" device=1 vdi-uuid="$disk"
vbd=$OUT
wrong DEVICE_ALREADY_EXISTS 'a disk at a place that is taken' vm-disk-add uuid="$web" disk-size=1MiB device=0
again DEVICE_ALREADY_EXISTS vxe vm-disk-add uuid="$web" disk-size=1MiB device=autodetect
wrong INVALID_DEVICE 'a disk at no place' vm-disk-add uuid="$web" disk-size=1MiB device=vdaa
again INVALID_DEVICE vxe vm-disk-add uuid="$web" disk-size=1MiB device=7

# ---- a guest that runs ---------------------------------------------------------------------------

# On a bus that releases disks without the guest's help.
guest_disk_make live.qcow2 4M && guest_install live.qcow2
guest_xml live - "$PWD/live.qcow2" | sed "s/dev='vda' bus='virtio'/dev='sda' bus='scsi'/
  s/<controller type='usb'/<controller type='scsi' model='virtio-scsi'\/>&/" >live.xml
virsh -q define live.xml && virsh -q start --paused live
live=$(virsh domuuid live)
vbd=$(plain vbd-create vm-uuid="$live" device=1 vdi-uuid="$(new_disk more)" unpluggable=false)
wrong DEVICE_ALREADY_DETACHED 'unplug of a disk that is not plugged' vbd-unplug uuid="$vbd"
again DEVICE_ALREADY_DETACHED vxe vbd-plug uuid="$vbd"
wrong DEVICE_ALREADY_ATTACHED 'plug of one that is' vbd-plug uuid="$vbd"
wrong VBD_NOT_UNPLUGGABLE 'unplug of one that may not be' vbd-unplug uuid="$vbd"
leads VBD_NOT_UNPLUGGABLE 1
again DEVICE_ALREADY_ATTACHED vxe vbd-unplug uuid="$vbd"
virsh -q destroy live

# ---- layers --------------------------------------------------------------------------------------

own=$(plain vdi-param-get uuid="$root" param-name=sr-uuid)
plain sr-param-set uuid="$own" other-config:max-chain-depth=2
snapshot "$web" one
wrong SR_BACKEND_FAILURE_109 'a snapshot above as many layers as may be' vm-snapshot uuid="$web" new-name-label=two
yes_leads SR_BACKEND_FAILURE_109 1 SNAPSHOT="$SNAP"
again SR_BACKEND_FAILURE_109 vxe vm-snapshot uuid="$web" new-name-label=two
wrong SR_BACKEND_FAILURE_109 'and one more' vm-snapshot uuid="$web" new-name-label=three
leads SR_BACKEND_FAILURE_109 2 DISK="$root"
again SR_BACKEND_FAILURE_109 vxe vm-snapshot uuid="$web" new-name-label=three
plain sr-param-clear uuid="$own" param-name=other-config

# ---- storage repositories ------------------------------------------------------------------------

new_sr() { vxe sr-create name-label="$1" type=file device-config:location="$PWD/$1"; }
wrong SR_UNKNOWN_DRIVER 'storage of a type that there is not' sr-create name-label=data type=lvmoiscsi \
  device-config:location="$PWD/data"
leads SR_UNKNOWN_DRIVER 1
again SR_UNKNOWN_DRIVER new_sr data
data=$OUT
pbd=$(pbd_of "$data")
wrong SR_DEVICE_IN_USE 'the folder once more' sr-create name-label=more type=file device-config:location="$PWD/data"
leads SR_DEVICE_IN_USE 1
leads SR_DEVICE_IN_USE 2
again SR_DEVICE_IN_USE new_sr more
more=$OUT
wrong SR_OPERATION_NOT_SUPPORTED 'a disk in storage of CDs' vdi-create sr-uuid="$isos" name-label=x virtual-size=1MiB
leads SR_OPERATION_NOT_SUPPORTED 1
again SR_OPERATION_NOT_SUPPORTED vxe vdi-create sr-uuid="$data" name-label=x virtual-size=1MiB
qemu-img create -q -f raw cds/two.iso 1M
plain sr-scan uuid="$isos"
two=$(plain vdi-list sr-uuid="$isos" name-label=two.iso --minimal)
wrong SR_OPERATION_NOT_SUPPORTED 'vdi-destroy of a CD' vdi-destroy uuid="$two"
rm cds/two.iso
leads SR_OPERATION_NOT_SUPPORTED 2
is '... it has gone' "$(plain vdi-list uuid="$two" --minimal)" ''

wrong SR_HAS_PBD 'sr-forget of attached storage' sr-forget uuid="$more"
leads SR_HAS_PBD 1
leads SR_HAS_PBD 2 PBD="$(pbd_of "$more")"
again SR_HAS_PBD vxe sr-forget uuid="$more"
wrong SR_DEVICE_IN_USE 'the folder of a forgotten one' sr-create name-label=more type=file device-config:location="$PWD/more"
leads SR_DEVICE_IN_USE 3 TYPE=file PLACE="$PWD/more"
like '... it says the UUID' "$OUT" "$more"
again SR_DEVICE_IN_USE vxe sr-introduce uuid="$more" name-label=more type=file
wrong SR_UUID_EXISTS 'the same again' sr-introduce uuid="$more" name-label=more type=file
leads SR_UUID_EXISTS 1
wrong SR_HAS_NO_PBDS 'sr-destroy of one that is nowhere' sr-destroy uuid="$more"
leads SR_HAS_NO_PBDS 1 HOST="$host" PLACE="$PWD/more"
wrong PBD_EXISTS 'a second connection' pbd-create sr-uuid="$more" host-uuid="$host" device-config:location="$PWD/more"
leads PBD_EXISTS 1
plain pbd-unplug uuid="$(pbd_of "$more")"
again SR_HAS_NO_PBDS vxe sr-destroy uuid="$more"

plain pbd-unplug uuid="$pbd"
wrong SR_NOT_ATTACHED 'a disk in storage that is not attached' vdi-create sr-uuid="$data" name-label=x virtual-size=1MiB
leads SR_NOT_ATTACHED 1
leads SR_NOT_ATTACHED 2 PBD="$pbd"
again SR_NOT_ATTACHED vxe vdi-create sr-uuid="$data" name-label=y virtual-size=1MiB
plain vdi-destroy uuid="$OUT"
mv data away && mkdir data
wrong SR_NOT_ATTACHED 'one whose folder is not mounted' vdi-create sr-uuid="$data" name-label=x virtual-size=1MiB
like '... it says so' "$ERR" "$PWD/data .*is it mounted"
rmdir data && mv away data
again SR_NOT_ATTACHED vxe vdi-create sr-uuid="$data" name-label=y virtual-size=1MiB
plain vdi-destroy uuid="$OUT" && plain pbd-unplug uuid="$pbd"
mv data away
wrong SR_ATTACH_FAILED 'storage whose folder is gone' pbd-plug uuid="$pbd"
leads SR_ATTACH_FAILED 1
like '... it names the folder' "$OUT" "$PWD/data"
mv away data
leads SR_ATTACH_FAILED 2 PBD="$pbd"

cp web-0.qcow2 data/mine.qcow2
mine=$(cat /proc/sys/kernel/random/uuid) other=$(cat /proc/sys/kernel/random/uuid)
introduce() { vxe vdi-introduce uuid="$1" sr-uuid="$data" type=user location="$2" name-label=mine; }
ok 'a file becomes a disk' introduce "$mine" mine.qcow2
wrong LOCATION_NOT_UNIQUE 'and another' vdi-introduce uuid="$other" sr-uuid="$data" type=user location=mine.qcow2
leads LOCATION_NOT_UNIQUE 1
wrong VDI_LOCATION_MISSING 'a file that is not there' vdi-introduce uuid="$other" sr-uuid="$data" type=user location=other.qcow2
leads VDI_LOCATION_MISSING 1
like '... it names the folder' "$OUT" "$PWD/data"
cp web-0.qcow2 data/other.qcow2
again VDI_LOCATION_MISSING introduce "$other" other.qcow2
again LOCATION_NOT_UNIQUE vxe vdi-forget uuid="$other"

plain pbd-unplug uuid="$pbd"
wrong SR_NOT_EMPTY 'sr-destroy of storage with disks' sr-destroy uuid="$data"
ok '... pbd-plug' vxe pbd-plug uuid="$pbd"
leads SR_NOT_EMPTY 2 SR="$data"
for vdi in $(plain vdi-list sr-uuid="$data" --minimal | tr , ' '); do ok '... vdi-destroy' vxe vdi-destroy uuid="$vdi"; done
ok '... pbd-unplug' vxe pbd-unplug uuid="$pbd"
again SR_NOT_EMPTY vxe sr-destroy uuid="$data"
data=$(new_sr data)
file=$(vdi_file "$(plain vdi-create sr-uuid="$data" name-label=z virtual-size=1MiB)")
plain pbd-unplug uuid="$(pbd_of "$data")"
wrong SR_NOT_EMPTY 'and of others' sr-destroy uuid="$data"
leads SR_NOT_EMPTY 1 SR="$data"
ok '... the file is kept' test -s "$file"

# ---- archives ------------------------------------------------------------------------------------

small_guest box 1
box=$UUID
stamp box-0.qcow2 33
keep_content box "$box"
imports() { vxe vm-import filename="$1" "${@:2}"; }
plain vm-export uuid="$box" filename=box.xva >/dev/null
unpacked box.xva is
# bad SED: bad.xva is the archive with another document.
bad() {
  rm -rf bad && cp -r is bad
  sed -i "$1" bad/ova.xml
  packed bad
}
head -c $(($(stat -c %s box.xva) / 2)) box.xva >cut.xva
wrong IMPORT_ERROR_PREMATURE_EOF 'half an archive' vm-import filename=cut.xva
isnt '... its size shows it' "$(stat -c %s cut.xva)" "$(stat -c %s box.xva)"
again IMPORT_ERROR_PREMATURE_EOF imports box.xva
ok '... with what the disk held' has_content box "$OUT"
block=$(cd is && find . -name 00000001)
tar -C is --format=ustar -cf other.xva "$block" ova.xml
wrong IMPORT_ERROR_UNEXPECTED_FILE 'an archive of other files' vm-import filename=other.xva
again IMPORT_ERROR_UNEXPECTED_FILE imports box.xva
cp -r is bad && head -c 1M /dev/zero >"bad/$block" && packed bad
wrong IMPORT_ERROR 'an archive with a wrong byte' vm-import filename=bad.xva
like '... it says where' "$ERR" 'checksum'
again IMPORT_ERROR imports box.xva
rm -rf bad && cp -r is bad && first_version bad && sed -i 's|<value>[0-9a-f]|<value>Z|' bad/checksum.xml && packed bad
wrong IMPORT_ERROR_SOME_CHECKSUMS_FAILED 'an archive whose table disagrees' vm-import filename=bad.xva
again IMPORT_ERROR_SOME_CHECKSUMS_FAILED imports box.xva
bad 's|<name>export_vsn</name><value>[^<]*|&9|'
wrong IMPORT_INCOMPATIBLE_VERSION 'an archive of another version' vm-import filename=bad.xva
again IMPORT_INCOMPATIBLE_VERSION imports box.xva
bad "s|<name>VDI</name><value>Ref:[0-9]*|&99|"
wrong IMPORT_ERROR_FAILED_TO_FIND_OBJECT 'an archive that lacks a record' vm-import filename=bad.xva
again IMPORT_ERROR_FAILED_TO_FIND_OBJECT imports box.xva

plain vm-export uuid="$box" filename=records.xva metadata=true >/dev/null
wrong VM_TO_IMPORT_IS_NOT_NEWER_VERSION 'the records of a VM that is there' \
  vm-import filename=records.xva metadata=true preserve=true
leads VM_TO_IMPORT_IS_NOT_NEWER_VERSION 1
again VM_TO_IMPORT_IS_NOT_NEWER_VERSION imports records.xva metadata=true preserve=true
ok '... on its disk' has_content box "$box"
plain vm-destroy uuid="$box"
plain vm-param-set uuid="$web" other-config:mac_seed="$(grep -o 'mac_seed</name><value>[^<]*' is/ova.xml | sed 's/.*>//')"
wrong DUPLICATE_MAC_SEED 'an archive of a VM whose addresses another has' vm-import filename=box.xva preserve=true
leads DUPLICATE_MAC_SEED 1
like '... it names the other' "$OUT" "$web"
again DUPLICATE_MAC_SEED imports box.xva

small_guest pod 1
pod=$UUID
plain vm-disk-add uuid="$pod" disk-size=1MiB device=1
disk=$(vdi_of "$pod" 1)
plain vm-export uuid="$pod" filename=pod.xva metadata=true >/dev/null
plain vm-export uuid="$pod" filename=whole.xva >/dev/null
plain vm-destroy uuid="$pod" && plain vdi-destroy uuid="$disk"
wrong VDI_LOCATION_MISSING 'records of a VM whose disk is gone' vm-import filename=pod.xva metadata=true
like '... the disk is named' "$ERR" "$disk"
spare=$(plain vdi-create sr-uuid="$sr" name-label=spare virtual-size=1MiB)
again VDI_LOCATION_MISSING imports pod.xva metadata=true vdi:"$disk"="$spare"
sed "s/$sr/00000000-0000-4000-8000-000000000000/g" pod.xva >elsewhere.xva
wrong VDI_CONTENT_ID_MISSING 'records of a VM whose storage is gone' vm-import filename=elsewhere.xva metadata=true
like '... the disk is named' "$ERR" "$disk"
leads VDI_CONTENT_ID_MISSING 1
again VDI_CONTENT_ID_MISSING imports elsewhere.xva metadata=true vdi:"$disk"="$spare"
again VDI_CONTENT_ID_MISSING imports elsewhere.xva metadata=true force=true
again VDI_CONTENT_ID_MISSING imports whole.xva
ok 'vxe check is clean' vxe check
