#!/bin/bash
# SPDX-License-Identifier: MIT
# The records are older than a merge in the middle of a disk's chain, of a snapshot that was deleted since: check names what accepts the
# disk as it is; then each snapshot has its own bytes, and the deleted one none.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

leaf() { source_of "$1" vda; }
bytes() { qemu-img convert -U -f qcow2 -O raw "$1" bytes.raw && sha256sum <bytes.raw; }
stored() { bytes "$(vdi_files "$1")"; }

small_guest low 1
UUID=$(virsh domuuid low)
snapshot "$UUID" s0 && S0=$SNAP
stamp "$(leaf low)" 2
snapshot "$UUID" s1 && S1=$SNAP
stamp "$(leaf low)" 3
snapshot "$UUID" s2 && S2=$SNAP
stamp "$(leaf low)" 4
FIRST=$(stored "$S0") SECOND=$(stored "$S2") DISK=$(bytes "$(leaf low)")
ok 'a dump' vxe pool-dump-database file-name=then.json
ok 'the middle snapshot is deleted' vxe snapshot-uninstall uuid="$S1" --force
is '... and the last one has its bytes' "$(stored "$S2")" "$SECOND"
ok 'the records are those of before' vxe pool-restore-database file-name=then.json force=true
exits 7 'no snapshot, as the disk is not as on record' vxe vm-snapshot uuid="$UUID" new-name-label=no
like '... and where a way is named' "$OUT$ERR" "if 'vxe check' names no way to accept that"
run vxe check
like 'check names it' "$OUT" "were merged since; if the disk is right as it is, 'vxe vdi-update uuid=$(vdi_of "$UUID") force=true' accepts it"
unlike '... and nothing that gives up a snapshot' "$OUT" 'snapshot-destroy'
ok 'it is accepted' vxe vdi-update uuid="$(vdi_of "$UUID")" force=true
is '... the last snapshot has its bytes' "$(stored "$S2")" "$SECOND"
is '... and the first' "$(stored "$S0")" "$FIRST"
run vxe check
like 'the deleted one has no file' "$OUT" "the file is missing: .*'vxe snapshot-destroy uuid=$S1' ends the snapshot s1"
unlike '... it alone' "$OUT" "snapshot-destroy uuid=$S2"
ok 'its record goes' vxe snapshot-destroy uuid="$S1"
run vxe check
ok '... and its disk' vxe vdi-forget uuid="$(sed -n "s/.*vdi-forget uuid=\([^']*\).*/\1/p" <<<"$OUT")"
ok 'check is clean' vxe check
ok 'a snapshot' vxe vm-snapshot uuid="$UUID" new-name-label=new
is '... the disk has its bytes' "$(bytes "$(leaf low)")" "$DISK"
ok 'back to the last one of before' vxe snapshot-revert uuid="$S2"
is '... whose bytes the disk has' "$(bytes "$(leaf low)")" "$SECOND"
ok 'check is clean' vxe check

# ---- a file that is only away is no layer that was merged

snapshot "$UUID" s3
MIDDLE=$(vdi_files "$SNAP" | head -n 1)
mv "$MIDDLE" aside
run vxe vdi-update uuid="$(vdi_of "$UUID")" force=true
run vxe check
like 'its file is missing' "$OUT" "the file is missing: $MIDDLE"
unlike '... and no chain without it is accepted' "$OUT" 'merged since'
mv aside "$MIDDLE"
run vxe vdi-update uuid="$(vdi_of "$UUID")" force=true
ok 'it is put back, and check is clean' vxe check

# ---- a layer of which the records do not know lies on the disk of a VM

qemu-img create -q -f qcow2 -b "$(leaf low)" -F qcow2 above.qcow2
chmod a-w "$(leaf low)"
run vxe check
like 'a guest would write to the disk' "$OUT" 'a guest would write to it by the records'
unlike '... and nobody says to forget it' "$OUT" 'vdi-forget'
rm above.qcow2
chmod u+w "$(leaf low)"
ok 'without it check is clean' vxe check
