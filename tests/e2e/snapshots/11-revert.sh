#!/bin/bash
# SPDX-License-Identifier: MIT
# Three snapshots and reverts in every order: each restores exactly the content of every disk.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

small_guest web 2
declare -a snaps
for i in 0 1 2; do
  # The stamps overlap in part, so that a missing layer is visible.
  stamp_disks "$UUID" $((17 + 16 * i)) $((1 + i))M 1536k
  snapshot "$UUID" "s$i" && snaps[i]=$SNAP
  keep_content "kept$i" "$UUID"
done
stamp_disks "$UUID" 99 512k 1M
keep_content now "$UUID"

for i in 0 1 2; do
  not_ok "the content now is not that of snapshot $i" cmp -s now.raw0 "kept$i.raw0"
  ok "snapshot $i holds what the guest had" has_content "kept$i" "${snaps[i]}"
done

# Each pair of neighbours occurs, and a revert to the same one twice.
for i in 0 1 2 0 2 2 1 0; do
  ok "revert to snapshot $i" vxe snapshot-revert snapshot-uuid="${snaps[i]}"
  ok "the guest has the content of snapshot $i" has_content "kept$i" "$UUID"
  is "its parent is snapshot $i" \
    "$(vxe vm-param-get uuid="$UUID" param-name=parent)" "${snaps[i]}"
  stamp_disks "$UUID" 200 "$((i))M" 2M # must be gone after the next one, and in no snapshot
done
for i in 0 1 2; do
  ok "snapshot $i holds what it held" has_content "kept$i" "${snaps[i]}"
done
is 'all snapshots are there' "$(vxe snapshot-list --minimal | tr , '\n' | wc -l)" 3
ok 'vxe check is clean' vxe check
is 'of the reverts no layer is left' "$(images_made)" $((2 * 3))
for f in *.qcow2; do
  ok "qemu-img check ${f##*/}" qemu-img check -q -f qcow2 "$f"
done
