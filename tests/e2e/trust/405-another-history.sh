#!/bin/bash
# SPDX-License-Identifier: MIT
# An asynchronous standby that lacks the last commits takes over, and a host that has not seen those writes more than were lost: the
# others know all the same that what they have seen is not there, and so does that host when one of them has told. No record
# is taken away meanwhile, nor when a person decides for the records of the standby.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/migration.sh"

PAIR=1 pool_hosts 3
migration_ready || exit
ok 'a third host' on 3 vxe pool-join store="$URI" || exit
HOST[3]=$(on 1 plain host-list hostname=h3 --minimal)
for i in 1 2 3; do pool_reached $i; done
on 1 vxe vm-param-set uuid="$VM" name-description='of the shop' other-config:mine=yes
for i in 1 2 3; do ok "h$i tells" on $i vxe host-heartbeat; done
POOL=$(on 3 plain pool-list --minimal)
ANOTHER='another history than those that this host has seen'
record() { database_sql "$PG" pool "SELECT md5(_document::text) FROM vxe.\"VM\" WHERE uuid = '$VM'"; }

# ---- the standby lacks what h1 and h2 have seen

database_alone "$FIRST"
HELD=$(database_sql "$FIRST" postgres 'SELECT pid FROM pg_stat_replication')
kill -STOP "$HELD"
was=$(generation)
ok 'web goes to h2' on 1 vxe vm-migrate uuid="$VM" host=h2
ok '... as h1 knows' on 1 vxe host-heartbeat
ok '... and h2' on 2 vxe host-heartbeat
seen=$(generation)
server_killed
ok 'the standby takes over' standby_is_first
PG=$FIRST
is '... without the last commits' "$(($(generation) <= was))" 1
diag "note generation $was, then $seen; now $(generation)"
for ((n = 0; n < 40; n++)); do
  on 3 plain pool-param-set uuid="$POOL" name-description="$n" || break
done
is 'h3, which has not seen them, writes 40 times' "$n" 40
is '... more than were lost' "$(($(generation) > seen))" 1
RECORD=$(record)

# ---- nobody is fooled

run on 3 vxe host-heartbeat
for i in 1 2; do
  exits 1 "h$i refuses it" on $i vxe vm-list
  like '... as it misses what it has seen' "$ERR" "$ANOTHER \(generation [0-9]+, now [0-9]+\).*'vxe pool-reconcile'"
  not_ok "... h$i notes nothing" on $i vxe host-heartbeat
done
exits 1 'h3 refuses it as well' on 3 vxe vm-list
like '... as one of them has told' "$ERR" 'the host h[12] has seen commits that are not in it \(generation [0-9]+\)'
not_ok '... and writes nothing' on 3 vxe pool-param-set uuid="$POOL" name-description=x
if [ "$HOST_MODE" = system ]; then
  for i in 1 3; do
    on 2 virsh -q dumpxml --inactive --migratable web >"$HOSTS_DIR/shared/web.xml"
    on $i virsh -q define /mnt/sr/web.xml
    not_ok "h$i does not start an old definition" on $i virsh -q start web
    on $i virsh -q undefine web
  done
fi
is 'no record was taken away or changed' "$(record)" "$RECORD"
is 'web counts on h2' "$(on 2 eval 'guest_counts web && echo yes')" yes

# ---- a person decides for them

ok 'these are the right ones, as is said on h3, once for all' on 3 vxe pool-reconcile
is '... web is where it runs' "$(database_sql "$PG" pool "SELECT home FROM vxe.\"VM\" WHERE uuid = '$VM'")" "${HOST[2]}"
for i in 1 2 3; do ok "h$i tells" on $i vxe host-heartbeat; done
is 'no host has an objection' "$(database_sql "$PG" pool 'SELECT count(*) FROM vxe.commits WHERE generation < 0')" 0
for i in 1 2 3; do on $i vxe host-heartbeat; done
is 'web has its description' "$(of 3 web name-description)" 'of the shop'
is '... and keys' "$(on 3 plain vm-param-get uuid="$VM" param-name=other-config param-key=mine)" yes
is_on 2 'web'
ok '... h3: vxe check is clean' on 3 vxe check
database_end
