#!/bin/bash
# SPDX-License-Identifier: MIT
# vm-snapshot and vm-checkpoint overlay-vdi-uuids=: the new layers are empty overlays that the user has made and introduced
# (virsh: --reuse-external). From then on they are layers like any other; what does not fit is refused.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/memory.sh"

introduce() {
  GIVEN=$(cat /proc/sys/kernel/random/uuid)
  vxe vdi-introduce uuid="$GIVEN" sr-uuid="$2" type=user location="$(basename "$1")" name-label=prepared
}
# prepare FILE BASE SR: an empty overlay on that file, introduced. Sets GIVEN.
prepare() { qemu-img create -q -f qcow2 -F qcow2 -b "$2" "$1" && introduce "$1" "$3"; }
# prepare_both NAME: one overlay beside its base, named without a folder; one elsewhere. Sets A, B, and GIVEN for the command.
prepare_both() {
  A=$PWD/$1-a.qcow2 B=$PWD/other/$1-b.qcow2
  BELOW=$(source_of web vda) BELOW_B=$(source_of web vdb)
  local beside=$BELOW first
  [ "$(dirname "$BELOW")" != "$PWD" ] || beside=$(basename "$BELOW")
  prepare "$A" "$beside" "$home" && first=$GIVEN && prepare "$B" "$BELOW_B" "$other" && GIVEN=$GIVEN,$first
}
# is_on_given WHAT: definition, guest and records have both overlays, on what was the disk before.
is_on_given() {
  is "$1: the definition names them" "$(source_of web vda) $(source_of web vdb)" "$A $B"
  guest_is_off web || is '... the guest is on them' \
    "$(virsh domblklist web | awk '$1 ~ /^vd/ { print $2 }' | xargs)" "$A $B"
  is "... they are the VM's disks" "$(vdi_files "$UUID" | xargs)" "$A $B"
  is '... which have their UUIDs' "$(vdi_of "$UUID") $(vdi_of "$UUID" 1)" "$VDIS"
  is '... on what was the disk' "$(chain "$A" 2) $(chain "$B" 2)" "$BELOW $BELOW_B"
  is '... the introduced VDIs are no more' "$(vxe vdi-list name-label=prepared --minimal)" ''
  ok '... vxe check is clean' vxe check
}
# chain FILE N: the N-th file of its chain, by the headers.
chain() {
  realpath "$(qemu-img info -U -f qcow2 --backing-chain --output=json "$1" | jq -r ".[$2 - 1].filename")"
}
counts() { disk_counts "$1" | xargs; }
depth() { qemu-img info -U -f qcow2 --backing-chain "$1" | grep -c '^image:'; }

small_guest web 2
vxe vm-list >/dev/null
VDIS="$(vdi_of "$UUID") $(vdi_of "$UUID" 1)"
home=$(vxe vdi-param-get uuid="$(vdi_of "$UUID")" param-name=sr-uuid)
mkdir other && chmod 0711 other
other=$(vxe sr-create name-label=other type=file device-config:location="$PWD/other")

# ---- a running guest ----------------------------------------------------------------------------

guest_start web
ok 'overlays, in two SRs' prepare_both one
ok 'vxe check is content with them' vxe check
is '... the guest is not on them' "$(source_of web vda) $(source_of web vdb)" "$BELOW $BELOW_B"
note_everything
ok 'a dry run' vxe vm-snapshot uuid="$UUID" new-name-label=x overlay-vdi-uuids="$GIVEN" --dry-run --verbose
like '... names the files' "$OUT" "take: $A .an empty overlay on .*$(basename "$BELOW")"
like '... and the records that go' "$OUT" "record: delete VDI ${GIVEN%,*}"
unlike '... makes none' "$OUT" '^make: '
unchanged '... and nothing has changed'
at=$(serial_lines web)
ok 'vm-snapshot' vxe vm-snapshot uuid="$UUID" new-name-label=one overlay-vdi-uuids="$GIVEN"
one=$OUT
is_on_given 'a snapshot of a guest'
is '... the snapshot has the files of before' "$(vdi_files "$one" | xargs)" "$BELOW $BELOW_B"
keep_content one "$one"
held=$(counts "$one")
ok '... the guest counts' guest_counts web
is '... without a break' "$(breaks web "$at")" ''
ok '... and writes to them' wait_until 20 test "$(counts "$UUID")" != "$held"
ok '... the snapshot stays' has_content one "$one"
vxe vm-shutdown uuid="$UUID" --force
held=$(counts "$UUID")
guest_start web
is 'it starts on them' "$(guest_booted web 0) $(guest_booted web 1)" "$held"

