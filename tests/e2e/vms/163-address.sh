#!/bin/bash
# SPDX-License-Identifier: MIT
# The address of a guest: from the leases of libvirt, in vm-list --table, and vm-wait state=ip. One VM costs one VM. Agents
# that are not there are not asked.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

printf "%s<ip address='198.51.100.1' prefix='24'/></network>" \
  "<network><name>leased</name><bridge name='vxe-leased'/><dns enable='no'/>" >leased.xml
can_make() { virsh -q net-define leased.xml && virsh -q net-start leased; }
requires can_make 'no networks can be made on this host'
leases=/var/lib/libvirt/dnsmasq
mkdir -p "$leases"
lease() {
  printf '[{"ip-address": "%s", "mac-address": "02:00:00:00:00:12", "expiry-time": %s}]' \
    "$1" $(($(date +%s) + 600)) >"$leases/vxe-leased.status"
}

small_guest web 1
web=$UUID
vxe vif-create vm-uuid="$web" device=0 mac=02:00:00:00:00:12 \
  network-uuid="$(vxe network-list name-label=leased --minimal)" >/dev/null
vxe vm-start vm=web
is 'no lease, no address' "$(vxe vm-param-get uuid="$web" param-name=address)" ''
exits 6 'vm-wait waits for one' vxe vm-wait vm=web state=ip timeout=1
vxe vm-wait vm=web state=ip timeout=60 &
sleep 0.5
lease 198.51.100.9
ok '... and sees it' wait $!
is 'the leased one' "$(vxe vm-param-get uuid="$web" param-name=address)" 198.51.100.9
like 'a table has a column' "$(vxe vm-list --table | head -n 1)" 'power-state +address$'
like '... with it' "$(vxe vm-list --table)" "$web +web +running +198.51.100.9"
exits 6 'no agent answers in this guest' vxe vm-wait vm=web state=agent timeout=1
unlike 'a list as xe has no such field' "$(vxe vm-list)" address

# One guest has no channel for an agent, the other's has not been opened: libvirt logs an error if it has to ask either.
GUEST_EXTRA="<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>" guest_make deaf 1
vxe vm-start vm=deaf
errors() { grep -c ': error :' "$HOST_DIR/libvirtd.log"; }
before=$(errors)
like 'a list of guests without agents' "$(vxe vm-list --table)" 'deaf +running'
vxe vm-list params=all >/dev/null
exits 6 '... and waiting for one' vxe vm-wait vm=deaf state=agent timeout=1
is '... leaves no error in the log of libvirt' "$(errors)" "$before"
virsh -q qemu-agent-command deaf '{"execute":"guest-ping"}' >/dev/null 2>&1
isnt '... which a question to an agent would' "$(errors)" "$before"
vxe vm-shutdown vm=deaf --force
vxe vm-shutdown vm=web --force
unlike 'a VM that is off has none' "$(vxe vm-list --table)" 198.51.100.9
rm "$leases/vxe-leased.status"
vxe vif-destroy uuid="$(vxe vif-list vm-uuid="$web" --minimal)"
virsh -q net-destroy leased && virsh -q net-undefine leased
