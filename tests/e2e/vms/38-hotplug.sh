#!/bin/bash
# SPDX-License-Identifier: MIT
# Devices of a running guest: disks are plugged and unplugged, CDs changed, cards added and moved; the guest and the
# definition change together. The guest counts all the time.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/dry.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/state.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"

# live: the guest's live XML contains the word; the next function checks the definition.
live() { virsh dumpxml "$web" | grep -q "$1"; }
defined() { virsh dumpxml --inactive "$web" | grep -q "$1"; }
attached() { vxe vbd-param-get uuid="$1" param-name=currently-attached; }
boots() { grep -ac 'D=' "$HOST_DIR/s/web.log"; }
booted_since() { [ "$(boots)" -gt "$1" ]; }
restart_inside() {
  local before
  before=$(boots)
  virsh -q reset web >/dev/null && wait_until 20 booted_since "$before" && guest_counts web
}

# A guest on a bus that releases disks without the guest's help.
guest_disk_make web.qcow2 4M && guest_install web.qcow2
guest_xml web - "$PWD/web.qcow2" | sed "s/dev='vda' bus='virtio'/dev='sda' bus='scsi'/
  s/<controller type='usb'/<controller type='scsi' model='virtio-scsi'\/>&/" >web.xml
mkdir -p "$HOST_DIR/s" && chmod 1777 "$HOST_DIR/s"
virsh -q define web.xml >/dev/null
web=$(virsh domuuid web)
guest_start web
vxe vm-list >/dev/null
sr=$(vxe pool-list params=default-SR --minimal)

# ---- a disk

vdi=$(vxe vdi-create sr-uuid="$sr" name-label=data virtual-size=4MiB)
qemu-img create -q -f raw data.raw 4M
qemu-io -f raw -c 'write -q -P 0 1024 4' data.raw >/dev/null
printf '\x00\x10\x00\x00' | dd of=data.raw bs=1 seek=1024 conv=notrunc status=none
ok 'a disk with content' vxe vdi-import uuid="$vdi" filename=data.raw
ok 'vbd-create on a running VM' vxe vbd-create vm-uuid="$web" device=1 vdi-uuid="$vdi" bootable=true
vbd=$OUT
is 'is not plugged' "$(attached "$vbd")" false
ok 'it is in the definition' defined sdb
not_ok 'not in the guest' live sdb
ok 'vbd-plug' vxe vbd-plug uuid="$vbd"
is 'plugged' "$(attached "$vbd")" true
ok 'the guest has it' live sdb
fails DEVICE_ALREADY_ATTACHED 1 'device: ' 'once' vxe vbd-plug uuid="$vbd"
fails VDI_IN_USE 7 'operation: destroy' 'its disk is in use now' vxe vdi-destroy uuid="$vdi"
ok 'the guest runs on' guest_counts web
ok 'after a reset its firmware finds it' restart_inside
is 'two disks' "$(guest_disk_count web)" 2
is 'with the content that was imported' "$(guest_booted web 1)" 4096
ok 'and writes to it' wait_until 10 bash -c \
  "[ \"\$(qemu-io -U -r -f qcow2 -c 'read -v 1024 4' '$(vdi_file "$vdi")' | head -1 | cut -c12-22)\" != '00 10 00 00' ]"
ok 'a snapshot takes both disks' vxe vm-snapshot uuid="$web" new-name-label=both
is 'of one instant: two disks' "$(vxe vbd-list vm-uuid="$OUT" type=Disk --minimal | tr , '\n' | wc -l)" 2
does 'vbd-unplug' vbd-unplug uuid="$vbd"
is 'unplugged' "$(attached "$vbd")" false
not_ok 'the guest has it no more' live sdb
ok 'the definition has' defined sdb
ok 'the guest runs on' guest_counts web
ok 'vbd-plug again' vxe vbd-plug uuid="$vbd"
file=$(vdi_file "$vdi")
ok 'vm-disk-remove' vxe vm-disk-remove uuid="$web" device=1
not_ok 'gone from the guest' live sdb
not_ok 'gone from the definition' defined sdb
is 'the disk is destroyed' "$(vxe vdi-list uuid="$vdi" --minimal)" ''
not_ok 'and its file' test -e "$file"
fails CLI_FAILURE 1 'Disk not found' 'once' vxe vm-disk-remove uuid="$web" device=1
ok 'the guest runs on' guest_counts web
ok 'vxe check is clean' vxe check

