# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# The stores of a test: folders, or with tests/run --engine postgresql databases. Sourced by e2e.sh, which puts the first one
# into VXE_STORE. A test whose matter is one kind of store has a line "# own store: WHY"; tests/checks/rings.sh wants all others
# to name their stores by these functions:
#   store_at NAME     prints the place of a further store, which is new when it is named for the first time
#   store_new         the store in VXE_STORE is gone, as if vxe had never run
#   store_keep NAME   keeps a copy of it             store_back NAME   brings that copy back, as from a backup
#   store_kept NAME   prints where that copy is
#   store_sum         prints a checksum of all that it holds
#   in_database       true if it is a database       store_sql SQL     a statement in this database

# chooses_store SCRIPT: a run with another engine leaves it out. With several hosts or a server of its own its records are in
# PostgreSQL anyway.
chooses_store() { grep -qE '^# own store: |^\. .*/lib/(hosts|pool|migration|database)\.sh"' "$1"; }

store_begin() {
  VXE_STORE=$TEST_DIR/store
  if [ -n "${HOST_DATABASES-}" ]; then
    VXE_STORE=$(database_uri "$HOST_DATABASES" "$TEST_NAME")
    database_make "$HOST_DATABASES" "$TEST_NAME"
  fi
  export VXE_STORE
}
in_database() { [[ $VXE_STORE == postgresql:* ]]; }
# The name of the database.
store_name() {
  local name=${VXE_STORE#postgresql:///}
  echo "${name%%\?*}"
}
store_sql() { database_sql "$HOST_DATABASES" "$(store_name)" "$1"; }
databases_sql() { database_sql "$HOST_DATABASES" postgres "$1"; }

store_at() {
  local name=$TEST_NAME-$1
  [ -n "${HOST_DATABASES-}" ] || { echo "$TEST_DIR/store-$1" && return; }
  [ -n "$(databases_sql "SELECT 1 FROM pg_database WHERE datname = '$name'")" ] || database_make "$HOST_DATABASES" "$name"
  database_uri "$HOST_DATABASES" "$name"
}
store_remove() {
  if in_database; then databases_sql "DROP DATABASE IF EXISTS \"$(store_name)\" WITH (FORCE)" 2>/dev/null; else rm -rf "$VXE_STORE"; fi
}
store_new() { store_remove && { ! in_database || database_make "$HOST_DATABASES" "$(store_name)"; }; }
# store_copy FROM TO: of databases that nobody uses.
store_copy() { databases_sql "CREATE DATABASE \"$2\" TEMPLATE \"$1\""; }
store_keep() {
  local name
  name=$(store_name)
  if in_database; then
    databases_sql "DROP DATABASE IF EXISTS \"$name.$1\"" 2>/dev/null && store_copy "$name" "$name.$1"
  else
    rm -rf "$VXE_STORE.$1" && cp -a "$VXE_STORE" "$VXE_STORE.$1"
  fi
}
store_back() {
  store_remove || return
  in_database || { cp -a "$VXE_STORE.$1" "$VXE_STORE" && return; }
  store_copy "$(store_name).$1" "$(store_name)" || return
  # Nobody has seen what came after them: pool-reconcile would forget operations that were cut off.
  rm -f "${XDG_RUNTIME_DIR:-/run}"/vxe/seen-*
}
store_kept() {
  if in_database; then database_uri "$HOST_DATABASES" "$(store_name).$1"; else echo "$VXE_STORE.$1"; fi
}
# No vxe runs: the file has all that the log had. pg_dump begins with a random word.
store_sum() {
  if in_database; then
    pg_dump -h "$HOST_DATABASES" -U vxe --data-only "$(store_name)" | grep -v '^.\(un\)\?restrict ' | sha256sum
  else
    sha256sum <"$VXE_STORE/vxe.db"
  fi
}

# ---- a server of its own ------------------------------------------------------------------------

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
  mkdir -p "$1" && echo "$2" >"$1/from" && database_begin "$1" && database_waits "$2" '*' && database_followed "$2"
}
database_followed() {
  local i
  for ((i = 0; i < 600; i++)); do
    ! database_sql "$1" postgres 'SELECT sync_state FROM pg_stat_replication' | grep -qx sync || return 0
    sleep 0.1
  done
  return 1
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

# ---- a server and its standby -------------------------------------------------------------------

# FIRST, FIRST_PID: the server; STANDBY, STANDBY_PID: the other one.
#   pair_begin DIR OTHER   the server in the folder DIR, which has just been started, gets a standby in the folder OTHER
#   pair_ready             it has one, a new one if the last has taken over
#   server_killed          the server is killed
#   server_again           ... and started again
#   standby_is_first       ... or the standby takes its place. Nobody is its standby then
#   commits_held there|gone   from now on no commit comes to its end: the standby gets it and says nothing, or gets nothing
#   commit_waits           one has come so far           commit_lost   then the server is killed, and the standby takes its place
pair_begin() {
  FIRST=$1 FIRST_PID=$DATABASE_PID STANDBY=$2 STANDBY_PID=''
  mkdir -p "$2" && echo -cwal_retrieve_retry_interval=100ms | tee -a "$1/options" >"$2/options" && pair_ready
}
pair_ready() {
  local status=0
  if [ -n "$STANDBY_PID" ]; then
    database_followed "$FIRST"
  else
    database_standby "$STANDBY" "$FIRST" && STANDBY_PID=$DATABASE_PID || status=1
    DATABASE_PID=$FIRST_PID
  fi
  return $status
}
server_killed() {
  DATABASE_PID=$FIRST_PID
  database_kill
}
server_again() { database_begin "$FIRST" && FIRST_PID=$DATABASE_PID; }
standby_is_first() {
  local was=$FIRST
  database_sql "$STANDBY" postgres 'SELECT pg_promote()' >/dev/null && database_alone "$STANDBY" || return
  FIRST=$STANDBY FIRST_PID=$STANDBY_PID STANDBY=$was STANDBY_PID=''
  DATABASE_PID=$FIRST_PID
}
commits_held() {
  HOLDS=$1
  case $1 in
  there) HELD=$(database_sql "$STANDBY" postgres 'SELECT pid FROM pg_stat_wal_receiver') ;;
  gone) HELD=$(database_sql "$FIRST" postgres 'SELECT pid FROM pg_stat_replication') ;;
  esac
  kill -STOP "$HELD"
}
commit_waits() { database_sql "$FIRST" postgres "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'" | grep -q 1; }
commit_lost() {
  local at
  at=$(database_sql "$FIRST" postgres 'SELECT pg_current_wal_flush_lsn()')
  server_killed
  [ "$HOLDS" = gone ] || { kill -CONT "$HELD" && wait_until 20 has_received "$at"; } || return
  standby_is_first
}
has_received() { database_sql "$STANDBY" postgres "SELECT pg_last_wal_receive_lsn() >= '$1'" | grep -qx t; }
