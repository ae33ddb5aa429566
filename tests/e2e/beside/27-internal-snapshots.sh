#!/bin/bash
# SPDX-License-Identifier: MIT
# Snapshots that virsh makes inside vxe's files (VXE_INTERNAL_SNAPSHOTS): vxe removes none, and lets none endanger its
# own, without naming them.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

leaf_of() { vdi_files "$1" | head -n 1; }

# ---- a running guest: its layer holds a snapshot with memory -----------------------------------------

small_guest web 1
ok 'the guest counts' guest_start web
ok 'a snapshot of ours' snapshot "$UUID" ours
ours=$SNAP
sleep 0.5
ok "one of virsh's, in our layer" virsh -q snapshot-create-as web live1
leaf=$(leaf_of "$UUID")
then=$(guest_counter web)
ok 'the guest goes on' guest_counts web
exits 7 'a revert that would lose it is refused' vxe snapshot-revert uuid="$ours"
like 'naming it' "$ERR" 'live1 \([0-9]+T[0-9:]+Z\)'
like 'and its file' "$ERR" "$leaf"
like 'and the way out' "$ERR" 'virsh snapshot-delete.*force=true'
wrong VXE_INTERNAL_SNAPSHOTS 'once more' snapshot-revert uuid="$ours"
leads VXE_INTERNAL_SNAPSHOTS 1
leads VXE_INTERNAL_SNAPSHOTS 2 DOMAIN=web
exits 7 'to suspend it is refused' vxe vm-suspend uuid="$UUID"
like 'naming it' "$ERR" 'live1'
ok 'the plan of uninstalling ours' vxe snapshot-uninstall uuid="$ours" dry-run=true
like 'names what waits' "$OUT" "later: .*internal snapshots in $leaf: live1"
ok 'ours goes, as no content of theirs has to' vxe snapshot-uninstall uuid="$ours" force=true
ok 'the layer stays' test -f "$leaf"
ok 'sr-coalesce' vxe sr-coalesce
like 'it waits' "$OUT" 'layers-waiting: 1'
like 'and why' "$OUT$ERR" "internal snapshots in $leaf: live1"
ok 'vxe check is clean' vxe check
like 'and says why, too' "$OUT$ERR" "internal snapshots in $leaf: live1"
ok "back to virsh's" virsh -q snapshot-revert web live1
ok 'the guest goes on' guest_counts web
ok 'from where it was' test "$(guest_counter web)" -ge 0
leads VXE_INTERNAL_SNAPSHOTS 3 DOMAIN=web NAME=live1
ok 'sr-coalesce' vxe sr-coalesce
like 'nothing waits' "$OUT" 'layers-waiting: 0'
ok 'the guest counts' guest_counts web
virsh -q destroy web
ok 'and has kept its disk' test "$(counter_of "$(leaf_of "$UUID")")" -ge "$((then > 64 ? 16 : 0))"
ok 'vxe check is clean' vxe check

# ---- two layers below: libvirt's record of its snapshot names them, as it is of a guest that ran then -------------------

small_guest deep 1
ok 'the guest counts' guest_start deep
ok 'a snapshot of ours' snapshot "$UUID" first
first=$SNAP
ok 'and one more' snapshot "$UUID" second
second=$SNAP
then=$(guest_counter deep)
ok "one of virsh's, in our layer" virsh -q snapshot-create-as deep live2
leaf=$(leaf_of "$UUID")
like 'it names the layer below' "$(virsh snapshot-dumpxml deep live2)" "<source file='$(vdi_files "$second")'/>"
ok 'the second of ours goes' vxe snapshot-uninstall uuid="$second" force=true
ok 'the first of ours goes' vxe snapshot-uninstall uuid="$first" force=true
like 'its layer waits' "$OUT" "later: .*internal snapshots in $leaf: live2"
unlike 'and no merge' "$OUT" 'merge:'
ok 'the guest counts' guest_counts deep
ok "back to virsh's" virsh -q snapshot-revert deep live2
ok 'the guest goes on' guest_counts deep
ok 'from where it was' test "$(guest_counter deep)" -ge "$then"
ok 'virsh deletes its snapshot' virsh -q snapshot-delete deep live2
ok 'sr-coalesce' vxe sr-coalesce
like 'nothing waits' "$OUT" 'layers-waiting: 0'
ok 'the guest counts' guest_counts deep
virsh -q destroy deep
ok 'and has kept its disk' test "$(counter_of "$(leaf_of "$UUID")")" -ge "$((then > 64 ? then - 64 : 0))"
is 'one layer is left' "$(qemu-img info --backing-chain "$(leaf_of "$UUID")" | grep -c '^image')" 1
ok 'vxe check is clean' vxe check

