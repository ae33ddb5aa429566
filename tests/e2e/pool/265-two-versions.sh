#!/bin/bash
# SPDX-License-Identifier: MIT
# A pool is upgraded host by host: h2 has a later vxe, which changes the tables, h1 the one of before. What h1 does is done to
# its end; then it goes on reading, and is refused what it would write, until it is upgraded or the database is that of before.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/pool.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/page.sh"

pool_hosts 2 vxe
later=$HOSTS_DIR/shared/later
mkdir "$later" && cp "$VXE_PLAIN" "$later/vxe" && cp "${VXE_PLAIN%/*}"/vxe-*.so "$later/" &&
  cp "$TOOLS/postgresql_later.so" "$later/vxe-postgresql.so" || exit
export PGHOST=$PG PGUSER=vxe
layout() { database_sql "$PG" "${1-vxe}" 'SELECT layout FROM vxe.meta'; }
of() { on "$1" plain vm-list name-label="$2" params="$3" --minimal; }
h2() { on 2 /mnt/sr/later/vxe "$@"; } # the later one
mkdir -m 0700 backup

for i in 1 2; do on $i small_guest g$i 1 && on $i vxe vm-list >/dev/null; done
pool_begin 2
H1=${HOST[1]}
was=$(layout)
page_blocks upgrade.md 'A pool' sh | sed "s|/backup|$PWD/backup|" >lines
ok 'the database is kept' bash -eu <(head -n 1 lines)

# ---- the later vxe comes while the other one works

on 1 eval 'VXE_FAILPOINT=vm-snapshot:result=stop "$VXE_PLAIN" vm-snapshot vm=g1 new-name-label=first >said 2>&1 & echo $! >pid'
wait_until 20 on 1 eval 'grep -q "^State:.*T" /proc/$(cat pid)/status'
exits 1 'a later vxe waits for an operation' h2 vm-list
like '... and says for what' "$ERR" 'operations of one are in progress'
is '... and has changed nothing' "$(layout)" "$was"
ok 'the operation goes on' on 1 eval 'pid=$(cat pid) && wait_until 20 eval "! kill -CONT $pid 2>/dev/null"' || exit
is '... to its end' "$(on 1 plain snapshot-list params=name-label --minimal)" first
ok 'then the later one has its tables' h2 vm-list
is '... of its layout' "$(layout)" 1000

# ---- both

is 'the one of before reads' "$(on 1 plain vm-list params=name-label is-control-domain=false --minimal | tr , '\n' | sort | xargs)" 'g1 g2'
ok '... and checks' on 1 vxe check --read-only
exits 1 '... and writes nothing' on 1 vxe vm-param-set uuid="$(of 1 g1 uuid)" name-description=x
like '... because of its version' "$ERR" \
  "a newer vxe, 99.0, has changed its tables \(layout 1000\); this is vxe [0-9.]+ \(layout $was\), which reads them and writes nothing: install vxe 99.0 on this host"
exits 1 '... starts nothing' on 1 vxe vm-start vm=g1
like '... for the same reason' "$ERR" 'install vxe 99.0 on this host'
is '... really' "$(on 1 virsh domstate g1)" 'shut off'
ok 'the later one works' h2 vm-start vm=g2
is '... as the other one sees' "$(of 1 g2 power-state)" running
exits 1 'on a guest of the other host it is refused there' h2 vm-start vm=g1
like '... in the words of that one' "$ERR" 'install vxe 99.0 on this host'
is '... both hosts count as up' "$(h2 host-list params=host-metrics-live --minimal)" true,true
exits 2 'words that a later vxe sends are refused' on 1 vxe --forwarded="$H1",later=1 vm-list
like '... by name' "$ERR" 'A newer vxe has sent this command; this one is to be upgraded'

# ---- upgraded, or back

ok 'h1 with the later one works' on 1 /mnt/sr/later/vxe vm-start vm=g1
for i in 1 2; do ok "h$i: vxe check is clean" on $i /mnt/sr/later/vxe check; done
ok 'back: the database of before' bash -eu <(tail -n +2 lines)
is '... is of the layout of before' "$(layout)" "$was"
for i in 1 2; do on $i eval 'rm -f "${XDG_RUNTIME_DIR:-/run}"/vxe/seen-* "$HOST_STATE/seen"'; done
for i in 1 2; do ok "h$i works with it" on $i vxe vm-shutdown vm=g$i force=true; done
database_end
