#!/bin/bash
# SPDX-License-Identifier: MIT
# Two hosts of a pool (tests/lib/hosts.sh) leave it, one after the other: each has its own guests with their snapshots
# again, in records of its own, and works on them; also when the command is killed at each of its steps. One joins again.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/pool.sh"

pool_hosts 2
list() { on "$1" plain "$2-list" params="${3:-name-label}" --minimal | tr , '\n' | sort | paste -sd' '; }
for i in 1 2; do
  echo "<network><name>inner</name><bridge name='virbr9'/></network>" >"$HOSTS_DIR/h$i/own/inner.xml"
  on $i virsh -q net-define inner.xml
  echo "<domain type='qemu'><name>card$i</name><uuid>33333333-3333-4444-8555-66666666666$i</uuid><memory>65536</memory>
    <os><type arch='x86_64'>hvm</type></os><devices><interface type='network'><source network='inner'/></interface></devices>
    </domain>" >"$HOSTS_DIR/h$i/own/card.xml"
  on $i virsh -q define card.xml
  ok "h$i has a guest" on $i eval "mkdir /mnt/sr/of-h$i && cd /mnt/sr/of-h$i && small_guest g$i 1 && vxe vm-list"
  ok '... with a snapshot' on $i eval "cd /mnt/sr/of-h$i && stamp_disks \$(virsh domuuid g$i) 1$i &&
    vxe vm-snapshot vm=g$i new-name-label=clean$i && keep_content clean g$i && stamp_disks \$(virsh domuuid g$i) 2$i"
  ok '... runs' on $i vxe vm-start vm=g$i
done
H1=$(list 1 host uuid) H2=$(list 2 host uuid)
pool_begin 2
POOL=$(list 2 pool uuid)
ok '... with a template' on 2 vxe vm-copy vm=clean2 new-name-label=master2
ok '... and a snapshot in the pool' on 2 vxe vm-snapshot vm=g2 new-name-label=pooled2
ok '... a definition that names it' on 2 vxe vm-param-set uuid=33333333-3333-4444-8555-666666666662 memory-static-max=128MiB

both() {
  local i
  for i in 1 2; do
    is "h$i lists both hosts" "$(list $i host)" 'h1 h2'
    is '... and their guests' "$(list $i vm | grep -o '\(card\|g\)[12]' | paste -sd' ')" 'card1 card2 g1 g2'
    ok '... vxe check is clean' on $i vxe check
  done
}
# alone I SNAPSHOTS: the host has its own objects and no others, and works on them.
alone() {
  local i=$1
  is "h$i is alone" "$(list $i host)" "h$i"
  is '... with its UUID' "$(list $i host uuid)" "$([ $i = 1 ] && echo "$H1" || echo "$H2")"
  is '... its VMs' "$(list $i vm | grep -o '\(card\|g\)[12]' | paste -sd' ')" "card$i g$i"
  is '... snapshots' "$(list $i snapshot)" "$2"
  is '... templates' "$(list $i template | grep -o Debian)" Debian
  is '... SRs' "$(list $i sr | grep -o 'Local storage' | wc -l)" 1
  is '... a network' "$(list $i network | grep -o inner)" inner
  is '... to which its card is connected' "$(list $i vif network-name-label)" inner
  ok '... vxe check is clean' on $i vxe check
  ok '... a snapshot' on $i vxe vm-snapshot vm=g$i new-name-label=alone
  ok '... goes again' on $i vxe snapshot-uninstall force=true uuid="$(on $i plain snapshot-list name-label=alone --minimal)"
  ok '... the guest goes back' on $i vxe snapshot-revert snapshot-uuid="$(on $i plain snapshot-list name-label=clean$i --minimal)"
  ok '... byte by byte' on $i eval "cd /mnt/sr/of-h$i && has_content clean g$i"
  ok '... and starts' on $i vxe vm-start vm=g$i
  ok '... another VM is changed' on $i vxe vm-param-set uuid=33333333-3333-4444-8555-66666666666$i memory-static-max=256MiB
}

# ---- h2 leaves ---------------------------------------------------------------------------------------------

both
exits 1 'h1 does not send h2 away' on 1 plain pool-eject host-uuid="$H2"
run on 2 vxe pool-eject host-uuid="$H2" --dry-run
like 'a dry run says what leaves' "$OUT" 'copy: 1 record of class host'
if [ -n "$LONG" ]; then
  on 2 eval "VXE_FAILPOINT=pool-eject:copy:after=sleep:3000 VXE_FAILPOINT_LOG=reached plain pool-eject host-uuid=$H2" >left 2>&1 &
  leaves=$!
  wait_until 60 grep -qsx pool-eject:copy:after "$HOSTS_DIR/h2/own/reached"
  database_kill
  ok 'the database is killed before the commit point' database_begin "$PG"
  wait $leaves
  is '... h2 leaves nevertheless' "$? $(cat left)" '0 '
  is '... h1 has no object of h2' "$(list 1 host) $(list 1 vm | grep -o '\(card\|g\)[12]' | paste -sd' ')" 'h1 card1 g1'
  ok '... vxe check is clean there' on 1 vxe check
  ok '... h2 joins again' on 2 vxe pool-join store="$URI"
  both
fi
ok 'killed before the commit point' on 2 eval "VXE_FAILPOINT=pool-eject:copy:after=die vxe pool-eject host-uuid=$H2; [ \$? = 137 ]"
both
ok 'killed after the commit point' on 2 eval "VXE_FAILPOINT=pool-eject:commit:after=die vxe pool-eject host-uuid=$H2; [ \$? = 137 ]"
alone 2 'clean2 pooled2'
like '... with its template' "$(list 2 template)" master2
is '... the network has the UUID that libvirt has for it' "$(list 2 vif network-uuid)" "$(on 2 virsh net-uuid inner)"
is 'h1 has the pool' "$(list 1 pool uuid)" "$POOL"
isnt '... h2 another one' "$(list 2 pool uuid)" "$POOL"
is '... h1 has no object of h2' "$(list 1 host) $(list 1 vm | grep -o '\(card\|g\)[12]' | paste -sd' ') $(list 1 snapshot)" 'h1 card1 g1 clean1'
ok '... vxe check is clean there' on 1 vxe check

# ---- h2 joins again, and h1, which has made the pool, leaves ------------------------------------------------

ok 'h2 joins again' on 2 vxe pool-join store="$URI"
both
ok 'h1 leaves' on 1 vxe pool-eject host-uuid="$H1"
alone 1 clean1
isnt '... the pool is not its own' "$(list 1 pool uuid)" "$POOL"
is '... h2 has the pool' "$(list 2 pool uuid)" "$POOL"
is '... is its coordinator' "$(list 2 pool master)" "$H2"
is '... and has no object of h1' "$(list 2 vm | grep -o '\(card\|g\)[12]' | paste -sd' ')" 'card2 g2'
ok '... vxe check is clean there' on 2 vxe check

ok 'h1, whose templates the pool has, joins again' on 1 vxe pool-join store="$URI"
both
ok '... and leaves' on 1 vxe pool-eject host-uuid="$H1"

# ---- the last one --------------------------------------------------------------------------------------------

ok 'the last one leaves' on 2 vxe pool-eject host-uuid="$H2"
alone 2 'clean2 pooled2'
is '... it takes the pool' "$(list 2 pool uuid)" "$POOL"
is '... and leaves an empty database' "$(database_sql "$PG" pool 'SELECT count(*) FROM vxe."VM"')" 0
ok '... in which h1 makes a pool again' on 1 vxe pool-init store="$URI"
ok '... vxe check is clean' on 1 vxe check
database_end
