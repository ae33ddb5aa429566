#!/bin/bash
# SPDX-License-Identifier: MIT
# Another driver of libvirt's is refused by name.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/state.sh"

at() { VXE_CONNECT=$1 VXE_STORE=$2 "$VXE" "${@:3}"; }
virsh -c test:///default -q list >/dev/null || skip_all 'this libvirt has no test driver'
for command in vm-list 'vm-start vm=test' check; do
  # shellcheck disable=SC2086 # words
  fails VXE_DRIVER_NOT_QEMU 2 "uri: test:///default${NL}driver: T[Ee][Ss][Tt]" "$command with a new store" at test:///default "$PWD/new" $command
done
like '... names a way out' "$ERR" 'next: .*VXE_CONNECT=qemu:///system'
ok 'a store of this host' vxe vm-list
fails VXE_DRIVER_NOT_QEMU 2 'driver: T' 'with that store' at test:///default "$VXE_STORE" vm-start vm=test
ok 'the store works on' vxe check
