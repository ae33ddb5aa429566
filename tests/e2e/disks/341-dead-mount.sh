#!/bin/bash
# SPDX-License-Identifier: MIT
# A mount that is dead (a killed bindfs; a link that leads to itself) with a disk of another VM, and a folder that is not
# mounted: 'vxe check' names each once and reports the rest, sr-coalesce goes on with the rest, other VMs are as without it.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
requires has_bindfs 'bindfs, FUSE and root are needed'

mkdir -m 0755 real fm kept
bindfs_mount real fm
guest_disk_make fm/a.qcow2 4M
guest_define a - "$PWD/fm/a.qcow2"
small_guest b 1
small_guest d 1
vxe vm-list >/dev/null

# b: 21 below its snapshot, 22 above, and an overlay in the folder on the layer with 21.
stamp b-0.qcow2 21
S=$(vxe vm-snapshot vm=b new-name-label=s)
stamp "$(vdi_files "$(virsh domuuid b)")" 22
qemu-img create -q -f qcow2 -F qcow2 -b "$PWD/b-0.qcow2" real/over.qcow2
# A problem elsewhere, which has nothing to do with it.
vxe vm-snapshot vm=d new-name-label=s >/dev/null
chmod u+w d-0.qcow2

# gone_folder WORDS: what all commands say while the folder is away.
gone_folder() {
  chmod u+w d-0.qcow2
  run vxe check --read-only
  is 'vxe check ends with 1' "$STATUS" 1 || show_run
  is '... names the folder once' "$(grep -c "its folder $PWD/fm cannot be reached: $1" <<<"$OUT")" 1 || show_run
  is '... and the other problem' "$(grep -c 'd-0.qcow2: its content must not change' <<<"$OUT")" 1 || show_run
  like '... and nothing else' "$ERR" 'count: 2' || show_run
  unlike '... nor promises a merge' "$ERR" 'merges it' || show_run
  exits 0 'sr-coalesce ends' vxe sr-coalesce
  like '... and says why a layer stays' "$OUT$ERR" "perhaps needed by an image in $PWD/fm, which cannot be searched: $1 \(domain a has a file there\)"
  unlike '... without a word of a stop' "$OUT$ERR" 'stop the VM'
  exits 0 'a list of all VMs' vxe vm-list params=all
  exits 0 'a snapshot of another VM' vxe vm-snapshot vm=d new-name-label=t
  exits 0 '... and its end' vxe snapshot-uninstall snapshot-uuid="$OUT" force=true
  exits 0 'what vm-uninstall would do is listed' vxe vm-uninstall vm=b --dry-run
}

bindfs_kill
run vxe snapshot-uninstall snapshot-uuid="$S" force=true
is 'the snapshot ends' "$STATUS" 0 || show_run
gone_folder 'Transport endpoint is not connected'

umount "$PWD/fm"
rmdir fm
ln -s fm fm
gone_folder 'Too many levels of symbolic links'

rm fm
mkdir fm
bindfs_mount real fm
ok 'the overlay has what it had' qemu-io -r -f qcow2 -c 'read -q -P 21 1M 64k' real/over.qcow2
rm real/over.qcow2
ok 'then layers are merged' vxe sr-coalesce
chmod a-w d-0.qcow2
ok 'vxe check is clean' vxe check

# ---- a folder that is not mounted ------------------------------------------------------------------

for x in e f; do
  guest_disk_make "fm/$x.qcow2" 4M
  guest_define "$x" - "$PWD/fm/$x.qcow2"
done
vxe vm-list >/dev/null
ok 'a snapshot there' vxe vm-snapshot vm=e new-name-label=s
umount "$PWD/fm"
run vxe check --read-only
like 'a folder that is not mounted is one problem' "$ERR" 'count: 1' || show_run
like '... of the SR' "$OUT" "none of its 4 files is there, its folder $PWD/fm is empty: mount it"
for words in 'vm-start vm=f' 'vm-snapshot vm=f new-name-label=x' 'vm-clone vm=f new-name-label=x' 'vm-copy vm=f new-name-label=x' \
  'vm-export vm=f filename=x.xva'; do
  # shellcheck disable=SC2086 # a list of words
  run vxe $words
  like "${words%% *} says the same" "$ERR" "detail: $PWD/fm/f.qcow2 is missing; nothing is in its folder: is it mounted\\?" || show_run
done
bindfs_end
bindfs_mount real fm
ok 'vxe check is clean' vxe check

# An SR of vxe's own has a marker, without which it counts as not mounted.
mkdir two other
bindfs_mount other two
SR=$(vxe sr-create name-label=far type=dir device-config:location="$PWD/two")
vxe vm-copy vm=f new-name-label=g sr-uuid="$SR" >/dev/null
umount "$PWD/two"
for words in 'vm-snapshot vm=g new-name-label=x' 'vm-clone vm=g new-name-label=x' 'vm-copy vm=g new-name-label=x'; do
  # shellcheck disable=SC2086 # a list of words
  run vxe $words
  like "${words%% *} says that the SR is away" "$ERR" "detail: $PWD/two has no marker of this SR: is it mounted\\?" || show_run
done
