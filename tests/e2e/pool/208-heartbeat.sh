#!/bin/bash
# SPDX-License-Identifier: MIT
# What the hosts of a pool know of each other without asking each other: which of their guests run, and which host is up.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/pool.sh"

pool_hosts 2
for i in 1 2; do on $i small_guest g$i 1 && on $i vxe vm-list >/dev/null; done
pool_begin 2
H2=${HOST[2]}
states() { # HOST: the guests with their states
  on "$1" plain vm-list is-control-domain=false params=name-label,power-state --tsv | tail -n +2 | sort | paste -sd' ' | tr '\t' =
}
of() { on "$1" plain vm-list name-label="$2" params="$3" --minimal; }
live() { on 1 plain host-list uuid="$H2" params=host-metrics-live --minimal; }

is 'both are off, as h1 sees it' "$(states 1)" 'g1=halted g2=halted'
ok 'h2 starts its guest' on 2 vxe vm-start vm=g2
is '... as h1 sees at once' "$(states 1)" 'g1=halted g2=running'
is '... and on which host' "$(of 1 g2 resident-on)" "$H2"
like '... whose guest it is' "$(on 1 plain host-list uuid="$H2" params=resident-vms --minimal)" "$(of 1 g2 uuid)"
is '... and h2 as h1' "$(states 2)" "$(states 1)"
on 2 vxe vm-pause vm=g2
is 'a pause is seen' "$(of 1 g2 power-state)" paused
on 2 vxe vm-unpause vm=g2
on 2 virsh -q destroy g2
is 'what another program does is not' "$(of 1 g2 power-state)" running
ok '... until h2 says so' on 2 vxe host-heartbeat
is '... and then is' "$(of 1 g2 power-state)" halted
is '... on no host' "$(of 1 g2 resident-on)" '<not in database>'

# ---- event-wait: a commit of any host wakes it

# wakes WHAT CONDITION... -- CMD...: event-wait on h1, until CMD; sets TOOK, in ms.
wakes() {
  local what=$1 at
  local -a condition=()
  shift
  while [ "$1" != -- ]; do condition+=("$1") && shift; done
  on 1 plain event-wait "${condition[@]}" &
  sleep 1.5
  "${@:2}" >/dev/null
  at=$(date +%s%3N)
  ok "$what ends event-wait" wait $!
  TOOK=$(($(date +%s%3N) - at))
  echo "# after $TOOK ms"
}
transactions() { database_sql "$PG" pool "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = 'pool'"; }
cut_all() {
  database_sql "$PG" pool "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = 'pool' AND pid <> pg_backend_pid()"
}
G1=$(of 1 g1 uuid) G2=$(of 1 g2 uuid)
wakes 'a name given on the other host' class=vm uuid="$G2" name-label=x -- on 2 plain vm-param-set uuid="$G2" name-label=x
ok '... at once' [ "$TOOK" -lt 1000 ]
on 2 plain vm-param-set uuid="$G2" name-label=g2
wakes 'a start there' class=vm uuid="$G2" power-state=running -- on 2 plain vm-start uuid="$G2"
ok '... at once' [ "$TOOK" -lt 1000 ]
on 2 virsh -q destroy g2
wakes "the heartbeat after another program's act there" class=vm uuid="$G2" power-state=halted -- on 2 plain host-heartbeat
ok '... at once' [ "$TOOK" -lt 1000 ]
wakes 'what another program does here' class=vm uuid="$G1" power-state=running -- on 1 virsh -q start g1
ok '... soon' [ "$TOOK" -lt 2000 ]
on 1 virsh -q destroy g1
on 1 plain host-heartbeat
wakes 'a name given when its connection was lost' class=vm uuid="$G2" name-label=x -- eval 'cut_all; on 2 plain vm-param-set uuid="$G2" name-label=x'
on 2 plain vm-param-set uuid="$G2" name-label=g2
on 1 eval '"$VXE_PLAIN" event-wait class=vm uuid='"$G2"' name-label=never >/dev/null 2>&1 & echo $! >pid'
sleep 2
before=$(transactions)
sleep 6
n=$(($(transactions) - before))
echo "# idle for 6 s: $n transactions, $(on 1 eval 'cut -d" " -f14,15 /proc/$(cat pid)/stat') ticks of the processor in 8 s"
ok 'while nothing happens, the server is hardly asked' [ "$n" -lt 30 ]
on 1 eval 'kill $(cat pid)'

is 'h2 is up' "$(live)" true
database_sql "$PG" pool "UPDATE vxe.beats SET at = at - interval '2 minutes' WHERE host = '$H2'"
is '... and not when it has been silent' "$(live)" false
is '... though it sees itself' "$(on 2 plain host-list uuid="$H2" params=host-metrics-live --minimal)" true
ok '... until it speaks again' on 2 vxe host-heartbeat
is '... and is up' "$(live)" true
database_sql "$PG" pool 'DELETE FROM vxe.beats'
is 'after a crash of the server nobody has spoken' "$(live)" false

# A reader of another host's records writes nothing, and is no sign of life.
before=$(database_sql "$PG" pool 'SELECT generation FROM vxe.meta')
on 2 vxe vm-list >/dev/null
is 'a list changes nothing' "$(database_sql "$PG" pool 'SELECT generation FROM vxe.meta')" "$before"
for i in 1 2; do ok "h$i: vxe check is clean" on $i vxe check; done

# ---- what a host finds on itself alone is said to be so

run on 2 vxe check
like 'of the files of others vxe check says where they are checked' "$ERR" "other hosts are looked at by 'vxe check' there"
run on 2 vxe space
like '... vxe space, that they are not measured' "$ERR" 'only other hosts have count 0 bytes here'
run on 2 vxe report
like '... the report, of which host it is' "$OUT" '<h1>h2</h1>.*the check are of this host alone'
like '... with the guests of both' "$OUT" '>g1</a>.*>g2</a>'
printf '%s\n' '#!/bin/sh' "echo '{\"__REALTIME_TIMESTAMP\":\"1763920000000000\",\"_UID\":\"0\",\"VXE_COMMAND\":\"vm-start\",\"VXE_RESULT\":\"success\"}'" \
  >"$HOSTS_DIR/shared/journalctl"
chmod +x "$HOSTS_DIR/shared/journalctl"
run on 2 env VXE_JOURNALCTL=/mnt/sr/journalctl "$VXE" log
like '... the log, whose journal it is' "$ERR" 'the journal of h2; each host has its own'
# ---- a package that is removed from one of them

on 2 vxe vm-snapshot uuid="$G2" new-name-label=s >/dev/null
like 'what is left behind is in the database' "$(on 2 vxe removal-notice)" '1 VM has snapshots.*only the records in postgresql:'
is '... and not that of another host' "$(on 1 vxe removal-notice)" ''
database_end
