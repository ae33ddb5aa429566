#!/bin/bash
# SPDX-License-Identifier: MIT
# limit 3600
# The server of the records is lost at every failpoint of the commands that concern two hosts: its standby takes its place, or it
# is started again, or it is lost while it commits. Each guest then runs on one host, which alone has it, with its data, and the
# command is done or was undone, as it says. 159-lost-members.sh: those on hosts and SRs.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/migration.sh"

fast=$VXE_PLAIN
PAIR=1 pool_hosts 2
vxe_after "$VXE" <<<"$STOPS
[ ! -e /mnt/sr/at ] || export VXE_TEST_AHEAD=\$(cat /mnt/sr/at)" # the time of the test
VXE_PLAIN=$fast
migration_ready || exit
at=1

# bytes NAME FILE: the sum of a disk without the sector of the guest's counter.
bytes() {
  on 1 qemu-img convert -U -f qcow2 -O raw "$2" "$1.raw" &&
    on 1 dd if=/dev/zero of="$1.raw" bs=512 seek=2 count=1 conv=notrunc status=none && on 1 cksum "$1.raw"
}
stamped() { # VM FILE BYTE
  ok "$1 has data" on $at stamp "$2" "$3"
}
ok 'the guest stops' on 1 vxe vm-shutdown vm=web --force
stamped web $DISK 77
ok '... and counts again' on 1 vxe vm-start vm=web
ok '... indeed' on 1 guest_counts web
WEB=$(bytes web $DISK)
on 1 eval 'cd /mnt/sr/images && small_guest u 1'
on 1 vxe vm-list >/dev/null
U=$(on 1 plain vm-list name-label=u --minimal)
stamped u /mnt/sr/images/u-0.qcow2 55
UBYTES=$(bytes u /mnt/sr/images/u-0.qcow2)
has() { on "$1" virsh -q list --all --name | grep -xc "$2"; } # HOST VM

# done_or_undone POINT: a command whose intent is there is done. What has failed is ended by the next one.
done_or_undone() {
  [[ $1 == *:intent || $1 == - ]] || is '... it is done' "$GOT $SAID" '0 '
  [ "$GOT" = 0 ] || for i in 1 2; do on $i vxe check >/dev/null 2>&1; done
}
# The guest is on one host, and has gone on.
migrates() { # HOW POINT
  local said
  said=$(on $at guest_counter web)
  lost_at "$1" "$2" $at vm-migrate vm=web host=h$((3 - at))
  [ "$GOT" != 0 ] || at=$((3 - at))
  done_or_undone "$2"
  is_on $at '... the guest'
  is '... and has gone on' "$(($(on $at guest_counter web) > said))" 1
  is '... with its data' "$(bytes web $DISK)" "$WEB"
}

# all_of OPERATION: those of its points that the program lists were passed.
all_of() {
  is "every point of $1 was passed" "$(printf '%s\n' "${POINTS[@]}" | grep "^$1:" | sort)" "$("$fast" failpoints | grep "^$1:" | sort)"
}
# lost_in_commits FUNCTION: while the intent or the result of an operation is committed.
lost_in_commits() {
  local point how
  for point in "${POINTS[@]}"; do
    [[ $point == *:intent || $point == *:result ]] || continue
    for how in there gone; do "$1" $how "$point"; done
  done
}

# ---- vm-migrate ----------------------------------------------------------------------------------------------------

reached_by 1 vm-migrate vm=web host=h2
at=2
all_of vm-migrate
walk promote migrates "${POINTS[@]}"
lost_in_commits migrates
# The others: 276-kill-migrate.sh.
walk restart migrates vm-migrate:{intent,mark,mark:after,autostart-there,end-here,end-here:after}

# ---- vm-start on= ---------------------------------------------------------------------------------------------------

# The VM is on one host, and paused there if the command says that it has started it.
starts_there() { # HOW POINT
  local to=$((3 - u)) i
  lost_at "$1" "$2" $u vm-start vm=u on=h$to paused=true
  done_or_undone "$2"
  [ "$GOT" = 0 ] || ok '... the next command finds it' on 1 vxe vm-param-set uuid="$U" name-description="$2"
  [ "$GOT" = 0 ] && u=$to || u=$((1 + $(has 2 u)))
  is '... the VM is on one host' "$(has $u u) $(has $((3 - u)) u)" '1 0'
  for i in 1 2; do
    is "... h$i knows whether it runs" "$(of $i u power-state)" "$([ "$GOT" = 0 ] && echo paused || echo halted)"
    [ "$GOT" != 0 ] || is '... and where' "$(of $i u resident-on)" "${HOST[u]}"
    ok '... vxe check is clean' on $i vxe check
  done
  [ "$GOT" != 0 ] || ok '... it ends' on $u vxe vm-shutdown vm=u --force
  is '... it has its data' "$(bytes u /mnt/sr/images/u-0.qcow2)" "$UBYTES"
}
reached_by 1 vm-start vm=u on=h2 paused=true
u=2
for op in vm-leave vm-take vm-start; do all_of $op; done
ok '... it ends' on 2 vxe vm-shutdown vm=u --force
for how in promote restart; do walk $how starts_there "${POINTS[@]}"; done
lost_in_commits starts_there

