#!/bin/bash
# shellcheck disable=SC2034 # LINUX_*, for the library
# SPDX-License-Identifier: MIT
# vm-wait and the address of a real Linux with the real guest agent: from when it boots until the agent answers, until a
# card has an address, and an address that only the host's table of neighbours knows.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/linux.sh"

requires linux_is_there 'the Linux guest is not built: make deps'
printf "%s<ip address='198.51.100.1' prefix='24'/></network>" \
  "<network><name>lan</name><bridge name='vxe-lan'/><dns enable='no'/>" >lan.xml
can_make() { mkdir -p /var/lib/libvirt/dnsmasq && virsh -q net-define lan.xml && virsh -q net-start lan; }
LINUX_CMDLINE=quiet
if can_make >/dev/null 2>&1; then
  LINUX_EXTRA="<interface type='network'><mac address='02:00:00:00:00:74'/><source network='lan'/>
<model type='virtio'/></interface>"
fi
address() { vxe vm-param-get uuid="$UUID" param-name=address; }

# ---- the agent -------------------------------------------------------------------------------------

ok 'a Linux guest' linux_make l
UUID=$(virsh domuuid l)
vxe vm-list uuid="$UUID" >/dev/null
vxe vm-wait uuid="$UUID" state=agent timeout=600 &
waiter=$!
exits 6 'no agent answers in a VM that is off' vxe vm-wait vm=l state=agent timeout=0
ok 'it starts' vxe vm-start vm=l
exits 6 '... nor before it has booted' vxe vm-wait vm=l state=agent timeout=0
ok 'the wait, begun when it was off, ends' wait $waiter
ok '... when the agent answers' agent_answers l
like '... in a system that has booted' "$(inside l uname)" Linux
exits 0 'the agent answers at once' vxe vm-wait vm=l state=agent timeout=5

# ---- an address -------------------------------------------------------------------------------------

if [ -z "${LINUX_EXTRA-}" ]; then
  skip 'no networks can be made on this host'
  exit 0
fi
is 'the loopback alone is no address' "$(address)" ''
exits 6 '... and not waited for' vxe vm-wait vm=l state=ip timeout=1
vxe vm-wait vm=l state=ip timeout=600 &
waiter=$!
sleep 0.5
# shellcheck disable=SC2016 # expanded in the guest
ok 'the guest gives its card an address' inside l \
  'c=$(grep -l 02:00:00:00:00:74 /sys/class/net/*/address | cut -d/ -f5); ip address add 198.51.100.20/24 dev $c && ip link set $c up'
ok '... which ends the wait' wait $waiter
is '... and is the one shown' "$(address)" 198.51.100.20
like '... in a table, too' "$(vxe vm-list --table)" "$UUID +l +running +198.51.100.20"
like '... and by card' "$(vxe vm-param-get uuid="$UUID" param-name=networks)" '0/ip: 198.51.100.20'

diag 'the agent hangs'
# shellcheck disable=SC2016 # expanded in the guest
ok 'the agent is stopped soon' inside l '(sleep 1; kill -STOP $(pidof qemu-ga)) >/dev/null 2>&1 &'
silent() { ! agent_pings; }
agent_pings() { virsh -q qemu-agent-command --timeout 1 l '{"execute":"guest-ping"}'; }
ok '... and answers no more' wait_until 60 silent
exits 6 'vm-wait sees that' vxe vm-wait vm=l state=agent timeout=0
is 'no address is known' "$(address)" ''
# What listens there is of no interest: the question for the card is answered.
timeout 60 bash -c ': >/dev/tcp/198.51.100.20/9' 2>/dev/null
is 'one that the host has just talked to is' "$(address)" 198.51.100.20
exits 0 '... which vm-wait takes' vxe vm-wait vm=l state=ip timeout=60
virsh -q destroy l
is 'a VM that is off has none' "$(address)" ''
virsh -q net-destroy lan && virsh -q net-undefine lan
