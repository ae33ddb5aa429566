#!/bin/bash
# SPDX-License-Identifier: MIT
# A libvirt whose drivers for storage pools and networks are not installed, as Debian 13 leaves them out: guests, snapshots
# and their disks work in files alone, and what needs such a driver names its package.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/state.sh"

pid=$(cat "$HOST_DIR/libvirtd.pid")
there=$(sed -n 's|^[^/]*\(/.*\)/libvirt_driver_qemu\.so.*|\1|p' "/proc/$pid/maps" | head -n 1)
[ -n "$there" ] || skip_all 'this libvirt has its drivers in itself'
mkdir drivers && ln -s "$there/libvirt_driver_qemu.so" drivers/

host_daemon_stop
LIBVIRT_DRIVER_DIR=$PWD/drivers host_daemon_start
not_ok 'there is no storage driver' virsh -q pool-list
not_ok 'nor one for networks' virsh -q net-list

small_guest web 1
guest_start web
web=$UUID
ok 'a snapshot of a running guest' vxe vm-snapshot uuid="$web" new-name-label=one
keep_content one "$(vxe snapshot-list --minimal)"
ok 'a revert' vxe snapshot-revert snapshot-uuid="$(vxe snapshot-list --minimal)"
ok '... has its content' has_content one "$web"
ok 'check is content' vxe check

mkdir sr
fails VXE_HYPERVISOR_FAILED 1 'Debian 13 and later have it in the package libvirt-daemon-driver-storage' 'an SR' \
  vxe sr-create type=file name-label=sr device-config:location="$PWD/sr"
fails VXE_HYPERVISOR_FAILED 1 'package libvirt-daemon-driver-network' 'a network' vxe network-create name-label=inner

host_daemon_stop
host_daemon_start
