#!/bin/bash
# SPDX-License-Identifier: MIT
# A host with guests and snapshots becomes the first host of a pool: its records move into a database, whole or not at all,
# also when the command is killed at each of its steps; every list says the same as before, and every command works.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/database.sh"

PG=$TEST_DIR/pg
OWN=$VXE_STORE
database_begin "$PG" || skip_all 'PostgreSQL does not start'
uri() { database_uri "$PG" "$1"; }

# What all lists say, without values that change by themselves.
lists() {
  local class
  for class in vm snapshot template vdi vbd vif sr pbd network pif host pool message sm; do
    plain "$class-list" params=all --json | jq -S 'map(with_entries(select(.key |
      test("memory-free|memory-actual|utilisation|allocation|usage|load|uptime|last-updated") | not)))'
  done
}
same_lists() { lists >after && diff before after | head -n 20 && cmp -s before after; }
# The classes with the number of their records in a database; "none" while it has no tables.
pool_has() {
  local class n
  database_sql "$PG" "$1" 'SELECT 1 FROM vxe.meta' >/dev/null 2>&1 || { echo none && return; }
  database_sql "$PG" "$1" "SELECT table_name FROM information_schema.tables WHERE table_schema = 'vxe'
    AND table_name NOT IN ('meta', 'commits', 'tombstones', 'keys', 'task')" | while read -r class; do
    n=$(database_sql "$PG" "$1" "SELECT count(*) FROM vxe.\"$class\"")
    [ "$n" = 0 ] || echo "$class $n"
  done | sort
}

small_guest db 1 && DB=$UUID
stamp_disks "$DB" 11
vxe vm-list >/dev/null && snapshot "$DB" clean && DB_SNAP=$SNAP
keep_content clean "$DB_SNAP"
stamp_disks "$DB" 22
snapshot "$DB" later
small_guest web 1 && WEB=$UUID
ok 'a guest runs' vxe vm-start uuid="$WEB"
ok '... with a snapshot' vxe vm-snapshot uuid="$WEB" new-name-label=live
lists >before
POOL=$(plain pool-list --minimal) HOST=$(plain host-list --minimal)

# ---- what is refused, and the dry run --------------------------------------------------------------

fails_with() { # REGEX WHAT CMD...
  run "${@:3}"
  isnt "$2" "$STATUS" 0
  like '... and says why' "$ERR" "$1"
}
fails_with 'not the URI' 'a folder is no database' vxe pool-init store="$TEST_DIR/other"
fails_with '\.pgpass' 'a password in the URI' vxe pool-init store="postgresql://vxe:top-secret@/records?host=$PG"
unlike '... is not shown' "$ERR" top-secret
fails_with 'database: records|database "records"' 'a database that is not there' vxe pool-init store="$(uri records)"
ok 'the records are where they were' same_lists
database_make "$PG" records
run vxe pool-init store="$(uri records)" --dry-run
like 'a dry run says what would be copied' "$OUT" 'copy: [0-9]+ records of class VM'
is '... and makes nothing in the database' "$(pool_has records)" none
is '... nor a mark' "$(ls "$OWN/pool" 2>/dev/null)" ''
VXE_FAILPOINT=vm-snapshot:make-overlays=stop "$VXE_PLAIN" vm-snapshot uuid="$WEB" new-name-label=meanwhile >/dev/null 2>&1 &
VXE_PID=$!
wait_until 30 stands $VXE_PID
fails_with 'VXE_BUSY|running operation|in use' 'while an operation runs' vxe pool-init store="$(uri records)"
vxe_dies
vxe check >/dev/null
lists >before

# ---- killed at each step ---------------------------------------------------------------------------

for step in mark:after stop:after; do
  VXE_FAILPOINT=pool-init:$step=die run vxe pool-init store="$(uri records)"
  is "killed at $step" "$STATUS" 137
  ok '... the own records are the true ones' same_lists
done
is '... the database has none' "$(pool_has records)" ''

