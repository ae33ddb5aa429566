#!/bin/bash
# SPDX-License-Identifier: MIT
# Owners and modes: a caller with umask 077, a folder of images that others may only pass through, disks that belong to
# somebody else; and a libvirt that changes no owners (dynamic_ownership = 0).
. "$TESTS/lib/e2e.sh"

[ "$HOST_MODE" = system ] || skip_all 'owners change in mode system only'

# works NAME: a snapshot, a checkpoint and a revert of the guest that runs; afterwards it runs from its memory.
works() {
  local one two
  ok "$1: a snapshot" vxe vm-snapshot vm="$1" new-name-label="$1-one"
  one=$OUT
  ok '... of a guest that goes on' guest_counts "$1"
  ok '... a checkpoint' vxe vm-checkpoint vm="$1" new-name-label="$1-two"
  two=$OUT
  ok '... a revert to the memory' vxe snapshot-revert snapshot-uuid="$two"
  ok '... a resume' vxe vm-resume vm="$1"
  ok '... the guest goes on' guest_counts "$1"
  ok '... a merge under it' vxe snapshot-uninstall uuid="$one" --force
  ok '... a revert to halted, and a start' vxe vm-shutdown vm="$1" --force
  ok '... which works' vxe vm-start vm="$1"
  ok '... with a guest that counts' guest_counts "$1"
  ok '... nothing is out of order' vxe check
  virsh -q destroy "$1"
}

umask 077
images=/var/lib/libvirt/images
mkdir -p $images
chmod 0711 $images
guest_define dark - "$(guest_disks dark 1 $images)"
chown 1234:1234 $images/dark-0.qcow2
chmod 0600 $images/dark-0.qcow2
guest_start dark
works dark
is 'the folder is as it was' "$(stat -c %a $images)" 711
umask 022

# ownership 0|1: libvirt is started again with this setting; other tests use the same host.
ownership() {
  host_daemon_stop
  sed -i '/^dynamic_ownership/d' /etc/libvirt/qemu.conf
  echo "dynamic_ownership=$1" >>/etc/libvirt/qemu.conf
  host_daemon_start
}
ownership 0
guest_make still 1
chown libvirt-qemu: still-0.qcow2
ok 'dynamic_ownership = 0: a start' guest_start still
works still
ownership 1
rm -rf $images
