# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# PostgreSQL for tests of commands (postgresql.sh). The folder must be reachable by nobody.
#   database_begin DIR [WORD...]   starts a server in the folder, by these words, and waits until it answers; DATABASE_PID
#   database_end             stops it                     database_kill   kills all its processes at once, with SIGKILL
#   database_make DIR NAME   makes an empty database          database_uri DIR NAME   prints its URI
#   database_sql DIR NAME SQL
#   database_standby DIR OF   starts a standby in the folder, new each time, and makes it the one for which the commits of
#                             the server in the folder OF wait (database_alone OF: for none)
database_answers() { psql -qAtX -h "$1" -U vxe postgres -c 'SELECT 1' >/dev/null 2>&1; }
database_begin() {
  mkdir -p "$1" && chmod 0711 "$1"
  "${@:2}" bash "$TESTS/lib/postgresql.sh" "$1" &
  DATABASE_PID=$!
  until database_answers "$1"; do
    kill -0 "$DATABASE_PID" 2>/dev/null || return 1
    sleep 0.1
  done
}
database_end() {
  kill -INT "$DATABASE_PID" 2>/dev/null
  wait "$DATABASE_PID" 2>/dev/null
}
database_standby() {
  rm -rf "$1/db"
  mkdir -p "$1" && echo "$2" >"$1/from" && database_begin "$1" && database_waits "$2" '*' &&
    until database_sql "$2" postgres 'SELECT sync_state FROM pg_stat_replication' | grep -qx sync; do sleep 0.1; done
}
database_alone() { database_waits "$1" ''; }
database_waits() {
  database_sql "$1" postgres "ALTER SYSTEM SET synchronous_standby_names = '$2'" && database_sql "$1" postgres 'SELECT pg_reload_conf()' >/dev/null
}
# The first process is stopped before, or it would start others; what it was is gone when its shared memory is nobody's.
database_kill() {
  local all
  kill -STOP "$DATABASE_PID"
  all="$DATABASE_PID $(grep -lsx "PPid:[[:space:]]*$DATABASE_PID" /proc/[0-9]*/status | cut -d/ -f3 | tr '\n' ' ')"
  # shellcheck disable=SC2086 # a list
  kill -KILL $all
  wait "$DATABASE_PID" 2>/dev/null
  # shellcheck disable=SC2086
  wait_until 20 processes_gone $all
}
processes_gone() {
  local p
  for p; do [ ! -d "/proc/$p" ] || return 1; done
}
database_sql() { psql -qAtX -v ON_ERROR_STOP=1 -h "$1" -U vxe "$2" -c "$3"; }
database_make() { database_sql "$1" postgres "CREATE DATABASE \"$2\""; }
database_uri() { echo "postgresql:///$2?host=$1&user=vxe"; }
