#!/bin/bash
# SPDX-License-Identifier: MIT
# limit 1800
# Commands of one host that another one carries out, and a schedule of VMs of both, are killed at each failpoint, on the one host
# or the other: snapshots are there or not, each VM has one of each slot of the schedule, and disks have their bytes. So is the
# first command of a host that was declared dead and is back.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/pool.sh"
pool_hosts 2

# Its failpoint on each host, and the time of the test.
vxe_after "$VXE_PLAIN" <<'END'
[ ! -e /mnt/own/point ] || export VXE_FAILPOINT="$(cat /mnt/own/point)"
[ ! -e /mnt/own/reached ] || export VXE_FAILPOINT_LOG=/mnt/own/reached
[ ! -e /mnt/sr/at ] || export VXE_TEST_AHEAD="$(cat /mnt/sr/at)"
END
own() { echo "$HOSTS_DIR/h$1/own/$2"; }
kill_at_point() { echo "$2=die" >"$(own "$1" point)"; } # HOST POINT
no_kill() { rm -f "$HOSTS_DIR"/h[12]/own/point; }

pool_begin 2
ok 'they share an SR' on 1 vxe sr-create name-label=common type=file shared=true device-config:location=/mnt/sr/images
on 1 eval 'cd /mnt/sr/images && small_guest web 1'
on 2 eval 'cd /mnt/sr/images && small_guest db 1'
for i in 1 2; do on $i vxe vm-list >/dev/null; done
VMS=('' "$(on 1 plain vm-list name-label=web --minimal)" "$(on 1 plain vm-list name-label=db --minimal)")
for i in 1 2; do
  on $i stamp_disks "${VMS[i]}" 7$i
  on $i keep_content now "${VMS[i]}"
done
clean() { for i in 1 2; do ok "... vxe check is clean on h$i" on $i vxe check; done; }
same_disks() { for i in 1 2; do ok "... the disk of h$i's VM has its bytes" on $i has_content now "${VMS[i]}"; done; }
# points_on HOST COMMAND...: sets POINTS to those that the command reaches there. Between the end of a step and the beginning
# of the next one nothing happens.
points_on() {
  : >"$(own "$1" reached)"
  on 1 "${@:2}" >/dev/null
  mapfile -t POINTS < <(awk '{ print NR ":" $0 }' "$(own "$1" reached)" | grep -v :adopt- | grep -E ':after$|^1:')
  rm -f "$HOSTS_DIR"/h[12]/own/reached
}

# ---- h2's VM, by a command of h1 ---------------------------------------------------------------------------------------

snaps() { on 1 plain snapshot-list snapshot-of="${VMS[2]}" params=name-label --minimal; }
# dies_there POINT COMMAND...
dies_there() {
  kill_at_point 2 "${1#*:}"
  run on 1 vxe "${@:2}"
  no_kill
  isnt "$2 of h2's VM is killed at ${1#*:}" "$STATUS" 0
  ok '... the next command ends it' on $((1 + ${1%%:*} % 2)) vxe vm-param-set uuid="${VMS[2]}" name-description="${1%%:*}"
  clean
  same_disks
}
points_on 2 plain vm-snapshot uuid="${VMS[2]}" new-name-label=zero
ZERO=$(on 1 plain snapshot-list name-label=zero --minimal)
for point in "${POINTS[@]}"; do
  dies_there "$point" vm-snapshot uuid="${VMS[2]}" new-name-label=half
  like '... there is a whole snapshot or none' "$(snaps)" '^(zero|half,zero|zero,half)$'
  [ "$(snaps)" = zero ] || ok '... which goes' on 1 vxe snapshot-uninstall uuid="$(on 1 plain snapshot-list name-label=half --minimal)" --force
done
points_on 2 plain snapshot-revert uuid="$ZERO"
for point in "${POINTS[@]}"; do
  dies_there "$point" snapshot-revert uuid="$ZERO"
  is '... the snapshot is there' "$(snaps)" zero
done
on 1 plain vm-snapshot uuid="${VMS[2]}" new-name-label=one >/dev/null
points_on 2 plain snapshot-uninstall uuid="$(on 1 plain snapshot-list name-label=one --minimal)" --force
for point in "${POINTS[@]}"; do
  on 1 plain vm-snapshot uuid="${VMS[2]}" new-name-label=one >/dev/null
  ONE=$(on 1 plain snapshot-list name-label=one --minimal)
  dies_there "$point" snapshot-uninstall uuid="$ONE" --force
  like '... it is gone, or whole' "$(snaps)" '^(zero|one,zero|zero,one)$'
  [ "$(snaps)" = zero ] || ok '... and goes' on 1 vxe snapshot-uninstall uuid="$ONE" --force
