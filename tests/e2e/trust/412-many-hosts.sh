#!/bin/bash
# SPDX-License-Identifier: MIT
# A pool of 100 hosts and 10,000 VMs as records, 100 of them at home here, with definitions in libvirt: what a command asks the
# database, beside a pool of two hosts. A heartbeat that has nothing to tell reads no record of a VM; what has changed it tells.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/migration.sh"

counted_ready
database_sql "$PG" postgres 'ALTER SYSTEM SET log_min_duration_statement = 0' && database_sql "$PG" postgres 'SELECT pg_reload_conf()' >/dev/null

# costs WHAT COMMAND...: as asks, and MS of the server.
costs() {
  local from
  from=$(wc -l <"$PG/log")
  asks "$@"
  # of two runs, which cost about the same
  MS=$(tail -n +$((from + 1)) "$PG/log" | grep -o 'duration: [0-9.]* ms' | awk '{ s += $2 } END { print s / 2 }')
  diag "note $1: $MS ms of the server"
}
all() {
  costs "$1, a heartbeat" vxe host-heartbeat
  BEAT=$WAITS
  costs "$1, a list of one VM" vxe vm-list name-label=web --minimal
  costs "$1, the hosts" vxe host-list
  LIST=$WAITS
  costs "$1, a snapshot" vxe vm-snapshot uuid="$VM" new-name-label=s%N
  on 1 vxe host-heartbeat
}
ok 'the heartbeat of now' on 1 vxe host-heartbeat
all 'two hosts'
FEW="$BEAT $LIST"

# ---- 98 more hosts, 9,900 VMs of theirs, and 99 of this one

on 1 eval 'virsh -q dumpxml --inactive web | sed "/<disk /,/<\/disk>/d; /<metadata>/,/<\/metadata>/d; /<uuid>/d; /<mac /d" >one.xml
  for i in $(seq 99); do sed "s#<name>.*#<name>g$i</name>#" one.xml >g$i.xml && echo "define g$i.xml"; done >defines; virsh -q -c "$LIBVIRT_DEFAULT_URI" <defines >/dev/null'
is '100 definitions' "$(on 1 virsh -q list --all --name | grep -c .)" 100
ok 'vxe has them' on 1 vxe vm-list
database_sql "$PG" pool "
INSERT INTO vxe.host(uuid, _generation, _sum, _document)
  SELECT '00000000-0000-4000-9000-' || lpad(i::text, 12, '0'), h._generation, 0, replace(h._document::text, h.uuid, '00000000-0000-4000-9000-' || lpad(i::text, 12, '0'))::json
  FROM vxe.host h, generate_series(1, 98) i WHERE h.uuid = '${HOST[2]}';
INSERT INTO vxe.\"VM\"(uuid, _generation, _sum, _document)
  SELECT '00000000-0000-4000-8000-' || lpad(i::text, 12, '0'), v._generation, 0,
    replace(replace(replace(v._document::text, '"web"', '"w' || i || '"'), v.uuid, '00000000-0000-4000-8000-' || lpad(i::text, 12, '0')), '${HOST[1]}', '00000000-0000-4000-9000-' || lpad((i % 98 + 1)::text, 12, '0'))::json
  FROM vxe.\"VM\" v, generate_series(1, 9900) i WHERE v.uuid = '$VM';
UPDATE vxe.meta SET generation = generation + 1;
INSERT INTO vxe.commits SELECT generation, 'x y' FROM vxe.meta;
ANALYZE"
for i in 1 2 3 4 5; do on 1 vxe host-heartbeat; done
all '100 hosts'
is 'a heartbeat and a list of hosts wait as often as with two hosts' "$BEAT $LIST" "$FEW"
costs 'a heartbeat that has nothing to tell' vxe host-heartbeat
ok '... gets at most 20 rows' [ "$ROWS" -le 20 ]
[ "${MS%.*}" -lt 10 ]
result $? '... and takes the server less than 10 ms' || diag "$MS ms"

# ---- what has changed is told

state() { database_sql "$PG" pool "SELECT seen_state FROM vxe.\"VM\" WHERE libvirt_name = '$1' AND home = '${HOST[1]}'"; }
tells() { # WHAT WANTED NAME
  ok "$1" on 1 vxe host-heartbeat
  is '... is told' "$(state "$3")" "$2"
}
is 'web runs' "$(state web)" running
ok 'virsh ends it' on 1 virsh -q destroy web
tells 'that it is off' halted web
tells 'that' halted web
ok 'virsh starts it' on 1 virsh -q start web
tells 'that it runs' running web
ok 'virsh renames a VM' on 1 virsh -q domrename g7 g7-new
tells 'its name' halted g7-new
on 1 vxe host-heartbeat && on 1 vxe host-heartbeat
ok 'a note of this host is removed' on 1 eval 'rm "${XDG_RUNTIME_DIR:-/run}/vxe/member"'
ok '... and made again' on 1 vxe host-heartbeat
ok '... by the heartbeat' on 1 eval 'test -s "${XDG_RUNTIME_DIR:-/run}/vxe/member"'
database_end
