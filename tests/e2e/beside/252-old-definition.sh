#!/bin/bash
# SPDX-License-Identifier: MIT
# A snapshot whose layer an old definition names as its disk: the domain is named (VXE_LAYER_WRITTEN), and no change that
# nobody made.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

small_guest old 1
stamp_disks "$UUID" 11 1M
keep_content then "$UUID"
virsh dumpxml --inactive old >old-then.xml
snapshot "$UUID" s
stamp_disks "$UUID" 21 2M
keep_content now "$UUID"
ok 'the old definition comes back' virsh -q define old-then.xml
refused() {
  local what=$1
  shift
  exits 7 "$what is refused" "$@"
  like '... with the domain' "$ERR" "domain: $UUID \\(old\\)"
  like '... and the file' "$ERR" "file: $PWD/old-0.qcow2"
  like '... and the way out' "$ERR" 'vm-adopt-disks uuid=VM keep=records'
  unlike '... which nobody has changed' "$ERR" 'changed'
}
refused 'a copy of the snapshot' vxe snapshot-copy uuid="$SNAP" new-name-label=c
refused 'a clone' vxe snapshot-clone uuid="$SNAP" new-name-label=c
refused 'an export' vxe snapshot-export-to-template snapshot-uuid="$SNAP" filename=s.xva
exits 1 'vxe check' vxe check
like '... names the domain' "$OUT" "VM $UUID.*disk vda is on $PWD/old-0.qcow2"
# Now somebody does write to it.
stamp old-0.qcow2 31 3M
exits 7 'after a write a copy is refused, too' vxe snapshot-copy uuid="$SNAP" new-name-label=c
like '... with the domain first' "$ERR" "domain: $UUID \\(old\\)"
ok 'force=true reads it as it is' vxe snapshot-copy uuid="$SNAP" new-name-label=c force=true
like '... and says why that is a danger' "$ERR" "domain $UUID \\(old\\) has it as a disk to write to"
ok 'the way out' vxe vm-adopt-disks uuid="$UUID" keep=records
exits 7 'only the change is left' vxe snapshot-copy uuid="$SNAP" new-name-label=d
like '... which it says' "$ERR" 'was changed outside vxe'
