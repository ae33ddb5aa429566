#!/bin/bash
# SPDX-License-Identifier: MIT
# Three schedules of a guest that counts in its memory and on two disks, over three pretended days, by the command line
# of the timer's unit: the guest never stops, what each snapshot holds is of its slot and stays the same while older
# ones are deleted and merged, and a revert brings it back, from a checkpoint with the memory.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/memory.sh"

MIDNIGHT=$(date -u -d 'tomorrow 00:00' +%s)
HOUR=3600 DAY=86400
# at SECONDS: the commands that follow are called so long after midnight, UTC.
at() { export VXE_TEST_AHEAD=$((MIDNIGHT + $1 - $(date +%s))); }
read -ra LINE < <(sed -n 's,^ExecStart=@PREFIX@/bin/vxe ,,p' "$TESTS/../share/vxe-schedules.service")
tick() { vxe "${LINE[@]}"; }
# The snapshots of a schedule: their UUIDs.
taken() { plain snapshot-list scheduled=true snapshot-of="$UUID" params=uuid,name-label | awk -v s="$1" '
  $1 == "uuid" { uuid = $NF } $1 == "name-label" && $NF ~ "^" s { print uuid }'; }
messages() { plain message-list name="$1" --minimal | tr , '\n' | grep -c .; }
# make NAME WORD...: a schedule.
make() { plain vmss-create name-label="$1" timezone=UTC "${@:2}" 2>.said; }

small_guest web 2
stamp_disks "$UUID" 71 2M
is "the unit's command line" "${LINE[*]}" 'vmss-run --due'
at 0
HOURLY=$(make hourly type=snapshot frequency=hourly schedule:min=30 retained-snapshots=2 keep-daily=2)
plain vm-param-set uuid="$UUID" snapshot-schedule="$HOURLY"
plain vm-param-add uuid="$UUID" param-name=tags param-key=nightly
make nightly type=checkpoint frequency=daily schedule:hour=2 schedule:min=0 retained-snapshots=1 \
  vm-filter=tags:contains=nightly >/dev/null
make weekly type=snapshot frequency=weekly schedule:days="$(date -u -d "@$((MIDNIGHT + DAY))" +%A)" schedule:hour=3 \
  schedule:min=15 retained-snapshots=1 vm-filter=tags:contains=nightly >/dev/null
guest_start web
PID=$(guest_pid web) FROM=$(serial_lines web)

# look: a tick; notes what each new snapshot holds, and between which counters of the guest it was taken.
declare -A LEAST=() MOST=()
look() {
  local low high uuid
  low=$(guest_counter web)
  run tick
  [ "$STATUS" = 0 ] && guest_counts web || return
  high=$(guest_counter web)
  for uuid in $OUT; do
    keep_content "$uuid" "$uuid"
    LEAST[$uuid]=$((low - 2 * GUEST_STEP)) MOST[$uuid]=$high
  done
  RAN=$((RAN + $(wc -w <<<"$OUT")))
}
# wrong: what is wrong with the snapshots that are there.
wrong() {
  local uuid count
  local -a counts
  for uuid in "${!LEAST[@]}"; do
    [ -n "$(plain snapshot-list uuid="$uuid" --minimal)" ] || continue
    has_content "$uuid" "$uuid" || echo "$uuid has other content"
    mapfile -t counts < <(disk_counts "$uuid")
    for count in "${counts[@]}"; do
      [ "$count" -ge "${LEAST[$uuid]}" ] && [ "$count" -le "${MOST[$uuid]}" ] ||
        echo "$uuid: $count is not from ${LEAST[$uuid]} to ${MOST[$uuid]}"
    done
    [ $((counts[0] - counts[1])) -ge 0 ] && [ $((counts[0] - counts[1])) -le $GUEST_STEP ] ||
      echo "$uuid is of two instants: ${counts[*]}"
  done
}

RAN=0
for ((day = 0; day < 3; day++)); do
  diag "day $day"
  for minute in 5 35 90 120 150 195 210 270; do
    at $((day * DAY + minute * 60 + 3))
    look || result 1 "day $day, minute $minute: $ERR"
  done
  is 'no snapshot has changed' "$(wrong)" ''
  is 'the guest is the same process' "$(guest_pid web)" "$PID"
done
# Of what was missed between two days one hourly slot is made up for.
is 'as many were taken as there were slots' "$RAN" $((3 * 5 + 2 + 3 + 1))
is 'what was missed is said' "$(messages VMSS_SNAPSHOT_MISSED_EVENT)" 2
# The last two, and those of the last day and of the day before it.
is 'of the hourly ones three stay' "$(taken hourly | wc -l)" 3
is 'of the nightly ones one' "$(taken nightly | wc -l)" 1
is 'of the weekly ones one' "$(taken weekly | wc -l)" 1
is 'its memory has never lost a count' "$(breaks web "$((FROM + 2))")" ''
is 'no message says that anything failed' "$(($(messages VMSS_SNAPSHOT_FAILED) + $(messages VMSS_SNAPSHOT_LOCK_FAILED)))" 0
exits 0 'vxe check' vxe check

diag 'a VM that is in use until the next slot'
VXE_FAILPOINT=vm-snapshot:make-overlays=stop "$VXE_PLAIN" vm-snapshot uuid="$UUID" new-name-label=mine >/dev/null &
VXE_PID=$!
ok 'another command works on it' wait_until 20 stands "$VXE_PID"
for seconds in 1803 1863 3540; do
  at $((3 * DAY + seconds))
  exits 0 "$seconds s" tick
  is '... nothing is taken' "$OUT" ''
  like '... vmss-list names the VM' "$(plain vmss-list uuid="$HOURLY" params=last-error)" 'uses these VMs: web'
done
is 'nothing is reported yet' "$(messages VMSS_SNAPSHOT_LOCK_FAILED)" 0
at $((3 * DAY + HOUR + 1803))
exits 0 'the next slot' tick
is '... the VM of the slot before is reported' "$(messages VMSS_SNAPSHOT_LOCK_FAILED)" 1
like '... by its name' "$(plain message-list name=VMSS_SNAPSHOT_LOCK_FAILED params=body)" "schedule 'hourly' .*: .*web"
kill -CONT "$VXE_PID"
wait "$VXE_PID"
at $((3 * DAY + HOUR + 1863))
exits 0 'a minute after the other command' tick
is '... it is taken' "$(wc -w <<<"$OUT")" 1
is '... and nothing else is reported' "$(messages VMSS_SNAPSHOT_LOCK_FAILED)" 1

diag 'back'
day=$(for uuid in $(taken hourly); do [ -z "${LEAST[$uuid]-}" ] || echo "$uuid"; done | head -n 1)
exits 0 'a revert to an hourly one' vxe snapshot-revert uuid="$day"
ok '... brings what it held' has_content "$day" "$UUID"
night=$(taken nightly)
LINE_NOW=$(serial_lines web)
mapfile -t held < <(disk_counts "$night")
exits 0 'a revert to the checkpoint' vxe snapshot-revert uuid="$night"
ok '... brings what it held' has_content "$night" "$UUID"
exits 0 '... and its memory' vxe vm-resume uuid="$UUID"
is '... which is of the same instant' "$(one_instant web "$LINE_NOW" "${held[@]}")" ''
ok '... and counts' guest_counts web
is '... without a break' "$(breaks web "$((LINE_NOW + 2))")" ''
is 'a stamp from before all of it is there' "$(byte_of "$(vdi_files "$UUID" | tail -n 1)" 2M)" 72
exits 0 'vxe check' vxe check
