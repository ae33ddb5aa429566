#!/bin/bash
# SPDX-License-Identifier: MIT
# limit 1800
# A run of a schedule is killed at each of its failpoints: the snapshots of a running guest and of a halted VM, the end
# of the old ones, the merge of their layers. The next run completes the slot: each VM has one snapshot of it, and one
# old one is gone; what a user keeps, and the guest, are as before.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/memory.sh"

MIDNIGHT=$(date -u -d 'tomorrow 00:00' +%s)
HOUR=0
# at SECONDS: the commands that follow are called so long after the present slot.
at() { export VXE_TEST_AHEAD=$((MIDNIGHT + HOUR * 3600 + 1800 + $1 - $(date +%s))); }
slot_name() { echo "hourly-$(date -u -d "@$((MIDNIGHT + HOUR * 3600 + 1800))" +%Y%m%d-%H%M)"; }
# The schedule's snapshots of a VM: lines "NAME UUID".
taken() {
  plain snapshot-list scheduled=true snapshot-of="$1" params=name-label,uuid | awk '
    $1 == "uuid" { uuid = $NF } $1 == "name-label" { name = $NF } NF == 0 && uuid { print name, uuid; uuid = "" }' | sort
}
files() { find "$PWD" "$HOST_IMAGES" -name '*.qcow2' | wc -l; }

small_guest db 1
DB=$UUID
stamp_disks "$DB" 81
small_guest web 2
WEB=$UUID
stamp_disks "$WEB" 91 3M
SCHEDULE=$(plain vmss-create name-label=hourly type=snapshot frequency=hourly schedule:min=30 timezone=UTC \
  retained-snapshots=1 2>.err)
for vm in "$WEB" "$DB"; do
  plain vm-param-set uuid="$vm" snapshot-schedule="$SCHEDULE"
  plain vm-snapshot uuid="$vm" new-name-label=mine >/dev/null
done
guest_start web
LOW=$(guest_counter web)
at 5
exits 0 'the first run' vxe vmss-run --due
for vm in "$WEB" "$DB"; do
  kept=$(taken "$vm" | cut -d' ' -f2)
  plain snapshot-param-set uuid="$kept" is-vmss-snapshot=false
  KEPT+=("$kept" "$(plain snapshot-list name-label=mine snapshot-of="$vm" --minimal)")
done
for vm in "${KEPT[@]}"; do keep_content "$vm" "$vm"; done
keep_content db "$DB"

# written: the guest has written to both disks since the last snapshot, so there is something to merge.
written() { wait_until 20 has_written "$(guest_counter web)"; }
has_written() { [ "$(disk_counts "$WEB" | sort -n | head -n 1)" -gt "$1" ]; }

# The points of a run, in the order in which they are reached.
for i in 1 2; do
  written
  HOUR=$((HOUR + 1))
  at 5
  VXE_FAILPOINT_LOG=$PWD/points plain vmss-run --due >/dev/null
  [ $i = 2 ] || rm points
done
POINTS=$(wc -l <points)
FILES=$(files)
PID=$(guest_pid web)
diag "a run reaches $POINTS points: $(cut -d: -f1 points | uniq -c | xargs)"
for op in vm-snapshot vm-uninstall coalesce; do ok "one is of $op" grep -q "^$op" points; done

# allowed VM OLD: after a kill, the VM has no half snapshot, and the old one unless there is a new one.
allowed() {
  local now
  now=$(taken "$1" | cut -d' ' -f1 | xargs)
  [[ " $2 ; $2 $(slot_name) ; $(slot_name) " == *" $now "* ]] || echo "after the kill it has: $now"
}
# whole VM: the new snapshot, and nothing else.
whole() {
  local now
  now=$(taken "$1" | cut -d' ' -f1 | xargs)
  [ "$now" = "$(slot_name)" ] || echo "after the run it has: $now"
}
one_instant_of() {
  disk_counts "$(taken "$WEB" | cut -d' ' -f2)" | awk -v step="$GUEST_STEP" -v least="$1" '
    NR == 1 { first = $1 } { if ($1 < least || $1 > first + step || $1 < first - step) print "disk at", $1, "after", least }
    END { if (NR != 2) print NR, "disks" }'
}
unharmed() {
  local vm
  [ "$(guest_pid web)" = "$PID" ] || echo 'the guest has another process'
  guest_counts web || echo 'the guest does not count'
  [ "$(byte_of "$(vdi_files "$WEB" | head -n 1)" 3M)" = 91 ] || echo 'the guest has lost its stamp'
  has_content db "$DB" || echo 'the halted VM has other content'
  for vm in "${KEPT[@]}"; do has_content "$vm" "$vm" || echo "what is kept has other content: $vm"; done
  plain check >check.out 2>&1 || cat check.out
}

kill_run() {
  local n=$1 point status old=() low
  point=$(sed -n "$n"p points)
  written || echo 'the guest does not write'
  old=("$(slot_name)")
  HOUR=$((HOUR + 1))
  low=$(counter_of "$(vdi_files "$WEB" | head -n 1)")
  at 5
  (VXE_FAILPOINT="#$n=die" VXE_FAILPOINT_LOG=$PWD/reached plain vmss-run --due >killed 2>&1) 2>/dev/null
  status=$?
  [ $status = 137 ] || { echo "not killed: $status" && cat killed; }
  # What comes next recovers, be it another command or the next run.
  if [ $((n / 2 % 2)) = 0 ]; then
    vxe vm-param-set uuid="$WEB" name-description="$n" 2>&1
    vxe vm-param-set uuid="$DB" name-description="$n" 2>&1
    plain check >check.out 2>&1 || cat check.out
    allowed "$WEB" "${old[0]}"
    allowed "$DB" "${old[0]}"
  fi
  at 65
  vxe vmss-run --due >ran 2>&1 || { echo "the next run: $?" && cat ran; }
  whole "$WEB"
  whole "$DB"
  one_instant_of "$low"
  at 125
  [ -z "$(plain vmss-run --due 2>&1)" ] || echo 'the slot runs twice'
  unharmed
  plain sr-coalesce >coalesced 2>&1 || cat coalesced
  [ "$(files)" = "$FILES" ] || echo "$(files) files, not $FILES"
}

LAST='' KILLED=0
for ((n = 1; n <= POINTS; n++)); do
  point=$(sed -n "$n"p points)
  # Between the end of a step and the beginning of the next one nothing happens.
  [ -n "$LONG" ] || [[ $point == *:after ]] || [ "$n" = 1 ] || continue
  kill_run "$n" >problems 2>&1
  is "killed at $n, $point" "$(cat problems)" ''
  KILLED=$((KILLED + 1))
done
diag "killed $KILLED times"
before=$(guest_counter web)
virsh -q destroy web
for count in $(disk_counts "$WEB"); do
  ok "what the guest wrote is on its disks ($count of $before)" test "$count" -ge $((before - 2 * GUEST_STEP))
done
