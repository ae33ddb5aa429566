#!/bin/bash
# SPDX-License-Identifier: MIT
# The database has a standby. The server is killed inside a snapshot, and the standby takes its place: nothing that was
# committed is gone, and the snapshot is taken. While the standby is away acts wait. The server of before, when it comes
# back, is refused.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/database.sh"

database_begin "$TEST_DIR/one" || skip_all 'PostgreSQL does not start'
database_make "$TEST_DIR/one" records
VXE_STORE="postgresql:///records?host=$TEST_DIR/one,$TEST_DIR/two&user=vxe&target_session_attrs=read-write"
ok 'a standby' pair_begin "$TEST_DIR/one" "$TEST_DIR/two"
small_guest web 1
stamp_disks "$UUID" 1 1M
ok 'a snapshot of a running guest' vxe vm-snapshot uuid="$UUID" new-name-label=first
keep_content first "$(plain snapshot-list name-label=first --minimal)"

fails_over() { server_killed && standby_is_first; }
for step in intent:after switch switch:after result:after; do
  : >reached
  VXE_FAILPOINT=vm-snapshot:$step=stop VXE_FAILPOINT_LOG=reached "$VXE_PLAIN" vm-snapshot uuid="$UUID" new-name-label="at-$step" >made 2>said &
  VXE_PID=$!
  wait_until 20 stands $VXE_PID
  generation=$(database_sql "$FIRST" records 'SELECT generation FROM vxe.meta')
  ok "the server is lost at $step" fails_over
  is '... the standby has all that was committed' "$(database_sql "$FIRST" records 'SELECT generation FROM vxe.meta')" "$generation"
  kill -CONT $VXE_PID
  ok '... the snapshot is taken' wait $VXE_PID
  is '... and is there' "$(plain snapshot-list name-label="at-$step" params=name-label --minimal)" "at-$step"
  ok '... vxe check is clean' vxe check
  ok '... the older one has its data' has_content first "$(plain snapshot-list name-label=first --minimal)"
  ok '... the guest runs on' vxe vm-list uuid="$UUID" power-state=running
  ok '... the other one is a standby now' pair_ready
done

# ---- without the standby ---------------------------------------------------------------------------------------

DATABASE_PID=$STANDBY_PID
database_kill
ok 'without the standby lists are there' vxe vm-list
"$VXE_PLAIN" vm-param-set uuid="$UUID" name-description=waits >made 2>said &
VXE_PID=$!
sleep 3
ok '... an act waits' kill -0 $VXE_PID
ok '... for the standby' database_begin "$STANDBY"
STANDBY_PID=$DATABASE_PID
ok '... and is done' wait $VXE_PID
is '... as it says' "$(plain vm-param-get uuid="$UUID" param-name=name-description)" waits

# ---- the server of before --------------------------------------------------------------------------------------

ok 'the server is lost again' fails_over
ok '... and an act done without it' vxe vm-param-set uuid="$UUID" name-description=newer
rm -f "$STANDBY/from"
ok '... it comes back as it was' database_begin "$STANDBY"
OLD_PID=$DATABASE_PID
is '... and lets everybody write' "$(database_sql "$STANDBY" records 'SHOW transaction_read_only')" off
VXE_STORE="postgresql:///records?host=$STANDBY,$FIRST&user=vxe&target_session_attrs=read-write"
exits 1 'a list of the server of before is refused' vxe vm-list
like '... for what this host has seen' "$ERR" 'its records are older than those that this host has seen'
VXE_STORE="postgresql:///records?host=$FIRST,$STANDBY&user=vxe&target_session_attrs=read-write"
is '... the other one has what was done' "$(plain vm-param-get uuid="$UUID" param-name=name-description)" newer
ok 'vxe check is clean' vxe check
kill -INT "$OLD_PID" "$FIRST_PID"
wait "$OLD_PID" "$FIRST_PID"
