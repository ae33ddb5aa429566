#!/bin/bash
# SPDX-License-Identifier: MIT
# The records in a database of PostgreSQL: a guest and its snapshots as with SQLite, a connection that is lost inside an
# operation, no password anywhere; and with SQLite libpq is not even looked for.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/database.sh"

# What the program opens while it runs.
opens() { strace -f -e trace=open,openat -o opened "$VXE_PLAIN" "$@" >/dev/null 2>&1; }
opens vm-create name-label=sqlite
ok 'with SQLite a command that acts passes' test -n "$(plain vm-list name-label=sqlite --minimal)"
is '... and libpq is not looked for' "$(grep -cE 'libpq|vxe-postgresql' opened)" 0
ok 'the records are saved' vxe pool-dump-database file-name=sqlite.json

database_begin "$TEST_DIR/pg" || skip_all 'PostgreSQL does not start'
database_make "$TEST_DIR/pg" records
VXE_STORE="postgresql://vxe:top-secret@/records?host=$TEST_DIR/pg"
ok 'and put into a database' vxe pool-restore-database file-name=sqlite.json force=true
isnt 'the VM is there' "$(plain vm-list name-label=sqlite --minimal)" ''
ok '... and goes' vxe vm-destroy uuid="$(plain vm-list name-label=sqlite --minimal)"
opens vm-list
isnt '... by libpq' "$(grep -c libpq opened)" 0
ok 'vxe check is clean' vxe check

small_guest web 1
stamp_disks "$UUID" 1 1M
ok 'a snapshot of a running guest' vxe vm-snapshot uuid="$UUID" new-name-label=first
keep_content first "$(plain snapshot-list name-label=first --minimal)"

# Waits until the command has its locks.
locks_are_held() {
  local held="SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory'"
  holds() { [ "$(database_sql "$TEST_DIR/pg" records "$held")" = t ]; }
  wait_until 60 holds && sleep 0.5
}
# The server ends the session that has the locks, while the command stands.
end_session() {
  locks_are_held
  database_sql "$TEST_DIR/pg" records "SELECT pg_terminate_backend(pid) FROM
    (SELECT DISTINCT pid FROM pg_locks WHERE locktype = 'advisory') AS held"
}
# The server ends, and stays away: the command waits for it, until it is told to end.
end_server() {
  locks_are_held
  kill -INT "$DATABASE_PID" && sleep 4
  # shellcheck disable=SC2046 # one
  kill -TERM $(vxe_processes)
}
for step in make-overlays make-overlays:after result:after; do
  export VXE_FAILPOINT=vm-snapshot:$step=sleep:3000
  end_session >ended 2>&1 &
  ok "the session ends at $step, and the snapshot is taken" vxe vm-snapshot uuid="$UUID" new-name-label="at-$step"
  unset VXE_FAILPOINT
  wait $!
  is '... the session had the locks' "$(sort -u ended)" t
  ok '... it is there' vxe snapshot-uninstall uuid="$(plain snapshot-list name-label="at-$step" --minimal)" force=true
done
for step in make-overlays switch:after; do
  export VXE_FAILPOINT=vm-snapshot:$step=sleep:3000
  end_server >ended 2>&1 &
  wrong VXE_STORE_LOST "the server ends at $step" vm-snapshot uuid="$UUID" new-name-label="lost-$step"
  unset VXE_FAILPOINT
  wait $!
  wait "$DATABASE_PID"
  ok '... and is started again' database_begin "$TEST_DIR/pg"
  leads VXE_STORE_LOST 1
  ok 'the guest runs on' vxe vm-list uuid="$UUID" power-state=running
  ok 'what was left is finished or undone by the next command' vxe vm-snapshot uuid="$UUID" new-name-label=second
  ok '... and vxe check is clean' vxe check
  is '... what had passed its commit point is there, the other not' \
    "$(plain snapshot-list name-label="lost-$step" params=name-label --minimal)" "$([ $step = make-overlays ] || echo "lost-$step")"
  ok '... the older snapshot has its data' has_content first "$(plain snapshot-list name-label=first --minimal)"
  ok '... the snapshot goes' vxe snapshot-uninstall uuid="$(plain snapshot-list name-label=second --minimal)" force=true
done

database_end
exits 1 'without the server' vxe vm-list
like '... the error names the store' "$ERR" "store: postgresql://vxe:\*\*\*@/records"
unlike '... and no password' "$ERR" secret
is 'no file has the password' "$(grep -rls top-secret "$TEST_DIR" "$HOST_IMAGES" "$HOST_DIR/run" --exclude=.err 2>/dev/null)" ''
ok 'the server is started again' database_begin "$TEST_DIR/pg"
VXE_LOG=debug run "$VXE" vm-list
is '... and lists pass' "$STATUS" 0
unlike '... whose log has no password' "$ERR$OUT" secret
ok 'the guest goes' vxe vm-uninstall uuid="$UUID" force=true
ok 'vxe check is clean' vxe check
database_end
