#!/bin/bash
# SPDX-License-Identifier: MIT
# vdi-export of a disk that is inside an internal snapshot of virsh: the content of then, whatever the guest has written
# since, while it runs too, and when vxe has hidden the snapshot from libvirt. What cannot read it says what does.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

small_guest web 2
for disk in 0 1; do stamp "web-$disk.qcow2" $((17 + disk)); done
virsh -q snapshot-create-as web clean
for disk in 0 1; do
  qemu-img convert -U -f qcow2 -O raw -l snapshot.name=clean "web-$disk.qcow2" "then.$disk"
  stamp "web-$disk.qcow2" $((33 + disk))
done
plain vm-list >/dev/null
snapshot=$(vxe snapshot-list name-label=clean --minimal)

# exported WHAT: both disks, in each way.
exported() {
  local disk vdi
  for disk in 0 1; do
    vdi=$(vdi_of "$snapshot" $disk)
    rm -f out.*
    ok "$1, disk $disk" vxe vdi-export uuid="$vdi" filename=out.raw format=raw
    ok '... has the content of then' cmp out.raw "then.$disk"
    ok '... to a pipe' bash -c '"$1" vdi-export uuid="$2" filename= format=raw | cat >out.pipe' - "$VXE" "$vdi"
    ok '... as well' cmp out.pipe "then.$disk"
    ok '... as VHD' vxe vdi-export uuid="$vdi" filename=out.vhd format=vhd
    ok '... as well' qemu-img compare -f vpc -F raw out.vhd "then.$disk"
    ok '... as qcow2' vxe vdi-export uuid="$vdi" filename=out.qcow2 format=qcow2
    ok '... as well' qemu-img compare -f qcow2 -F raw out.qcow2 "then.$disk"
  done
}

exported 'of a VM that is off'
guest_start web
ok 'the guest counts' guest_counts web
exported 'while it runs'
exits 7 'vdi-copy shares nothing with it' vxe vdi-copy uuid="$(vdi_of "$snapshot")" sr-uuid="$(plain sr-list name-label="Local storage" --minimal)"
like '... and names what copies it' "$ERR" "vxe snapshot-copy uuid=$snapshot"
vxe vm-shutdown uuid="$UUID" --force
ok 'a snapshot of vxe hides it' vxe vm-snapshot uuid="$UUID" new-name-label=ours
exported 'hidden from libvirt'
virsh -q snapshot-list web --name | grep -q . && result 1 'libvirt does not list it'
ok 'the snapshot goes' vxe snapshot-uninstall uuid="$(plain snapshot-list name-label=ours --minimal)" --force
ok 'vxe check is clean' vxe check
