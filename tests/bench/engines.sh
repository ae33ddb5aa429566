# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# What a command takes with the records in PostgreSQL, on a Unix socket, beside SQLite, among 10,000 records, and how much
# more it may be. Sourced by bench.sh.

# shellcheck source=tests/lib/database.sh
. "$TESTS/lib/database.sh"
ROUNDS=${BENCH_ROUNDS-21}
database_begin "$PWD/pg" && database_make "$PWD/pg" records || fail 'no PostgreSQL'
SQLITE=$PWD/store POSTGRESQL=$(database_uri "$PWD/pg" records)

on_engine() { VXE_STORE=$1 "$VXE_BENCH" "${@:2}"; }
# The records of both: templates, which need no domain, and one VM.
records() {
  on_engine "$SQLITE" vm-create name-label=measured >/dev/null || fail 'no VM'
  VM=$(on_engine "$SQLITE" vm-list name-label=measured --minimal)
  on_engine "$SQLITE" pool-dump-database file-name=small.json || fail 'no dump'
  jq -c '(.. | objects | select(has("VM")) | .VM) |= (. as $all | (first(.[] | select(.is_a_template == true))) as $t |
    reduce range(10000) as $i ($all; ("00000000-0000-4000-8000-" + ("000000000000\($i)" | .[-12:])) as $uuid |
    .[$uuid] = ($t + {name_label: "t \($i)"} + if $t | has("uuid") then {uuid: $uuid} else {} end)))' small.json >large.json
  for engine in "$SQLITE" "$POSTGRESQL"; do
    on_engine "$engine" pool-restore-database file-name="$PWD/large.json" force=true 2>/dev/null || fail 'no records'
  done
  [ "$(on_engine "$POSTGRESQL" template-list --minimal | tr , '\n' | wc -l)" -gt 10000 ] || fail 'too few records'
}

# compared ROW COMMAND...: N stands for the round.
compared() {
  local command=("${@:2}")
  VXE_STORE=$POSTGRESQL ours "$1" "${command[@]/%N/$ROUND}"
  VXE_STORE=$SQLITE took "$1" SQLite "$VXE_BENCH" "${command[@]/%N/$ROUND}"
}
# measure ROW MORE COMMAND...
measure() {
  at_most "$1" more "$2"
  each_round compared "$1" "${@:3}"
}
records
measure 'vm-param-get' 8 vm-param-get uuid="$VM" param-name=name-label
measure 'template-list --minimal, 10,000' 15 template-list --minimal
measure 'template-list, three fields, 10,000' 15 template-list params=uuid,name-label,name-description
measure 'vm-param-set' 20 vm-param-set uuid="$VM" name-description=N
measure 'appliance-create' 20 appliance-create name-label=N
database_end