# ---- vm-resume on= --------------------------------------------------------------------------------------------------

# The VM is on one host, and runs there if the command says that it goes on; else it is suspended.
resumes_there() { # HOW POINT
  local to=$((3 - u)) i
  lost_at "$1" "$2" $u vm-resume vm=u on=h$to
  done_or_undone "$2"
  [ "$GOT" = 0 ] || ok '... the next command finds it' on 1 vxe vm-param-set uuid="$U" name-description="$2"
  [ "$GOT" = 0 ] && u=$to || u=$((1 + $(has 2 u)))
  is '... the VM is on one host' "$(has $u u) $(has $((3 - u)) u)" '1 0'
  for i in 1 2; do
    is "... h$i knows whether it runs" "$(of $i u power-state)" "$([ "$GOT" = 0 ] && echo running || echo suspended)"
    ok '... vxe check is clean' on $i vxe check
  done
  [ "$GOT" != 0 ] || ok '... it has gone on' eval "[ $(on $u guest_counter u) -ge $SAID_BY_IT ]"
  [ "$GOT" = 0 ] || return
  SAID_BY_IT=$(on $u guest_counter u)
  ok '... it is suspended' on $u vxe vm-suspend vm=u
  is '... it has its data' "$(bytes u /mnt/sr/images/u-0.qcow2)" "$UBYTES"
}
ok 'its memory is kept in their SR' on 1 vxe vm-param-set uuid="$U" suspend-SR-uuid="$(on 1 plain sr-list name-label=common --minimal)"
ok 'the VM runs' on $u vxe vm-start vm=u
ok '... and counts' on $u guest_counts u
SAID_BY_IT=$(on $u guest_counter u)
ok '... and is suspended' on $u vxe vm-suspend vm=u
reached_by $u vm-resume vm=u on=h$((3 - u))
u=$((3 - u))
ok '... and counts on' on $u guest_counts u
ok '... and is suspended again' on $u vxe vm-suspend vm=u
walk promote resumes_there "${POINTS[@]}"
ok 'the VM goes on' on $u vxe vm-resume vm=u
ok '... and ends' on $u vxe vm-shutdown vm=u --force

# ---- host-evacuate --------------------------------------------------------------------------------------------------

[ $at = 1 ] || ok 'the guest goes back' on 2 vxe vm-migrate vm=web host=h1
at=1
second_guest
# Each guest is on one host; the next host-evacuate moves the rest.
evacuates() { # HOW POINT
  local from=$at to=$((3 - at)) vm i
  lost_at "$1" "$2" $to host-evacuate host=h$from
  [[ $2 == *:intent || $2 == *:result:after ]] || is '... all go' "$GOT $SAID" '0 '
  for again in '' 1; do
    [ -z "$again" ] || ok '... the next one moves the rest' on $to vxe host-evacuate host=h$from
    for vm in web db; do
      ok '... vxe check is clean' on $from vxe check
      ok '... on the other host, too' on $to vxe check
      i=$((1 + $(has 2 $vm)))
      [ "$GOT$again" != 0 ] && [ "$again" != 1 ] || is "... $vm has gone" $i $to
      is "... $vm is on one host" "$(has $i $vm) $(has $((3 - i)) $vm)" '1 0'
      is '... which both know' "$(of 1 $vm resident-on) $(of 2 $vm resident-on)" "${HOST[i]} ${HOST[i]}"
      ok '... and counts' on $i guest_counts $vm
    done
  done
  at=$to
  is '... with its data' "$(bytes web $DISK)" "$WEB"
}
reached_by 2 host-evacuate host=h1
at=2
for how in promote restart; do walk $how evacuates "${POINTS[@]}"; done
ok 'the second guest ends' on $at vxe vm-shutdown vm=db --force

# ---- a snapshot of a VM of another host ------------------------------------------------------------------------------

