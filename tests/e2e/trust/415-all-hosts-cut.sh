#!/bin/bash
# SPDX-License-Identifier: MIT
# The power of all hosts of a pool is cut, and the database is itself a guest of the pool, or gone: nothing starts by itself, the way
# out of docs/pool.md starts the one guest, and then each runs at its home, once. A database that is gone is restored from a dump.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/migration.sh"

[ "$HOST_MODE" = system ] || skip_all 'the hook of an ordinary user is that of root, as in 226-start-hook.sh'
TCP=1 pool_hosts 2
GUEST_EMULATOR=$NO_LOCKS migration_ready || exit
# The guest "db" stands for the database's machine: its server runs while that guest does, as the test sees to.
on 1 eval 'guest_disks db 1 /mnt/sr/images >/dev/null && guest_define db - /mnt/sr/images/db-0.qcow2 && "$VXE" vm-start vm=db'
on 1 virsh -q autostart db
on 1 virsh -q dumpxml --inactive --migratable web >"$HOSTS_DIR/shared/web.xml"
on 1 virsh -q dumpxml --inactive --migratable db >"$HOSTS_DIR/shared/db.xml"
for i in 1 2; do ok "h$i tells" on $i vxe host-heartbeat; done
hook=/etc/libvirt/hooks/qemu.d/vxe
runs() { on "$1" virsh -q list --name | xargs; }
refused() { # I GUEST WHAT
  run on "$1" virsh -q start "$2"
  isnt "$3: h$1 does not start $2" "$STATUS" 0
  like '... and says why' "$ERR" 'not seen the database since it was booted'
}
# What the guest web has written when all goes dark.
ok 'it writes' writes_on 1 web
WROTE=$(on 1 guest_counter web)
pg_dump -Fc -h "$PG" -U vxe pool >"$HOSTS_DIR/shared/pool.dump"
cut_all() {
  for i in 1 2; do host_kill $i; done
  database_kill
  for i in 1 2; do host_boot $i; done
  for i in 1 2; do is "$1: libvirt of h$i starts nothing by itself" "$(runs $i)" ''; done
  for i in web db; do ok "... h2 has an old definition of $i" on 2 virsh -q define /mnt/sr/$i.xml; done
  for i in 1 2; do
    refused $i db "$1"
    refused $i web "$1"
  done
}
is_back() { TCP=1 database_begin "$PG" nsenter -t "$HUB" "${INTO[@]}" -n; }

# ---- the database is a guest of the pool

cut_all 'after the cut'
ok 'it is certain that no other host runs it: the hook goes on h1' on 1 rm $hook
ok '... and the guest with the database starts' on 1 virsh -q start db
refused 2 db 'h2 asks still'
ok 'so the database is back' is_back
for i in 1 2; do ok "h$i tells" wait_until 20 on $i vxe host-heartbeat; done
ok '... which puts the hook back' on 1 test -x $hook
not_ok 'h2 does not start what is at home on h1' on 2 virsh -q start web
ok 'web starts at its home' on 1 vxe vm-start uuid="$VM"
ok '... and counts' on 1 guest_counts web
has_all_of web 1 "$WROTE" 'it'
is 'each runs once' "$(runs 1 | xargs -n 1 | sort | xargs) $(runs 2)" 'db web '
WROTE=$(on 1 guest_counter web)

# ---- the database is gone

cut_all 'after the next cut'
ok 'the server is there' is_back
database_sql "$PG" postgres 'DROP DATABASE pool WITH (FORCE)'
not_ok '... but not the database: h1 starts nothing' on 1 virsh -q start web
database_make "$PG" pool
not_ok '... nor from an empty one' on 1 virsh -q start web
ok 'it is restored from the dump' pg_restore -h "$PG" -U vxe -d pool "$HOSTS_DIR/shared/pool.dump"
ok 'a person decides, if hosts have seen more' on 1 vxe pool-reconcile
for i in 1 2; do ok "h$i tells" wait_until 20 on $i vxe host-heartbeat; done
not_ok 'h2 does not start what is at home on h1' on 2 virsh -q start web
ok 'web starts at its home' on 1 virsh -q start web
ok '... and counts' on 1 guest_counts web
has_all_of web 1 "$WROTE" 'it'
is 'it runs once' "$(runs 1) $(runs 2)" 'web '
database_end
