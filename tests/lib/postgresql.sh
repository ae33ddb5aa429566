#!/bin/bash
# SPDX-License-Identifier: MIT
# postgresql.sh DIR: runs a PostgreSQL of the tests, in the foreground, until it gets SIGINT or its parent ends. Its files
# and its Unix socket are in the folder DIR, which must exist, be empty or have them already, and be reachable by all. It
# listens to nothing else, lets in everybody who reaches the socket, as the user vxe, and syncs nothing. Root runs it as
# nobody. DIR/options may have more options, one a line. If DIR/from names the folder of another server, a new one is its
# standby.
set -eu
dir=$1
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1) || true
[ -n "$bin" ] || bin=$(dirname "$(command -v postgres)")
as=()
if [ "$(id -u)" = 0 ]; then
  as=(--reuid=nobody --regid=nogroup --clear-groups)
  chown nobody:nogroup "$dir"
fi
cd "$dir"
unset PGDATA PGOPTIONS PGHOST PGPORT PGUSER PGDATABASE PGPASSWORD PGSERVICE PGSERVICEFILE PGPASSFILE
if [ -e from ] && [ ! -e db ]; then
  setpriv "${as[@]}" "$bin/pg_basebackup" -D "$dir/db" -h "$(cat from)" -U vxe -R -c fast --no-sync >>"$dir/log" 2>&1 ||
    { cat "$dir/log" >&2 && exit 1; }
fi
if [ ! -e db/PG_VERSION ]; then
  setpriv "${as[@]}" "$bin/initdb" -D "$dir/db" -U vxe -A trust --no-sync --locale=C.UTF-8 -E UTF8 >"$dir/initdb.log" 2>&1 ||
    { cat "$dir/initdb.log" >&2 && exit 1; }
fi
more=()
[ ! -e options ] || mapfile -t more <options
# Shared memory is in the folder, so that nothing else is left of a server that was killed.
exec setpriv "${as[@]}" --pdeathsig INT "$bin/postgres" -D "$dir/db" -k "$dir" -c listen_addresses= -c unix_socket_permissions=0777 \
  -c fsync=off -c full_page_writes=off -c shared_buffers=32MB -c dynamic_shared_memory_type=mmap -c max_connections=200 \
  -c logging_collector=off -c log_timezone=UTC "${more[@]}" >>"$dir/log" 2>&1
