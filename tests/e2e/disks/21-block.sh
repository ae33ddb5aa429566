#!/bin/bash
# SPDX-License-Identifier: MIT
# A guest on a block device, as on LVM or a partition: it starts and continues with its data after every operation that
# returns it to the device.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"

[ "$HOST_MODE" = system ] || skip_all "a session's guests have no block devices"
truncate -s 64M device.img
loop=$(losetup -f --show "$PWD/device.img" 2>/dev/null) ||
  skip_all 'no loop device can be made here: no guest is tried on a block device'
group=$(mktemp -d /dev/shm/vxe-test.XXXXXX) # what LVM has as /dev/GROUP
leave() {
  local status=$?
  losetup -d "$loop"
  rm -rf "$group"
  (exit $status)
  finish
}
trap leave EXIT

# on_device NAME TYPE PLACE: a guest whose raw disk is at PLACE. Sets UUID.
on_device() {
  guest_define "$1" - "$3" || return
  virsh dumpxml --inactive "$1" | sed "s/<disk type='file'/<disk type='$2'/; s/type='qcow2'/type='raw'/
    s/<source file=/<source $([ "$2" = block ] && echo dev || echo file)=/" >"$1.xml"
  virsh -q define "$1.xml" && UUID=$(virsh domuuid "$1")
}
# The disk's type, format and source, as libvirt has them.
disk_says() {
  virsh dumpxml --inactive "$1" | sed -n "s/.*<disk type='\([a-z]*\)'.*/\1/p
    s/.*<driver name='qemu' type='\([^']*\)'.*/\1/p; s/.*<source \(\(file\|dev\)='[^']*'\).*/\1/p" |
    head -n 3 | paste -sd' '
}
# runs_on NAME WHAT: the guest starts with the data of its disk, and counts on; then it is off, and COUNTER has the
# counter of its disk.
runs_on() {
  local then=$COUNTER
  ok "$2: it starts" vxe vm-start uuid="$UUID"
  ok '... and counts' guest_counts "$1"
  is '... from where it was' "$(guest_booted "$1")" "$then"
  virsh -q destroy "$1"
  COUNTER=$(counter_of "$(disk_file "$1")" "$(disk_format "$1")")
}
disk_file() { disk_says "$1" | sed "s/.*='\(.*\)'/\1/"; }
disk_format() { disk_says "$1" | cut -d' ' -f2; }

qemu-io -f raw -c "write -q -s $TOOLS/tick.bin 0 1024" "$loop" >/dev/null
COUNTER=0
on_device lv block "$loop" || exit 1
want="block raw dev='$loop'"
is 'the definition' "$(disk_says lv)" "$want"

# ---- off: the layer goes down into the device --------------------------------------------------------

ok 'vm-snapshot' vxe vm-snapshot uuid="$UUID" new-name-label=s
snap=$OUT
like 'the layer is a file' "$(disk_says lv)" "^file qcow2 file='.*\.qcow2'\$"
runs_on lv 'on the layer'
ok 'snapshot-uninstall' vxe snapshot-uninstall uuid="$snap" force=true
is 'the disk is the device again' "$(disk_says lv)" "$want"
is 'no layer is left' "$(images_made)" 0
runs_on lv 'after the merge'
ok 'vxe check is clean' vxe check

# ---- a revert, then the layer goes down ----------------------------------------------------------------

ok 'vm-snapshot' vxe vm-snapshot uuid="$UUID" new-name-label=s
snap=$OUT
then=$COUNTER
guest_start lv && virsh -q destroy lv
ok 'revert' vxe snapshot-revert uuid="$snap"
COUNTER=$then
runs_on lv 'after the revert'
ok 'snapshot-uninstall' vxe snapshot-uninstall uuid="$snap" force=true
is 'the disk is the device again' "$(disk_says lv)" "$want"
is '... and holds what the guest wrote' "$(counter_of "$loop" raw)" "$COUNTER"

# ---- taken back ----------------------------------------------------------------------------------------

not_ok 'a snapshot that fails' env VXE_FAILPOINT=vm-snapshot:switch=error \
  "$VXE_PLAIN" vm-snapshot uuid="$UUID" new-name-label=t