[ $at = 2 ] || ok 'the guest goes away' on 1 vxe vm-migrate vm=web host=h2
at=2
home=$u other=$((3 - u))
on $home keep_content now "$U"
snaps() { on 1 plain snapshot-list snapshot-of="$1" params=name-label --minimal | tr , '\n' | sort | paste -sd,; }
removed() { # VM NAME
  local id
  id=$(on 1 plain snapshot-list snapshot-of="$1" name-label="$2" --minimal)
  [ -z "$id" ] || ok '... it goes' on 1 vxe snapshot-uninstall uuid="$id" --force
}
both_clean() { for i in 1 2; do ok "... vxe check is clean on h$i" on $i vxe check; done; }
# Of the guest that runs on h2.
takes() { # HOW POINT
  lost_at "$1" "$2" 1 vm-snapshot vm=web new-name-label=half
  [[ $2 == *:intent ]] || is '... it is done' "$GOT" 0
  both_clean
  is '... the snapshot is there, or not' "$(snaps "$WEB_VM")" "$([ "$GOT" != 0 ] || echo half)"
  is_on 2 '... the guest'
  removed "$WEB_VM" half
}
WEB_VM=$VM
reached_by 1 vm-snapshot vm=web new-name-label=half
removed "$WEB_VM" half
for how in promote restart; do walk $how takes "${POINTS[@]}"; done
lost_in_commits takes

reverts() { # HOW POINT
  on $home stamp_disks "$U" 99
  lost_at "$1" "$2" $other snapshot-revert uuid="$ZERO"
  [[ $2 == *:intent ]] || is '... it is done' "$GOT" 0
  both_clean
  is '... the snapshot is there' "$(snaps "$U")" zero
  if [ "$GOT" = 0 ]; then
    ok '... the disk has its data again' on $home has_content now "$U"
  else
    not_ok '... the disk has its new data' on $home has_content now "$U"
  fi
  is '... one host has the VM' "$(has $home u) $(has $other u)" '1 0'
}
ok 'a snapshot of the other VM' on $other vxe vm-snapshot vm=u new-name-label=zero
ZERO=$(on 1 plain snapshot-list name-label=zero --minimal)
on $home stamp_disks "$U" 99
reached_by $other snapshot-revert uuid="$ZERO"
for how in promote restart; do walk $how reverts "${POINTS[@]}"; done
lost_in_commits reverts
removed "$U" zero
ok '... its disk has its data' on $home has_content now "$U"

# ---- a schedule of VMs of both -----------------------------------------------------------------------------------------

[ "$u" = 1 ] || ok 'one VM goes to h1' on 2 vxe vm-start vm=u on=h1 paused=true
[ "$u" = 1 ] || ok '... and ends' on 1 vxe vm-shutdown vm=u --force
HALF=$(date -u -d 'tomorrow 00:30' +%s) HOUR=0
slot_at() { echo $((HALF + HOUR * 3600 + $1 - $(date +%s))) >"$HOSTS_DIR/shared/at"; } # SECONDS of the slot
slot_name() { echo "hourly-$(date -u -d "@$((HALF + HOUR * 3600))" +%Y%m%d-%H%M)"; }
slot_at -1800
PLAN=$(on 1 vxe vmss-create name-label=hourly type=snapshot frequency=hourly schedule:min=30 retained-snapshots=1 timezone=UTC 2>/dev/null)
for vm in "$U" "$WEB_VM"; do on 1 vxe vm-param-set uuid="$vm" snapshot-schedule="$PLAN"; done
one_of_each() { for vm in "$U" "$WEB_VM"; do is '... a VM has one of the slot' "$(snaps "$vm")" "$(slot_name)"; done; }
# Each VM has one snapshot of the slot, at the latest after the next run.
runs() { # HOW POINT
  HOUR=$((HOUR + 1))
  slot_at 5
  lost_at "$1" "$2" 1 vmss-run --due
  [ "$GOT" != 0 ] || one_of_each
  slot_at 65
  ok '... the next run' on 2 vxe vmss-run --due
  one_of_each
  both_clean
  is_on 2 '... the guest'
  ok '... the disk of the other VM has its data' on 1 has_content now "$U"
}
on 1 keep_content now "$U"
for k in 1 2; do
  HOUR=$k
  slot_at 5
  reached_by 1 vmss-run --due
done
one_of_each
mapfile -t POINTS < <(printf '%s\n' "${POINTS[@]}" | grep ':after$') # between two steps nothing happens
for how in promote restart; do walk $how runs "${POINTS[@]}"; done
database_end
