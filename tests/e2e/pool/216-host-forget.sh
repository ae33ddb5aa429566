#!/bin/bash
# SPDX-License-Identifier: MIT
# A host that will not come back is forgotten, with what was on its own storage, also when it had left things half done there.
# What was on shared storage starts elsewhere, with its data. The machine comes back, is refused, and joins as a new host.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/migration.sh"

AT=2 # the commands of wrong, leads
migration_ready || exit
list() { on "$1" plain "$2-list" params="${3-name-label}" --minimal | tr , '\n' | sort | paste -sd' '; }
halves() { # POINT COMMAND...
  VXE_FAILPOINT="$1=die" run on 1 "$VXE_PLAIN" "${@:2}"
  is "h1 leaves half done: $2" "$STATUS" 137
}

# ---- what h1 has ---------------------------------------------------------------------------------------------------------

on 1 eval 'cd /mnt/sr/images && small_guest mixed 1'
on 1 eval 'mkdir /mnt/own/g /mnt/own/isos && cd /mnt/own/g && small_guest own 1 && qemu-img create -q -f raw /mnt/own/isos/one.iso 1M'
echo "<network><name>inner</name><bridge name='virbr9'/></network>" >"$HOSTS_DIR/h1/own/inner.xml"
on 1 virsh -q net-define inner.xml
on 1 virsh -q attach-interface mixed network inner --config
ok 'h1 has a guest on storage of its own' on 1 vxe vm-list
ok '... with a snapshot' on 1 vxe vm-snapshot vm=own new-name-label=kept
OWN=$(on 1 plain vm-list name-label=own --minimal) MIXED=$(on 1 plain vm-list name-label=mixed --minimal)
on 1 eval "cd /mnt/own/g && stamp_disks $OWN 44 && keep_content now $OWN; cd /mnt/sr/images && stamp_disks $MIXED 66 && keep_content now $MIXED"
ok '... and CDs' on 1 vxe sr-create name-label=isos type=iso content-type=iso device-config:location=/mnt/own/isos
ok '... one is in the drive of another guest' on 1 vxe vm-cd-add vm=mixed cd-name=one.iso device=3
ok '... whose disk goes by h1' on 1 vxe vm-param-set uuid="$MIXED" affinity="${HOST[1]}"
DISK_OF_OWN=$(on 1 plain vbd-list vm-uuid="$OWN" params=vdi-uuid --minimal)
halves vdi-copy:make-image:after vdi-copy uuid="$DISK_OF_OWN" sr-uuid="$(on 1 plain vdi-param-get uuid="$DISK_OF_OWN" param-name=sr-uuid)"
halves vm-snapshot:switch:after vm-snapshot vm=own new-name-label=half
halves vm-snapshot:switch:after vm-snapshot vm=web new-name-label=half
writes_on 1 web
last=$(on 1 guest_counter web)
ok 'it tells' on 1 vxe host-heartbeat

# ---- it is forgotten -------------------------------------------------------------------------------------------------------

forget() { on 2 vxe host-forget uuid="${HOST[1]}" --force; }
silent_for 1 23
(sleep 1 && on 1 vxe host-heartbeat) &
wrong HOST_IS_LIVE 'a host that is up is not forgotten' host-forget uuid="${HOST[1]}" --force
wait $!
wrong HOST_IS_LIVE '... nor the one on which it is said' host-forget uuid="${HOST[2]}" --force
host_kill 1
silent_for 1 60
wrong HOST_HAS_RESIDENT_VMS 'one that has guests is not' host-forget uuid="${HOST[1]}" --force
leads HOST_HAS_RESIDENT_VMS 1 <<<yes
wrong HOST_OFFLINE 'what is on its own storage cannot be had' vm-start vm=own
like 'called without --force, it asks' "$(on 2 plain host-forget uuid="${HOST[1]}" <<<no)" \
  'physically unrecoverable;.*have to be re-installed.*irreversible.*Aborted'
