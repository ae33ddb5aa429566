#!/bin/bash
# SPDX-License-Identifier: MIT
# Hosts of a pool whose libvirt has its own lock manager (virtlockd), on storage without locks: what it does not hold, vxe's guard
# does; a snapshot, a merge, a migration, memory in a file and a start elsewhere work beside it. vxe check says that it is on.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/migration.sh"
has_virtlockd() { [ "$HOST_MODE" = system ] && command -v virtlockd; }
requires has_virtlockd 'root and virtlockd are needed'

VXE=$VXE_PLAIN GUEST_EMULATOR=$NO_LOCKS migration_ready || exit
mkdir "$HOSTS_DIR/shared/leases"
switched_on() { # HOST
  on "$1" eval 'echo "lock_manager = \"lockd\"" >>/etc/libvirt/qemu.conf && : >/mnt/own/virtlockd.conf &&
    printf "%s\n" "auto_disk_leases = 1" "file_lockspace_dir = \"/mnt/sr/leases\"" >/etc/libvirt/qemu-lockd.conf &&
    virtlockd -d -f /mnt/own/virtlockd.conf -p /mnt/own/virtlockd.pid' && libvirtd_kill "$1" && libvirtd_start "$1"
}
# A definition of the guest as it is now, on the other host, where somebody has put it.
copied() {
  on 1 virsh dumpxml web --inactive >"$HOSTS_DIR/shared/web.xml" && on 2 virsh -q define /mnt/sr/web.xml
}
not_on_2() { # WHAT
  run on 2 virsh -q start web
  isnt "$1: it does not start on h2" "$STATUS" 0
  like '... vxe says whose it is' "$ERR" 'at home on the host h1'
}

for i in 1 2; do ok "h$i: virtlockd is on" switched_on $i; done
ok 'check is clean' on 1 vxe check
run on 1 plain check
like '... and says what it does not hold' "$OUT$ERR" 'lock_manager = "lockd" in .*qemu.conf: it does not hold a guest that is paused'

is 'a guest that ran before has no lease' "$(ls "$HOSTS_DIR/shared/leases" | wc -l)" 0
ok '... somebody defines it on h2' copied
not_on_2 'it runs since before'
ok 'it is paused' on 1 vxe vm-pause vm=web
not_on_2 'paused'
ok '... and goes on' on 1 vxe vm-unpause vm=web
is '... with a lease' "$(ls "$HOSTS_DIR/shared/leases" | wc -l)" 1
ok '... it counts' on 1 guest_counts web

ok 'a snapshot' on 1 vxe vm-snapshot vm=web new-name-label=a
ok '... and another' on 1 vxe vm-snapshot vm=web new-name-label=b
for s in a b; do ok "snapshot $s goes" on 1 vxe snapshot-uninstall uuid="$(on 1 plain snapshot-list name-label=$s --minimal)" force=true; done
ok '... the guest counts' on 1 guest_counts web
on 1 vxe sr-coalesce >out 2>&1
like 'a second merge into one layer waits, as libvirt keeps its lease' "$(<out)" 'waits: .*is locked'
on 2 virsh -q undefine web
ok 'it goes to h2' on 1 vxe vm-migrate vm=web host=h2
is_on 2
ok '... and back' on 1 vxe vm-migrate vm=web host=h1
is_on 1
ok 'its memory goes to a file' on 1 vxe vm-suspend vm=web
ok '... somebody defines it on h2' copied
not_on_2 'suspended'
on 2 virsh -q undefine web
ok '... and it goes on' on 1 vxe vm-resume vm=web
is_on 1
ok 'it is off' on 1 vxe vm-shutdown vm=web --force
ok '... and starts on h2' on 1 vxe vm-start vm=web on=h2
is_on 2
for i in 1 2; do on $i eval 'kill $(cat /mnt/own/virtlockd.pid)'; done
