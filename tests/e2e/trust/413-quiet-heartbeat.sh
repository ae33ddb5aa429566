#!/bin/bash
# SPDX-License-Identifier: MIT
# A heartbeat that finds its libvirt as the last one has left it reads no record; but what another host, or a person, has made of
# the records since it sees.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/migration.sh"

migration_ready || exit
told() { database_sql "$PG" pool "SELECT count(*) FROM vxe.\"DEFINITION\" WHERE host = '${HOST[1]}'"; }
has() { on "$1" virsh -q list --all --name | grep -x web; }
quiet() { # the next heartbeat of h1 has nothing to do
  local i
  for i in 1 2 3; do ok 'h1 tells' on 1 vxe host-heartbeat; done
}
ok 'web is off' on 1 vxe vm-shutdown uuid="$VM" --force
quiet
is "its definition is told" "$(told)" 1
database_sql "$PG" pool "DELETE FROM vxe.\"DEFINITION\" WHERE host = '${HOST[1]}'"
is 'somebody removes that' "$(told)" 0
ok 'h1 tells' on 1 vxe host-heartbeat
is '... its definition, too' "$(told)" 1

# h1 lives, but nobody has heard of it
quiet
silent_for 1 300
ok 'h2 declares h1 dead' on 2 vxe host-declare-dead uuid="${HOST[1]}" --force
ok '... and starts its guest' on 2 vxe vm-start uuid="$VM"
ok '... which counts' on 2 guest_counts web
is 'h1 has its old definition' "$(has 1)" web
ok 'h1 tells, in the same boot' on 1 vxe host-heartbeat
is '... and has it no longer' "$(has 1)" ''
for i in 1 2; do ok "h$i has no problem" on $i vxe check; done
ok 'the guest counts' on 2 guest_counts web
database_end
