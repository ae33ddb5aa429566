#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2154 # of crash.sh
# Between the plan of a snapshot and its switch another program takes a disk from the running guest and gives it another
# one under the same name, or one more. The new disk must not go on with the content of the old one, and must not be
# missing in the snapshot.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/crash.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

on_sda() { virsh -q domblklist web | awk '$1 == "sda" { print $2 }'; }
exchange() {
  virsh -q detach-disk web sda --live && wait_until 10 test -z "$(on_sda)" &&
    virsh -q attach-disk web "$1" sda --targetbus scsi --subdriver qcow2 --live
}

guest_make web 1
UUID=$(virsh -q domuuid web | head -n 1)
for disk in one two three; do
  guest_disk_make "$disk.qcow2" 8M
  chmod 0666 "$disk.qcow2"
done
stamp "$PWD/one.qcow2" 11 1M 1M
stamp "$PWD/two.qcow2" 22 1M 1M
stamp "$PWD/three.qcow2" 33 1M 1M
virsh -q start web
ok 'the guest counts' guest_counts web
ok 'it gets a disk' virsh -q attach-disk web "$PWD/one.qcow2" sda --targetbus scsi --subdriver qcow2 --live --config
ok 'of which a snapshot is made' vxe vm-snapshot uuid="$UUID" new-name-label=first
LEAF=$(on_sda)

stand_at vm-snapshot:switch vm-snapshot uuid="$UUID" new-name-label=second
ok 'then another one is in its place' exchange "$PWD/two.qcow2"
not_ok '... and the snapshot is refused' go_on
like '... by the name of the file' "$(cat said)" "$LEAF"
is '... the guest has its new disk' "$(on_sda)" "$PWD/two.qcow2"
is '... with the content of that one' "$(byte_of "$PWD/two.qcow2" 1M)" 22
is '... nothing is half done' "$(vxe snapshot-list snapshot-of="$UUID" --minimal params=name-label)" first
is '... no overlay is left' "$(qemu-img info -U "$PWD/two.qcow2" | grep -c backing)" 0
ok '... and the guest goes on' guest_counts web

ok 'with the disk on record in its place' exchange "$LEAF"
ok '... snapshots are made again' vxe vm-snapshot uuid="$UUID" new-name-label=third
is '... of the old content' "$(byte_of "$LEAF" 1M)" 11

plug() {
  virsh -q attach-disk web "$PWD/three.qcow2" sdb --targetbus scsi --subdriver qcow2 --live --config
}
on_sdb() { virsh -q domblklist web | awk '$1 == "sdb" { print $2 }'; }
stand_at vm-checkpoint:switch vm-checkpoint uuid="$UUID" new-name-label=memory
ok 'a disk comes between the plan of a checkpoint and its switch' plug
ok '... and the checkpoint is made' go_on
CHECKPOINT=$(vxe snapshot-list name-label=memory --minimal)
is '... with that disk' "$(vxe vbd-list vm-uuid="$CHECKPOINT" device=sdb --minimal params=device)" sdb
isnt '... which has a new layer' "$(on_sdb)" "$PWD/three.qcow2"
ok '... the guest goes on' guest_counts web
ok '... and goes back to it' vxe snapshot-revert snapshot-uuid="$CHECKPOINT"
ok '... with its memory' vxe vm-resume uuid="$UUID"
ok '... which counts' guest_counts web
isnt '... on a layer of the disk' "$(on_sdb)" "$PWD/three.qcow2"
is '... that has its content' "$(byte_of "$(on_sdb)" 1M)" 33
virsh -q destroy web
exits 0 'nothing is wrong' vxe check

# ---- a disk that goes

has_no_sda() { [ -z "$(on_sda)" ]; }
virsh -q start web
ok 'the guest counts' guest_counts web
stand_at vm-snapshot:intent vm-snapshot uuid="$UUID" new-name-label=gone
# Not while the guest's firmware waits for this disk: it would wait for ever.
virsh -q suspend web
virsh -q detach-disk web sda --live
ok 'a disk goes between the plan and the switch' wait_until 10 has_no_sda
virsh -q resume web
ok '... the snapshot is made' go_on
ok '... the guest goes on' guest_counts web
virsh -q destroy web
virsh -q start web
ok '... it starts again' guest_counts web
is '... with the disk and its content' "$(byte_of "$(on_sda)" 1M)" 11
ok '... which the next snapshot has, too' vxe vm-snapshot uuid="$UUID" new-name-label=back
virsh -q destroy web
exits 0 'nothing is wrong' vxe check
