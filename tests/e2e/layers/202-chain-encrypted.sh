#!/bin/bash
# SPDX-License-Identifier: MIT
# A snapshot of virsh's on an encrypted disk: the layer that the guest writes to is plain, and only the definition leads
# to the secret of the one below. No command of vxe takes it away, none puts a layer on it (VXE_DISK_ENCRYPTED), and
# check names it.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

SECRET=0a81f5b2-8403-7b23-c8d6-21ccc2f80d61
printf 0123456789abcdef >key
echo "<secret ephemeral='no' private='no'><uuid>$SECRET</uuid></secret>" >secret.xml
ok 'a secret' virsh -q secret-define secret.xml
virsh -q secret-set-value $SECRET --file key --plain
# It measures the CPU first, which fails now and then on a busy machine ("Unable to get accurate CPU usage").
wait_until 20 qemu-img create -q -f qcow2 --object secret,id=s,file=key \
  -o encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=10 eq.qcow2 $DISK_SIZE
luks() { qemu-io --object secret,id=s,file=key -c "$1" --image-opts "driver=qcow2,encrypt.key-secret=s,file.filename=$2"; }
inside() { # FILE: its content, through the layers of the guest
  qemu-img convert -U --object secret,id=s,file=key --image-opts -O raw \
    "driver=qcow2,file.filename=$1,backing.driver=qcow2,backing.encrypt.key-secret=s,backing.file.filename=$PWD/eq.qcow2" now.raw
}
wait_until 20 luks "write -q -s $TOOLS/tick.bin 0 1024" eq.qcow2 >/dev/null
luks 'write -q -P 7 1M 64k' eq.qcow2 >/dev/null
mkdir -p "$HOST_DIR/s" && chmod 1777 "$HOST_DIR/s"
guest_xml eq - "$PWD/eq.qcow2" | sed "s#<source file='$PWD/eq.qcow2'/>#<source file='$PWD/eq.qcow2'>\
<encryption format='luks'><secret type='passphrase' uuid='$SECRET'/></encryption></source>#" >eq.xml
ok 'an encrypted disk' virsh -q define eq.xml
UUID=$(virsh domuuid eq)
ok 'the guest starts' guest_start eq
vxe vm-list >/dev/null
ok 'virsh takes a snapshot' virsh -q snapshot-create-as eq s --disk-only --atomic
LEAF=$(virsh -q domblklist eq | awk '{ print $2 }')
below() { virsh -q dumpxml --inactive eq | sed -n '/<backingStore/,/<target/{/<target/d;p}' | tr -d ' \n'; }
like 'the secret stands below' "$(below)" "<encryption.*uuid='$SECRET'"
BELOW=$(below)

# ---- nothing is put on it -----------------------------------------------------------------------------

refused() { # WHAT COMMAND...
  exits 7 "$1 is refused" vxe "${@:2}"
  like "$1: ... as encrypted, with the layer" "$ERR" "encrypted.*layer: $PWD/eq.qcow2"
}
# What vxe learns of virsh's snapshot first is no change of this.
plain snapshot-list >/dev/null
note_everything
refused vm-snapshot vm-snapshot uuid="$UUID" new-name-label=mine
refused vm-checkpoint vm-checkpoint uuid="$UUID" new-name-label=mine
refused vm-suspend vm-suspend uuid="$UUID"
unchanged 'nothing has changed'
ok 'the guest counts' guest_counts eq
run vxe check
like 'vxe check names it' "$OUT" "disk vda: $PWD/eq.qcow2 below it is encrypted, and what the guest writes to $LEAF is plain text"

# ---- the secret stays --------------------------------------------------------------------------------

ok 'the VM gets a description' vxe vm-param-set uuid="$UUID" name-description=x
is 'the definition leads to the secret as before' "$(below)" "$BELOW"
virsh -q destroy eq
ok 'vm-start' vxe vm-start uuid="$UUID"
ok 'the guest counts' guest_counts eq
virsh -q destroy eq
ok 'what it reads' inside "$LEAF"
is 'is what it wrote before' "$(byte_of now.raw 1M raw)" 7
refused 'a snapshot of the halted VM' vm-snapshot uuid="$UUID" new-name-label=mine
refused vm-clone vm-clone uuid="$UUID" new-name-label=mine
refused vm-export vm-export uuid="$UUID" filename=eq.xva
wrong VXE_DISK_ENCRYPTED 'vm-snapshot once more' vm-snapshot uuid="$UUID" new-name-label=mine
leads VXE_DISK_ENCRYPTED 1 VM="$UUID" NAME=without
is 'leaves the secret in the definition' "$(below)" "$BELOW"
not_ok 'a revert to the snapshot of virsh is refused' vxe snapshot-revert snapshot-uuid="$(plain snapshot-list name-label=s --minimal)"
like '... as encrypted' "$ERR" 'it is encrypted'
is 'the secret stays' "$(below)" "$BELOW"
guest_start eq
is 'the guest boots from it' "$(guest_disk_count eq)" 1
virsh -q destroy eq
virsh -q snapshot-delete eq s --metadata
virsh -q secret-undefine $SECRET
