#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034 # migration.sh uses it
# The connection to the database is cut inside a snapshot, for 6 and for 30 seconds. The snapshot is taken, or it is not and
# the command says so; and no other session gets its lock before the command knows that it has lost it.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/migration.sh"
TCP=1
migration_ready || exit
OWN=$HOSTS_DIR/h1/own

ms() { date +%s%3N; }
# Tries the lock of the VM until it is free; FILE gets the moment. With WORDS, the session has it for that statement, too.
free_at() {
  local n=0
  until [ "$(database_sql "$PG" pool "SELECT pg_try_advisory_lock(hashtextextended('$VM', 0))" 2>&1)" = t ]; do
    [ $((n++)) -lt 400 ] && sleep 0.1 || return
  done
  ms >"$1"
  [ -z "${2-}" ] || database_sql "$PG" pool "SELECT pg_advisory_lock(hashtextextended('$VM', 0)); $2" >/dev/null 2>&1
}
# The command connects once more than it had: it knows.
connects() { grep -c 'store: connect' "$OWN/said"; }
known_at() {
  local n
  n=$(connects)
  until [ "$(connects)" -gt "$n" ]; do sleep 0.05; done
  ms >"$1"
}

# cut_off SECONDS NAME [WORDS]: sets ENDED, the status, and AT_FREE and AT_KNOWN, in milliseconds after the cut.
cut_off() {
  local command began
  rm -f "$OWN"/{said,status,reached} free known
  # shellcheck disable=SC2016 # of the other bash
  on 1 env VXE_LOG=debug VXE_FAILPOINT=vm-snapshot:make-overlays=sleep:6000 VXE_FAILPOINT_LOG=reached bash -c \
    '"$VXE_PLAIN" vm-snapshot vm=web new-name-label="$1" >made 2>said; echo $? >status' - "$2" &
  command=$!
  wait_until 20 grep -qsx vm-snapshot:make-overlays "$OWN/reached"
  host_cut 1
  began=$(ms)
  free_at free "${3-}" &
  FREE=$!
  known_at known &
  KNOWN=$!
  sleep "$1"
  host_join 1
  wait $command
  ENDED=$(cat "$OWN/status")
  [ -n "${3-}" ] || wait $FREE
  kill $KNOWN 2>/dev/null
  AT_FREE=$(($(cat free 2>/dev/null || echo 0) - began)) AT_KNOWN=$(($(cat known 2>/dev/null || echo 0) - began))
  diag "note $1 s: status $ENDED, known after $AT_KNOWN ms, the lock was free after $AT_FREE ms"
}
# What the command said is true, and nothing is left.
as_said() {
  ok '... vxe check is clean' on 1 vxe check
  is '... the snapshot is there if it said so' "$(on 1 plain snapshot-list name-label="$1" params=name-label --minimal)" \
    "$([ "$ENDED" != 0 ] || echo "$1")"
  ok '... the guest counts' on 1 guest_counts web
}

cut_off 6 short
is 'a cut of 6 seconds: the snapshot is taken' "$ENDED" 0
as_said short

cut_off 30 long
is 'a cut of 30 seconds: the snapshot is taken' "$ENDED" 0
ok '... the command knew before the lock was free' test "$AT_KNOWN" -lt "$AT_FREE"
ok '... which took the server more than 8 seconds' test "$AT_FREE" -gt 8000
as_said long

cut_off 30 taken 'SELECT pg_sleep(120)'
is 'a cut of 30 seconds, and somebody else takes the lock: the snapshot is not taken' "$ENDED" 1
ok '... the command says why' grep -q VXE_STORE_LOST "$OWN/said"
ok '... it knew before the lock was free' test "$AT_KNOWN" -lt "$AT_FREE"
ok '... vxe check leaves it alone meanwhile' on 1 vxe check
kill $FREE
database_sql "$PG" pool "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(120)' AND pid <> pg_backend_pid()" >/dev/null
wait $FREE 2>/dev/null
as_said taken
database_end
