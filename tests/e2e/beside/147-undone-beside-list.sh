#!/bin/bash
# SPDX-License-Identifier: MIT
# The end of a snapshot of libvirt's is undone while a list asks libvirt: the snapshot and its disk keep their UUIDs.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

small_guest web 1
stamp_disks "$UUID" 11 1M
vxe vm-list >/dev/null
keep_content then "$UUID"
ok 'virsh makes a snapshot' virsh -q snapshot-create-as web theirs --disk-only
SNAP=$(plain snapshot-list name-label=theirs --minimal)
disk=$(vdi_of "$SNAP")
isnt 'it is listed' "$SNAP" ''

VXE_FAILPOINT=vm-uninstall:forget-kept:after=stop,vm-uninstall:undefine=error "$VXE" snapshot-uninstall uuid="$SNAP" force=true >out 2>err &
VXE_PID=$!
ok 'its end stands' wait_until 20 stands $VXE_PID
is '... libvirt has forgotten it' "$(virsh -q snapshot-list web --name)" ''
VXE_FAILPOINT=adopt-snapshots:read:after=stop "$VXE" snapshot-list >list 2>&1 &
list=$!
# The list stops when it has asked libvirt, if it asks.
halts() { stands $list || ! kill -0 $list 2>/dev/null; }
ok 'a list looks meanwhile' wait_until 20 halts
kill -CONT $VXE_PID
wait $VXE_PID
isnt '... its end is undone' "$?" 0
is '... libvirt has it again' "$(virsh -q snapshot-list web --name)" theirs
kill -CONT $list 2>/dev/null
wait $list
is 'the snapshot has its UUID' "$(plain snapshot-list name-label=theirs --minimal)" "$SNAP"
is '... its disk, too' "$(vdi_of "$SNAP")" "$disk"
ok '... which holds what it held' has_content then "$SNAP"
ok 'vxe check is clean' vxe check
ok 'it ends' vxe snapshot-uninstall uuid="$SNAP" force=true
ok 'vxe check is clean' vxe check