done

# ---- a schedule of VMs of both ---------------------------------------------------------------------------------------------

HALF=$(date -u -d 'tomorrow 00:30' +%s) HOUR=0
at() { echo $((HALF + HOUR * 3600 + $1 - $(date +%s))) >"$HOSTS_DIR/shared/at"; } # SECONDS: of the slot
slot_name() { echo "hourly-$(date -u -d "@$((HALF + HOUR * 3600))" +%Y%m%d-%H%M)"; }
taken() { on 1 plain snapshot-list is-vmss-snapshot=true snapshot-of="$1" params=name-label --minimal; }
at -1800
PLAN=$(on 1 plain vmss-create name-label=hourly type=snapshot frequency=hourly schedule:min=30 retained-snapshots=1 timezone=UTC 2>/dev/null)
for i in 1 2; do on 1 plain vm-param-set uuid="${VMS[i]}" snapshot-schedule="$PLAN"; done
# The second run also removes the snapshots of the first one.
for h in 1 2; do
  for k in 1 2; do
    HOUR=$((HOUR + 1))
    at 5
    points_on $h vxe vmss-run --due
  done
  for i in 1 2; do is "VM $i has one of the slot" "$(taken "${VMS[i]}")" "$(slot_name)"; done
  diag "note a run reaches ${#POINTS[@]} points on h$h"
  for point in "${POINTS[@]}"; do
    HOUR=$((HOUR + 1))
    at 5
    # On h2 each snapshot that is taken or removed is a command of its own.
    if [ $h = 1 ]; then kill_at_point 1 "#${point%%:*}"; else kill_at_point 2 "${point#*:}"; fi
    run on 1 vxe vmss-run --due
    no_kill
    isnt "killed on h$h at $point" "$STATUS" 0
    # What the run has begun on the other host may not have ended yet: then the run after the next takes it.
    for s in 65 125; do
      at $s
      ok '... the next run' on $((1 + HOUR % 2)) vxe vmss-run --due
    done
    # Of a VM whose host has failed, the run was told so; it goes on with the next slot.
    is '... h1 has one of the slot' "$(taken "${VMS[1]}")" "$(slot_name)"
    [ $h = 2 ] || is '... and h2' "$(taken "${VMS[2]}")" "$(slot_name)"
    at 185
    run on 2 vxe vmss-run --due
    is '... which does not run twice' "$STATUS$OUT$ERR" 0
    on $h vxe check >/dev/null 2>&1 # it ends what is left
    clean
    same_disks
    [ $h = 1 ] || {
      HOUR=$((HOUR + 1))
      at 5
      ok '... the next slot' on 1 vxe vmss-run --due
      for i in 1 2; do is "... h$i has one of it" "$(taken "${VMS[i]}")" "$(slot_name)"; done
    }
  done
done
for i in 1 2; do
  for snap in $(on 1 plain snapshot-list is-vmss-snapshot=true snapshot-of="${VMS[i]}" --minimal | tr , ' '); do
    on 1 plain snapshot-uninstall uuid="$snap" --force
  done
  on 1 plain vm-param-set uuid="${VMS[i]}" snapshot-schedule=
done >/dev/null
ok 'the schedule goes' on 1 vxe vmss-destroy uuid="$PLAN"
rm "$HOSTS_DIR/shared/at"

# ---- a dead host is back -------------------------------------------------------------------------------------------------------

for ms in 5 20 50 80 120 200; do
  host_kill 2
  silent_for 2 60
  ok 'h2 is dead' on 1 vxe host-declare-dead uuid="${HOST[2]}" --force
  ok '... h1 takes its VM' on 1 vxe vm-param-set uuid="${VMS[2]}" name-description="$ms"
  host_boot 2
  run on 2 timeout -s KILL "$(printf 0.%03d $ms)" "$VXE" host-heartbeat
  diag "note status $STATUS after $ms ms"
  ok '... its first command is killed: the next one comes to its end' on 2 vxe host-heartbeat
  is '... it has no old definition' "$(on 2 virsh -q list --all --name | xargs)" ''
  clean
  ok '... the VM starts' on 1 vxe vm-start vm=db
  ok '... and counts' on 1 guest_counts db
  ok '... and goes home' on 1 vxe vm-migrate vm=db host=h2
  ok '... where it ends' on 2 vxe vm-shutdown vm=db --force
  ok '... as h2 tells' on 2 vxe host-heartbeat
done
database_end
