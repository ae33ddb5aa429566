#!/bin/bash
# SPDX-License-Identifier: MIT
# snapshot-revert start= and keep=: the guest runs on, or waits paused, exactly where the snapshot was taken; the state
# before the revert is kept as a snapshot, or, if the revert changes nothing, nothing is.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/memory.sh"

snapshots() { plain snapshot-list params=name-label --minimal | tr , '\n' | sort | xargs; }
name_of() { plain snapshot-param-get uuid="$1" param-name=name-label; }
# revert WHAT ARG...: sets KEPT to what it prints.
revert() { ok "$1" vxe snapshot-revert "${@:2}" && KEPT=$OUT; }

small_guest web 2
vxe vm-list >/dev/null
guest_start web
snapshot "$UUID" disks && disks=$SNAP
mapfile -t on_disk < <(disk_counts "$disks")
guest_counts web
point=$(vxe vm-checkpoint uuid="$UUID" new-name-label=point)
mapfile -t at_point < <(disk_counts "$point")

# ---- start --------------------------------------------------------------------------------------

guest_counts web
revert 'start=none' uuid="$disks" start=none
is '... leaves it off' "$(power "$UUID")" halted
is '... and prints nothing' "$KEPT$ERR" ''
for n in 1 2; do
  revert "start=running $n" uuid="$disks" start=running
  is '... it runs' "$(power "$UUID")" running
  ok '... counting' guest_counts web
  is '... from the content of the snapshot' "$(guest_booted web 0) $(guest_booted web 1)" "${on_disk[*]}"
done
revert 'start=paused' uuid="$disks" start=paused
is '... it is paused' "$(power "$UUID")" paused
vxe vm-unpause uuid="$UUID"
ok '... and can go on' guest_counts web
is '... from the content of the snapshot' "$(guest_booted web 0) $(guest_booted web 1)" "${on_disk[*]}"

vxe vm-shutdown uuid="$UUID" --force # from here on, only the guest that is reverted to prints
at=$(serial_lines web)
revert 'a checkpoint with start=running' uuid="$point" start=running
is '... it runs' "$(power "$UUID")" running
is '... memory and disks are of one instant' "$(one_instant web "$at" "${at_point[@]}")" ''
is '... it counts without a break' "$(breaks web $((at + 1)))" ''
is '... only the checkpoint has an image' "$(images_of_memory | wc -l)" 1

ok 'it is suspended' vxe vm-suspend uuid="$UUID"
ok 'vm-resume paused=true' vxe vm-resume uuid="$UUID" paused=true
held=$(ram_count web)
sleep 0.3
is '... its memory stands still' "$(power "$UUID") $(ram_count web)" "paused $held"

revert 'a checkpoint with start=paused' uuid="$point" start=paused
is '... it is paused' "$(power "$UUID")" paused
held=$(ram_count web)
ok "... with the memory of the checkpoint ($held, ${at_point[0]})" \
  test $((held - at_point[0])) -ge 0 -a $((held - at_point[0] - 1)) -le "$GUEST_STEP"
sleep 0.3
is '... which stands still' "$(ram_count web)" "$held"
at=$(serial_lines web)
vxe vm-unpause uuid="$UUID"
is '... until it goes on' "$(one_instant web "$at" "${at_point[@]}")" ''
is '... without a break' "$(breaks web $((at + 1)))" ''
ok 'vxe check is clean' vxe check

run vxe snapshot-revert uuid="$disks" start=perhaps
like 'another word is refused' "$ERR" 'Unknown start: perhaps'

# ---- keep ---------------------------------------------------------------------------------------

