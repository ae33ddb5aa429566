#!/bin/bash
# SPDX-License-Identifier: MIT
# The running guests of a host go to another one, on which they count on, at a word from any host: all of them, or none if
# one has no place there. ^C leaves those where they are that have not gone.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/migration.sh"

migration_ready || exit
second_guest
run_on() { on "$1" virsh -q list --name | sort | paste -sd' '; }

# ---- all or none --------------------------------------------------------------------------------------

AT=2
ok 'a guest on a local disk' on 1 small_guest own 1
ok '... runs' on 1 guest_start own
wrong VM_REQUIRES_SR '... holds all of them' host-evacuate host=h1
like '... which names it' "$ERR" 'own.* cannot go to host h2'
OWN=$(on 1 plain vm-list name-label=own --minimal)
SR=$(on 1 plain vdi-list uuid="$(on 1 plain vbd-list vm-uuid="$OWN" params=vdi-uuid --minimal)" params=sr-uuid --minimal)
prevent=(host-get-vms-which-prevent-evacuation uuid="${HOST[1]}")
is '... as another command does' "$(on 2 plain "${prevent[@]}" | sed 's/ *: /: /; s/^ *//' | paste -sd';')" \
  "uuid ( RO): $OWN;name-label ( RW): own;reason ( RO): VM_REQUIRES_SR,$OWN,$SR;;"
is '... none has moved' "$(run_on 1)/$(run_on 2 | tr -d ' ')" 'db own web/'
ok '... it stops' on 1 vxe vm-shutdown vm=own --force
big=$(($(on 1 plain host-list name-label=h2 params=memory-total --minimal) / 1048576 * 6 / 10))
for i in 1 2; do
  on $i guest_disks big$i 1 /mnt/sr/images >/dev/null
  GUEST_MIB=$big on $i guest_define big$i - /mnt/sr/images/big$i-0.qcow2
  ok "a guest on h$i that takes most of its memory" on $i vxe vm-start vm=big$i
done
wrong HOST_NOT_ENOUGH_FREE_MEMORY 'both are too much for h2' host-evacuate host=h1
ok '... that of h2 stops' on 2 vxe vm-shutdown vm=big2 --force
again HOST_NOT_ENOUGH_FREE_MEMORY vxe host-evacuate host=h1 --dry-run
ok '... that of h1, too' on 1 vxe vm-shutdown vm=big1 --force
ok 'h2 is disabled' on 1 vxe host-disable host=h2
wrong NO_HOSTS_AVAILABLE '... there is no other host' host-evacuate host=h1
ok '... it is enabled' on 1 vxe host-enable host=h2
run on 2 vxe host-evacuate host=h1 --dry-run
like 'a dry run says who moves' "$OUT$ERR" 'web moves to the other host'
like '... all of them' "$OUT$ERR" 'db moves to the other host'
is '... and does nothing' "$(run_on 1)" 'db web'

# ---- they go --------------------------------------------------------------------------------------------

ok 'h1 is evacuated from h2' on 2 vxe host-evacuate host=h1
is_on 2
ok '... db counts there, too' on 2 guest_counts db
is '... nothing runs on h1' "$(run_on 1)" ''
is '... what was halted is there' "$(on 1 virsh domstate own)" 'shut off'
ok 'a host without guests' on 1 vxe host-evacuate host=h1
is '... nothing prevents it' "$(on 2 plain "${prevent[@]}")" ''

# ---- ^C ---------------------------------------------------------------------------------------------------

# A guest whose memory changes faster than it may be sent.
on 2 vxe vm-shutdown vm=db --force
on 2 vxe vm-shutdown vm=web --force
on 2 guest_install /mnt/sr/images/web-0.qcow2 tick-dirty
ok 'a busy guest' on 2 guest_start web
on 2 virsh -q migrate-setspeed web 1
on 2 guest_disks off 1 /mnt/sr/images >/dev/null
on 2 guest_define off - /mnt/sr/images/off-0.qcow2
on 2 bash -c '"$VXE_PLAIN" host-evacuate host=h2 >made 2>said & echo $! >pid; wait $!; echo $? >status' &
evacuates=$!
comes() { on 1 virsh -q list --all --name | grep -qx web; }
ok 'h2 is being evacuated' wait_until 20 comes
AT=2
wrong HOST_EVACUATE_IN_PROGRESS 'a second time' host-evacuate host=h2
wrong HOST_EVACUATE_IN_PROGRESS 'no guest starts on it' vm-start vm=off
ok 'the other host starts its own' on 1 vxe vm-start vm=own
on 2 bash -c 'kill -INT "$(<pid)"'
wait $evacuates
isnt 'it is interrupted' "$(cat "$HOSTS_DIR/h2/own/status")" 0
like '... which is said' "$(cat "$HOSTS_DIR/h2/own/said")" 'cancelled'
is '... the guest is where it was' "$(run_on 1)/$(run_on 2)" 'own/web'
for i in 1 2; do ok '... vxe check is clean' on $i vxe check; done
again HOST_EVACUATE_IN_PROGRESS vxe vm-start vm=off

# ---- by a network -------------------------------------------------------------------------------------------

on 2 vxe vm-shutdown vm=web --force
notes() { on 1 vxe pif-list >/dev/null && on 1 vxe host-list >/dev/null; }
if on 1 ip link add br5 type bridge 2>/dev/null && on 1 ip link set br5 up; then
  notes
  NETWORK=$(on 1 plain network-list bridge=br5 --minimal)
  evacuates=(host-evacuate host=h2 network-uuid="$NETWORK")
  wrong HOST_CANNOT_ATTACH_NETWORK 'a network in which the card of h1 is not' "${evacuates[@]}"
  leads HOST_CANNOT_ATTACH_NETWORK 1
  on 1 ip address flush dev eth0 && on 1 ip link set eth0 master br5 && on 1 ip route add default dev eth0
  notes
  wrong INTERFACE_HAS_NO_IP '... it has no address' "${evacuates[@]}"
  on 1 ip address add 10.9.0.1/24 dev br5 && notes
  again INTERFACE_HAS_NO_IP vxe "${evacuates[@]}"
else
  ok 'it goes' on 2 vxe host-evacuate host=h2
fi
is '... all of them' "$(run_on 1)/$(run_on 2)" 'off own/'
database_end
