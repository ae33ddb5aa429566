#!/bin/bash
# SPDX-License-Identifier: MIT
# The main functions on one running guest with two disks: list, snapshot, list, revert, start, uninstall.
. "$TESTS/lib/e2e.sh"

guest_make web 2
guest_start web || exit 1
uuid=$(virsh domuuid web)
pid_before=$(guest_pid web)

run vxe vm-list name-label=web
is 'vm-list shows the domain' "$OUT" "uuid ( RO)           : $uuid
     name-label ( RW): web
    power-state ( RO): running"
is 'and says nothing else' "$ERR" ''

before=$(guest_counter web)
ok 'vm-snapshot of the running guest' vxe vm-snapshot vm=web new-name-label=before-upgrade
snap=$OUT
like 'it prints the UUID alone' "$snap" '^[0-9a-f-]{36}$'
after=$(guest_counter web)
is 'the guest runs on in the same process' "$(guest_pid web)" "$pid_before"
ok 'and counts' guest_counts web

is 'snapshot-list names it' "$(vxe snapshot-list params=name-label --minimal)" before-upgrade
is 'it is a snapshot of the VM' \
  "$(vxe snapshot-param-get uuid="$snap" param-name=snapshot-of)" "$uuid"
is "the VM's parent is the snapshot" "$(vxe vm-param-get uuid="$uuid" param-name=parent)" "$snap"
is 'vm-list does not show it' "$(vxe vm-list is-control-domain=false --minimal)" "$uuid"

mapfile -t frozen < <(vdi_files "$snap")
is 'it has two disks' ${#frozen[@]} 2
first=$(counter_of "${frozen[0]}") second=$(counter_of "${frozen[1]}")
ok "the frozen disks are of one instant ($before <= $first, $second <= $after)" \
  test "$first" -ge $((before - GUEST_STEP)) -a "$first" -le "$after" \
  -a $((first - second)) -ge 0 -a $((first - second)) -le $GUEST_STEP
for f in "${frozen[@]}"; do
  is "$(basename "$f") has no write bits" "$(stat -c %A "$f" | tr -d 'rx-')" ''
done
sleep 0.3
is 'the frozen disk stays' "$(counter_of "${frozen[0]}")" "$first"
ok 'vxe check is clean' vxe check

vdis=$(vxe vbd-list vm-uuid="$uuid" params=vdi-uuid --minimal)
ok 'snapshot-revert' vxe snapshot-revert snapshot-uuid="$snap"
is 'it prints nothing' "$OUT$ERR" ''
is 'the VM is halted' "$(vxe vm-param-get uuid="$uuid" param-name=power-state)" halted
is 'its VDIs have their UUIDs' "$(vxe vbd-list vm-uuid="$uuid" params=vdi-uuid --minimal)" "$vdis"
ok 'vxe check is clean after the revert' vxe check
ok 'vm-start' vxe vm-start vm=web
ok 'the guest counts' guest_counts web
is 'it booted with the content of the snapshot' "$(guest_booted web 0)" "$first"
is 'on both disks' "$(guest_booted web 1)" "$second"

ok 'snapshot-uninstall on the running guest' vxe snapshot-uninstall snapshot-uuid="$snap" force=true
is 'it lists what goes' "$(head -n 2 <<<"$OUT")" "The following items are about to be destroyed
VM : $snap (before-upgrade)"
is 'no snapshot is left' "$(vxe snapshot-list --minimal)" ''
ok 'the guest still counts' guest_counts web
ok 'vxe check is clean after the uninstall' vxe check
ok 'vm-shutdown' vxe vm-shutdown vm=web
is 'the VM is off' "$(virsh domstate web)" 'shut off'
ok 'vm-uninstall' vxe vm-uninstall vm=web --force
not_ok 'the domain is gone' virsh dominfo web
ok 'vxe check is clean in the end' vxe check
