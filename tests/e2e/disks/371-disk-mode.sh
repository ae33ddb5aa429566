#!/bin/bash
# SPDX-License-Identifier: MIT
# vbd-param-set mode=RO: the definition has it, the guest cannot write, and it stays so over starts, snapshots, reverts and
# copies; mode=RW takes it back. A guest that is up keeps its mode, as in xe.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

small_guest one 2
stamp_disks "$UUID" 21
raw() { qemu-img convert -U -f qcow2 -O raw one-1.qcow2 "$1"; }
raw before.raw
B=$(plain vbd-list vm-uuid="$UUID" userdevice=1 --minimal)
mode() { plain vbd-param-get uuid="$B" param-name=mode; }
defined() { virsh dumpxml --inactive "$1" | tr -d '\n' | grep -q "target dev='vdb'[^>]*/>[^v]*<readonly/>"; }
# The mode with which QEMU has opened the disk.
opened() { virsh qemu-monitor-command "$1" --hmp "info block" | grep -c "$2 (qcow2, read-only)"; }

ok 'the second disk is protected' vxe vbd-param-set uuid="$B" mode=RO
is '... by the record' "$(mode)" RO
ok '... and the definition' defined "$UUID"
ok 'the guest starts' vxe vm-start uuid="$UUID"
is '... QEMU opens it read-only' "$(opened "$UUID" one-1.qcow2)" 1
is '... the record says so' "$(mode)" RO
exits 1 'while it runs the mode stays' vxe vbd-param-set uuid="$B" mode=RW
like '... as in xe' "$ERR" 'halted'
is '... in the record' "$(mode)" RO
ok 'it is stopped' vxe vm-shutdown uuid="$UUID" force=true
ok '... the guest has not written to the disk' eval 'raw after.raw && cmp before.raw after.raw'
keep_content one "$UUID" # it may have counted on the first one
snapshot "$UUID" s
ok 'a clone of it' vxe vm-clone uuid="$UUID" new-name-label=two && copy=$OUT
ok '... is protected' defined "$copy"
ok 'after a revert' vxe snapshot-revert snapshot-uuid="$SNAP"
B=$(plain vbd-list vm-uuid="$UUID" userdevice=1 --minimal)
is '... it is protected' "$(mode)" RO
ok '... and so is the definition' defined "$UUID"
ok 'the clone goes' vxe vm-destroy uuid="$copy"

ok 'a dry run' vxe vbd-param-set uuid="$B" mode=RW --dry-run
is '... changes nothing' "$(mode)" RO
ok '... nor the definition' defined "$UUID"
ok 'two fields at once' vxe vbd-param-set uuid="$B" mode=RW unpluggable=false
is '... the mode' "$(mode)" RW
is '... and the other' "$(plain vbd-param-get uuid="$B" param-name=unpluggable)" false
not_ok '... the definition, too' defined "$UUID"
ok 'its disks hold what they held' has_content one "$UUID"

# ---- what must not be written to

exits 1 'a CD cannot be written to' vxe vbd-param-set uuid="$(plain vbd-create vm-uuid="$UUID" device=3 type=CD mode=RO)" mode=RW
frozen=$(plain vbd-list vm-uuid="$SNAP" userdevice=0 params=vdi-uuid --minimal)
X=$(plain vbd-create vm-uuid="$UUID" vdi-uuid="$frozen" device=5 mode=RO)
exits 1 "a snapshot's disk cannot be written to" vxe vbd-param-set uuid="$X" mode=RW
like '... which is read-only' "$ERR" 'read-only|readonly'
is '... the mode stays' "$(plain vbd-param-get uuid="$X" param-name=mode)" RO
ok 'vxe check is clean' vxe check