# ---- a guest that does not let go: nothing has changed

guest_make stiff 1
guest_start stiff
stiff=$(virsh domuuid stiff)
ok 'vm-disk-add on a running VM' vxe vm-disk-add uuid="$stiff" disk-size=1MiB device=1
vbd=$(vxe vbd-list vm-uuid="$stiff" userdevice=1 --minimal)
wrong DEVICE_DETACH_REJECTED 'a guest without a driver keeps its disk' vm-disk-remove uuid="$stiff" device=1
is '... exit status' "$STATUS" 1
like '... it names the disk' "$ERR" "\"VBD\", \"$vbd\""
is 'it is still attached' "$(attached "$vbd")" true
isnt 'the definition has it' "$(source_of stiff vdb)" ''
ok 'vxe check is clean' vxe check
vxe vm-shutdown uuid="$stiff" --force
again DEVICE_DETACH_REJECTED vxe vm-disk-remove uuid="$stiff" device=1

# ---- CDs

mkdir isos
qemu-img create -q -f raw isos/one.iso 1M
qemu-img create -q -f raw isos/two.iso 2M
ok 'an SR of CDs' vxe sr-create name-label=cds type=iso content-type=iso \
  device-config:location="$PWD/isos"
vxe vm-shutdown uuid="$web" --force
ok 'vm-cd-add' vxe vm-cd-add uuid="$web" cd-name=one.iso device=3
guest_start web
ok 'the guest has the CD' live one.iso
like 'vm-cd-list' "$(vxe vm-cd-list uuid="$web")" 'CD 0 VBD:.*CD 0 VDI:.*one.iso'
ok 'vm-cd-eject' vxe vm-cd-eject uuid="$web"
not_ok 'from the guest' live one.iso
not_ok 'and the definition' defined one.iso
fails VBD_IS_EMPTY 1 'vbd: ' 'once' vxe vm-cd-eject uuid="$web"
ok 'vm-cd-insert' vxe vm-cd-insert uuid="$web" cd-name=two.iso
ok 'into the guest' live two.iso
ok 'and the definition' defined two.iso
fails VM_NO_EMPTY_CD_VBD 1 'vm: ' 'no drive is empty' vxe vm-cd-insert uuid="$web" cd-name=one.iso
fails CLI_FAILURE 1 'not found' 'a CD that there is not' vxe vm-cd-insert uuid="$web" cd-name=nine.iso
ok 'vm-cd-eject' vxe vm-cd-eject uuid="$web"
drive=$(vxe vbd-create vm-uuid="$web" device=4 type=CD mode=RO)
fails CLI_FAILURE 1 'Two or more CDs found' 'of two drives none is chosen' vxe vm-cd-eject uuid="$web"
fails CLI_FAILURE 1 'Two or more empty CD' 'nor to insert' vxe vm-cd-insert uuid="$web" cd-name=one.iso
ok 'the guest runs on' guest_counts web
vxe vbd-destroy uuid="$drive"

# ---- cards

vxe vm-shutdown uuid="$web" --force
fails CLI_FAILURE 1 'Disk not found' 'a drive is removed by the name of its CD' \
  vxe vm-cd-remove uuid="$web" cd-name=two.iso
ok 'an empty one by <EMPTY>' vxe vm-cd-remove uuid="$web" cd-name='<EMPTY>'
is '... and is gone' "$(vxe vm-cd-list uuid="$web")" ''
# A network that needs nothing of the host, made without vxe.
echo "<network><name>theirs</name><forward mode='bridge'/><bridge name='vxenone'/></network>" >net.xml
virsh -q net-define net.xml && virsh -q net-start theirs
is 'a network that virsh defined later is listed' \
  "$(vxe network-list name-label=theirs --minimal)" "$(virsh net-uuid theirs | head -n 1)"