# ---- a checkpoint -------------------------------------------------------------------------------

ok 'overlays' prepare_both point
guest_counts web
at=$(serial_lines web)
ok 'vm-checkpoint' vxe vm-checkpoint uuid="$UUID" new-name-label=point overlay-vdi-uuids="$GIVEN"
point=$OUT
is_on_given 'a checkpoint'
ok '... the guest counts' guest_counts web
is '... without a break' "$(breaks web "$at")" ''
vxe vm-shutdown uuid="$UUID" --force
mapfile -t held < <(disk_counts "$point")
at=$(serial_lines web)
ok 'a revert to it' vxe snapshot-revert uuid="$point" start=running
is '... memory and disks are of one instant' "$(one_instant web "$at" "${held[@]}")" ''
is '... without a break' "$(breaks web "$((at + 1))")" ''
ok '... the layers that nobody needs are gone' test ! -e "$A" -a ! -e "$B"
ok 'vxe check is clean' vxe check

# ---- a VM that is off ---------------------------------------------------------------------------

vxe vm-shutdown uuid="$UUID" --force
keep_content off "$UUID"
ok 'overlays' prepare_both off
ln -s . link
qemu-img rebase -u -f qcow2 -F qcow2 -b "$PWD/link/${BELOW#"$PWD"/}" "$A"
ok 'vm-snapshot' vxe vm-snapshot uuid="$UUID" new-name-label=off overlay-vdi-uuids="$GIVEN"
off=$OUT
is_on_given 'of a VM that is off, one by another name of its base'
ok '... the VM has what it had' has_content off "$UUID"
ok '... the snapshot, too' has_content off "$off"
stamp_disks "$UUID" 77 3M
ok '... what is written is not in it' has_content off "$off"
not_ok '... but in the VM' has_content off "$UUID"
keep_content now "$UUID"
guest_start web
ok 'it runs' guest_counts web
vxe vm-shutdown uuid="$UUID" --force
ok 'a revert' vxe snapshot-revert uuid="$off"
ok '... has the content of then' has_content off "$UUID"
ok '... removes them, as layers of vxe' test ! -e "$A" -a ! -e "$B"
ok 'vxe check is clean' vxe check

# ---- merged -------------------------------------------------------------------------------------

guest_start web
ok 'overlays' prepare_both merged
ok 'vm-snapshot' vxe vm-snapshot uuid="$UUID" new-name-label=merged overlay-vdi-uuids="$GIVEN"
merged=$OUT
deep=$(depth "$A")
at=$(serial_lines web)
guest_counts web
ok 'the snapshot goes while the guest runs' vxe snapshot-uninstall uuid="$merged" --force
is_shorter() { [ "$(depth "$(source_of web vda)")" -lt "$deep" ]; }
ok '... the layers are merged' wait_until 20 is_shorter
ok '... the guest counts' guest_counts web
is '... without a break' "$(breaks web "$at")" ''
vxe vm-shutdown uuid="$UUID" --force
held=$(counts "$UUID")
guest_start web
is '... and starts from there' "$(guest_booted web 0) $(guest_booted web 1)" "$held"
ok 'vxe check is clean' vxe check
vxe vm-shutdown uuid="$UUID" --force

# ---- one disk -----------------------------------------------------------------------------------

BELOW=$(source_of web vda) BELOW_B=$(source_of web vdb)
ok 'an overlay for one disk' prepare "$PWD/alone.qcow2" "$BELOW" "$home"
ok 'with ignore-vdi-uuids for the other' vxe vm-snapshot uuid="$UUID" new-name-label=alone overlay-vdi-uuids="$GIVEN" \
  ignore-vdi-uuids="$(vdi_of "$UUID" 1)"
is '... the other disk stays' "$(source_of web vda) $(source_of web vdb)" "$PWD/alone.qcow2 $BELOW_B"
vxe vdi-list >/dev/null

# ---- refused ------------------------------------------------------------------------------------

