#!/bin/bash
# SPDX-License-Identifier: MIT
# A host joins the pool of another one (tests/lib/hosts.sh): its records get into the database in which those of the first
# host are, all or none, also when the command is killed at each of its steps. Both hosts list all objects, and work on
# their own guests as before.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/pool.sh"

pool_hosts 2
uri() { database_uri /mnt/sr/pg "$1"; } # as the hosts see it
vxe() { on "$AT" vxe "$@"; }            # for wrong, leads
list() { on "$1" plain "$2-list" params="${3:-name-label}" --minimal | tr , '\n' | sort | paste -sd' '; }
halted_xml() { # NAME UUID XML
  echo "<domain type='qemu'><name>$1</name><uuid>$2</uuid><memory>65536</memory><os><type arch='x86_64'>hvm</type></os>
<devices>$3</devices></domain>"
}

# ---- two hosts, each with records of its own ----------------------------------------------------------

for i in 1 2; do
  at=$HOSTS_DIR/h$i/own
  echo "<network><name>inner</name><bridge name='virbr9'/></network>" >"$at/inner.xml"
  halted_xml twin 22222222-3333-4444-8555-666666666666 >"$at/twin.xml"
  halted_xml card$i 33333333-3333-4444-8555-66666666666$i \
    "<interface type='network'><source network='inner'/></interface>" >"$at/card.xml"
  ok "h$i has a network, VMs" on $i eval 'for f in inner twin card; do virsh -q $([ $f = inner ] && echo net-)define $f.xml || exit; done'
  ok '... a guest' on $i eval "mkdir /mnt/sr/of-h$i && cd /mnt/sr/of-h$i && small_guest g$i 1"
  ok '... with snapshots' on $i eval "cd /mnt/sr/of-h$i && vxe vm-list && stamp_disks \$(virsh domuuid g$i) 1$i &&
    vxe vm-snapshot vm=g$i new-name-label=clean$i && keep_content clean g$i && stamp_disks \$(virsh domuuid g$i) 2$i &&
    vxe vm-snapshot vm=g$i new-name-label=later$i"
done
ok '... that of h2 runs' on 2 vxe vm-start vm=g2
ok '... with a live one' on 2 vxe vm-snapshot vm=g2 new-name-label=live2
ok '... a template with a disk' on 2 vxe vm-copy vm=clean2 new-name-label=master2
H1=$(list 1 host uuid) H2=$(list 2 host uuid)
AT=2
wrong VXE_NO_POOL 'a database without a pool' pool-join store="$(uri pool)"
AT=1
leads VXE_NO_POOL 1
POOL=$(list 1 pool uuid)

# ---- the second one joins ------------------------------------------------------------------------------

# What the lists say of the objects of a host, one a line, without what belongs to the host, or changes by itself.
objects() {
  local class
  for class in vm snapshot template vdi vbd vif; do
    on "$1" plain $class-list params=all --json | jq -Sc '.[] | with_entries(select(.key |
      test("memory-actual|utilisation|usage|last-updated|network-") | not)) | select(.["is-default-template"] != true)'
  done | sort
}
has_all() { objects "$1" >after && comm -23 "$2" after | head -n 5 && [ -z "$(comm -23 "$2" after)" ]; }
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
objects 1 >first && objects 2 >second
for step in mark:after stop:after; do
  ok "killed at $step" on 2 eval "VXE_FAILPOINT=pool-join:$step=die vxe pool-join store='$(uri pool)'; [ \$? = 137 ]"
  ok '... its own records are the true ones' has_all 2 second
  is '... and are not in the pool' "$(list 1 host)" h1
done
on 2 eval 'cp -a "$HOST_STATE" copy'
wrong VXE_POOL_EXISTS 'it cannot make a second pool there' pool-init store="$(uri pool)"
leads VXE_POOL_EXISTS 1
is '... and joins the pool' "$OUT" "$POOL"
for i in 1 2; do
  is "h$i lists both hosts" "$(list $i host)" 'h1 h2'
  is '... with the memory of each' "$(list $i host memory-total | wc -w)" 2
  is '... their SRs' "$(list $i sr | grep -o 'Local storage' | wc -l)" 2
  is '... interfaces' "$(list $i pif host-uuid)" "$(printf '%s\n' "$H1" "$H2" | sort | paste -sd' ')"
  is '... VMs' "$(list $i vm | grep -o '\(card\|g\)[12]' | paste -sd' ')" 'card1 card2 g1 g2'
  is '... and their snapshots' "$(list $i snapshot)" 'clean1 clean2 later1 later2 live2'
  like '... templates' "$(list $i template)" master2
  is '... which all have once' "$(list $i template | grep -o Debian)" Debian
  is '... a network of one name once' "$(list $i network | grep -o inner)" inner
  is '... to which both are connected' "$(list $i vif network-name-label)" 'inner inner'
  is '... one pool' "$(list $i pool uuid)" "$POOL"
  ok '... vxe check is clean' on $i vxe check
