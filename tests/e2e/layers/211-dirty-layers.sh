#!/bin/bash
# SPDX-License-Identifier: MIT
# A killed QEMU leaves a disk with lazy refcounts marked as dirty: clusters in use count as free until a QEMU opens it for
# writing. What freezes such a disk repairs it first, because a merge into it would write over data of the guest.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/marks.sh"

guest_files() { virsh -q domblklist "$1" | awk '{ print $2 }'; }
# dirty_guest NAME: a halted guest whose QEMU was killed.
dirty_guest() { lazy_guest "$1" && killed "$F"; }
# frozen_dirty NAME: a VM whose frozen layer is dirty, as versions before this one left it. Sets also LEAF, SNAP.
frozen_dirty() {
  lazy_guest "$1" && guest_install "$F" && snapshot "$UUID" s && LEAF=$(leaf "$1") && killed "$F" &&
    vxe vdi-update uuid="$(vdi_of "$SNAP")" force=true && later "$LEAF"
}

# ---- a halted guest -------------------------------------------------------------------------------

dirty_guest snap
is 'the disk is dirty' "$(marks "$F")" 1
ok 'snapshot' snapshot "$UUID" s
is '... the frozen layer is repaired' "$(marks "$F")" 0
ok '... and sound' qemu-img check -q -f qcow2 "$F"
later "$(leaf snap)"
ok '... it goes' vxe snapshot-uninstall uuid="$SNAP" force=true
is '... the VM is on its file' "$(leaf snap)" "$F"
is_whole "$F"
ok 'check is clean' vxe check

dirty_guest vdi
ok 'vdi-snapshot' vxe vdi-snapshot uuid="$DISK"
later "$(leaf vdi)"
ok '... it goes' vxe vdi-destroy uuid="$OUT"
is '... the VM is on its file' "$(leaf vdi)" "$F"
is_whole "$F"

dirty_guest origin
ok 'vm-clone' vxe vm-clone uuid="$UUID" new-name-label=clone
later "$(leaf origin)"
ok '... the clone goes' vxe vm-uninstall uuid="$OUT" force=true
is '... the VM is on its file' "$(leaf origin)" "$F"
is_whole "$F"

dirty_guest template
ok 'a template' vxe vm-param-set uuid="$UUID" is-a-template=true
ok '... is installed' vxe vm-install template-uuid="$UUID" new-name-label=installed
later "$(leaf installed)"
is '... and its layer repaired' "$(marks "$F")" 0
is_whole "$(leaf installed)"
ok 'check is clean' vxe check

# ---- vxe dies between the repair and the new definition --------------------------------------------

dirty_guest dies
(VXE_FAILPOINT=vm-snapshot:switch=die vxe vm-snapshot uuid="$UUID" new-name-label=s >made 2>&1) 2>/dev/null
is 'the layer is repaired' "$(marks "$F")" 0
ok 'the next command' act "$UUID"
is '... the VM is on its file' "$(leaf dies)" "$F"
ok '... which can be written to' later "$F"
is_whole "$F"
is '... there is no snapshot' "$(plain snapshot-list snapshot-of="$UUID" --minimal)" ''
ok 'check is clean' vxe check

# ---- a corrupt one, and one of the future ---------------------------------------------------------

dirty_guest bad
mark "$F" 3
note_everything
for command in "vm-snapshot uuid=$UUID new-name-label=s" "vm-clone uuid=$UUID new-name-label=c" \
  "vm-copy uuid=$UUID new-name-label=c" "vdi-snapshot uuid=$DISK" "vdi-clone uuid=$DISK"; do
  # shellcheck disable=SC2086 # words
  exits 7 "${command%% *} of a corrupt disk" vxe $command
  like '... names the file' "$ERR" "file: $F"
  like '... and what is the matter' "$ERR" 'VXE_IMAGE_DAMAGED|marked it as corrupt'
  like '... and the way out' "$ERR" "qemu-img check -r all -f qcow2 $F"
done
unchanged 'nothing has changed'
run vxe check
like 'check names it' "$OUT" 'bad.qcow2: QEMU has found damage in it, and marked it as corrupt; with no VM'
ok 'the way out' qemu-img check -q -r all -f qcow2 "$F"
ok '... the snapshot is made' snapshot "$UUID" s
ok '... check is clean' vxe check
ok 'it goes' vxe snapshot-uninstall uuid="$SNAP" force=true
mark "$F" 40
exits 7 'a feature that nobody knows' vxe vm-snapshot uuid="$UUID" new-name-label=s
like '... is named' "$ERR" 'needs features of the qcow2 format that vxe does not know'
mark "$F" 0

# ---- a frozen layer that is dirty -----------------------------------------------------------------

frozen_dirty old
is 'the frozen layer is dirty' "$(marks "$F")" 1
run vxe check
like 'check names it' "$OUT" 'old.qcow2: it was not closed properly, and is marked as dirty; with no VM'
ok 'the snapshot goes' vxe snapshot-uninstall uuid="$SNAP" force=true
is '... the VM is on its file' "$(leaf old)" "$F"
is_whole "$F"
ok 'check is clean' vxe check

frozen_dirty hand
ok 'the way out of check' forced "$F" qemu-img check -q -r all -f qcow2 "$F"
ok '... and its other half' vxe vdi-update uuid="$(vdi_of "$SNAP")" force=true
ok '... check is clean' vxe check

frozen_dirty runs
guest_start runs
ok 'the snapshot of the running guest goes' vxe snapshot-uninstall uuid="$SNAP" force=true
is '... but its layer is not merged' "$(guest_files runs)" "$LEAF"
SR=$(plain vdi-param-get uuid="$(vdi_of "$UUID")" param-name=sr-uuid)
run vxe sr-coalesce sr-uuid="$SR"
like '... and it is said why' "$OUT$ERR" 'runs.qcow2: it was not closed properly, .*a merge repairs it when no VM runs on it'
run vxe check
like '... by check, too' "$OUT" 'runs.qcow2.*marked as dirty'
ok 'the guest is switched off' vxe vm-shutdown uuid="$UUID" --force
ok '... the layer is repaired and merged' vxe sr-coalesce sr-uuid="$SR"
is '... the VM is on its file' "$(leaf runs)" "$F"
is_whole "$F"
ok 'check is clean' vxe check

# ---- a dirty layer that virsh has frozen ----------------------------------------------------------

dirty_guest theirs
ok 'virsh makes a snapshot' virsh -q snapshot-create-as theirs e1 --disk-only --atomic
later "$(leaf theirs)"
ok '... and forgets it' virsh -q snapshot-delete theirs e1 --metadata
virsh -q start theirs
exits 7 'its layer is not merged under the running guest' vxe vdi-merge uuid="$(vdi_of "$UUID")"
like '... and it is said why' "$ERR" "$F: it was not closed properly, .*a merge repairs it when no VM runs on it"
virsh -q destroy theirs
ok '... but when it is off' vxe vdi-merge uuid="$(vdi_of "$UUID")"
is '... the VM is on its file' "$(leaf theirs)" "$F"
is_whole "$F"
ok 'check is clean' vxe check
