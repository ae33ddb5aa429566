#!/bin/bash
# SPDX-License-Identifier: MIT
# libvirt does one thing after the other to a guest. What vxe asks for may wait until another program's snapshot is made,
# and that one's until vxe's is: then the guest is on another layer than vxe has seen when it asked. No layer may be
# missing in a header or in the definition: the guest would lose what it wrote there, at its next start.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/crash.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/memory.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/layers.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/state.sh"

guest_make web 1
UUID=$(virsh -q domuuid web | head -n 1)
VIRSH=(snapshot-create-as web --disk-only --atomic --no-metadata)

has_one_disk() { [ "$(virsh -q domblklist web | wc -l)" = 1 ]; }
overlays() { find . -maxdepth 1 -name '*.qcow2' | wc -l; }
more_overlays() { [ "$(overlays)" -gt "$1" ]; }
stop_qemu() { kill -STOP "$(guest_pid web)"; }
both_go_on() {
  kill -CONT "$(guest_pid web)"
  ok '... virsh is done' wait "$VIRSH_PID"
  ok '... vxe, too' wait "$VXE_PID"
}

# virsh_begins NAME: virsh asks for a snapshot, and libvirt waits for QEMU, or for another one. Sets VIRSH_PID.
virsh_begins() {
  virsh -q "${VIRSH[@]}" "$1" >virsh.out 2>&1 &
  VIRSH_PID=$!
  sleep 1
}
# vxe_begins CMD...: until its overlay is there; it then asks libvirt. Sets VXE_PID.
vxe_begins() {
  local before
  before=$(overlays)
  vxe "$@" >vxe.out 2>&1 &
  VXE_PID=$!
  wait_until 10 more_overlays "$before"
}

# Nothing of what the guest has written may be missing at its next boot, nor of what its layers had before.
STAMPS=0
stamps() {
  local i
  for ((i = 1; i <= STAMPS; i++)); do
    byte_of "$1" $((20 + i))M
  done
}
restarts() {
  local before leaf
  ok '... it counts' guest_counts web
  virsh -q destroy web
  before=$(guest_counter web)
  leaf=$(virsh -q domblklist web --inactive | awk '{ print $2 }')
  is '... no layer is missing' "$(stamps "$leaf")" "$(seq $STAMPS)"
  STAMPS=$((STAMPS + 1))
  qemu-io -f qcow2 -c "write -q -P $STAMPS $((20 + STAMPS))M 64k" "$leaf" >/dev/null
  ok '... it starts again' guest_start web
  ok '... with what it has written' test "$(guest_booted web)" -ge $((before - 2 * GUEST_STEP))
}

guest_start web
diag 'a snapshot of virsh is under way'
stop_qemu
virsh_begins a
ok 'vxe comes later' vxe_begins vm-snapshot uuid="$UUID" new-name-label=one
sleep 1
both_go_on
cat vxe.out | sed 's/^/# /'
whole 'after vm-snapshot'
restarts
exits 0 '... nothing is wrong' vxe check

diag 'the same with memory'
stop_qemu
virsh_begins m
ok 'vxe comes later' vxe_begins vm-checkpoint uuid="$UUID" new-name-label=memory
sleep 1
both_go_on
like '... on its layer' "$(running_layers)" '\.m($|[^a-z])'
whole 'after vm-checkpoint'
restarts

diag 'one of vxe is under way'
stop_qemu
ok 'vxe begins' vxe_begins vm-snapshot uuid="$UUID" new-name-label=two
sleep 1
virsh_begins b
both_go_on
whole 'after vm-snapshot'
restarts

diag 'between its switch and its definition'
stand_at vm-snapshot:redefine vm-snapshot uuid="$UUID" new-name-label=three
ok 'virsh makes a snapshot' virsh -q "${VIRSH[@]}" c
ok '... vxe goes on' go_on
whole 'after vm-snapshot'
restarts

diag 'vxe changes the definition while a snapshot of virsh is under way'
stop_qemu
virsh_begins d
vxe vm-param-set uuid="$UUID" name-description=changed &
VXE_PID=$!
sleep 1
both_go_on
like 'the guest is on the layer of virsh' "$(running_layers)" '\.d($|[^a-z])'
whole 'after vm-param-set'
restarts
is '... the description is the new one' "$(virsh desc web)" changed

diag 'a snapshot of virsh is under way when the guest is suspended'
stop_qemu
virsh_begins f
ok 'vxe comes later' vxe_begins vm-suspend uuid="$UUID"
sleep 1
both_go_on
ok 'the guest is resumed' vxe vm-resume uuid="$UUID"
like '... on the layer of virsh' "$(running_layers)" '\.f($|[^a-z])'
whole 'after vm-resume'
restarts

diag 'virsh makes a snapshot between the last look of vxe and its definition'
cp "$TOOLS/stop_define.so" . && chmod 0755 stop_define.so
LD_PRELOAD=$PWD/stop_define.so "$VXE_PLAIN" vm-param-set uuid="$UUID" name-description=late >vxe.out 2>&1 &
VXE_PID=$!
ok 'vxe stands before its call' wait_until 20 stands "$VXE_PID"
ok '... virsh makes a snapshot' virsh -q "${VIRSH[@]}" n
ok '... vxe goes on' go_on
whole 'after vm-param-set'
restarts

