#!/bin/bash
# SPDX-License-Identifier: MIT
# Devices that only one of two machines can have, on libvirt itself: cards with one address, channels, floppies,
# sharable disks. A change of a setting leaves all of them unchanged.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

mac=52:54:00:0a:0b:0c
card() { # MODEL EXTRA...
  echo "<interface type='user'><mac address='$mac'/><model type='$1'/>${*:2}</interface>"
}
# cards NAME: the models of its cards in libvirt's XML, and if they share an address.
cards() {
  virsh dumpxml --inactive "$1" | sed -n "s/.*<mac address='\([^']*\)'.*/\1/p; s/.*<model type='\([a-z0-9]*\)'\/>.*/\1/p" |
    grep -v '^\(vga\|cirrus\)$' | paste -sd' '
}
models() { cards "$1" | tr ' ' '\n' | grep -v : | paste -sd' '; }
macs() { cards "$1" | tr ' ' '\n' | grep : | sort -u; }
vif_at() { plain vif-list vm-uuid="$UUID" device="$1" --minimal; }

# ---- three cards, one address ----------------------------------------------------------------------------

GUEST_EXTRA="$(card e1000)$(card virtio)$(card rtl8139)" small_guest net 1 || exit 1
is 'libvirt has three' "$(models net)" 'e1000 virtio rtl8139'
is 'so has vxe' "$(plain vif-list vm-uuid="$UUID" params=MAC --minimal)" "$mac,$mac,$mac"
ok 'vm-clone' vxe vm-clone uuid="$UUID" new-name-label=two
clone=$OUT
is 'it has all three' "$(models two)" 'e1000 virtio rtl8139'
is '... on one address' "$(macs two | wc -l)" 1
isnt '... of its own' "$(macs two)" "$mac"
ok 'vm-snapshot' vxe vm-snapshot uuid="$UUID" new-name-label=s
snap=$OUT
first=$(vif_at 0) second=$(vif_at 1) third=$(vif_at 2)
ok 'vif-destroy of the second' vxe vif-destroy uuid="$second"
is 'the second goes' "$(models net)" 'e1000 rtl8139'
is 'the others keep their UUIDs' "$(vif_at 0) $(vif_at 2)" "$first $third"
# A network that needs nothing of the host.
echo "<network><name>theirs</name><forward mode='bridge'/><bridge name='vxenone'/></network>" >net.xml
virsh -q net-define net.xml && virsh -q net-start theirs && theirs=$(vxe network-list name-label=theirs --minimal)
ln -s "$VXE" xe
exits 1 'xe has autodetect of disks only' ./xe vif-create vm-uuid="$UUID" network-uuid="$theirs" device=autodetect
for at in 1 3; do
  ok 'vif-create device=autodetect' vxe vif-create vm-uuid="$UUID" network-uuid="$theirs" device=autodetect
  is '... at the first number that is free' "$(vxe vif-param-get uuid="$OUT" param-name=device)" "$at"
done
for at in 1 3; do vxe vif-destroy uuid="$(vif_at "$at")"; done
virsh -q net-destroy theirs && virsh -q net-undefine theirs
ok 'vif-destroy of what is now the second' vxe vif-destroy uuid="$third"
is 'one is left' "$(models net)" e1000
is '... under its UUID' "$(vif_at 0)" "$first"
ok 'revert' vxe snapshot-revert uuid="$snap"
is 'all are back' "$(models net)" 'e1000 virtio rtl8139'
is '... the first under its UUID' "$(vif_at 0)" "$first"
ok 'it starts' vxe vm-start uuid="$UUID"
is '... with all of them' "$(plain vif-list vm-uuid="$UUID" currently-attached=true --minimal | tr , '\n' | wc -l)" 3
virsh -q destroy net
virsh dumpxml --inactive net | awk '/<interface/ && !n++ { skip = 1 } !skip; /<\/interface>/ { skip = 0 }' >less.xml
virsh -q define less.xml
is 'somebody took the first one out' "$(models net)" 'virtio rtl8139'
ok '... which vxe sees' vxe vm-param-set uuid="$UUID" name-description=x
is '... as what it is' "$(plain vif-list vm-uuid="$UUID" uuid="$first" --minimal)" ''
ok 'the clone starts' vxe vm-start uuid="$clone"
ok 'the clone goes' vxe vm-uninstall uuid="$clone" force=true
ok 'the VM goes' vxe vm-uninstall uuid="$UUID" force=true

