# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# Two hosts of one pool with a shared SR, and a guest "web" (VM) that runs on h1. Sourced after hosts.sh and database.sh.
# migration_ready sets HOST (their UUIDs) and VM; TCP=1 before it: the hosts reach the database over the network alone; is_on I [NAME] judges that the guest runs on host I alone.

migration_ready() {
  local i
  ok 'two hosts are up' hosts_start 2 || exit
  PG=$HOSTS_DIR/shared/pg
  if [ -n "${TCP-}" ]; then
    mkdir -p "$PG"
    printf '%s\n' 'local all all trust' 'host all all 10.9.0.0/24 trust' >"$PG/hba"
    printf '%s\n' -clisten_addresses=10.9.0.254 -chba_file="$PG/hba" >"$PG/options"
    database_begin "$PG" nsenter -t "$HUB" "${INTO[@]}" -n
  else
    database_begin "$PG"
  fi || skip_all 'PostgreSQL does not start'
  database_make "$PG" pool
  URI=$(database_uri /mnt/sr/pg pool)
  [ -z "${TCP-}" ] || URI=postgresql://vxe@10.9.0.254/pool
  ok 'h1 makes a pool' on 1 vxe pool-init store="$URI"
  ok 'h2 joins it' on 2 vxe pool-join store="$URI"
  HOST=('' "$(on 1 plain host-list name-label=h1 --minimal)" "$(on 1 plain host-list name-label=h2 --minimal)")
  for i in 1 2; do on 1 vxe host-param-set uuid="${HOST[i]}" other-config:libvirt-uri="qemu+tcp://h$i/$HOST_MODE"; done
  mkdir -p "$HOSTS_DIR/shared/images"
  ok 'an SR of both' on 1 vxe sr-create name-label=common type=file shared=true device-config:location=/mnt/sr/images

  DISK=/mnt/sr/images/web-0.qcow2
  on 1 guest_disks web 1 /mnt/sr/images >/dev/null
  ok 'a guest' on 1 guest_define web - $DISK
  ok '... counts on h1' on 1 guest_start web || exit
  VM=$(on 1 plain vm-list name-label=web --minimal)
  on 1 virsh -q autostart web
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