diag 'a disk is being attached when the memory is to be captured'
guest_disk_make more.qcow2 8M && chmod 0666 more.qcow2
qemu-io -f qcow2 -c 'write -q -P 44 1M 64k' more.qcow2 >/dev/null
stop_qemu
virsh -q attach-disk web "$PWD/more.qcow2" sda --targetbus scsi --subdriver qcow2 --live --config >virsh.out 2>&1 &
VIRSH_PID=$!
sleep 1
# Some versions give no document while a disk is being attached (11.0 to 11.4, 12.8): then vxe waits before it makes a layer.
vxe vm-checkpoint uuid="$UUID" new-name-label=disk >vxe.out 2>&1 &
VXE_PID=$!
sleep 1
both_go_on
CHECKPOINT=$(vxe snapshot-list name-label=disk --minimal)
is '... with that disk' "$(vxe vbd-list vm-uuid="$CHECKPOINT" device=sda --minimal params=device)" sda
LEAF=$(virsh -q domblklist web | awk '$1 == "sda" { print $2 }')
isnt '... which has a new layer' "$LEAF" "$PWD/more.qcow2"
is '... that has its content' "$(byte_of "$LEAF" 1M)" 44
virsh -q detach-disk web sda --live --config
ok '... and goes again' wait_until 10 has_one_disk

diag 'virsh waits until the memory of a checkpoint is written'
stop_qemu
ok 'vxe begins' vxe_begins vm-checkpoint uuid="$UUID" new-name-label=more
sleep 1
virsh_begins g
both_go_on
like 'the guest is on the layer of virsh' "$(running_layers)" '\.g($|[^a-z])'
whole 'after vm-checkpoint'
restarts

diag 'virsh waits until the guest is suspended'
stop_qemu
ok 'vxe begins' vxe_begins vm-suspend uuid="$UUID"
sleep 1
virsh_begins h
both_go_on
fails VXE_DISK_CHANGED 7 'vm-resume discard-changes=true' 'the layer of virsh hides the memory' \
  vxe vm-resume uuid="$UUID"
ok '... the guest is resumed without it' vxe vm-resume uuid="$UUID" discard-changes=true
ok '... it counts' guest_counts web
is '... on the layers that the headers name' "$(layers_of "$(virsh -q domblklist web | awk '{ print $2 }')")" \
  "$(running_layers)"

diag 'vxe is killed after its switch, and virsh makes the next snapshot'
stand_at vm-snapshot:redefine vm-snapshot uuid="$UUID" new-name-label=dead
kill -KILL "$VXE_PID"
wait "$VXE_PID"
ok 'virsh makes a snapshot' virsh -q "${VIRSH[@]}" i
ok '... the next command of vxe ends the dead one' vxe vm-param-set uuid="$UUID" name-description=again
is '... its snapshot is there' "$(vxe snapshot-list name-label=dead --minimal params=name-label)" dead
whole 'after that'
restarts

diag '... and the guest stops then'
stand_at vm-snapshot:redefine vm-snapshot uuid="$UUID" new-name-label=stopped
kill -KILL "$VXE_PID"
wait "$VXE_PID"
ok 'virsh makes a snapshot' virsh -q "${VIRSH[@]}" l
ok '... the guest counts' guest_counts web
virsh -q destroy web
ok '... the next command of vxe ends the dead one' vxe vm-param-set uuid="$UUID" name-description=off
is '... its snapshot is there' "$(vxe snapshot-list name-label=stopped --minimal params=name-label)" stopped
like '... the definition has the layer of virsh' "$(next_layers)" '\.l($|[^a-z])'
ok '... the guest starts' guest_start web
whole 'after that'
restarts

diag 'a snapshot of virsh is under way when a layer is merged'
# libvirt 10.8 to 11.10 bears no more layers.
VDI=$(vxe vbd-list vm-uuid="$UUID" device=vda --minimal params=vdi-uuid)
[ "$(running_layers | wc -l)" -lt 18 ] || ok 'the chain becomes short' vxe vdi-flatten uuid="$VDI"
SNAP=$(vxe vm-snapshot uuid="$UUID" new-name-label=short)
stop_qemu
virsh_begins j
vxe snapshot-uninstall uuid="$SNAP" force=true >vxe.out 2>&1 &
VXE_PID=$!
sleep 2
both_go_on
like 'the guest is on the layer of virsh' "$(running_layers)" '\.j($|[^a-z])'
whole 'after snapshot-uninstall'
restarts

diag 'virsh makes a snapshot while vdi-flatten copies the layers below'
stand_at vdi-flatten:move vdi-flatten uuid="$VDI"
ok 'virsh makes a snapshot' virsh -q "${VIRSH[@]}" k
ok '... vxe goes on' go_on
is 'the guest has one layer' "$(running_layers | wc -l)" 1
whole 'after vdi-flatten'
restarts
exits 0 'nothing is wrong at the end' vxe check