# It stands between the last word of the own store and the first one of the database.
stands_at() {
  VXE_FAILPOINT=pool-init:$1=stop "$VXE_PLAIN" pool-init store="$(uri records)" >stood 2>&1 &
  VXE_PID=$!
  wait_until 30 stands $VXE_PID
}
goes_on() { kill -CONT $VXE_PID && wait $VXE_PID; }
ok 'the server goes while the records move' stands_at stop:after
wrong VXE_BUSY '... when no other command works' vm-list
database_end
not_ok '... it fails' goes_on
like '... and says why' "$(cat stood)" 'store: postgresql://'
wrong VXE_STORE_UNUSABLE '... whether they moved is asked there' vm-list
like '... which the error says' "$ERR" "postgresql://.*records was cut off"
database_begin "$PG"
ok '... they did not: the own ones are the true ones' same_lists
ok 'a snapshot of before the move' vxe vm-snapshot uuid="$DB" new-name-label=last
lists >before
run vxe pool-init store="$(uri records)" --dry-run
planned=$(sed -nE 's/^copy: ([0-9]+) records? of class (.*)$/\2 \1/p' <<<"$OUT" | sort)
ok 'the server goes after it has all records' stands_at copy:after
database_end
ok '... which is no failure' goes_on
wrong VXE_STORE_UNUSABLE '... which the commands after it need' vm-list
database_begin "$PG"
is '... the database has what the dry run said' "$(pool_has records)" "$planned"
ok '... the pool has all records' same_lists
is '... the mark is for its user alone' "$(stat -c %a "$OWN/pool")" 600
is '... and names the database and the host' "$(cat "$OWN/pool")" "$(uri records)
$HOST"
is 'the pool has its UUID' "$(plain pool-list --minimal)" "$POOL"

# ---- the pool is the truth -------------------------------------------------------------------------

ok 'a guest goes back' vxe snapshot-revert uuid="$DB_SNAP"
ok '... to its data' has_content clean "$DB"
ok 'a snapshot of the running guest' vxe vm-snapshot uuid="$WEB" new-name-label=pooled
ok '... is in the database' test -n "$(VXE_STORE=$(uri records) vxe snapshot-list name-label=pooled --minimal)"
ok '... and goes' vxe snapshot-uninstall uuid="$(plain snapshot-list name-label=pooled --minimal)" force=true
ok 'a new VM' vxe vm-create name-label=new
ok 'vxe check is clean' vxe check
wrong VXE_IN_POOL 'a second time' pool-init store="$(uri records)"
leads VXE_IN_POOL 1
keep=$(cat "$OWN/pool")
echo "$(uri records)
bbbbbbbb-0000-4000-8000-000000000002" >"$OWN/pool"
wrong VXE_NOT_IN_POOL 'with the mark of another host' vm-list
echo "$keep" >"$OWN/pool"
again VXE_NOT_IN_POOL vxe vm-list
mv "$OWN/pool" "$OWN/pool.away"
fails_with 'moved to a pool' 'without the mark' vxe vm-list
mv "$OWN/pool.away" "$OWN/pool"
ok 'with it all is well' vxe vm-list

# ---- a host of its own -----------------------------------------------------------------------------

export VXE_STORE=$TEST_DIR/second VXE_IMAGES=$TEST_DIR/images
wrong VXE_POOL_EXISTS 'a database with a pool' pool-init store="$(uri records)"
database_make "$PG" empty
again VXE_POOL_EXISTS vxe pool-init store="$(uri empty)"
export VXE_STORE=$OWN
unset VXE_IMAGES
ok 'the first pool is as it was' test -n "$(plain vm-list name-label=new --minimal)"

for step in copy:after end:after; do
  export VXE_STORE=$TEST_DIR/${step%:*} VXE_IMAGES=$TEST_DIR/images-${step%:*}
  database_make "$PG" "${step%:*}"
  POOL=$(plain pool-list --minimal)
  VXE_FAILPOINT=pool-init:$step=die run vxe pool-init store="$(uri "${step%:*}")"
  is "killed at $step" "$STATUS" 137
  is '... the pool is in the database' "$(VXE_STORE=$(uri "${step%:*}") plain pool-list --minimal)" "$POOL"
  wrong VXE_IN_POOL '... for its host, too' pool-init store="$(uri "${step%:*}")"
done
export VXE_STORE=$OWN
unset VXE_IMAGES
database_end
