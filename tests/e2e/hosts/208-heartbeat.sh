#!/bin/bash
# SPDX-License-Identifier: MIT
# What the hosts of a pool know of each other without asking each other: which of their guests run, and which host is up.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/hosts.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/database.sh"
requires hosts_work 'no namespace in which a user can have a /proc, a bridge and a name'

ok 'two hosts are up' hosts_start 2 || exit
PG=$HOSTS_DIR/shared/pg
database_begin "$PG" || skip_all 'PostgreSQL does not start'
database_make "$PG" pool
uri=$(database_uri /mnt/sr/pg pool)
for i in 1 2; do on $i small_guest g$i 1 && on $i vxe vm-list >/dev/null; done
ok 'h1 makes a pool' on 1 vxe pool-init store="$uri"
ok '... h2 joins it' on 2 vxe pool-join store="$uri"
H2=$(on 1 plain host-list hostname=h2 --minimal)
states() { # HOST: the guests with their states
  on "$1" plain vm-list is-control-domain=false params=name-label,power-state --tsv | tail -n +2 | sort | paste -sd' ' | tr '\t' =
}
of() { on "$1" plain vm-list name-label="$2" params="$3" --minimal; }
live() { on 1 plain host-list uuid="$H2" params=host-metrics-live --minimal; }

is 'both are off, as h1 sees it' "$(states 1)" 'g1=halted g2=halted'
ok 'h2 starts its guest' on 2 vxe vm-start vm=g2
is '... as h1 sees at once' "$(states 1)" 'g1=halted g2=running'
is '... and on which host' "$(of 1 g2 resident-on)" "$H2"
like '... whose guest it is' "$(on 1 plain host-list uuid="$H2" params=resident-vms --minimal)" "$(of 1 g2 uuid)"
is '... and h2 as h1' "$(states 2)" "$(states 1)"
on 2 vxe vm-pause vm=g2
is 'a pause is seen' "$(of 1 g2 power-state)" paused
on 2 vxe vm-unpause vm=g2
on 2 virsh -q destroy g2
is 'what another program does is not' "$(of 1 g2 power-state)" running
ok '... until h2 says so' on 2 vxe host-heartbeat
is '... and then is' "$(of 1 g2 power-state)" halted
is '... on no host' "$(of 1 g2 resident-on)" '<not in database>'

is 'h2 is up' "$(live)" true
database_sql "$PG" pool "UPDATE vxe.beats SET at = at - interval '2 minutes' WHERE host = '$H2'"
is '... and not when it has been silent' "$(live)" false
is '... though it sees itself' "$(on 2 plain host-list uuid="$H2" params=host-metrics-live --minimal)" true
ok '... until it speaks again' on 2 vxe host-heartbeat
is '... and is up' "$(live)" true
database_sql "$PG" pool 'DELETE FROM vxe.beats'
is 'after a crash of the server nobody has spoken' "$(live)" false

# A reader of another host's records writes nothing, and is no sign of life.
before=$(database_sql "$PG" pool 'SELECT generation FROM vxe.meta')
on 2 vxe vm-list >/dev/null
is 'a list changes nothing' "$(database_sql "$PG" pool 'SELECT generation FROM vxe.meta')" "$before"
for i in 1 2; do ok "h$i: vxe check is clean" on $i vxe check; done
database_end