virsh -q net-destroy theirs && virsh -q net-undefine theirs
is '... and is not when it is gone' "$(vxe network-list name-label=theirs --minimal)" ''
# The bridge to which the host's end of the guest's card is connected; a network's bridge.
bridge_of() {
  basename "$(readlink "/sys/class/net/$(virsh -q domiflist "$1" | awk '{ print $1 }')/master")"
}
bridge_named() { vxe network-list name-label="$1" params=bridge --minimal; }
if vxe network-create name-label=lan1 >lan1 2>/dev/null; then
  lan1=$(cat lan1)
  lan2=$(vxe network-create name-label=lan2)
  ok 'vif-create' vxe vif-create vm-uuid="$web" device=0 network-uuid="$lan1" mac=02:00:00:00:00:11
  vif=$OUT
  guest_start web
  ok 'the guest has the card' live lan1
  is '... in the bridge of the network' "$(bridge_of web)" "$(bridge_named lan1)"
  ok 'vif-move while it runs' vxe vif-move uuid="$vif" network-uuid="$lan2"
  ok 'in the guest' live lan2
  is '... which is in the other bridge now' "$(bridge_of web)" "$(bridge_named lan2)"
  ok 'the guest runs on' guest_counts web
  ok 'in the definition' defined lan2
  is 'vm-vif-list' "$(vxe vm-vif-list uuid="$web" params=network-uuid --minimal)" "$lan2"
  vxe vm-shutdown uuid="$web" --force
  ok 'vif-destroy' vxe vif-destroy uuid="$vif"
  not_ok 'gone from the definition' defined lan2
  ok 'network-destroy' vxe network-destroy uuid="$lan2"
  ok 'both' vxe network-destroy uuid="$lan1"
  is 'libvirt has none of them' "$(virsh net-list --all --name | grep -c lan)" 0

  # ---- without an agent, addresses are those that were leased to the cards

  # lease BRIDGE ADDRESS SECONDS: a lease in the form of dnsmasq's helper, valid for so long.
  leases=/var/lib/libvirt/dnsmasq
  lease() {
    printf '[{"ip-address": "%s", "mac-address": "02:00:00:00:00:12", "expiry-time": %s}]' \
      "$2" $(($(date +%s) + $3)) >"$leases/$1.status"
  }
  mkdir -p "$leases"
  printf "%s<ip address='198.51.100.1' prefix='24'/></network>" \
    "<network><name>leased</name><bridge name='vxe-leased'/><dns enable='no'/>" >leased.xml
  virsh -q net-define leased.xml && virsh -q net-start leased
  ok 'a card of a network with addresses' vxe vif-create vm-uuid="$web" device=1 \
    network-uuid="$(vxe network-list name-label=leased --minimal)" mac=02:00:00:00:00:12
  guest_start web
  networks() { vxe vm-param-get uuid="$web" param-name=networks; }
  is 'no lease, no address' "$(networks)" '<not in database>'
  lease vxe-leased 198.51.100.9 600
  is 'the leased one' "$(networks)" '1/ip: 198.51.100.9; 1/ipv4/0: 198.51.100.9'
  is '... by its key' \
    "$(vxe vm-param-get uuid="$web" param-name=networks param-key=1/ip)" 198.51.100.9
  is '... which makes no agent of it' \
    "$(vxe vm-param-get uuid="$web" param-name=os-version)" '<not in database>'
  lease vxe-leased 198.51.100.9 -1
  is '... until it is over' "$(networks)" '<not in database>'
  vxe vm-shutdown uuid="$web" --force
  lease vxe-leased 198.51.100.9 600
  is 'a VM that does not run has none' "$(networks)" '<not in database>'
  rm "$leases/vxe-leased.status"
  vxe vif-destroy uuid="$(vxe vif-list vm-uuid="$web" --minimal)"
  virsh -q net-destroy leased && virsh -q net-undefine leased
else
  skip 'no networks can be made on this host'
fi
ok 'vxe check is clean' vxe check
