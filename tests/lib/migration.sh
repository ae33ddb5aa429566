# shellcheck shell=bash
# shellcheck source-path=SCRIPTDIR
# SPDX-License-Identifier: MIT
#
# Two hosts of one pool (pool.sh, which comes with it) with a shared SR, and a guest "web" (VM) that runs on h1.
# migration_ready makes them, second_guest one more; is_on I [NAME] judges that the guest runs on host I alone.

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
