#!/bin/bash
# SPDX-License-Identifier: MIT
# A host joins the pool of another one (tests/lib/hosts.sh): its records get into the database in which those of the first
# host are, all or none, also when the command is killed at each of its steps. Both hosts list all objects, and work on
# their own guests as before.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/hosts.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/database.sh"
requires hosts_work 'no namespace in which a user can have a /proc, a bridge and a name'

ok 'two hosts are up' hosts_start 2 || exit
PG=$HOSTS_DIR/shared/pg
database_begin "$PG" || skip_all 'PostgreSQL does not start'
uri() { database_uri /mnt/sr/pg "$1"; } # as the hosts see it
vxe() { on "$AT" vxe "$@"; }            # for wrong, leads
list() { on "$1" plain "$2-list" params="${3:-name-label}" --minimal | tr , '\n' | sort | paste -sd' '; }

guest_xml() { # NAME UUID
  echo "<domain type='qemu'><name>$1</name><uuid>$2</uuid><memory>65536</memory><os><type arch='x86_64'>hvm</type></os></domain>"
}

# ---- the first host ----------------------------------------------------------------------------------

virsh_net="<network><name>inner</name><bridge name='virbr9'/></network>"
for i in 1 2; do
  echo "$virsh_net" >"$HOSTS_DIR/h$i/own/inner.xml"
  on $i virsh -q net-define inner.xml
  guest_xml twin 22222222-3333-4444-8555-666666666666 >"$HOSTS_DIR/h$i/own/twin.xml"
  on $i virsh -q define twin.xml
  ok "h$i has records" on $i vxe vm-list name-label=twin
done
H1=$(list 1 host uuid) H2=$(list 2 host uuid)
database_make "$PG" pool
AT=2
wrong VXE_NO_POOL 'a database without a pool' pool-join store="$(uri pool)"
AT=1
leads VXE_NO_POOL 1
POOL=$(list 1 pool uuid)

# ---- the second one ----------------------------------------------------------------------------------

AT=2
wrong VXE_UUID_IN_POOL 'a VM with the UUID of one in the pool' pool-join store="$(uri pool)"
on 2 virsh -q undefine twin
ok '... goes from h2' vxe vm-list
again VXE_UUID_IN_POOL vxe pool-join store="$(uri pool)" --dry-run
run vxe pool-join store="$(uri pool)" --dry-run
like 'a dry run says what is copied' "$OUT" 'copy: 1 record of class host'
like '... shared' "$OUT" "share: the pool's network inner"
like '... and left out' "$OUT" 'leave out: 4 records of class SM'
is '... and changes nothing' "$(list 1 host uuid)" "$H1"
is '... at both' "$(list 2 host uuid)" "$H2"
wrong VXE_POOL_EXISTS 'it cannot make a second pool there' pool-init store="$(uri pool)"
leads VXE_POOL_EXISTS 1
is '... and joins the pool' "$OUT" "$POOL"
for i in 1 2; do
  is "h$i lists both hosts" "$(list $i host)" 'h1 h2'
  is '... with the memory of each' "$(list $i host memory-total | wc -w)" 2
  is '... their SRs' "$(list $i sr)" 'Local storage Local storage'
  is '... interfaces' "$(list $i pif host-uuid)" "$(printf '%s\n' "$H1" "$H2" | sort | paste -sd' ')"
  is '... control domains' "$(list $i vm | grep -c 'h1.*h2.*twin')" 1
  is '... templates once' "$(list $i template | grep -o Debian)" Debian
  is '... a network of one name once' "$(list $i network | grep -o inner)" inner
  is '... one pool' "$(list $i pool uuid)" "$POOL"
  ok '... vxe check is clean' on $i vxe check
done
wrong VXE_IN_POOL 'a second time' pool-join store="$(uri pool)"
fails_with() { # REGEX WHAT CMD...
  run "${@:3}"
  isnt "$2" "$STATUS" 0
  like '... and says why' "$ERR" "$1"
}
fails_with 'vxe pool-join store=' "xe's words" on 2 bash -c 'exec -a xe "$VXE_PLAIN" pool-join "$@"' - master-address=h1 master-username=root master-password=x
database_end
