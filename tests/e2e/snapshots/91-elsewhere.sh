#!/bin/bash
# SPDX-License-Identifier: MIT
# vm-snapshot and vm-checkpoint overlay-sr-uuid=: the new layers are in another SR, and everything that is done with
# snapshots afterwards works across the two.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/memory.sh"

# is_in WHAT DIR: the definition, and the live guest, have both disks there; vxe says so, too.
is_in() {
  local target
  for target in vda vdb; do
    is "$1: $target" "$(dirname "$(source_of web $target)")" "$2"
    guest_is_off web || is "... of the guest, too" "$(virsh domblklist web | awk -v t=$target '$1 == t { print $2 }')" \
      "$(source_of web $target)"
  done
  is '... vxe names the SR' "$(vxe vdi-param-get uuid="$(vdi_of "$UUID" 1)" param-name=sr-uuid)" "$3"
}
# The counters on the disks of the VM or snapshot.
counts() { disk_counts "$1" | xargs; }

# merged N: the guest's disks have N layers more than at first.
merged() { [ "$(qemu-img info -U --backing-chain "$(source_of web vdb)" | grep -c '^image:')" = $(($1 + 1)) ]; }

small_guest web 2
vxe vm-list >/dev/null
home=$(vxe vdi-param-get uuid="$(vdi_of "$UUID")" param-name=sr-uuid)
mkdir other && chmod 0711 other
ok 'an SR' vxe sr-create name-label=other type=file device-config:location="$PWD/other"
other=$OUT

# ---- a snapshot ---------------------------------------------------------------------------------

guest_start web
at=$(serial_lines web)
ok 'vm-snapshot of a guest' vxe vm-snapshot uuid="$UUID" new-name-label=one overlay-sr-uuid="$other"
one=$OUT
is_in 'the new layers are there' "$PWD/other" "$other"
is '... and what the snapshot holds is where it was' \
  "$(vxe vdi-param-get uuid="$(vdi_of "$one" 1)" param-name=sr-uuid)" "$home"
ok '... the guest counts' guest_counts web
is '... without a break' "$(breaks web "$at")" ''
held=$(counts "$one")
ok '... and writes to them' wait_until 20 test "$(counts "$UUID")" != "$held"
is '... the snapshot stays' "$(counts "$one")" "$held"
ok 'vxe check is clean' vxe check
vxe vm-shutdown uuid="$UUID" --force
held=$(counts "$UUID")
guest_start web
is 'it starts on them' "$(guest_booted web 0) $(guest_booted web 1)" "$held"
ok 'the next snapshot stays there' vxe vm-snapshot uuid="$UUID" new-name-label=two
two=$OUT
is_in '... by itself' "$PWD/other" "$other"

# ---- a checkpoint -------------------------------------------------------------------------------

at=$(serial_lines web)
ok 'vm-checkpoint into the first SR' vxe vm-checkpoint uuid="$UUID" new-name-label=point overlay-sr-uuid="$home"
point=$OUT
is_in 'the new layers are there' "$PWD" "$home"
is '... the memory is where it always is' "$(dirname "$(images_of_memory)")" "$HOST_IMAGES"
ok '... the guest counts' guest_counts web
is '... without a break' "$(breaks web "$at")" ''
vxe vm-shutdown uuid="$UUID" --force
mapfile -t held < <(disk_counts "$point")
at=$(serial_lines web)
ok 'a revert to it' vxe snapshot-revert uuid="$point" start=running
is '... memory and disks are of one instant' "$(one_instant web "$at" "${held[@]}")" ''
is_in '... the disks are where those of the checkpoint are' "$PWD/other" "$other"
ok 'a revert to the first snapshot' vxe snapshot-revert uuid="$one" start=running
ok '... it counts' guest_counts web
is '... from what that holds' "$(guest_booted web 0) $(guest_booted web 1)" "$(counts "$one")"
is_in '... in the SR of that' "$PWD" "$home"
ok 'vxe check is clean' vxe check

# ---- merged, running and off --------------------------------------------------------------------