guest_counts web
before=$(guest_counter web)
revert 'keep=true of a running guest' uuid="$disks" keep=true start=running
running=$KEPT
like '... prints a UUID' "$running" '^[0-9a-f-]{36}$'
is '... of a snapshot whose name says what it is' "$(name_of "$running")" 'before revert to disks'
mapfile -t now < <(disk_counts "$running")
ok "... with its disks as they were (${now[*]}, $before)" test $((now[0] + GUEST_STEP)) -ge "$before" -a "${now[0]}" -ge "${at_point[0]}"
is '... its place in the tree' "$(plain snapshot-param-get uuid="$running" param-name=parent)" "$point"
is '... and the VM runs from the other one' "$(guest_counts web; guest_booted web 0)" "${on_disk[0]}"
vxe vm-shutdown uuid="$UUID" --force
stamp_disks "$UUID" 77 2M
keep_content off "$UUID"
revert 'keep=true of a VM that is off' uuid="$running" keep=true
ok '... its disks are kept, byte by byte' has_content off "$KEPT"
is '... and the VM has the other ones' "$(disk_counts "$UUID" | xargs)" "${now[*]}"
revert 'back to it' uuid="$KEPT"
ok '... byte by byte' has_content off "$UUID"

revert 'to the checkpoint' uuid="$point"
is '... suspended' "$(power "$UUID")" suspended
revert 'keep=true of a suspended VM' uuid="$disks" keep=true
is '... keeps its memory' "$(plain snapshot-param-get uuid="$KEPT" param-name=power-state)" suspended
at=$(serial_lines web)
revert 'back to it' uuid="$KEPT" start=running
is '... it goes on where it was' "$(one_instant web "$at" "${at_point[@]}")" ''
ok 'vxe check is clean' vxe check

# ---- what fails ---------------------------------------------------------------------------------

had=$(snapshots) layers=$(images_made)
host=$(plain host-list --minimal)
vxe host-disable host="$host"
at=$(serial_lines web)
not_ok 'a disabled host starts nothing' vxe snapshot-revert uuid="$disks" keep=true start=running
is '... no snapshot' "$OUT$(snapshots)" "$had"
vxe host-enable host="$host"
VXE_FAILPOINT=snapshot-revert:make-overlays=error run vxe snapshot-revert uuid="$disks" keep=true start=running
is 'a revert that changes nothing' "$STATUS $OUT" '1 '
is '... leaves no snapshot' "$(snapshots)" "$had"
is '... no layer' "$(images_made)" "$layers"
ok '... the guest goes on' guest_counts web
is '... without a break' "$(breaks web "$at")" ''
VXE_FAILPOINT=snapshot-revert:place-files=error run vxe snapshot-revert uuid="$disks" keep=true
is 'a revert that fails when it is done' "$STATUS" 1
like '... keeps the snapshot' "$OUT" '^[0-9a-f-]{36}$'
is '... of that name' "$(name_of "$OUT")" 'before revert to disks'
like '... and says so' "$ERR" "stays: $OUT"
ok 'the next command completes it' vxe check
is '... the VM is at the snapshot' "$(disk_counts "$UUID" | xargs)" "${on_disk[*]}"
VXE_FAILPOINT=vm-start:start=error run vxe snapshot-revert uuid="$running" keep=true start=running
is 'a start that fails' "$STATUS $(power "$UUID")" '1 halted'
like '... the present state is kept' "$OUT" '^[0-9a-f-]{36}$'
like '... it says what was done' "$ERR" 'has been reverted, but could not be started'
is '... the VM has been reverted' "$(disk_counts "$UUID" | xargs)" "${now[*]}"
vxe vm-destroy uuid="$UUID"
run vxe snapshot-revert uuid="$disks" keep=true
is 'of a VM that is gone nothing is kept' "$STATUS $OUT" '0 '
like '... it says so' "$ERR" 'no present state'
is '... and the VM is back' "$(disk_counts "$UUID" | xargs)" "${on_disk[*]}"
ln -s "$VXE" xe
had=$(snapshots)
run ./xe snapshot-revert uuid="$disks" keep=true start=running
is 'xe knows neither word' "$STATUS $OUT$ERR $(power "$UUID") $(snapshots)" "0  halted $had"
ok 'vxe check is clean' vxe check