ln -s "$VXE" xe
ok 'overlays' prepare_both good
good=$GIVEN a=${GIVEN#*,} b=${GIVEN%,*}
keep_content refused "$UUID"
# refuse STATUS TEXT WHAT UUIDS: by vm-snapshot (BOTH: and vm-checkpoint), and nothing has changed.
refuse() {
  note_everything
  exits "$1" "$3 is refused" vxe vm-snapshot uuid="$UUID" new-name-label=x overlay-vdi-uuids="$4"
  like '... which says why' "$ERR" "$2"
  unchanged '... and nothing has changed'
  [ -n "${BOTH-}" ] || return 0
  virsh -q start --paused web >/dev/null
  exits "$1" '... by vm-checkpoint, too' vxe vm-checkpoint uuid="$UUID" new-name-label=x overlay-vdi-uuids="$4"
  like '... which says why' "$ERR" "$2"
  virsh -q destroy web
  unchanged '... and nothing has changed'
}
# spoil: keeps a copy of the overlay of the first disk, which is then changed; heal brings it back. Sets BAD.
spoil() { cp --preserve=all "$A" good.copy && BAD=$a; }
heal() { chmod u+w "$A" && cat good.copy >"$A" && chmod --reference=good.copy "$A" && ok '... with the good one again, it is planned' \
  vxe vm-snapshot uuid="$UUID" new-name-label=x overlay-vdi-uuids="$good" --dry-run; }

BOTH=1 refuse 7 'has none of these overlays' 'a disk without an overlay' "$a"
ok 'a second one' prepare "$PWD/second.qcow2" "$(source_of web vda)" "$home"
refuse 7 'has more than one of these' 'two overlays of a disk' "$good,$GIVEN"
refuse 7 'has more than one of these' 'one overlay twice' "$good,$a"
vxe vdi-forget uuid="$GIVEN"
ok 'one on a snapshot' prepare "$PWD/stray.qcow2" "$(vdi_files "$one" | head -n 1)" "$home"
refuse 7 'is no overlay on the file of a disk' 'an overlay of another file' "$good,$GIVEN"
vxe vdi-forget uuid="$GIVEN"
refuse 3 'No object of this class' 'no VDI' "$good,5d1c4b1e-0000-4000-8000-000000000000"
refuse 7 'VDI_IN_USE|in use' 'a disk of the VM itself' "$good,$(vdi_of "$UUID")"
refuse 1 'read-only' 'a disk of a snapshot' "$good,$(vdi_of "$one")"

spoil && qemu-img create -q -f qcow2 -F qcow2 -b "$(qemu-img info -f qcow2 --output=json "$A" | jq -r '."backing-filename"')" big.qcow2 8M &&
  cat big.qcow2 >"$A" && rm big.qcow2
refuse 7 'does not have the size of the disk' 'a larger one' "$b,$BAD"
heal
spoil && qemu-io -f qcow2 -c 'write -q -P 9 1M 64k' "$A" >/dev/null
BOTH=1 refuse 7 'it is not empty' 'one with data' "$b,$BAD"
heal
spoil && qemu-io -f qcow2 -c 'write -q -z 1M 64k' "$A" >/dev/null
refuse 7 'it is not empty' 'one with zeros' "$b,$BAD"
heal
spoil && qemu-img snapshot -c inside "$A"
refuse 7 'internal snapshots' 'one with an internal snapshot' "$b,$BAD"
heal
spoil && qemu-img rebase -u -f qcow2 -F raw -b "$(source_of web vda)" "$A"
refuse 7 'another format of its backing file' 'one that takes the base as raw' "$b,$BAD"
heal
# The header extension with the format gets a type that nobody knows.
spoil && at=$(LC_ALL=C grep -obUaP '\xe2\x79\x2a\xca' "$A" | head -n 1 | cut -d: -f1) &&
  printf '\x12\x34\x56\x78' | dd of="$A" bs=1 seek="$at" conv=notrunc status=none
refuse 7 'does not say the format of its backing file' 'one without the format of its base' "$b,$BAD"
heal
spoil && printf '\2' | dd of="$A" bs=1 seek=79 conv=notrunc status=none
refuse 7 'marked as damaged' 'a damaged one' "$b,$BAD"
heal
spoil && cat "$(vdi_files "$one" | head -n 1)" >"$A"
refuse 7 'is no overlay|has none of these' 'one without a base' "$b,$BAD"
heal
spoil && chmod 0400 "$A"
refuse 7 'its owner may not write to it' 'one without write bits' "$b,$BAD"
heal
mkfifo fifo
qemu-io -f qcow2 "$A" <fifo >/dev/null 2>&1 &
holder=$!
exec 9>fifo
is_open() { find "/proc/$holder/fd" -lname "$A" 2>/dev/null | grep -q .; }
ok 'a process opens one' wait_until 10 is_open
refuse 7 'a process has it open' 'an open one' "$b,$a"
exec 9>&-
wait $holder
qemu-img create -q -f qcow2 -F qcow2 -b "$A" "$PWD/above.qcow2"
refuse 7 'above.qcow2' 'one with an image on it' "$b,$a"
rm above.qcow2
small_guest extra 1
extra=$UUID UUID=$(virsh domuuid web)
virsh -q attach-disk extra "$A" vdz --config --subdriver qcow2
refuse 7 'in use' 'one that another domain has' "$b,$a"
virsh -q detach-disk extra vdz --config
vxe vm-param-list uuid="$extra" >/dev/null
act "$extra" >/dev/null
exits 7 'until then no VM gets it' vxe vbd-create vm-uuid="$extra" vdi-uuid="$a" device=autodetect
like '... as its content would be destroyed' "$ERR" 'overlay on a disk that is still written to'

exits 2 'with overlay-sr-uuid' vxe vm-snapshot uuid="$UUID" new-name-label=x overlay-vdi-uuids="$good" overlay-sr-uuid="$other"
like '... says so' "$ERR" 'exclude each other'
run ./xe vm-snapshot uuid="$UUID" new-name-label=x overlay-vdi-uuids="$good"
is 'xe knows no such word' "$STATUS $OUT$ERR" "1 Error: Unknown field 'overlay-vdi-uuids'"
mkdir far && qemu-img create -q -f qcow2 far/base.qcow2 4M
qemu-img create -q -f qcow2 -F qcow2 -b "$PWD/far/base.qcow2" other/foreign.qcow2
not_ok 'an overlay on a file that vxe does not know is not introduced' introduce "$PWD/other/foreign.qcow2" "$other"
ok '... all content is as it was' has_content refused "$UUID"

vxe vm-start uuid="$UUID"
vxe vm-suspend uuid="$UUID"
exits 7 'a suspended VM gets no new layers' vxe vm-snapshot uuid="$UUID" new-name-label=x overlay-vdi-uuids="$good"
like '... which is said' "$ERR" 'is no overlay on the file of a disk that gets a new layer'
vxe vm-resume uuid="$UUID"
ok '... it goes on' guest_counts web
vxe vm-shutdown uuid="$UUID" --force

# ---- changed meanwhile --------------------------------------------------------------------------

ok 'overlays' prepare_both late
guest_start web
at=$(serial_lines web)
VXE_FAILPOINT=vm-snapshot:intent:after=stop "$VXE_PLAIN" vm-snapshot uuid="$UUID" new-name-label=late \
  overlay-vdi-uuids="$GIVEN" >out 2>late &
VXE_PID=$!
ok 'vxe has made its plan' wait_until 20 stands $VXE_PID
printf '\2' | dd of="$A" bs=1 seek=79 conv=notrunc status=none # marked as damaged
kill -CONT $VXE_PID
wait $VXE_PID
like 'what is changed behind the plan is refused' "$(cat late)" 'marked as damaged'
is '... nothing has switched' "$(source_of web vda) $(source_of web vdb)" "$BELOW $BELOW_B"
is '... both are on record' "$(vxe vdi-list name-label=prepared params=uuid --minimal | tr , '\n' | grep -c -e "${GIVEN%,*}" -e "${GIVEN#*,}")" 2
ok '... the guest counts' guest_counts web
is '... without a break' "$(breaks web "$at")" ''
printf '\0' | dd of="$A" bs=1 seek=79 conv=notrunc status=none
ok 'vxe check is clean' vxe check
ok 'now it is taken' vxe vm-snapshot uuid="$UUID" new-name-label=late overlay-vdi-uuids="$GIVEN"
is '... the guest is on them' "$(source_of web vda) $(source_of web vdb)" "$A $B"
ok '... it counts' guest_counts web
ok 'vxe check is clean' vxe check
