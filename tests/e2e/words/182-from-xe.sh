#!/bin/bash
# SPDX-License-Identifier: MIT
# The commands of docs/from-xe.md, with an archive as XenServer makes them: no word of the machine.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/page.sh"

is 'each heading is here' "$(page_headings from-xe.md)" 'Before the export,Export there,Import here,After the first start,Other buses'

mac=52:54:00:12:34:56
GUEST_EXTRA="<interface type='user'><mac address='$mac'/></interface>" small_guest web 2
web=$UUID
guest_start web
page from-xe.md 'Export there' 's/ force=false/ --force/' # it has no system that could shut down
keep_content web "$web"

# What another program than vxe wrote has no description of the machine.
mkdir x
tar -xf web.xva -C x
sed -i 's|<name>product_brand</name><value>vxe<|<name>product_brand</name><value>XenServer<|' x/ova.xml
tar -tf web.xva >members
tar -cf web.xva -C x --no-recursion -T members
vxe vm-uninstall uuid="$web" --force >/dev/null

[ "$HOST_MODE" != system ] || ip link add br0 type bridge
if [ "$HOST_MODE" = system ]; then
  page from-xe.md 'Before the export'
else
  skip 'an ordinary user can make no bridge'
fi
page from-xe.md 'Import here'
is '... the VM has its UUID' "$VM" "$web"
is '... its address' "$(plain vif-list vm-uuid="$VM" params=MAC --minimal)" "$mac"
is '... virtio disks' "$(virsh domblklist --inactive "$VM" | awk '/qcow2/ { print $1 }' | xargs)" 'vda vdb'
virsh -q destroy "$VM"
page from-xe.md 'After the first start'
SNAP=$(plain snapshot-list name-label=imported --minimal)
is '... a snapshot is there' "$(plain snapshot-param-get uuid="$SNAP" param-name=snapshot-of)" "$VM"

# The guest writes its counter, so it runs from its disk.
virsh -q start "$VM"
first() { vdi_files "$VM" | head -n 1; }
written() { [ "$(counter_of "$(first)")" -gt "$1" ]; }
counts_on() { wait_until 30 written "$(counter_of "$(first)")"; }
ok '... it runs from its disk' counts_on
page from-xe.md 'Other buses'
is '... its disks are SATA' "$(virsh domblklist "$VM" | awk '/qcow2/ { print $1 }' | xargs)" 'sda sdb'
ok '... it runs from its disk' counts_on
ok '... a snapshot' vxe vm-snapshot uuid="$VM" new-name-label=sata
ok '... a revert' vxe snapshot-revert uuid="$OUT"
ok 'vxe check' vxe check
