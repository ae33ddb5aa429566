#!/bin/bash
# SPDX-License-Identifier: MIT
# virsh saves a guest's memory while vxe's snapshot waits in libvirt's queue. libvirt then makes the snapshot of a guest
# that is off, by its definition: the saved memory would go on with the file below the new layer.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/crash.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/memory.sh"

guest_make web 2
UUID=$(virsh -q domuuid web | head -n 1)
guest_start web
wait_until 20 guest_is_past web "$(guest_counter web)"
files=$(virsh -q domblklist web --inactive)

stand_at vm-snapshot:switch vm-snapshot uuid="$UUID" new-name-label=late
kill -STOP "$(guest_pid web)"
virsh -q managedsave web >virsh.out 2>&1 &
saver=$!
sleep 1 # libvirt waits for QEMU
kill -CONT "$VXE_PID"
sleep 1 # and vxe for libvirt
kill -CONT "$(guest_pid web)"
ok 'virsh saves the guest' wait "$saver"
status=0
wait "$VXE_PID" || status=$?
is 'the snapshot is refused' "$status" 7
like '... for the saved memory' "$(cat said)" 'VM_SAVED|saved|managedsave'
is 'the definition has the files that the memory needs' "$(virsh -q domblklist web --inactive)" "$files"
is 'there is no snapshot' "$(plain snapshot-list --minimal)" ''
is '... and no layer' "$(find "$PWD" "$HOST_IMAGES" -name '*-*-*-*-*.qcow2' 2>/dev/null)" ''
exits 0 'vxe check' vxe check
at=$(serial_lines web)
mapfile -t held < <(for i in 0 1; do counter_of "web-$i.qcow2"; done)
ok 'virsh goes on with the memory' virsh -q start web
is '... of the same instant as the disks' "$(one_instant web "$at" "${held[@]}")" ''
ok 'now there is a snapshot' vxe vm-snapshot uuid="$UUID" new-name-label=now
