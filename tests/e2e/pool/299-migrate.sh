#!/bin/bash
# SPDX-License-Identifier: MIT
# A running guest goes from host to host of a pool (tests/lib/hosts.sh) and counts on, with its snapshots. It stays where the
# user stops vxe, or it is killed, or something is missing. 276-kill-migrate.sh has the other kills.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/migration.sh"

migration_ready || exit
said() { on 1 cat "$HOST_DIR/s/web.log" && on 2 cat "$HOST_DIR/s/web.log"; }

# ---- what is refused --------------------------------------------------------------------------------------

AT=1
run on 1 vxe vm-migrate vm=web
isnt 'no host is named' "$STATUS" 0
like '... which it says' "$ERR" 'No destination host'
run on 1 vxe vm-migrate vm=web host=h2 remote-master=x
like 'another pool is refused' "$ERR" 'remote-master'
ok 'it is there already' on 1 vxe vm-migrate vm=web host=h1
run on 1 vxe vm-migrate vm=web host=h2 --dry-run
like 'a dry run says what would be done' "$OUT$ERR" 'web moves to the other host'
is '... and does nothing' "$(on 1 virsh domstate web)" running
ok 'a guest on a local disk' on 1 small_guest own 1
ok '... runs' on 1 guest_start own
wrong VM_REQUIRES_SR '... and stays' vm-migrate vm=own host=h2
on 1 vxe vm-uninstall vm=own --force
libvirtd_kill 2
wrong HOST_OFFLINE "a host whose libvirt does not run" vm-migrate vm=web host=h2
libvirtd_start 2

# ---- it goes ----------------------------------------------------------------------------------------------

ok 'a snapshot' on 1 vxe vm-snapshot uuid="$VM" new-name-label=zero
ZERO=$(on 1 plain snapshot-list name-label=zero --minimal)
on 1 cp $DISK /mnt/sr/zero.qcow2
begun=${EPOCHREALTIME/./}
ok 'it migrates' on 1 vxe vm-migrate vm=web host=h2 live=true || diag "$ERR"
diag "note migrated after $(((${EPOCHREALTIME/./} - begun) / 1000)) ms"
is_on 2
said | tr -d '\r' | sed -n '/^C=[0-9a-f]\{8\}$/s/C=//p' >counts
awk 'NR == 1 { first = $1 } END { print first, $1, NR }' counts >ends
read -r first last n <ends
is '... from where it was' "$n" $((16#$last - 16#$first + 1))
is '... with autostart' "$(on 2 virsh dominfo web | sed -n 's/^Autostart: *//p')" enable

# ---- its snapshot, there ----------------------------------------------------------------------------------

ok 'it is reverted on h2' on 2 vxe snapshot-revert uuid="$ZERO"
file=$(on 2 virsh -q domblklist web | awk '{ print $2 }')
ok '... to the content of the snapshot' on 2 qemu-img compare -U -f qcow2 -F qcow2 "$file" /mnt/sr/zero.qcow2
ok '... and starts' on 2 vxe vm-start uuid="$VM"

# ---- the user stops it, vxe is killed ------------------------------------------------------------------------

# A guest that changes its memory faster than it may be sent.
on 2 guest_disks busy 1 /mnt/sr/images >/dev/null
on 2 guest_install /mnt/sr/images/busy-0.qcow2 tick-dirty
on 2 guest_define busy - /mnt/sr/images/busy-0.qcow2
ok 'a busy guest' on 2 guest_start busy
on 2 virsh -q migrate-setspeed busy 1
on 2 bash -c '"$VXE_PLAIN" vm-migrate vm=busy host=h1 >made 2>said & p=$!; sleep 3; kill -INT $p; wait $p; echo $? >status'
isnt 'its migration is interrupted' "$(cat "$HOSTS_DIR/h2/own/status")" 0
like '... which is said' "$(cat "$HOSTS_DIR/h2/own/said")" 'cancelled'
ok '... it counts on' on 2 guest_counts busy
is '... there is nothing of it on h1' "$(on 1 virsh -q list --all --name | grep -x busy)" ''
on 2 bash -c '"$VXE_PLAIN" vm-migrate vm=busy host=h1 >made 2>said & p=$!; sleep 3; kill -KILL $p; wait $p; echo $? >status'
is 'its vxe is killed' "$(cat "$HOSTS_DIR/h2/own/status")" 137
like '... libvirt goes on' "$(on 2 virsh domjobinfo busy)" 'Migration|Outgoing'
ok '... until the next command' on 2 vxe vm-param-set uuid="$(on 2 plain vm-list name-label=busy --minimal)" name-description=x
ok '... it counts on' on 2 guest_counts busy
is '... there is nothing of it on h1' "$(on 1 virsh -q list --all --name | grep -x busy)" ''
on 2 vxe vm-uninstall vm=busy --force

# ---- and back ---------------------------------------------------------------------------------------------------

is_compressed() { [ "$(on "$1" virsh domjobinfo web --completed | grep -c '^Compression cache:')" = 1 ]; }
ok 'it goes back' on 2 vxe vm-migrate vm=web host-uuid="${HOST[1]}" compress=true
is_on 1
ok '... compressed' is_compressed 1
on 1 vxe pool-param-set uuid="$(on 1 plain pool-list --minimal)" migration-compression=true
ok 'where the pool says so, it goes' on 1 vxe vm-migrate vm=web host=h2
ok '... compressed' is_compressed 2
ok 'with compress=false' on 2 vxe vm-migrate vm=web host=h1 compress=false
not_ok '... it is not' is_compressed 1
database_end