is 'the disk is the device' "$(disk_says lv)" "$want"

# ---- under the running guest ---------------------------------------------------------------------------

guest_start lv || exit 1
ok 'vm-snapshot, running' vxe vm-snapshot uuid="$UUID" new-name-label=s
snap=$OUT
ok 'it counts on the layer' guest_counts lv
ok 'snapshot-uninstall, running' vxe snapshot-uninstall uuid="$snap" force=true
ok 'it counts on the device' guest_counts lv
virsh -q destroy lv
is 'the definition says so' "$(disk_says lv)" "$want"
COUNTER=$(counter_of "$loop" raw)

# ---- a second domain has it as a volume of LVM ---------------------------------------------------------

# Its pool is not active: libvirt need not start it.
ln -s "$loop" "$group/lv"
virsh -q pool-define-as lvm logical --source-name "${group#/dev/}" >/dev/null
web=$UUID
on_device twin block "$loop" && twin=$UUID UUID=$web
sed "s/<disk type='block'/<disk type='volume'/; s/<source dev='[^']*'/<source pool='lvm' volume='lv'/" \
  twin.xml >volume.xml
virsh -q define volume.xml
is 'both have one disk' "$(vdi_of "$twin")" "$(vdi_of "$UUID")"
is 'which is one VDI' "$(vdi_table | grep -cE "$loop|/lv\$")" 1
ok 'vm-snapshot' vxe vm-snapshot uuid="$UUID" new-name-label=s
snap=$OUT
cp "$loop" before.raw
is 'the other names the layer' "$(disk_says twin)" "$(disk_says lv)"
ok '... and starts' guest_start twin
virsh -q destroy twin
ok '... the device is as it was' cmp before.raw "$loop"
COUNTER=$(counter_of "$(disk_file lv)" "$(disk_format lv)")
ok 'vxe check is clean' vxe check
ok 'snapshot-uninstall' vxe snapshot-uninstall uuid="$snap" force=true
is 'the disk is the device again' "$(disk_says lv)" "$want"
is '... for the other, too' "$(disk_says twin)" "$want"
is '... and holds what the guest wrote' "$(counter_of "$loop" raw)" "$COUNTER"
ok 'vxe check is clean' vxe check
virsh -q undefine twin

# ---- the device is no file ------------------------------------------------------------------------------

disk=$(vdi_of "$UUID")
wrong VDI_IS_A_PHYSICAL_DEVICE 'vdi-resize of a device' vdi-resize uuid="$disk" disk-size=80MiB
truncate -s 80M device.img && losetup -c "$loop"
again VDI_IS_A_PHYSICAL_DEVICE vxe vm-start uuid="$UUID"
is '... it is larger for vxe, too' "$(vxe vdi-param-get uuid="$disk" param-name=virtual-size)" $((80 << 20))
virsh -q destroy lv
cp "$loop" before.raw
wrong VDI_IS_A_PHYSICAL_DEVICE 'vdi-destroy of a device' vdi-destroy uuid="$disk"
leads VDI_IS_A_PHYSICAL_DEVICE 1
is '... its record is gone' "$(vxe vdi-list uuid="$disk" --minimal)" ''
ok '... the device is as it was' cmp before.raw "$loop"

# ---- another name of the device ------------------------------------------------------------------------

virsh -q undefine lv
vxe vm-list >/dev/null
ln -s "$loop" lv-link
on_device link block "$PWD/lv-link" || exit 1
ok 'vm-snapshot of a VM on a link' vxe vm-snapshot uuid="$UUID" new-name-label=s
snap=$OUT
ok 'snapshot-uninstall' vxe snapshot-uninstall uuid="$snap" force=true
is 'the link is a device, too' "$(disk_says link)" "block raw dev='$PWD/lv-link'"
runs_on link 'by a link, after a merge'

# A definition with the other type cannot be started; check reports it.
virsh dumpxml --inactive link | sed "s/<disk type='block'/<disk type='file'/; s/<source dev=/<source file=/" >wrong.xml
virsh -q define wrong.xml
vxe check >found.txt 2>&1
ok 'vxe check names a type that is not that of the place' \
  grep -q "disk vda is defined as a file in its inactive XML, but $PWD/lv-link is not one" found.txt
