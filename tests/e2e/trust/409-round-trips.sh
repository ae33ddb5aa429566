#!/bin/bash
# SPDX-License-Identifier: MIT
# How often a command of a pool waits for the database, whose answers come a millisecond later by a proxy, which counts them.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/migration.sh"

pool_hosts 2
SHARED=$HOSTS_DIR/shared
ln -s pg "$SHARED/db"
URI=$(database_uri /mnt/sr/db pool)
migration_ready
mkdir -m 0777 "$SHARED/proxy"
LOG=$PWD/log
: >"$LOG" && chmod 0666 "$LOG"
setpriv --pdeathsig TERM python3 "$TESTS/tools/pg_proxy.py" "$SHARED/proxy/.s.PGSQL.5432" "$PG/.s.PGSQL.5432" "$LOG" &
wait_until 20 test -S "$SHARED/proxy/.s.PGSQL.5432"
ln -sfn proxy "$SHARED/db"

# trips N WHAT COMMAND...: it waits at most N times.
trips() {
  local most=$1 what=$2 n
  shift 2
  on 1 "$@" >made 2>said || { result 1 "$what" || diag "$(cat said)"; return; }
  sleep 0.3
  : >"$LOG"
  on 1 "$@" >made 2>said || { result 1 "$what" || diag "$(cat said)"; return; }
  sleep 0.3
  n=$(awk '{ s += $1; rows += $2 } END { print s + 0, rows + 0 }' "$LOG")
  diag "note $what: ${n% *} waits, ${n#* } rows"
  [ "${n% *}" -le "$most" ]
  result $? "$what waits for the database at most $most times" || diag "it waits ${n% *} times"
}
trips 4 'a field' vxe vm-param-get uuid="$VM" param-name=name-label
trips 6 'a list' vxe vm-list
trips 10 'a heartbeat' vxe host-heartbeat
trips 25 'a field that is set' vxe vm-param-set uuid="$VM" name-description=d"$RANDOM"
trips 60 'a snapshot' vxe vm-snapshot uuid="$VM" new-name-label=s
trips 6 'the list of hosts' vxe host-list
trips 100 'a check' vxe check
database_end
