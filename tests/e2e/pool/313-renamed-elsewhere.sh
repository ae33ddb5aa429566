#!/bin/bash
# SPDX-License-Identifier: MIT
# Two hosts of a pool: names that virsh has changed on the other host. Only that one can know; what this host selects by its
# records is compared there before anything is done, and the heartbeat tells the new names.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/pool.sh"
pool_hosts 2

h1() { on 1 vxe "$@"; }
for name in db db-new; do on 2 eval "cd /mnt/sr && small_guest $name 1"; done
on 1 eval 'cd /mnt/sr && small_guest db-one 1'
for i in 1 2; do on $i vxe vm-list >/dev/null; done
pool_begin 2
pool_reach 2 "$(pool_way 2)"
OLD=$(h1 vm-list name-label=db --minimal) NEW=$(h1 vm-list name-label=db-new --minimal)
# runs VM: whether it runs on the second host.
runs() { [ "$(on 2 virsh domstate "$1")" != 'shut off' ]; }

on 2 virsh -q domrename db db-old
on 2 virsh -q domrename db-new db
ok 'a command by the name, typed on h1' h1 vm-start vm=db paused=true
ok '... is for the VM that h2 calls so' runs "$NEW"
not_ok '... not for the one that had the name' runs "$OLD"
is '... and h1 shows the names of now' "$(h1 vm-list uuid="$OLD" params=name-label --minimal)" db-old

on 2 virsh -q destroy db
on 2 virsh -q domrename db db-new
on 2 virsh -q domrename db-old db
is 'h1 has not been told of another swap' "$(h1 vm-list uuid="$OLD" params=name-label --minimal)" db-old
h1 vm-start name-label:glob='db*' --multiple paused=true >/dev/null 2>&1
for vm in "$OLD" "$NEW"; do runs "$vm" && on 2 virsh -q destroy "$vm"; done
on 2 virsh -q domrename db db-older
on 2 virsh -q domrename db-new db
ok 'a heartbeat of h2' on 2 vxe host-heartbeat
is '... tells the names' "$(h1 vm-list uuid="$OLD" params=name-label --minimal) $(h1 vm-list uuid="$NEW" params=name-label --minimal)" 'db-older db'

on 2 virsh -q domrename db db-newer
exits 3 'a name that the VM has lost' h1 vm-start name-label=db paused=true
not_ok '... does not start it' runs "$NEW"
on 2 virsh -q domrename db-older other
exits 5 'several, of which one has lost the name' h1 vm-start name-label:glob='db*' --multiple paused=true
not_ok '... start without that one' runs "$OLD"
ok '... which are started' runs "$NEW"
