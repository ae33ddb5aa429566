#!/bin/bash
# SPDX-License-Identifier: MIT
# A host's folders, or its whole disk, are on another machine, beside the host or in its place: neither libvirt nor vxe starts its
# VMs there, and nothing is told in its name, until a person says there that this machine is the host now.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/migration.sh"

[ "$HOST_MODE" = system ] || skip_all 'the hook of an ordinary user is that of root, as in 226-start-hook.sh'
[ -s /etc/machine-id ] || skip_all 'this machine has no id'

# board I NUMBER: the firmware of host I says a UUID. Called on the host, as its mounts go when it loses its power.
# shellcheck disable=SC2016 # of a script on the host
board() {
  on "$1" eval 'mkdir -p board/dmi/id && echo '"0000000$2-1111-4222-8333-444444444444"' >board/dmi/id/product_uuid &&
    if [ -e /sys/class/dmi/id/product_uuid ]; then mount --bind board/dmi/id/product_uuid /sys/class/dmi/id/product_uuid
    else mount -t overlay overlay -o lowerdir="$PWD/board:/sys/class" /sys/class; fi'
}
pool_hosts 3
board 1 1 && board 3 3 || skip_all 'no other firmware can be shown'
GUEST_EMULATOR=$NO_LOCKS migration_ready || exit
for i in 1 2; do ok "h$i tells" on $i vxe host-heartbeat; done
on 1 virsh -q dumpxml --inactive --migratable web >"$HOSTS_DIR/shared/web.xml"
database() { database_sql "$PG" pool "$1"; }
RECORD=$(database "SELECT md5(_document::text) FROM vxe.host WHERE uuid = '${HOST[1]}'")
runs() { on "$1" virsh -q list --name | grep -cx web; }
vxe() { on "${AT-3}" vxe "$@"; } # for wrong, leads

# ---- the folders of h1 on h3

# shellcheck disable=SC2016
ok 'h3 is a copy of h1' on 1 eval 'cp -a "$HOST_STATE" /mnt/sr/state && cp -a /etc/libvirt /mnt/sr/etc'
# shellcheck disable=SC2016
on 3 eval 'rm -rf "$HOST_STATE"/* && cp -a /mnt/sr/state/. "$HOST_STATE"/ && cp -a /mnt/sr/etc/. /etc/libvirt/'
restart() { libvirtd_kill 3 && libvirtd_start 3; }
restart
# is_shut CODE WHAT: nothing of h1 can be started or told on h3.
is_shut() {
  on 3 virsh -q define /mnt/sr/web.xml
  on 3 virsh -q autostart web
  database "UPDATE vxe.beats SET at = at - interval '1 hour' WHERE host = '${HOST[1]}'"
  exits 1 "$2: libvirt does not start web there" on 3 virsh -q start web
  like '... and says why' "$ERR" 'the pool knows this host on another machine'
  restart
  is '... nor when its daemon starts' "$(runs 1)$(runs 3)" 10
  wrong "$1" '... nor does vxe' vm-start uuid="$VM"
  wrong "$1" '... nor tells it anything' host-heartbeat
  is '... and h1 was not heard' "$(database "SELECT at < now() - interval '30 minutes' FROM vxe.beats WHERE host = '${HOST[1]}'")" t
  is '... nor has its record changed' "$(database "SELECT md5(_document::text) FROM vxe.host WHERE uuid = '${HOST[1]}'")" "$RECORD"
  ok '... while h1 works' on 1 vxe host-heartbeat
}
is_shut VXE_HYPERVISOR_MISMATCH 'with an id of its own'
wrong VXE_HYPERVISOR_MISMATCH '... which cannot become h1' host-adopt

# ---- the whole disk of h1

# The machine's id is on it, too; then also the UUID in libvirt's settings.
cp "$HOSTS_DIR/h1/machine-id" "$HOSTS_DIR/shared/id"
on 3 mount --bind /mnt/sr/id /etc/machine-id
is_shut VXE_HOST_UUID_CHANGED 'with the id of h1'
sed -i "s/^host_uuid=.*/$(grep ^host_uuid= "$HOSTS_DIR/h1/files/libvirtd.conf")/" "$HOSTS_DIR/h3/files/libvirtd.conf"
is_shut VXE_OTHER_MACHINE 'with the id and the UUID of h1'
is 'web runs once' "$(runs 1)$(runs 2)$(runs 3)" 100

# ---- h1 has a new board, and a new system on the old one

on 1 virsh -q autostart web
host_kill 1
host_boot 1 && board 1 7
AT=1
is 'libvirt of h1, which has a new board, starts nothing' "$(runs 1)" 0
is_new() {
  wrong VXE_OTHER_MACHINE "$1: vxe does not either" vm-start uuid="$VM"
  exits 1 '... nor libvirt' on 1 virsh -q start web
  wrong VXE_OTHER_MACHINE '... a heartbeat' host-heartbeat
  leads VXE_OTHER_MACHINE 1
  ok '... then h1 tells' on 1 vxe host-heartbeat
  ok '... libvirt starts it' on 1 virsh -q start web
  ok '... and it counts' on 1 guest_counts web
  ok '... vxe check is clean' on 1 vxe check
  ok '... it ends' on 1 virsh -q destroy web
}
is_new 'a new board'
cat /proc/sys/kernel/random/uuid | tr -d - >"$HOSTS_DIR/shared/new-id"
on 1 mount --bind /mnt/sr/new-id /etc/machine-id
is_new 'a new system'
AT=3
wrong VXE_OTHER_MACHINE 'the copy is h1 no longer' vm-start uuid="$VM"
exits 1 '... for libvirt, too' on 3 virsh -q start web
database_end