done
ok 'h1 has the objects that it had' has_all 1 first
ok 'h2 has the objects that it had' has_all 2 second
wrong VXE_IN_POOL 'a second time' pool-join store="$(uri pool)"

# ---- each works on its own guests ------------------------------------------------------------------------

for i in 1 2; do
  ok "h$i takes a snapshot" on $i vxe vm-snapshot vm=g$i new-name-label=pooled$i
  ok '... brings its guest back' on $i vxe snapshot-revert snapshot-uuid="$(on $i plain snapshot-list name-label=clean$i --minimal)"
  ok '... byte by byte' on $i eval "cd /mnt/sr/of-h$i && has_content clean g$i"
  ok '... removes a snapshot' on $i vxe snapshot-uninstall force=true uuid="$(on $i plain snapshot-list name-label=later$i --minimal)"
  ok '... starts it' on $i vxe vm-start vm=g$i
done
for i in 1 2; do
  ok "vxe check is clean on h$i" on $i vxe check
  is '... g1 and g2 run' "$(on $i plain vm-list name-label=g$i params=power-state --minimal)" running
done

# ---- killed after the commit point -------------------------------------------------------------------------

ok "xe's words are refused" on 2 bash -c '(exec -a xe "$VXE_PLAIN" pool-join master-address=h1 master-username=root \
  master-password=x) 2>said; [ $? = 1 ]'
like '... by the name of ours' "$(cat "$HOSTS_DIR/h2/own/said")" 'vxe pool-join store='
for step in copy:after end:after; do
  name=at-${step%:*}
  database_make "$PG" $name
  ok 'h1 has another pool' on 1 eval "VXE_STORE=/mnt/own/$name vxe pool-init store='$(uri $name)'"
  ok "... h2, as it was, is killed at $step of joining it" on 2 eval "cp -a copy $name && export VXE_STORE=/mnt/own/$name &&
    VXE_FAILPOINT=pool-join:$step=die vxe pool-join store='$(uri $name)'; [ \$? = 137 ]"
  like '... it is in the pool' "$(on 1 eval "VXE_STORE=/mnt/own/$name plain host-list params=name-label --minimal")" h2
  ok '... and knows it' on 2 eval "export VXE_STORE=/mnt/own/$name && [ -n \"\$(plain vm-list name-label=g2 --minimal)\" ] &&
    plain host-list params=name-label --minimal | grep h1"
done

# ---- the database is killed, and comes again -------------------------------------------------------------------

# Each second time the command has gone on before it is there again.
for step in ${LONG:+mark:after stop:after copy:after end:after}; do
  name=lost-${step%:*}
  database_make "$PG" $name
  ok 'h1 has another pool' on 1 eval "VXE_STORE=/mnt/own/$name vxe pool-init store='$(uri $name)'"
  on 2 eval "rm -f reached && cp -a copy $name"
  on 2 eval "VXE_STORE=/mnt/own/$name VXE_FAILPOINT=pool-join:$step=sleep:3000 VXE_FAILPOINT_LOG=reached plain pool-join store='$(uri $name)'" \
    >joined 2>&1 &
  joins=$!
  wait_until 60 grep -qsx "pool-join:$step" "$HOSTS_DIR/h2/own/reached"
  database_kill
  [ $((++times % 2)) = 0 ] || sleep 3.5
  ok "the database is killed at $step" database_begin "$PG"
  wait $joins
  diag "note status $? $(tr '\n' ' ' <joined)"
  on 2 eval "VXE_STORE=/mnt/own/$name plain host-list name-label=h1 --minimal" | grep -q . ||
    ok '... h2 has not joined, and does now' on 2 eval "VXE_STORE=/mnt/own/$name vxe pool-join store='$(uri $name)'"
  like '... it is in the pool' "$(on 1 eval "VXE_STORE=/mnt/own/$name plain host-list params=name-label --minimal")" h2
  ok '... with its VMs' on 2 eval "[ -n \"\$(VXE_STORE=/mnt/own/$name plain vm-list name-label=g2 --minimal)\" ]"
done
database_end