ok 'a snapshot of the guest' vxe vm-snapshot uuid="$UUID" new-name-label=three overlay-sr-uuid="$other"
three=$OUT
at=$(serial_lines web)
ok '... goes while it runs' vxe snapshot-uninstall uuid="$three" --force
ok '... the layers are merged' wait_until 20 merged 1
is_in '... where the lower ones were' "$PWD" "$home"
ok '... it counts' guest_counts web
is '... without a break' "$(breaks web "$at")" ''
ok 'another snapshot' vxe vm-snapshot uuid="$UUID" new-name-label=four overlay-sr-uuid="$other"
four=$OUT
guest_counts web
vxe vm-shutdown uuid="$UUID" --force
keep_content now "$UUID"
ok '... goes while it is off' vxe snapshot-uninstall uuid="$four" --force
ok '... the layers are merged' merged 1
ok '... nothing is lost' has_content now "$UUID"
is_in '... where the lower ones were' "$PWD" "$home"
ok 'a snapshot of a VM that is off' vxe vm-snapshot uuid="$UUID" new-name-label=five overlay-sr-uuid="$other"
five=$OUT
is_in '... has new layers there' "$PWD/other" "$other"
ok '... and nothing has changed' has_content now "$UUID"
ok '... as it has it' has_content now "$five"
ok 'a clone of it' vxe snapshot-clone uuid="$five" new-name-label=clone
ok 'vxe check is clean' vxe check
not_ok 'the SR with the lower layers cannot go' vxe sr-forget uuid="$home"
ok 'with ignore-vdi-uuids' vxe vm-snapshot uuid="$UUID" new-name-label=six overlay-sr-uuid="$home" \
  ignore-vdi-uuids="$(vdi_of "$UUID" 1)"
is '... only the other disk moves' "$(dirname "$(source_of web vda)") $(dirname "$(source_of web vdb)")" "$PWD $PWD/other"
guest_start web
is 'it starts on both' "$(guest_booted web 0) $(guest_booted web 1)" "$(counts "$five")"
vxe vm-shutdown uuid="$UUID" --force

# ---- refused ------------------------------------------------------------------------------------

mkdir isos shared gone && chmod 0711 shared gone
isos=$(vxe sr-create name-label=isos type=iso content-type=iso device-config:location="$PWD/isos")
shared=$(vxe sr-create name-label=shared type=file shared=true device-config:location="$PWD/shared")
ln -s "$VXE" xe
note_everything
# not_there STATUS TEXT WHAT SR
not_there() {
  local command
  for command in vm-snapshot vm-checkpoint; do
    [ $command = vm-snapshot ] || virsh -q start --paused web >/dev/null
    exits "$1" "$3: $command is refused" vxe $command uuid="$UUID" new-name-label=x overlay-sr-uuid="$4"
    like '... which says why' "$ERR" "$2"
    guest_is_off web || virsh -q destroy web
    unchanged '... and nothing has changed'
  done
}
not_there 1 'cannot do this' 'an SR of CDs' "$isos"
not_there 7 'is shared, but the layers below would be in' 'a shared SR' "$shared"
not_there 3 'No object of this class' 'no SR' 5d1c4b1e-0000-4000-8000-000000000000
gone=$(vxe sr-create name-label=gone type=file device-config:location="$PWD/gone")
vxe pbd-unplug uuid="$(vxe pbd-list sr-uuid="$gone" --minimal)"
not_there 1 'not attached|SR_NOT_ATTACHED' 'a detached SR' "$gone"
run ./xe vm-snapshot uuid="$UUID" new-name-label=xe overlay-sr-uuid="$other"
is 'xe knows no such word' "$STATUS $OUT$ERR" "1 Error: Unknown field 'overlay-sr-uuid'"

# ---- vxe is killed ------------------------------------------------------------------------------

guest_start web
for step in make-overlays switch:after freeze; do
  at=$(serial_lines web)
  (VXE_FAILPOINT=vm-snapshot:$step=die vxe vm-snapshot uuid="$UUID" new-name-label="$step" overlay-sr-uuid="$other") 2>/dev/null
  ok "killed at $step: vxe check" vxe check
  ok '... the guest counts' guest_counts web
  is '... without a break' "$(breaks web "$at")" ''
done
vxe vm-shutdown uuid="$UUID" --force
is '... done where the switch was made' "$(vxe snapshot-list params=name-label --minimal | tr , '\n' | grep -c -e switch -e freeze -e make)" 2
held=$(counts "$UUID")
guest_start web
is '... it starts from there' "$(guest_booted web 0) $(guest_booted web 1)" "$held"
for snap in $(vxe snapshot-list --minimal | tr , ' '); do vxe snapshot-uninstall uuid="$snap" --force >/dev/null; done
ok 'vxe check is clean' vxe check
ok '... the guest counts' guest_counts web
