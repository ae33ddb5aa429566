#!/bin/bash
# SPDX-License-Identifier: MIT
# limit 600
# Commands on what lies on a mount that hangs (a stopped bindfs), and lists: each ends in time, and none waits for the mount again.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
requires has_bindfs 'bindfs, FUSE and root are needed'

mkdir -m 0755 real fm
bindfs_mount real fm
guest_disk_make fm/a.qcow2 4M
guest_define a - "$PWD/fm/a.qcow2"
mkdir fm/sr
SR=$(vxe sr-create name-label=far type=dir device-config:location="$PWD/fm/sr")
S=$(vxe vm-snapshot vm=a new-name-label=s)
V=$(vxe vdi-create sr-uuid="$SR" name-label=v virtual-size=1MiB)
P=$(vxe pbd-list sr-uuid="$SR" --minimal)
A=$(virsh domuuid a)
vxe sr-list params=all >sr.txt

bindfs_stop
# ends WHAT ARG...: the command ends in time, with whatever status.
ends() {
  took timeout -k 1 30 "$VXE_PLAIN" "$@"
  ok "$1 $2 ends ($MS ms)" [ "$MS" -lt 12000 -a "$STATUS" -lt 124 ]
}
for class in vm template snapshot vdi vbd sr pbd host network task vif message pool; do ends "$class-list" params=all; done
ends space vm=a
ends space file="$PWD/fm/a.qcow2"
ends sr-scan uuid="$SR"
ends vdi-create sr-uuid="$SR" name-label=w virtual-size=1MiB
ends vdi-update uuid="$V"
ends vdi-destroy uuid="$V"
ends vdi-copy uuid="$V" sr-uuid="$SR"
ends vdi-export uuid="$V" filename=v.raw
ends vm-clone vm=a new-name-label=x
ends vm-copy vm=a new-name-label=x
ends vm-export vm=a filename=a.xva
ends vm-disk-add vm=a disk-size=1MiB device=1
ends snapshot-revert snapshot-uuid="$S"
ends snapshot-uninstall uuid="$S" force=true
ends vm-uninstall uuid="$A" --force
ends pbd-unplug uuid="$P"
ends sr-create name-label=far2 type=dir device-config:location="$PWD/fm/sr2"
ends sr-destroy uuid="$SR"
ends report
ends check --read-only
bindfs_go_on
ok 'nothing is left when the mount goes on' wait_until 10 none_left
ok 'vxe check is clean' vxe check
