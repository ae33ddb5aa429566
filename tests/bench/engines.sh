# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# What a command takes with the records in PostgreSQL, on a Unix socket, beside SQLite, among 10,000 records, and how much
# more it may be; then with a server as docs/pool.md wants it, over TCP with TLS and a password, beside the least that a program
# of libpq can do. Sourced by bench.sh.

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

# ---- TLS and SCRAM ------------------------------------------------------------------------------

PORT=15432
mkdir -m 0711 tls && openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
  -keyout tls/key -out tls/cert 2>/dev/null && chmod 0600 tls/key || fail 'no certificate'
[ "$(id -u)" != 0 ] || chown nobody:nogroup tls/key tls/cert
echo 'hostssl all all 127.0.0.1/32 scram-sha-256' >tls/hba && echo 'local all all trust' >>tls/hba && chmod 0644 tls/hba
printf '%s\n' -clisten_addresses=127.0.0.1 -cport=$PORT -cssl=on "-cssl_cert_file=$PWD/tls/cert" "-cssl_key_file=$PWD/tls/key" \
  "-chba_file=$PWD/tls/hba" >tls/options
export PGPORT=$PORT
database_begin "$PWD/tls" && database_make "$PWD/tls" tls && database_sql "$PWD/tls" postgres "ALTER ROLE vxe PASSWORD 'secret'" ||
  fail 'no PostgreSQL with TLS'
unset PGPORT
TLS="postgresql://vxe:secret@localhost:$PORT/tls?hostaddr=127.0.0.1&sslmode=verify-full&sslrootcert=$PWD/tls/cert"
for name in here there; do machine $name 1; done
HERE=${UUID_OF[here]} THERE=${UUID_OF[there]}
on_engine "$SQLITE" vm-list uuid="$HERE" >/dev/null && on_engine "$TLS" vm-list uuid="$THERE" >/dev/null || fail 'no VM'

asks_once() {
  VXE_STORE=$TLS ours 'vm-param-get, TLS and SCRAM' vm-param-get uuid="$THERE" param-name=name-label
  took 'vm-param-get, TLS and SCRAM' libpq "$TOOLS/pg_once" "$TLS" "SELECT _document FROM vxe.\"VM\" WHERE uuid = '$THERE'"
}
snapshots() {
  VXE_STORE=$TLS ours 'vm-snapshot, TLS and SCRAM' vm-snapshot uuid="$THERE" new-name-label=s
  VXE_STORE=$TLS remove_snapshot "$OUT"
  VXE_STORE=$SQLITE took 'vm-snapshot, TLS and SCRAM' SQLite "$VXE_BENCH" vm-snapshot uuid="$HERE" new-name-label=s
  VXE_STORE=$SQLITE remove_snapshot "$OUT"
}
at_most 'vm-param-get, TLS and SCRAM' more 8
each_round asks_once
at_most 'vm-snapshot, TLS and SCRAM' more 90
each_round snapshots
PGPORT=$PORT database_end
