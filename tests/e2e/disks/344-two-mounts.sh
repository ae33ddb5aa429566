#!/bin/bash
# SPDX-License-Identifier: MIT
# Two mounts hang at once, each with a disk of another VM: a command waits for both together as long as for one.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
requires has_bindfs 'bindfs, FUSE and root are needed'

mkdir -m 0755 real real/1 real/2 one two
bindfs_mount real/1 one
bindfs_mount real/2 two
for x in one two; do
  guest_disk_make $x/disk.qcow2 4M
  guest_define $x - "$PWD/$x/disk.qcow2"
done
small_guest c 1
vxe vm-list >/dev/null
took vxe vm-snapshot vm=c new-name-label=s
S=$OUT FREE=$MS

bindfs_stop
took vxe vm-snapshot vm=c new-name-label=t
is 'a snapshot is made' "$STATUS" 0 || show_run
ok "... and waits for both mounts together ($MS ms, else $FREE ms)" [ "$MS" -lt $((FREE + 5000)) ]
is '... beside a child for each' "$(vxe_processes | wc -l)" 2
took vxe vm-snapshot vm=c new-name-label=u
is 'the next one' "$STATUS" 0 || show_run
ok "... does not wait ($MS ms)" [ "$MS" -lt $((FREE + 2000)) ]
run vxe snapshot-uninstall snapshot-uuid="$S" force=true --dry-run
like 'a layer stays that an image there may need' "$OUT" "an image in $PWD/(one|two), which cannot be searched: its file system does not"
run vxe check --read-only
for x in one two; do
  like 'vxe check names the folder' "$OUT" "its folder $PWD/$x cannot be reached: its file system does not answer"
done
is 'no child is added' "$(vxe_processes | wc -l)" 2
bindfs_go_on
ok 'nothing is left when the mounts go on' wait_until 10 none_left
ok 'vxe check is clean' vxe check
