#!/bin/bash
# SPDX-License-Identifier: MIT
# Schedules on a real guest: the command line of the timer at pretended times, retention while the guest runs, what is
# kept, a revert to a scheduled snapshot, failures, commands before and after, a kill.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/memory.sh"

ln -s "$VXE" xe
xe() { ./xe "$@"; }
[ "$HOST_MODE" = system ] || skip_all 'commands of schedules come from a folder that only root may write to'
export VXE_PLUGINS=$PWD/plugins
mkdir -m 0755 plugins
MIDNIGHT=$(date -u -d 'tomorrow 00:00' +%s)
# at SECONDS: the commands that follow are called so long after midnight, UTC.
at() { export VXE_TEST_AHEAD=$((MIDNIGHT + $1 - $(date +%s))); }
tick() { vxe vmss-run --due; }
# The snapshots of a schedule, from the oldest: their names.
taken() { plain snapshot-list scheduled=true snapshot-of="$UUID" params=name-label --minimal | tr , '\n' | grep "^$1" | sort; }
named() { plain snapshot-list name-label="$1" --minimal | cut -d, -f1; }
field() { plain vmss-param-get uuid="$SCHEDULE" param-name="$1"; }
HOUR=3600
a_task_runs() { plain task-list --minimal | grep -q .; }
# The guest writes its counter to one disk after the other.
same_instant() {
  disk_counts "$1" | awk -v step="$GUEST_STEP" -v least="$LOW" '
    NR == 1 { first = $1 } $1 < least || $1 > first + step || $1 < first - step { bad = 1 } END { exit bad || NR != 2 }'
}

small_guest web 2
act "$UUID"

diag 'nothing runs schedules yet'
at 0
exits 0 'a schedule is made' vxe vmss-create name-label=hourly type=snapshot frequency=hourly schedule:min=30 \
  retained-snapshots=2 timezone=UTC
SCHEDULE=$OUT
like '... and says that nothing would run it' "$ERR" 'vxe-schedules.timer'
vxe vm-param-set uuid="$UUID" snapshot-schedule="$SCHEDULE"
is 'it runs next at half past' "$(field next-run-time)" "$(date -u -d @$((MIDNIGHT + HOUR / 2)) +%Y%m%dT%H:%M:%SZ)"
exits 0 'as xe' xe vmss-param-list uuid="$SCHEDULE"
unlike '... there is no field of our own' "$OUT" 'next-run-time|keep-|timezone'
exits 0 'nothing is due' tick
is '... nothing is taken' "$(taken hourly)" ''
exits 0 'now something calls vxe' vxe vmss-create name-label=other type=snapshot frequency=daily enabled=true
is '... and nothing is said' "$ERR" ''
vxe vmss-destroy uuid="$OUT"

diag 'hours, while the guest runs'
guest_start web
LOW=$(guest_counter web)
for hour in 0 1 2 3; do
  at $((hour * HOUR + 1803))
  exits 0 "the slot of hour $hour" tick
  is '... one snapshot is printed' "$(wc -l <<<"$OUT")" 1
  guest_counts web
done
exits 0 'the same minute again' tick
is '... nothing is taken' "$OUT" ''
is 'two snapshots stay' "$(taken hourly | wc -l)" 2
is '... the newest' "$(taken hourly | tail -n 1)" "hourly-$(date -u -d "@$((MIDNIGHT + 3 * HOUR))" +%Y%m%d)-0330"
ok '... whose disks are of one instant, and later than the first' same_instant "$(named "$(taken hourly | tail -n 1)")"
like 'last-run-time is that of the last' "$(field last-run-time)" "$(date -u -d @$((MIDNIGHT + 3 * HOUR + 1803)) +%Y%m%dT%H:%M)"

diag 'what is kept'
keep=$(named "$(taken hourly | head -n 1)")
exits 0 'a snapshot is kept by hand' vxe snapshot-param-set uuid="$keep" is-vmss-snapshot=false
exits 1 '... which xe refuses' xe snapshot-param-set uuid="$keep" is-vmss-snapshot=true
clone_of=$(named "$(taken hourly | tail -n 1)")
exits 0 'a VM is made of another' vxe snapshot-clone uuid="$clone_of" new-name-label=cloned
vxe vm-snapshot uuid="$UUID" new-name-label=mine
for hour in 4 5 6 7; do
  at $((hour * HOUR + 1803))
  exits 0 "the slot of hour $hour" tick
done
ok 'the kept one is there' test -n "$(plain snapshot-list uuid="$keep" --minimal)"
ok '... that with a clone' test -n "$(plain snapshot-list uuid="$clone_of" --minimal)"
ok '... and the one taken by hand' test -n "$(named mine)"
is '... besides the two' "$(taken hourly | wc -l)" 3

