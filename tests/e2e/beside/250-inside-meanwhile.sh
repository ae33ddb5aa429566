#!/bin/bash
# SPDX-License-Identifier: MIT
# virsh makes an internal snapshot while a command of vxe is about to leave the file, after it has looked for some.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

[ "$HOST_MODE" = system ] || skip_all "a user's libvirt writes to no file whose write bits vxe has taken for the copy"
leaf_of() { vdi_files "$1" | head -n 1; }
inside() { qemu-img snapshot -U -l "$1" 2>/dev/null | awk 'NR > 2 { print $2 }'; }
# It may come to the same point again.
goes_on() { ! kill -CONT $VXE_PID 2>/dev/null; }
# beside POINT NAME COMMAND...: COMMAND stands at POINT while virsh makes the snapshot NAME of guest G. Sets STATUS, ERR.
beside() {
  local point=$1 name=$2
  shift 2
  VXE_FAILPOINT=$point=stop "$VXE" "$@" >out 2>err &
  VXE_PID=$!
  ok "$1 stands" wait_until 20 stands $VXE_PID
  ok "... virsh makes a snapshot" virsh -q snapshot-create-as "$G" "$name"
  keep_content "$name" "$UUID"
  ok '... and it ends' wait_until 60 goes_on
  wait $VXE_PID
  STATUS=$? ERR=$(cat err)
}
# refused NAME FILE: the command has ended without leaving FILE, which holds NAME.
refused() {
  is '... it is refused' $STATUS 7
  like '... with its name' "$ERR" "$1 \\("
  is '... the VM has its file' "$(leaf_of "$UUID") $(source_of "$G" vda)" "$2 $2"
  is '... which holds the snapshot' "$(inside "$2")" "$1"
}
# usable NAME: virsh can go back to it, and that brings its content.
usable() {
  stamp "$(leaf_of "$UUID")" 99 3M
  ok '... virsh goes back to it' virsh -q snapshot-revert "$G" "$1"
  ok '... which brings its content' has_content "$1" "$UUID"
  ok '... virsh deletes it' virsh -q snapshot-delete "$G" "$1"
}

# ---- vdi-flatten ---------------------------------------------------------------------------------------

G=flat
small_guest flat 1
stamp_disks "$UUID" 11 1M
ok 'a snapshot of ours' snapshot "$UUID" ours
ours=$SNAP
stamp_disks "$UUID" 21 2M
disk=$(vdi_of "$UUID")
leaf=$(leaf_of "$UUID")
beside vdi-flatten:move in1 vdi-flatten uuid="$disk"
refused in1 "$leaf"
usable in1

ok 'the guest counts' guest_start flat
beside vdi-flatten:make-image live1 vdi-flatten uuid="$disk"
refused live1 "$leaf"
ok '... virsh deletes it' virsh -q snapshot-delete flat live1
ok '... and the guest goes on' guest_counts flat
# Between that look and QEMU's copy.
beside vdi-flatten:job live2 vdi-flatten uuid="$disk"
refused live2 "$leaf"
ok '... virsh goes back to it' virsh -q snapshot-revert flat live2
ok '... and the guest counts' guest_counts flat
ok '... virsh deletes it' virsh -q snapshot-delete flat live2
virsh -q destroy flat

# ---- others that leave the file ---------------------------------------------------------------------------

beside snapshot-revert:define in2 snapshot-revert uuid="$ours"
refused in2 "$leaf"
usable in2
keep_content last "$UUID"
qemu-img convert -f qcow2 -O raw "$leaf" new.raw
beside vdi-import:define in3 vdi-import uuid="$disk" filename=new.raw
refused in3 "$leaf"
usable in3
# A snapshot would freeze it, and a revert of virsh's rewrite it: it is hidden then.
beside vm-snapshot:switch in4 vm-snapshot uuid="$UUID" new-name-label=second
is 'a snapshot is made' $STATUS 0
is '... libvirt knows nothing that could rewrite its layer' "$(virsh -q snapshot-list flat --name | grep .)" ''
ok '... which holds that' has_content in4 "$(cat out)"
ok 'vxe check names no danger' vxe check
second=$(cat out)

# Beside one that the plan knows already.
ok 'that goes' vxe snapshot-uninstall uuid="$second" force=true
beside vm-snapshot:forget-kept in6 vm-snapshot uuid="$UUID" new-name-label=second
is 'a snapshot is made' $STATUS 0
is '... libvirt knows nothing that could rewrite its layer' "$(virsh -q snapshot-list flat --name | grep .)" ''
ok '... which holds that' has_content in6 "$(cat out)"
ok 'vxe check names no danger' vxe check
second=$(cat out)

# ---- merges ----------------------------------------------------------------------------------------------------

ok 'that goes' vxe snapshot-uninstall uuid="$second" force=true
in4=$(plain snapshot-list name-label=in4 --minimal)
ok 'the internal ones, too' vxe snapshot-uninstall uuid="$in4" force=true
ok '... by virsh' virsh -q snapshot-delete flat in6
keep_content last "$UUID"
beside coalesce-commit:switch in5 snapshot-uninstall uuid="$ours" force=true
is 'ours goes' $STATUS 0
is '... its layer stays, with the snapshot' "$(source_of flat vda) $(inside "$leaf")" "$leaf in5"
ok '... the VM has what it had' has_content last "$UUID"
usable in5
ok 'vxe check is clean' vxe check
