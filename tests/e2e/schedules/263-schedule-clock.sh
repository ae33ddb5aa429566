#!/bin/bash
# SPDX-License-Identifier: MIT
# What the schedules of others' doing keep: snapshots of a time when the clock was ahead do not push out real ones, a
# snapshot that was made a VM is not the schedule's any more, and a schedule that has lost its last VM says so.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

HOUR=3600 DAY=86400
MIDNIGHT=$(date -u -d 'tomorrow 00:00' +%s)
at() { export VXE_TEST_AHEAD=$((MIDNIGHT + $1 - $(date +%s))); }
tick() { vxe vmss-run --due; }
names() { plain snapshot-list scheduled=true snapshot-of="$UUID" params=name-label --minimal | tr , '\n' | sort; }
name_of() { echo "hourly-$(date -u -d @$((MIDNIGHT + $1)) +%Y%m%d-%H%M)"; }
named() { plain snapshot-list name-label="$1" --minimal; }
ln -s "$VXE" xe

small_guest web 1
at 0
SCHEDULE=$(vxe vmss-create name-label=hourly type=snapshot frequency=hourly schedule:min=30 retained-snapshots=3 \
  timezone=UTC 2>.said)
vxe vm-param-set uuid="$UUID" snapshot-schedule="$SCHEDULE"

diag 'the clock is five days ahead for three runs'
stamp_disks "$UUID" 17
at 1803
exits 0 'a real run' tick
for hour in 0 1 2; do
  at $((5 * DAY + hour * HOUR + 1803))
  exits 0 "a run ahead, $hour" tick
done
at $((HOUR + 60))
exits 0 'the clock is right again: slots are counted from now on' tick
for hour in 1 2 3 4; do
  stamp_disks "$UUID" $((40 + hour))
  at $((hour * HOUR + 1803))
  exits 0 "the slot of hour $hour" tick
  is '... is taken' "$(wc -l <<<"$OUT")" 1
  keep_content "hour$hour" "$(named "$(name_of $((hour * HOUR + 1800)))")"
done
for hour in 2 3 4; do
  ok "the snapshot of hour $hour is there" has_content "hour$hour" "$(named "$(name_of $((hour * HOUR + 1800)))")"
done
is '... that of hour 1 is not' "$(named "$(name_of $((HOUR + 1800)))")" ''
ahead=$(names | grep -c "$(date -u -d @$((MIDNIGHT + 5 * DAY)) +%Y%m%d)")
is '... those of the future stay' "$ahead" 3
like 'one message says so' "$(plain message-list name=VMSS_SNAPSHOT_MISSED_EVENT obj-uuid="$UUID" params=body)" \
  "3 snapshots are of the future.*do not count"
is '... one' "$(plain message-list name=VMSS_SNAPSHOT_MISSED_EVENT obj-uuid="$UUID" --minimal)" \
  "$(plain message-list name=VMSS_SNAPSHOT_MISSED_EVENT obj-uuid="$UUID" --minimal | cut -d, -f1)"
exits 1 'vxe check names them' vxe check
is '... each' "$(grep -c 'this snapshot of a schedule is of the future' <<<"$OUT")" 3
at $((5 * DAY + 6 * HOUR + 1803))
exits 0 'that time has come' tick
is '... they count' "$(names | wc -l)" $((3 + 2)) # a run deletes two more than it takes
exits 0 '... and vxe check is clean' vxe check

diag 'a snapshot that was made a VM'
SNAP=$(named "$(names | tail -n 1)")
keep_content made "$SNAP"
exits 0 'is-a-template=false' vxe template-param-set uuid="$SNAP" is-a-template=false
for hour in 7 8 9 10 11; do
  at $((5 * DAY + hour * HOUR + 1803))
  exits 0 "the slot of hour $hour" tick
done
ok 'it is there, with its content' has_content made "$SNAP"
is '... three others stay' "$(named "$(name_of $((5 * DAY + 9 * HOUR + 1800)))" | wc -w)" 1

diag 'a schedule without VMs'
SECOND=$(vxe vmss-create name-label=second type=snapshot frequency=daily timezone=UTC 2>.said)
exits 0 'its last VM goes to another' vxe vm-param-set uuid="$UUID" snapshot-schedule="$SECOND"
like '... which is said' "$ERR" "'hourly' \($SCHEDULE\) has no VM any more, and is still enabled"
exits 0 'vmss-list' vxe vmss-list
like '... names it' "$ERR" "The schedule 'hourly' \($SCHEDULE\) is enabled, but no VM belongs to it"
unlike '... and not the other' "$ERR" second
exits 0 'as xe' ./xe vmss-list
is '... nothing is said' "$ERR" ''
exits 1 'vxe check finds it' vxe check
like '... by name' "$OUT" "VMSS $SCHEDULE.*'hourly' is enabled, but no VM belongs to it"
at $((5 * DAY + 12 * HOUR + 1803))
exits 0 'its slot comes' tick
is '... last-error says it' "$(plain vmss-param-get uuid="$SCHEDULE" param-name=last-error)" 'no VM belongs to it'
vxe vmss-param-set uuid="$SCHEDULE" enabled=false
exits 0 'disabled, vxe check is clean' vxe check
vxe vm-uninstall uuid="$SNAP" force=true >/dev/null 2>&1 || vxe snapshot-uninstall uuid="$SNAP" force=true >/dev/null
