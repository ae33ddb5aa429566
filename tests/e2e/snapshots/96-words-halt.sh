#!/bin/bash
# SPDX-License-Identifier: MIT
# vm-snapshot and vm-checkpoint with then=halt: the guest is off afterwards, whatever happens to vxe; after a checkpoint
# it has written nothing more. A guest that somebody has started since is never ended.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/memory.sh"

snapshots() { plain snapshot-list params=name-label --minimal | tr , '\n' | sort | xargs; }
# halting COMMAND NAME ARG...: sets SNAP.
halting() { ok "$1 of $2" vxe "$1" uuid="$UUID" new-name-label="$2" then=halt "${@:3}" && SNAP=$OUT; }
# is_off: vxe and libvirt agree, and the definition names the VM's disk.
is_off() {
  is '... it is off' "$(power "$UUID"), $(guest_state web)" 'halted, shut off'
  is '... its definition has its disks' "$(source_of web vda) $(source_of web vdb)" "$(vdi_files "$UUID" | xargs)"
}

small_guest web 2
vxe vm-list >/dev/null

# ---- disks --------------------------------------------------------------------------------------

guest_start web
before=$(guest_counter web)
halting vm-snapshot disks
is_off
mapfile -t held < <(disk_counts "$SNAP")
mapfile -t now < <(disk_counts "$UUID")
ok "... the snapshot has what it wrote before (${held[*]}, $before)" test $((held[0] + GUEST_STEP)) -ge "$before"
ok "... what it wrote since, ${now[0]}, is its own" test "${now[0]}" -ge "${held[0]}"
ok 'vxe check is clean' vxe check
guest_start web
is 'it starts from there' "$(guest_booted web 0) $(guest_booted web 1)" "${now[*]}"
revert=$SNAP
vxe snapshot-revert uuid="$revert" start=running
ok 'it starts from the snapshot' guest_counts web
is '... from its content' "$(guest_booted web 0) $(guest_booted web 1)" "${held[*]}"
ok 'a pause' vxe vm-pause uuid="$UUID"
halting vm-snapshot paused
is_off
keep_content paused "$SNAP"
ok '... a paused guest writes nothing' has_content paused "$UUID"
halting vm-snapshot off
is_off
ok '... of a VM that is off it is a snapshot' has_content paused "$SNAP"

# ---- memory -------------------------------------------------------------------------------------

guest_start web
before=$(guest_counter web)
at=$(serial_lines web)
halting vm-checkpoint memory
point=$SNAP
is_off
keep_content point "$point"
ok '... nothing was written since' has_content point "$UUID"
like '... it has run on while its memory was written' "$(counts_of web "$at" | tail -n 1)" '[0-9]'
mapfile -t held < <(disk_counts "$point")
at=$(serial_lines web)
ok 'a revert' vxe snapshot-revert uuid="$point" start=running
is '... goes on where it was' "$(one_instant web "$at" "${held[@]}")" ''
is '... without a break' "$(breaks web "$((at + 1))")" ''
ok "... after $before" test "$(first_count web "$at")" -ge "$before"
ok 'it is suspended' vxe vm-suspend uuid="$UUID"
halting vm-checkpoint suspended
is '... stays suspended' "$(power "$UUID")" suspended
at=$(serial_lines web)
ok '... and goes on' vxe vm-resume uuid="$UUID"
is '... without a break' "$(wait_until 20 has_counted_since web "$at"; breaks web "$((at + 1))")" ''
ok 'vxe check is clean' vxe check

# ---- without a disk, refused, several -------------------------------------------------------------

all=$(plain vbd-list vm-uuid="$UUID" type=Disk params=vdi-uuid --minimal)
halting vm-snapshot none ignore-vdi-uuids="$all"
is_off
guest_start web
had=$(snapshots)
vxe vm-param-set uuid="$UUID" blocked-operations:hard_shutdown=no
at=$(serial_lines web)
not_ok 'a guest that may not be ended' vxe vm-snapshot uuid="$UUID" new-name-label=x then=halt
is '... no snapshot' "$(snapshots)" "$had"
ok '... it counts' guest_counts web
is '... without a break' "$(breaks web "$at")" ''
vxe vm-param-remove uuid="$UUID" param-name=blocked-operations param-key=hard_shutdown
run vxe vm-snapshot uuid="$UUID" new-name-label=x then=dance
like 'another word is refused' "$ERR" 'Unknown then: dance'
ln -s "$VXE" xe
run ./xe vm-snapshot uuid="$UUID" new-name-label=xe then=halt
is 'xe knows no such word' "$STATUS $OUT$ERR" "1 Error: Unknown field 'then'"

# ---- vxe is killed ------------------------------------------------------------------------------

for command in vm-snapshot vm-checkpoint; do
  at=$(serial_lines web)
  (VXE_FAILPOINT=$command:switch=die vxe $command uuid="$UUID" new-name-label="$command-before" then=halt) 2>/dev/null
  ok "$command killed before the switch" vxe check
  unlike '... no snapshot' "$(snapshots)" "$command-before"
  ok '... the guest counts' guest_counts web
  is '... without a break' "$(breaks web "$at")" ''
  (VXE_FAILPOINT=$command:switch:after=die vxe $command uuid="$UUID" new-name-label="$command-after" then=halt) 2>/dev/null
  is "$command killed after it: libvirt has ended the guest" "$(guest_state web)" 'shut off'
  ok '... the next command completes it' vxe check
  like '... the snapshot is there' "$(snapshots)" "$command-after"
  is_off
  guest_start web
  (VXE_FAILPOINT=$command:switch:after=die vxe $command uuid="$UUID" new-name-label="$command-again" then=halt) 2>/dev/null
  ok "$command killed again, somebody starts the guest" guest_start web
  at=$(serial_lines web)
  ok '... the next command completes it' vxe check
  like '... the snapshot is there' "$(snapshots)" "$command-again"
  ok '... the guest is let alone' guest_counts web
  is '... without a break' "$(breaks web "$at")" ''
done
vxe vm-shutdown uuid="$UUID" --force
is_off
ok 'vxe check is clean' vxe check
