#!/bin/bash
# SPDX-License-Identifier: MIT
# Another driver of libvirt's is refused by name.
# own store: whether its folder is made
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/state.sh"

at() { VXE_CONNECT=$1 VXE_STORE=$2 "$VXE" "${@:3}"; }
virsh -c test:///default -q list >/dev/null || skip_all 'this libvirt has no test driver'
for command in vm-list 'vm-start vm=test' check; do
  # shellcheck disable=SC2086 # words
  fails VXE_DRIVER_NOT_QEMU 2 "uri: test:///default${NL}driver: T[Ee][Ss][Tt]" "$command with a new store" at test:///default "$PWD/new" $command
done
VXE_CONNECT=test:///default wrong VXE_DRIVER_NOT_QEMU '... with the way out' vm-list
VXE_CONNECT=qemu:///$HOST_MODE again VXE_DRIVER_NOT_QEMU vxe vm-list
fails VXE_DRIVER_NOT_QEMU 2 'driver: T' 'with that store' at test:///default "$VXE_STORE" vm-start vm=test
ok 'the store works on' vxe check

# ---- a connection that fails makes no store

show() { find "$1" 2>/dev/null; }
fails VXE_HYPERVISOR_UNREACHABLE 1 'uri: ' 'libvirt that is not there' at "qemu:///${HOST_MODE}?socket=$PWD/none" "$PWD/new" vm-list
fails VXE_REMOTE_URI 2 'uri: ' 'libvirt of another machine' at qemu+ssh://other.example/system "$PWD/new" vm-list
is 'no store is made' "$(show new)" ''
mkdir mine && chmod 0700 mine
fails VXE_HYPERVISOR_UNREACHABLE 1 'uri: ' 'with a folder that is there' at "qemu:///${HOST_MODE}?socket=$PWD/none" "$PWD/mine" vm-list
is '... nothing is put into it' "$(show mine)" mine
ok 'later it becomes a store' at "$(virsh uri)" "$PWD/mine" vm-list
