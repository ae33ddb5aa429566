#!/bin/bash
# SPDX-License-Identifier: MIT
# libvirt asks vxe whether a guest may start, and the database is out of reach, in five ways. If its server does not answer, the host
# starts what it has noted since its boot as at home here, and nothing else. A server that answers is not away: the other hosts
# work on, so a refusal, or a lock on its tables, refuses the start.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/migration.sh"

[ "$HOST_MODE" = system ] || skip_all 'the hook of an ordinary user is that of root, as in 226-start-hook.sh'
TCP=1 pool_hosts 2
GUEST_EMULATOR=$NO_LOCKS migration_ready || exit
on 2 eval 'guest_disks db 1 /mnt/sr/images >/dev/null && guest_define db - /mnt/sr/images/db-0.qcow2 && "$VXE" vm-list >/dev/null'
on 1 virsh -q dumpxml --inactive --migratable web >"$HOSTS_DIR/shared/web.xml"
for i in 1 2; do ok "h$i tells" on $i vxe host-heartbeat; done
ok 'a definition of web, which runs on h1, comes to h2' on 2 virsh -q define /mnt/sr/web.xml
runs() { on "$1" virsh -q list --name | grep -cx "$2"; }
# refused GUEST REGEX WHAT
refused() {
  run on 2 virsh -q start "$1"
  isnt "$3: h2 does not start $1" "$STATUS" 0
  like '... and says why' "$ERR" "$2"
}
started() {
  ok "$1: h2 starts its own guest" on 2 virsh -q start db
  on 2 virsh -q destroy db
}
once() { is '... web runs once' "$(runs 1 web)$(runs 2 web)" 10; }
ALONE='has not noted that it is at home here'

refused web 'at home on the host h1' 'the database answers'

# ---- it does not answer

kill -STOP "$DATABASE_PID"
refused web "$ALONE" 'the server stands still'
started 'the server stands still'
kill -CONT "$DATABASE_PID"
once
host_cut 2
refused web "$ALONE" 'the cable is cut'
started 'the cable is cut'
host_join 2
once

# ---- it answers

# A role that is no superuser, as that of the tests is, whom no limit stops.
database_sql "$PG" pool 'CREATE ROLE app LOGIN CONNECTION LIMIT 0' >/dev/null
on 2 eval 'cp -p "$HOST_STATE/pool" "$HOST_STATE/kept" && sed -i "1s|//vxe@|//app@|" "$HOST_STATE/pool"'
refused web 'database is there.*too many connections' 'no connection is left'
refused db 'database is there.*too many connections' 'no connection is left'
on 2 eval 'mv "$HOST_STATE/kept" "$HOST_STATE/pool"'
once
sed -i '1i host all all 10.9.0.2/32 reject' "$PG/hba" && database_sql "$PG" pool 'SELECT pg_reload_conf()' >/dev/null
ok 'a line of pg_hba.conf refuses h2' wait_until 10 eval '! on 2 plain vm-list >/dev/null 2>&1'
refused web 'database is there.*pg_hba' 'a wrong line of pg_hba.conf'
refused db 'database is there.*pg_hba' 'a wrong line of pg_hba.conf'
once
sed -i 1d "$PG/hba" && database_sql "$PG" pool 'SELECT pg_reload_conf()' >/dev/null
ok 'without that line it is asked again' wait_until 10 on 2 plain vm-list
database_sql "$PG" pool 'BEGIN; LOCK TABLE vxe.meta IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(25)' >/dev/null &
LOCKER=$!
sleep 1
refused web 'answers, but has not said within five seconds' 'a lock on its tables'
refused db 'answers, but has not said within five seconds' 'a lock on its tables'
once
wait $LOCKER
started 'all is well again'

# ---- it is away, and a host boots

database_end
refused web "$ALONE" 'the server has ended'
started 'the server has ended'
once
on 2 virsh -q autostart db
host_kill 2 && host_boot 2
is 'at boot libvirt starts nothing by itself' "$(on 2 virsh -q list --name | xargs)" ''
refused db 'not seen the database since it was booted' 'after a power cut'
refused web 'not seen the database since it was booted' 'after a power cut'
once
TCP=1 database_begin "$PG" nsenter -t "$HUB" "${INTO[@]}" -n
ok 'the database is back' wait_until 10 on 2 vxe host-heartbeat
started 'it is back'
database_end