diag 'a run by hand, and what it would do'
exits 0 'a preview' vxe vmss-preview uuid="$SCHEDULE" count=3 --json
is '... three runs' "$(jq '[.[] | select(.what == "run")] | length' <<<"$OUT")" 3
is '... the oldest would go' "$(jq -r '[.[] | select(.what == "delete")] | length' <<<"$OUT")" 1
exits 0 'a dry run' vxe vmss-run uuid="$SCHEDULE" --dry-run
like '... says what it would take' "$OUT" "take: VM $UUID"
is '... and takes nothing' "$(taken hourly | wc -l)" 3
exits 0 'a run by hand' vxe vmss-run uuid="$SCHEDULE"
is '... and two stay besides the cloned one' "$(taken hourly | wc -l)" 3

diag 'a revert to a scheduled snapshot'
back=$(named "$(taken hourly | tail -n 1)")
mapfile -t held < <(disk_counts "$back")
exits 0 'a revert' vxe snapshot-revert uuid="$back"
is '... the disks are those of the snapshot' "$(disk_counts "$UUID" | paste -sd' ')" "${held[*]}"

diag 'the machine was off'
at $((30 * HOUR))
exits 0 'a day later' tick
is '... one snapshot' "$(wc -l <<<"$OUT")" 1
is '... and a message' "$(plain message-list name=VMSS_SNAPSHOT_MISSED_EVENT --minimal | tr , '\n' | wc -l)" 1
vxe vmss-param-set uuid="$SCHEDULE" missed-run=skip
at $((40 * HOUR))
exits 0 'with missed-run=skip' tick
is '... none' "$OUT" ''

diag 'commands before and after'
printf '#!/bin/sh\necho "before $VXE_VM [$VXE_SNAPSHOT]" >>%q\n' "$PWD/said" >plugins/before
printf '#!/bin/sh\necho "after $VXE_VM [$VXE_SNAPSHOT]" >>%q\n' "$PWD/said" >plugins/after
printf '#!/bin/sh\nexit 3\n' >plugins/fails
printf '#!/bin/sh\nsleep 600\n' >plugins/sleeps
chmod 0755 plugins/*
vxe vmss-param-set uuid="$SCHEDULE" pre-command=before post-command=after
exits 0 'a run with commands' vxe vmss-run uuid="$SCHEDULE"
is '... both got the VM, the second one the snapshot' "$(cat said)" "before $UUID []
after $UUID [$OUT]"
before=$(taken hourly)
vxe vmss-param-set uuid="$SCHEDULE" pre-command=fails
exits 5 'the first command fails' vxe vmss-run uuid="$SCHEDULE"
is '... no snapshot' "$(taken hourly)" "$before"
like '... last-error says why' "$(field last-error)" 'non-zero exit: 3'
like '... and a message' "$(plain message-list name=VMSS_SNAPSHOT_FAILED params=body)" "VM 'web'"
vxe vmss-param-set uuid="$SCHEDULE" pre-command=sleeps command-timeout=1
exits 5 'it takes too long' vxe vmss-run uuid="$SCHEDULE"
like '... which is said' "$(field last-error)" 'did not end in time'
exits 2 'a command with a path' vxe vmss-param-set uuid="$SCHEDULE" pre-command=../x
vxe vmss-param-set uuid="$SCHEDULE" pre-command= post-command=

diag 'a VM that another command uses'
VXE_FAILPOINT=vm-snapshot:make-overlays=sleep:6000 "$VXE_PLAIN" vm-snapshot uuid="$UUID" new-name-label=slow >/dev/null &
wait_until 5 a_task_runs
at $((44 * HOUR + 1803))
vxe vmss-param-set uuid="$SCHEDULE" missed-run=once
exits 0 'its slot comes' tick
is '... nothing is taken' "$OUT" ''
like '... last-error names the VM' "$(field last-error)" 'another command uses these VMs: web'
wait
at $((44 * HOUR + 1863))
exits 0 'a minute later' tick
is '... it is taken' "$(wc -l <<<"$OUT")" 1

diag 'a filter of VMs'
vxe vm-param-set uuid="$UUID" snapshot-schedule=
vxe vm-param-add uuid="$UUID" param-name=tags param-key=nightly
vxe vmss-param-set uuid="$SCHEDULE" vm-filter=tags:contains=nightly
exits 0 'by a tag' vxe vmss-run uuid="$SCHEDULE"
is '... it is taken' "$(wc -l <<<"$OUT")" 1
exits 2 'a filter that is none' vxe vmss-param-set uuid="$SCHEDULE" vm-filter=colour=red
like '... is refused' "$ERR" "Unknown field 'colour'"

diag 'a kill in the midst of a run'
vxe vmss-param-set uuid="$SCHEDULE" vm-filter=tags:contains=nightly
before=$(taken hourly | wc -l)
at $((50 * HOUR + 1803))
VXE_FAILPOINT=vm-snapshot:make-overlays:after=die plain vmss-run --due >/dev/null 2>&1
exits 0 'the next minute' tick
is '... takes the snapshot' "$(wc -l <<<"$OUT")" 1
exits 0 'the minute after it' tick
is '... takes no other' "$OUT" ''
exits 0 'vxe check' vxe check
