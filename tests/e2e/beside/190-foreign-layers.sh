#!/bin/bash
# SPDX-License-Identifier: MIT
# Layers of virsh's below a snapshot of vxe's cannot be written to, also after a merge has rewritten their headers. What
# the user has made read-only stays so.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

mode() { stat -c %a "$1"; }
leaf() { source_of "$GUEST" vda; }
# external NAME: a snapshot of virsh's outside of the image.
external() {
  ok "virsh makes $1" virsh -q snapshot-create-as "$GUEST" "$1" --disk-only --atomic
  chmod 0664 "$(leaf)"
  stamp_disks "$UUID" $((++DATA)) ${DATA}M
}
DATA=0
# layers NAME: a guest with virsh's layers BASE, LOW, vxe's snapshot S1 and its layer OURS, virsh's MIDDLE and TOP.
layers() {
  GUEST=$1
  small_guest "$1" 1
  BASE=$(leaf)
  chmod 0664 "$BASE"
  external e1
  LOW=$(leaf)
  snapshot "$UUID" s1 && S1=$SNAP
  stamp_disks "$UUID" $((++DATA)) ${DATA}M
  OURS=$(leaf)
  external e2
  MIDDLE=$(leaf)
  external e3
  TOP=$(leaf)
}
# forget: libvirt's records go, also those that a snapshot of vxe has hidden from it; the files stay.
forget() {
  local name uuid
  for name in e1 e2 e3; do
    virsh -q snapshot-delete "$GUEST" $name --metadata 2>/dev/null && continue
    uuid=$(plain snapshot-list snapshot-of="$UUID" name-label=$name --minimal)
    vxe snapshot-uninstall uuid="$uuid" force=true
  done
}

layers web
plain snapshot-list snapshot-of="$UUID" >/dev/null
is 'the layers of virsh keep their modes' "$(mode "$MIDDLE") $(mode "$TOP")" '664 664'
snapshot "$UUID" s2 && S2=$SNAP
keep_content web "$UUID"
keep_content s2 "$S2"
is 'the snapshot depends on both' "$(mode "$MIDDLE") $(mode "$TOP")" '444 444'

# ---- a layer below them goes: the header of the next one is rewritten ----------------------------

forget
is 'vxe knows that libvirt has lost its snapshots' "$(plain snapshot-list snapshot-of="$UUID" --minimal | tr , '\n' | sort)" \
  "$(printf '%s\n' "$S1" "$S2" | sort)"
is 'the parent of the second is the first' "$(plain snapshot-list uuid="$S2" params=parent --minimal)" "$S1"
ok 'the first snapshot of vxe goes' vxe snapshot-uninstall uuid="$S1" force=true
ok 'and the layer that vxe made with it' test ! -e "$OURS"
is 'the layers of virsh cannot be written to' "$(mode "$LOW") $(mode "$MIDDLE") $(mode "$TOP")" '444 444 444'
ok 'vxe check is content' vxe check
ok 'every byte is there' has_content web "$UUID"
ok 'in the snapshot, too' has_content s2 "$S2"

# ---- nobody needs them frozen any more -----------------------------------------------------------

ok 'the other snapshot goes' vxe snapshot-uninstall uuid="$S2" force=true
ok 'every byte is there' has_content web "$UUID"
DISK=$(vdi_of "$UUID")
ok 'all goes into the lowest file' vxe vdi-merge uuid="$DISK"
is 'which is the first one' "$(leaf)" "$BASE"
is 'with its mode' "$(mode "$BASE")" 664
ok 'every byte is there' has_content web "$UUID"
ok 'vxe check is content' vxe check

# ---- a layer that the user has made read-only ----------------------------------------------------

layers quiet
keep_content quiet "$UUID"
chmod 0444 "$MIDDLE"
forget
plain snapshot-list >/dev/null
ok 'the snapshot of vxe goes' vxe snapshot-uninstall uuid="$S1" force=true
ok 'and the layer that vxe made with it' test ! -e "$OURS"
is 'the layer above is as the user has made it' "$(mode "$MIDDLE") $(mode "$TOP")" '444 664'
ok 'every byte is there' has_content quiet "$UUID"
ok 'vxe check is content' vxe check

# ---- layers that nothing needs any more ----------------------------------------------------------

layers free
snapshot "$UUID" s2 && S2=$SNAP
is 'the second snapshot takes the write bits' "$(mode "$MIDDLE") $(mode "$TOP")" '444 444'
ok 'the VM goes back to the first one' vxe snapshot-revert snapshot-uuid="$S1"
keep_content free "$UUID"
forget
plain snapshot-list >/dev/null
ok 'the second one goes' vxe snapshot-uninstall uuid="$S2" force=true
is 'the files of virsh are there, with the modes that they had' "$(mode "$MIDDLE") $(mode "$TOP")" '664 664'
ok 'every byte is there' has_content free "$UUID"
ok 'vxe check is content' vxe check
