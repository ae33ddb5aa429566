#!/bin/bash
# SPDX-License-Identifier: MIT
# Another program's overlay on a layer of vxe protects the layer: nothing below it is merged or removed.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

# chain: web with snapshots s0 and s1, stamps between; sets S0, S1, MIDDLE (the layer of s1).
chain() {
  small_guest web 1
  stamp_disks "$UUID" 51 1M
  snapshot "$UUID" s0 && S0=$SNAP
  stamp_disks "$UUID" 52 2M
  snapshot "$UUID" s1 && S1=$SNAP
  MIDDLE=$(vdi_files "$S1")
  stamp_disks "$UUID" 53 3M
  keep_content s0 "$S0"
  keep_content s1 "$S1"
  keep_content web "$UUID"
}

# overlay FILE: another program's image on MIDDLE, kept as "theirs".
overlay() {
  qemu-img create -q -f qcow2 -b "$MIDDLE" -F qcow2 "$1" && stamp "$1" 99 512k
  qemu-img convert -f qcow2 -O raw "$1" theirs.raw
}
overlay_is_right() { qemu-img convert -U -f qcow2 -O raw "$1" now.raw && cmp now.raw theirs.raw; }

# held FILE: the results that must hold while FILE builds on MIDDLE.
held() {
  ok 'the stranger has its content' overlay_is_right "$1"
  ok 'the VM has its content' has_content web "$UUID"
  ok 'the layer stays' test -f "$MIDDLE"
}

# ---- beside our files ----------------------------------------------------------------------------

chain
overlay stranger.qcow2
later="later: $MIDDLE \(needed by $PWD/stranger.qcow2\)"
ok 'what would become of the layers' vxe snapshot-uninstall uuid="$S1" dry-run=true
like 'it names what waits, and for whom' "$OUT" "$later"
unlike 'and no merge' "$OUT" 'merge:'
ok "the layer's snapshot goes" vxe snapshot-uninstall uuid="$S1" force=true
is 'the plan and the result name it' "$(grep -cE "^$later$" <<<"$OUT")" 2
held stranger.qcow2
ok 'sr-coalesce' vxe sr-coalesce
like 'it leaves the layer waiting' "$OUT" 'layers-waiting: 1'
like '... which it names' "$OUT" "waits: $MIDDLE \(needed by $PWD/stranger.qcow2\)"
ok 'vxe check is clean' vxe check
like '... and names it, too' "$ERR" "$MIDDLE \(needed by $PWD/stranger.qcow2\)"
held stranger.qcow2
ok 'revert to the older snapshot works' vxe snapshot-revert uuid="$S0"
ok 'the VM has the content of that' has_content s0 "$UUID"
ok 'the stranger has its content' overlay_is_right stranger.qcow2
ok 'the layer stays' test -f "$MIDDLE"
keep_content web "$UUID"
ok 'the VM goes' vxe vm-uninstall uuid="$UUID" force=true
ok 'the stranger has its content' overlay_is_right stranger.qcow2
ok 'the layer stays' test -f "$MIDDLE"
rm stranger.qcow2
ok 'sr-coalesce' vxe sr-coalesce
like 'nothing waits' "$OUT" 'layers-waiting: 0'
is 'without the stranger no layer is left' "$(images_made)" 0
ok 'vxe check is clean' vxe check

# ---- the disk of a domain, in a folder that is no SR -------------------------------------------------

chain
mkdir -m 0777 elsewhere
overlay "$PWD/elsewhere/disk.qcow2"
guest_define theirs - "$PWD/elsewhere/disk.qcow2"
ok "the layer's snapshot goes" vxe snapshot-uninstall uuid="$S1" force=true
held elsewhere/disk.qcow2
vxe sr-coalesce >/dev/null 2>&1
held elsewhere/disk.qcow2
ok 'vxe check is clean' vxe check
virsh -q undefine theirs
vxe vm-list >/dev/null
ok 'sr-coalesce' vxe sr-coalesce
held elsewhere/disk.qcow2 # the domain went, its file is there
ok 'the older snapshot has its content' has_content s0 "$S0"
ok 'vxe check is clean' vxe check

# ---- a domain that virsh starts and stops in between ---------------------------------------------------

ok 'virsh start' virsh -q start web
is 'vxe sees it run' "$(vxe vm-param-get uuid="$UUID" param-name=power-state)" running
ok 'the snapshot of s0 goes while it runs' vxe snapshot-uninstall uuid="$S0" force=true
ok 'a snapshot while it runs' vxe vm-snapshot uuid="$UUID" new-name-label=live
live=$OUT
keep_content live "$live"
ok 'virsh destroy' virsh -q destroy web
ok 'revert' vxe snapshot-revert uuid="$live"
ok 'the VM has the content of the snapshot' has_content live "$UUID"
ok 'vm-start' vxe vm-start uuid="$UUID"
ok 'the guest counts' guest_counts web
ok 'virsh destroy' virsh -q destroy web
ok 'the snapshot goes' vxe snapshot-uninstall uuid="$live" force=true
ok 'the stranger has its content' overlay_is_right elsewhere/disk.qcow2
ok 'vxe check is clean in the end' vxe check