# ---- a setting -------------------------------------------------------------------------------------------

GUEST_EXTRA="$(card e1000)$(card virtio "<driver queues='2' rx_queue_size='512'/>")" small_guest set 1 || exit 1
others() { virsh dumpxml --inactive set | grep -v '<description>\|<vxe:\|metadata>'; }
others >before.xml
ok 'vm-param-set name-description=' vxe vm-param-set uuid="$UUID" name-description=other
ok '... changes nothing else of the definition' diff before.xml <(others)
ok '... which has queues' grep -q "queues='2'" before.xml

# ---- a team, a channel, a floppy -------------------------------------------------------------------------

truncate -s 1440K floppy.img && printf mine | dd of=floppy.img conv=notrunc status=none
GUEST_EXTRA="<interface type='user'><mac address='$mac'/><model type='virtio'/>
<alias name='ua-backup0'/><teaming type='persistent'/></interface>
<interface type='hostdev' managed='yes'><mac address='$mac'/><source>
<address type='pci' domain='0x0000' bus='0x66' slot='0x02' function='0x5'/></source>
<teaming type='transient' persistent='ua-backup0'/></interface>
<channel type='unix'><source mode='bind' path='$HOST_DIR/s/fwd.sock'/>
<target type='guestfwd' address='10.0.2.1' port='4600'/></channel>
<disk type='file' device='floppy'><driver name='qemu' type='raw'/><source file='$PWD/floppy.img'/>
<target dev='fda' bus='fdc'/></disk>" small_guest team 1 || exit 1
ok 'vm-clone of a VM with a team, a channel of target guestfwd, a floppy' vxe vm-clone uuid="$UUID" new-name-label=b
clone=$OUT
virsh dumpxml --inactive b >b.xml
is 'its cards are a team' "$(grep -c "<teaming\|type='hostdev'\|ua-backup0" b.xml)" 4
is '... of one address' "$(macs b | wc -l)" 1
ok 'its channel has an end of its own' grep -q "path='$HOST_DIR/s/b-fwd.sock'" b.xml
file=$(sed -n "s/.*<source file='\([^']*\)'.*/\1/p" b.xml | tail -n 1)
isnt 'its floppy is a copy' "$file" "$PWD/floppy.img"
qemu-img convert -f qcow2 -O raw "$file" now.img && ok '... that holds the same' cmp now.img floppy.img
ok 'vif-destroy of the card that is passed through' vxe vif-destroy uuid="$(vif_at 1)"
is '... takes that one' "$(virsh dumpxml --inactive team | grep -c "type='hostdev'\|ua-backup0'/>")" 1
ok 'the clone goes' vxe vm-uninstall uuid="$clone" force=true
not_ok '... and its floppy' test -e "$file"
ok 'the floppy of the first one stays' test -e floppy.img
mkdir tools
GUEST_EXTRA="<disk type='dir' device='floppy'><driver name='qemu' type='fat'/><source dir='$PWD/tools'/>
<target dev='fda' bus='fdc'/><readonly/></disk>" small_guest dir 1 || exit 1
ok 'vm-clone of a VM with a folder as a floppy' vxe vm-clone uuid="$UUID" new-name-label=dir2
ok '... both refer to it' grep -q "<source dir='$PWD/tools'/>" <(virsh dumpxml --inactive dir2)

# ---- world wide names

wwn=5000c50015ea71aa
guest_disk_make wide.qcow2 4M
GUEST_EXTRA="<controller type='scsi' model='virtio-scsi'/><disk type='file' device='disk'><driver name='qemu' type='qcow2'/>
<source file='$PWD/wide.qcow2'/><target dev='sda' bus='scsi'/><serial>data</serial><wwn>$wwn</wwn></disk>" small_guest wide 1 || exit 1
ok 'a disk with a world wide name is cloned' vxe vm-clone uuid="$UUID" new-name-label=wider
like '... the clone has another one of the same maker' "$(virsh dumpxml wider | grep -o '<wwn>.*</wwn>')" '^<wwn>5000c50[0-9a-f]{9}</wwn>$'
unlike '... another one' "$(virsh dumpxml wider)" "$wwn"
like '... the serial stays' "$(virsh dumpxml wider)" '<serial>data</serial>'
like '... so does the name of the first' "$(virsh dumpxml wide)" "<wwn>$wwn</wwn>"
ok 'vxe check is clean' vxe check
