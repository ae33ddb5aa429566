#!/bin/bash
# SPDX-License-Identifier: MIT
# The list of a folder ends by an error (EIO), at each of its names: sr-scan does not pass over the rest, snapshots of libvirt's
# are asked of libvirt, and a file system that cannot be listed is not taken for an empty one, which sr-destroy clears.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

cp "$TOOLS/fault.so" fault.so
fault_ctl() { "$TOOLS/fault_ctl" "$PWD/fault.so.control" "$@"; }
# failing DIR N ARG...: vxe; the Nth name in that folder cannot be read. Sets HITS, OUT, ERR and STATUS.
failing() {
  fault_ctl arm "$1" "$2" EIO '/<list>'
  LD_PRELOAD=$PWD/fault.so run "$VXE_PLAIN" "${@:3}"
  read -r _ HITS < <(fault_ctl read)
}

# ---- sr-scan

mkdir disks
SR=$(vxe sr-create name-label=disks type=dir device-config:location="$PWD/disks")
for ((n = 1, HITS = 1; HITS; n++)); do
  qemu-img create -q -f qcow2 disks/hand.qcow2 1M
  failing "$PWD/disks" $n sr-scan uuid="$SR"
  [ $STATUS = 0 ] || like "sr-scan fails at the name $n" "$ERR" 'Input/output error'
  [ $STATUS != 0 ] || isnt "sr-scan, at the name $n, finds the image" "$(plain vdi-list sr-uuid="$SR" --minimal)" ''
  for vdi in $(plain vdi-list sr-uuid="$SR" --minimal); do plain vdi-forget uuid="$vdi"; done
done
ok 'it failed for some' [ $n -gt 3 ]

# ---- libvirt's snapshots

small_guest other 1
vxe vm-list >/dev/null
snapshot "$UUID" s # has libvirt define a domain, which proves where its files are
for n in 1 2 3; do
  small_guest g$n 1
  plain vm-list >/dev/null
  virsh -q snapshot-create-as g$n s$n >/dev/null
  failing /var/lib/libvirt/qemu/snapshot $n snapshot-list name-label=s$n --minimal
  is "a list ends at the name $n" "$HITS" 1
  isnt '... the snapshot is there' "$OUT" ''
done

# ---- a file system that is not empty

truncate -s 64M device.img
if [ "$HOST_MODE" = system ] && loop=$(losetup -f --show device.img 2>/dev/null); then
  for ((n = 1, HITS = 1; HITS; n++)); do
    dd if=/dev/zero of="$loop" bs=1M count=64 status=none
    sr=$(plain sr-create type=ext name-label=ext device-config:device="$loop")
    place=${HOST_IMAGES%/*}/vxe-sr/$sr
    echo theirs >"$place/theirs"
    for pbd in $(plain pbd-list sr-uuid="$sr" --minimal); do plain pbd-unplug uuid="$pbd"; done
    failing "$place" $n sr-destroy uuid="$sr"
    ok "sr-destroy, at the name $n, leaves another's file" grep -q theirs device.img
    ok '... on its file system' blkid -p "$loop"
    [ $STATUS = 0 ] || plain sr-forget uuid="$sr"
  done
  ok 'it failed for some' [ $n -gt 3 ]
  losetup -d "$loop"
else
  skip 'no loop device'
fi
