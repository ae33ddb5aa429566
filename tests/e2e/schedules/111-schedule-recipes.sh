#!/bin/bash
# SPDX-License-Identifier: MIT
# The recipes of docs/schedules.md, run as they stand there, on a guest that writes: what stays after two days of hours,
# back to a checkpoint and to a snapshot, VMs by a tag, archives that hold what the snapshot holds.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/memory.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/recipes.sh"

is 'each recipe has a test, here or in 112' "$(recipe_names)" 'Each hour, thinned out
Each night, quiesced
Before patch day
Back to before the patches
By a tag
An archive on another machine
Now, besides its times'

HOUR=3600
# The host's times; the test is over before the next day that it pretends.
MIDNIGHT=$(date -d 'tomorrow 00:00' +%s)
at() { export VXE_TEST_AHEAD=$((MIDNIGHT + $1 - $(date +%s))); }
hours_of() { plain snapshot-list snapshot-of="$UUID" scheduled=true params=name-label --minimal | tr , '\n' | sort | sed 's/^hourly-//' | xargs; }
name_at() { date -d "@$((MIDNIGHT + $1 * HOUR))" +%Y%m%d-%H15; }
named() { plain snapshot-list name-label="$1" --minimal; }

small_guest web 2
act "$UUID"
guest_start web

diag 'hours'
at 0
recipe 'Each hour, thinned out'
hours=24
[ "$(chain_most)" -gt $hours ] || { hours=12 && vxe vmss-param-set uuid="$S" keep-hourly=$hours; }
for hour in 0 6 12 18 {24..47}; do
  at $((hour * HOUR + 903))
  plain vmss-run --due >/dev/null || result 1 "the run of hour $hour"
  [ "$hour" != 18 ] || keep_content day "$(named "hourly-$(name_at 18)")"
done
is "the newest of the first day stays, and $hours hours" "$(hours_of)" "$(for hour in 18 $(seq $((48 - hours)) 47); do name_at "$hour"; done | xargs)"
guest_counts web
ok '... and the guest goes on' guest_is web running
day=$(named "hourly-$(name_at 18)")
ok '... the disks of that day hold what they did' has_content day "$day"
vxe vm-shutdown uuid="$UUID" --force
exits 0 'a revert to it' vxe snapshot-revert uuid="$day"
ok '... brings their content back' has_content day "$UUID"
vxe vm-param-set uuid="$UUID" snapshot-schedule=
unset VXE_TEST_AHEAD

diag 'patch day'
guest_start web
recipe 'Before patch day'
is 'it is a checkpoint of the schedule' \
  "$(plain snapshot-list scheduled=true with-memory=true --minimal)" "$BEFORE"
like '... of a time that is Tuesday evening' \
  "$(date -d "$(plain vmss-param-get uuid="$S" param-name=next-run-time | sed 's/T/ /')" '+%A %H:%M')" '^Tuesday 21:45$'
then=$(guest_counter web)
guest_counts web
wait_until 20 eval '[ "$(guest_counter web)" -gt $((then + 64)) ]'
patched=$(guest_counter web)
keep_content before "$BEFORE"
recipe 'Back to before the patches'
ok 'the guest is back where it was' wait_until 20 eval '[ "$(guest_counter web)" -lt "$patched" ]'
guest_counts web
ok '... and goes on from there' guest_is web running
ok '... the checkpoint still holds its disks' has_content before "$BEFORE"
vxe vm-param-set uuid="$UUID" snapshot-schedule=
vxe vmss-param-set uuid="$S" enabled=false

diag 'a tag'
guest_make other 1
OTHER=$(virsh domuuid other)
act "$OTHER"
recipe 'By a tag'
like 'the preview has the VM' "$OUT" "$UUID"
unlike '... and no other' "$OUT" "$OTHER"
at $((50 * HOUR))
exits 0 'its time comes' vxe vmss-run --due
is '... one snapshot, of that VM' "$(plain snapshot-list uuid="$OUT" params=snapshot-of --minimal)" "$UUID"
unset VXE_TEST_AHEAD

diag 'archives'
archives() {
  vxe vm-shutdown uuid="$UUID" --force
  stamp_disks "$UUID" 0x21
  mkdir vault
  printf '#!/bin/sh\n[ "$1" = backup@vault.example ] && cd %q && exec sh -c "$2"\n' "$PWD/vault" >bin/ssh
  chmod 0755 bin/ssh
  recipe 'An archive on another machine'
  recipe 'Now, besides its times'
  SNAP=$(tail -n 1 <<<"$OUT")
  like '... after the snapshot' "$OUT" "take: VM $UUID"
  is '... there is one archive' "$(cd vault && echo ./*)" "./$(cd vault && ls "$UUID"-*.xva)"
  keep_content archived "$SNAP"
  stamp_disks "$UUID" 0x43
  exits 0 '... that can be imported' vxe vm-import filename="$(echo vault/*.xva)"
  ok '... and holds what the snapshot holds' has_content archived "$OUT"
  not_ok '... not what was written later' has_content archived "$UUID"
  printf '#!/bin/sh\ncat >/dev/null\nexit 9\n' >bin/ssh
  sleep 1
  before=$(plain snapshot-list scheduled=true --minimal | tr , '\n' | wc -l)
  exits 5 'the other machine fails' vxe vmss-run uuid="$S"
  like '... last-error says so' "$(plain vmss-param-get uuid="$S" param-name=last-error)" 'non-zero exit: 9'
  is '... the snapshot is there' "$(plain snapshot-list scheduled=true --minimal | tr , '\n' | wc -l)" $((before + 1))
}
if [ "$HOST_MODE" = system ]; then
  archives
else
  skip 'archives: commands of schedules come from a folder that only root may write to'
fi
# Of the recipes' schedules only the last one has a VM, and the snapshots are of days that come.
for x in $(plain vmss-list enabled=true --minimal | tr , ' '); do
  [ -n "$(plain vmss-param-get uuid="$x" param-name=VMs)" ] || plain vmss-param-set uuid="$x" enabled=false
done
VXE_TEST_AHEAD=$((90 * 86400)) exits 0 'vxe check' vxe check
