#!/bin/bash
# SPDX-License-Identifier: MIT
# PgBouncer is between a host and the database. In transaction mode it gives a session of the server to several clients, so locks and
# prepared statements are nobody's: it is refused by whatever command meets it, also one that has seen the server itself before,
# and named, before anything is done.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/pool.sh"
pooler_is_there() { [ -x "$HOST_DIR/tree/pgbouncer" ]; }
requires pooler_is_there 'no PgBouncer, which "make deps" unpacks on Debian'

pool_hosts 2
SHARED=$HOSTS_DIR/shared
AS=()
[ "$(id -u)" != 0 ] || AS=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
# pooler MODE: it listens as the server does, in the folder pooler.
pooler() {
  mkdir -p "$SHARED/pooler" && chmod 0777 "$SHARED/pooler"
  cat >"$SHARED/pooler/ini" <<END
[databases]
pool = host=$PG dbname=pool user=vxe
[pgbouncer]
listen_addr =
listen_port = 5432
unix_socket_dir = $SHARED/pooler
auth_type = any
pool_mode = $1
ignore_startup_parameters = options,extra_float_digits
logfile = $SHARED/pooler/log
END
  "${AS[@]}" setpriv --pdeathsig TERM "$HOST_DIR/tree/pgbouncer" -q "$SHARED/pooler/ini" &
  POOLER=$!
  wait_until 20 pooler_answers
}
pooler_answers() { psql -qAtX -h "$SHARED/pooler" -U vxe pool -c 'SELECT 1' >/dev/null 2>&1; }
pooler_ends() {
  kill -TERM "$POOLER"
  wait "$POOLER"
  not_ok "... it ends" pooler_answers
}
# What the hosts call the server is the server, or the pooler.
at_server() { ln -sfn pg "$SHARED/db"; }
at_pooler() { ln -sfn pooler "$SHARED/db"; }
uri() { database_uri "/mnt/sr/$1" pool; }
refused() { # WHAT I COMMAND...
  exits 1 "$1" on "$2" "${@:3}"
  like '... as there is a pooler' "$ERR" 'reason: there is a pooler before it \(PgBouncer'
  unlike '... and for no other reason' "$ERR" tcp_user_timeout
}

# ---- a pool is not made through it, nor joined

ok 'PgBouncer' pooler transaction || exit
refused 'pool-init through it' 1 vxe pool-init store="$(uri pooler)"
is '... makes nothing' "$(database_sql "$PG" pool "SELECT count(*) FROM pg_namespace WHERE nspname = 'vxe'")" 0
at_server
ok 'h1 makes a pool at the server' on 1 vxe pool-init store="$(uri db)"
refused 'h2 joins through PgBouncer' 2 vxe pool-join store="$(uri pooler)"
is '... its own records are the true ones' "$(on 2 plain host-list params=hostname --minimal)" h2
is '... and the pool has one host' "$(on 1 plain host-list params=hostname --minimal)" h1
ok 'h2 joins at the server' on 2 vxe pool-join store="$(uri db)"

# ---- it comes in between later

on 2 eval "cp -p \"\$HOST_STATE/pool\" kept && sed -i '1s|/db|/pooler|' \"\$HOST_STATE/pool\""
refused 'another URI leads h2 there: a list' 2 vxe vm-list
refused '... a heartbeat' 2 vxe host-heartbeat
on 2 eval 'cp -p kept "$HOST_STATE/pool"'
ok 'h2 works at the server' on 2 vxe host-heartbeat
at_pooler
for mode in transaction session; do
  [ "$mode" = transaction ] || ok 'in the mode "session"' pooler session
  refused 'it is in the place of the server' 2 vxe vm-list
  refused '... for what writes' 1 vxe network-create name-label=x
  pooler_ends
done
at_server
for i in 1 2; do ok "h$i works at the server" on $i vxe host-heartbeat; done
is '... and nothing was made' "$(on 1 plain network-list name-label=x --minimal)" ''
for i in 1 2; do ok '... vxe check is clean' on $i vxe check; done
database_end
