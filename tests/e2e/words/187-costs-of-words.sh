#!/bin/bash
# SPDX-License-Identifier: MIT
# What a word costs that means one object, its first digits or its name, and what the sizes of one VM's snapshots cost: the
# same calls of libvirt, opened files and rows of the store among 200 VMs as among ten.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/costs.sh"

digits() { cut -c1-8 <<<"$1"; }

# acts FILE: each act once; their costs go to FILE.
acts() {
  COSTS=$1
  rm -f "$COSTS"
  act name vm-param-get uuid="$(digits "$UUID")" param-name=name-label
  is '... is that of the VM' "$OUT" web
  act state vm-param-get uuid="$(digits "$UUID")" param-name=power-state
  act filter vm-list uuid="$(digits "$UUID")" --minimal
  act set vm-param-set uuid="$(digits "$UUID")" name-description="$1"
  act of snapshot-list snapshot-of="$(digits "$UUID")" --minimal
  is '... are its snapshots' "$OUT" "$(plain snapshot-list snapshot-of="$UUID" --minimal)"
  act snapshot snapshot-param-get uuid="$(digits "$SNAP")" param-name=name-label
  act disk vdi-param-get uuid="$(digits "$DISK")" param-name=name-label
  act set-disk vdi-param-set uuid="$(digits "$DISK")" name-description="$1"
  act start vm-start vm="$(digits "$UUID")"
  act shutdown vm-shutdown vm="$(digits "$UUID")" --force
  act start-name vm-start vm=web
  act shutdown-name vm-shutdown vm=web --force
  act snapshot-name snapshot-param-get uuid=second param-name=uuid
  act revert-name snapshot-revert vm=web snapshot=second --dry-run
  act sizes snapshot-list snapshot-of="$UUID" params=size --minimal
}

small_guest web 1
for name in first second third; do
  snapshot "$UUID" $name
  stamp "$(vdi_file "$(vdi_of "$UUID")")" 1 1M 256k
done
DISK=$(vdi_of "$UUID")
guest_disk_make empty.qcow2 $DISK_SIZE
chmod 0711 . && domains_up_to 10
plain vm-list >/dev/null
log_messages
acts first # what is known of them is kept now
acts few
sizes=$OUT
domains_up_to 200
plain vm-list >/dev/null
for i in {20..59}; do plain vm-snapshot vm="d$i" new-name-label="s$i" >/dev/null || diag "no snapshot of d$i"; done
acts first
acts many
is 'the sizes are the same' "$OUT" "$sizes"
log_as_before
while read -r act opened rows calls bytes; do
  diag "note $act: $opened files, $rows rows, $calls calls, $bytes bytes"
done <many
is 'every act is counted' "$(awk '$2 > 3 && $3 > 10' few | wc -l)" 15
is 'an act among 200 VMs costs as much as among ten' "$(dearer few many)" ''

# A domain that nobody has seen yet begins like a VM, or is called like the digits: that is still found.
twin=$(digits "$UUID")-0000-4000-8000-000000000000
virsh -q define <(echo "<domain type='qemu'><name>twin</name><uuid>$twin</uuid><memory>1024</memory>
  <os><type>hvm</type></os></domain>") >/dev/null
exits 4 'digits of a VM and of a domain without a record' vxe vm-destroy uuid="$(digits "$UUID")"
like '... names the one' "$ERR" "$UUID  VM 'web'"
like '... and the other' "$ERR" "$twin  VM 'twin'"
virsh -q undefine twin
is 'when it has gone they mean the VM' "$(vxe vm-list uuid="$(digits "$UUID")" --minimal)" "$UUID"
virsh -q define <(echo "<domain type='qemu'><name>$(digits "$DISK")</name><memory>1024</memory>
  <os><type>hvm</type></os></domain>") >/dev/null
is 'the name of a VM is none of a disk' "$(vxe vdi-param-get uuid="$(digits "$DISK")" param-name=uuid)" "$DISK"
virsh -q define <(echo "<domain type='qemu'><name>$(digits "$UUID")</name><memory>1024</memory>
  <os><type>hvm</type></os></domain>") >/dev/null
exits 4 'digits of a VM, name of a domain without a record' vxe vm-uninstall vm="$(digits "$UUID")" --force
like '... names the one' "$ERR" "$UUID  VM 'web'"
like '... and the other' "$ERR" "  VM '$(digits "$UUID")'"
virsh -q create <(echo "<domain type='qemu'><name>passing</name><uuid>fedcba98-0000-4000-8000-000000000001</uuid>
  <memory unit='MiB'>32</memory><os><type>hvm</type></os></domain>") >/dev/null
is 'a transient domain is found' "$(vxe vm-list uuid=fedcba98 --minimal)" fedcba98-0000-4000-8000-000000000001
virsh -q destroy passing
exits 3 'digits of nothing' vxe vm-list uuid=fedcba98
ln -s "$VXE" xe
for text in abc "${UUID}0"; do
  exits 3 "'$text' is neither the UUID nor the name of a VM" vxe vm-list uuid="$text" --minimal
  ok '... as xe an empty list' ./xe vm-list uuid="$text" --minimal
  is '... with nothing in it' "$OUT" ''
done
ok 'vxe check is clean' vxe check
finish