run on 2 plain host-forget uuid="${HOST[1]}" --dry-run
like 'a dry run names what is forgotten' "$OUT" "$OWN \(own\) is forgotten"
unlike '... alone' "$OUT" 'web|mixed'
is '... and changes nothing' "$(list 2 host)" 'h1 h2'
for point in records records:after; do
  run on 2 env VXE_FAILPOINT="host-forget:$point=die" "$VXE_PLAIN" host-forget uuid="${HOST[1]}" --force
  is "it is killed at $point" "$STATUS" 137
  is '... done or not' "$(list 2 host)" "$([ $point = records ] && echo h1 h2 || echo h2)"
done
not_ok '... once' forget
is 'its guest is gone' "$(list 2 vm | grep -o '\(mixed\|own\|web\)' | paste -sd' ')" 'mixed web'
is '... with its snapshot' "$(on 2 plain snapshot-list name-label=kept --minimal)" ''
is '... its SRs' "$(list 2 sr | grep -o 'isos\|common' | paste -sd' ')" common
is '... what connected it' "$(list 2 pbd host-uuid | tr ' ' '\n' | sort -u)" "${HOST[2]}"
is '... its cards' "$(list 2 pif host-uuid | tr ' ' '\n' | sort -u)" "${HOST[2]}"
is '... the pool has another master' "$(list 2 pool master)" "${HOST[2]}"
is '... a network to which a card is connected is listed' "$(list 2 vif network-name-label | grep -o inner)" inner
run on 2 vxe check
unlike '... vxe check finds nothing that names it' "$OUT" 'gone'
like '... but what is half done of the guest on shared storage' "$OUT" "vm-snapshot on $VM was left half done"
ok 'the guest on shared storage starts' on 2 vxe vm-start vm=web
ok '... and counts' on 2 guest_counts web
has_all_of web 2 "$last" 'the guest'
isnt '... its snapshot is there' "$(on 2 plain snapshot-list name-label=half --minimal)" ''
is 'the other one has an empty drive' "$(on 2 plain vbd-list vm-uuid="$MIXED" type=CD params=empty --minimal)" true
wrong VXE_NETWORK_MISSING '... and a card in a network that is no more' vm-start vm=mixed paused=true
ok '... the card goes' on 2 vxe vif-destroy uuid="$(on 2 plain vif-list vm-uuid="$MIXED" network-name-label=inner --minimal)"
ok '... which starts without it' on 2 vxe vm-start vm=mixed paused=true
ok '... and has its data' on 2 eval "cd /mnt/sr/images && has_content now $MIXED"
ok 'vxe check is clean' on 2 vxe check
is '... nothing is left of what was half done' "$(list 2 task uuid)" ''
ok 'the host that is left' on 2 vxe host-heartbeat
ok '... goes on' on 2 vxe vm-snapshot vm=web new-name-label=after

# ---- the machine comes back ----------------------------------------------------------------------------------------------------

ok 'the machine has power again' host_boot 1
AT=1
wrong VXE_NOT_IN_POOL '... and no pool' vm-list
if [ "$HOST_MODE" = system ]; then
  exits 1 '... its libvirt starts nothing that the pool has' on 1 virsh -q start web
fi
is 'it is made new' "$(on 1 virsh -q list --all --name | xargs -n 1 | sort | paste -sd' ')" 'mixed own web'
for vm in web mixed; do on 1 virsh -q undefine $vm; done
ok '... without records of its own' on 1 eval 'rm -r "$HOST_STATE"/*'
ok '... and joins' on 1 vxe pool-join store="$URI"
for i in 2 1; do ok "... h$i tells" on $i vxe host-heartbeat; done
is '... with the guest that it alone has' "$(list 2 vm | grep -o '\(mixed\|own\|web\)' | paste -sd' ')" 'mixed own web'
ok '... and its data' on 1 eval "cd /mnt/own/g && has_content now $OWN"
for i in 1 2; do ok "... vxe check is clean on h$i" on $i vxe check; done
is_on 2 'the guest that had moved'
database_end
