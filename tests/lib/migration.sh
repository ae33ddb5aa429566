# shellcheck shell=bash
# shellcheck source-path=SCRIPTDIR
# SPDX-License-Identifier: MIT
#
# Two hosts of one pool (pool.sh, which comes with it) with a shared SR, and a guest "web" (VM) that runs on h1.
# migration_ready makes them, second_guest one more; is_on I [NAME] judges that the guest runs on host I alone.
# counted_ready makes them with a proxy before the database, whose answers come a millisecond later: asks WHAT COMMAND... runs a command
# of h1 twice, and tells of the second run how often it has waited for the database (WAITS) and how many rows came (ROWS);
# %N in a word is another number each time.

. "$TESTS/lib/pool.sh"

migration_ready() {
  pool_begin 2
  mkdir -p "$HOSTS_DIR/shared/images"
  ok 'an SR of both' on 1 vxe sr-create name-label=common type=file shared=true device-config:location=/mnt/sr/images

  DISK=/mnt/sr/images/web-0.qcow2
  on 1 guest_disks web 1 /mnt/sr/images >/dev/null
  ok 'a guest' on 1 guest_define web - $DISK
  ok '... counts on h1' on 1 guest_start web || exit
  VM=$(on 1 plain vm-list name-label=web --minimal)
  on 1 virsh -q autostart web
}

# A guest "db", which runs on h1 as well.
second_guest() {
  on 1 guest_disks db 1 /mnt/sr/images >/dev/null
  on 1 guest_define db - /mnt/sr/images/db-0.qcow2
  ok 'a second guest' on 1 guest_start db
  on 1 vxe vm-list >/dev/null
}

vxe() { on "$AT" vxe "$@"; } # for wrong, leads

# The guest is on host $1 alone, and counts there; both hosts know.
is_on() {
  local i
  ok "${2-it} counts on h$1" on "$1" guest_counts web
  is '... the other host has it no longer' "$(on $((3 - $1)) virsh -q list --all --name | grep -x web)" ''
  for i in 1 2; do
    is "... which h$i knows" "$(on $i plain vm-param-get uuid="$VM" param-name=resident-on)" "${HOST[$1]}"
    is '... and that it runs' "$(on $i plain vm-param-get uuid="$VM" param-name=power-state)" running
    ok '... vxe check is clean' on $i vxe check
  done
}

counted_ready() {
  local shared=$HOSTS_DIR/shared
  pool_hosts 2
  ln -s pg "$shared/db"
  # shellcheck disable=SC2034 # for pool_begin
  URI=$(database_uri /mnt/sr/db pool)
  migration_ready
  mkdir -m 0777 "$shared/proxy"
  ASKED=$PWD/asked
  : >"$ASKED" && chmod 0666 "$ASKED"
  setpriv --pdeathsig TERM python3 "$TESTS/tools/pg_proxy.py" "$shared/proxy/.s.PGSQL.5432" "$PG/.s.PGSQL.5432" "$ASKED" &
  wait_until 20 test -S "$shared/proxy/.s.PGSQL.5432"
  ln -sfn proxy "$shared/db"
}
asks() {
  local n what=$1
  shift
  on 1 "${@//%N/$RANDOM}" >made 2>said || diag "$(head -n 3 said)"
  sleep 0.3
  : >"$ASKED"
  ok "$what" on 1 "${@//%N/$RANDOM}"
  sleep 0.3
  n=$(awk '{ s += $1; rows += $2 } END { print s + 0, rows + 0 }' "$ASKED")
  WAITS=${n% *} ROWS=${n#* }
  diag "note $what: $WAITS waits, $ROWS rows"
}