# ---- a halted one: byte by byte ------------------------------------------------------------------------

small_guest off 2
stamp_disks "$UUID" 51 1M
ok 'a snapshot of ours' snapshot "$UUID" ours
ours=$SNAP
keep_content ours "$ours"
stamp_disks "$UUID" 61 2M
keep_content theirs "$UUID"
ok "one of virsh's" virsh -q snapshot-create-as off old
stamp_disks "$UUID" 71 3M
keep_content last "$UUID"
note_everything
exits 7 'a clone' vxe vm-clone uuid="$UUID" new-name-label=second
exits 7 'a revert' vxe snapshot-revert uuid="$ours"
exits 7 'a snapshot of one disk' vxe vdi-snapshot uuid="$(vdi_of "$UUID")"
exits 7 'the end of the VM, while libvirt knows of it' vxe vm-uninstall uuid="$UUID" force=true
like 'which it says' "$ERR" 'virsh snapshot-list'
unchanged 'and nothing has changed'
ok 'a snapshot of ours goes' vxe snapshot-uninstall uuid="$ours" force=true
ok 'the VM has its content' has_content last "$UUID"
ok "back to virsh's" virsh -q snapshot-revert off old
ok 'it has the content of then' has_content theirs "$UUID"
ok 'vxe check is clean' vxe check

# ---- force=true: all that is lost is named ----------------------------------------------------------------

ok 'a clone all the same' vxe vm-clone uuid="$UUID" new-name-label=cloned force=true
cloned=$OUT
like 'says what it has frozen' "$ERR" 'is frozen with internal snapshots.*old'
exits 1 'vxe check' vxe check
like 'names it' "$OUT" 'internal.*virsh snapshot-revert.*old'
ok 'the clone goes' vxe vm-uninstall uuid="$cloned" force=true
ok 'a snapshot of ours hides it from virsh' vxe vm-snapshot uuid="$UUID" new-name-label=third
third=$OUT
ok 'vxe check is clean' vxe check
stamp_disks "$UUID" 81 3M
ok "one of virsh's in the new layer" virsh -q snapshot-create-as off newer
leaf=$(leaf_of "$UUID")
ok 'a revert that loses it' vxe snapshot-revert uuid="$third" force=true
like 'says so' "$ERR" "lost: internal snapshots in $leaf: newer"
not_ok 'the layer has gone' test -e "$leaf"
ok 'the VM has the content of the snapshot' has_content theirs "$UUID"

# ---- the end of a VM whose layers hold some that libvirt has forgotten ----------------------------------------

ok 'libvirt forgets its own' virsh -q snapshot-delete --metadata off newer
ok 'ours goes' vxe snapshot-uninstall uuid="$third" force=true
ok 'the hidden one, too' vxe snapshot-uninstall uuid="$(plain snapshot-list name-label=old --minimal)" force=true
leaf=$(leaf_of "$UUID")
ok 'one more' qemu-img snapshot -c stray "$leaf"
for vbd in $(plain vbd-list vm-uuid="$UUID" --minimal | tr , ' '); do
  plain vbd-param-set uuid="$vbd" other-config:owner=true
done
note_everything
exits 7 'the end of the VM' vxe vm-uninstall uuid="$UUID"
like 'after the list' "$OUT" "lost: internal snapshots in $leaf: stray"
like 'with the reason' "$ERR" 'snapshots: '
unchanged 'and nothing has changed'
ok 'its end with force=true' vxe vm-uninstall uuid="$UUID" force=true
like 'says what is lost' "$ERR" "lost: internal snapshots in $leaf: stray"
not_ok 'the layer has gone' test -e "$leaf"

# ---- a layer that waits goes by sr-coalesce force=true, named -----------------------------------------------

small_guest gone 1
ok 'a snapshot of ours' snapshot "$UUID" ours
ours=$SNAP
stamp_disks "$UUID" 91 2M
keep_content gone "$UUID"
leaf=$(leaf_of "$UUID")
qemu-img snapshot -c held "$leaf"
ok 'ours goes' vxe snapshot-uninstall uuid="$ours" force=true
ok 'its layer waits' test -f "$(leaf_of "$UUID")"
before=$(images_made)
ok 'sr-coalesce force=true' vxe sr-coalesce force=true
like 'says what is lost' "$ERR" 'lost: internal snapshots in .*: held'
is 'the layer has gone' "$(images_made)" $((before - 1))
ok 'the VM has its content' has_content gone "$UUID"
ok 'vxe check is clean' vxe check
