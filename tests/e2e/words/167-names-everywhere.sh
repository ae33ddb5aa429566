#!/bin/bash
# SPDX-License-Identifier: MIT
# As vxe, the first digits of a UUID also name the layers of vdi-merge, the disks of vdi:KEY= and the objects of messages:
# what they mean is done to the right one, byte for byte, and digits of several change nothing.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

ln -s "$VXE" xe
digits() { cut -c1-"${2:-13}" <<<"$1"; }
content() { qemu-img convert -U -f qcow2 -O raw "$1" now.raw && sha256sum <now.raw; }
layer() { plain vdi-chain-list uuid="$disk" --json | jq -r ".[$1].\"vdi-uuid\""; }
depth() { plain vdi-chain-list uuid="$disk" --json | jq length; }

diag 'vdi-merge'
small_guest web 1
web=$UUID
lowest=$PWD/web-0.qcow2 file=$PWD/web-0.qcow2
stamp "$file" 10
for i in 1 2 3; do
  qemu-img create -q -f qcow2 -b "$file" -F qcow2 "web-l$i.qcow2"
  file=$PWD/web-l$i.qcow2
  stamp "$file" $((10 + i)) ${i}M
done
chmod 0666 ./*.qcow2
virsh undefine web >/dev/null
guest_define web - "$file"
web=$(virsh domuuid web | head -n 1)
vxe vm-list >/dev/null
disk=$(vdi_of "$web")
sum=$(content "$file")
is 'four layers' "$(depth)" 4
mapfile -t layers < <(for i in 0 1 2 3; do layer $i; done)
note_everything
exits 3 'digits of no disk' vxe vdi-merge uuid="$disk" base=0000000f
like '... says so' "$ERR" "None of the .* has a UUID that begins with '0000000f'"
unchanged '... and does nothing'
exits 0 'a dry run' vxe vdi-merge uuid="$disk" top="$(digits "${layers[1]}")" base="$(digits "${layers[2]}" 8)" --dry-run
like '... means these layers' "$OUT" "merge: $PWD/web-l2.qcow2 into $PWD/web-l1.qcow2"
unchanged '... and does nothing'
exits 0 'one layer into the next, by digits' vxe vdi-merge uuid="$(digits "$disk")" top="$(digits "${layers[1]}")" \
  base="$(digits "${layers[2]}" 8)"
is '... three are left' "$(depth)" 3
not_ok '... without that one' test -e web-l2.qcow2
is '... every byte is there' "$(content "$file")" "$sum"
exits 0 'a file is still a file' vxe vdi-merge uuid="$disk" base="$lowest" --dry-run
run ./xe vdi-merge uuid="$disk" base="$(digits "${layers[3]}")"
like 'xe does not know the command' "$ERR" 'Unknown command'

# Two disks of the same first digits.
sr=$(plain pool-list params=default-SR --minimal)
place=$(plain pbd-list sr-uuid="$sr" params=device-config --minimal | sed -n 's/.*location: //p')
twins=(5c1f2a64-3b5e-4d7a-9b43-2f0d8f6f7a11 5c1f2a64-3b5e-4d7a-9b43-2f0d8f6f7a12)
for i in 0 1; do
  qemu-img create -q -f qcow2 "$place/twin$i.qcow2" "$DISK_SIZE"
  stamp "$place/twin$i.qcow2" $((70 + i))
  chmod 0666 "$place/twin$i.qcow2"
  vxe vdi-introduce uuid="${twins[$i]}" sr-uuid="$sr" type=user location=twin$i.qcow2 name-label=twin$i >/dev/null
done
both() {
  like '... lists the one' "$ERR" "${twins[0]}  .*twin0"
  like '... and the other' "$ERR" "${twins[1]}  .*twin1"
}
note_everything
for word in base top; do
  exits 4 "$word= of two disks" vxe vdi-merge uuid="$disk" $word=5c1f2a64
  both
done
unchanged '... and nothing is merged'

diag 'vdi:KEY= of vm-import'
vxe vm-export uuid="$web" metadata=true filename=web.xva >/dev/null
key=$disk
import() { vxe vm-import filename=web.xva metadata=true "$@"; }
note_everything
exits 4 'digits of two disks' import vdi:"$key"=5c1f2a64-3b5e
both
exits 3 'digits of none' import vdi:"$key"=0000000f
unchanged '... nothing is imported'
exits 0 'digits of one' import vdi:"$key"="$(digits "${twins[1]}" 36 | cut -c1-35)2"
vxe vm-destroy uuid="$OUT"
vxe vdi-destroy uuid="${twins[0]}"
exits 0 '... that are fewer when the other is gone' import vdi:"$key"=5c1f2a64
is '... it has that disk' "$(vdi_of "$OUT")" "${twins[1]}"
is '... with its bytes' "$(qemu-io -U -r -f qcow2 -c 'read -q -P 71 1M 64k' "$(vdi_files "$OUT")" 2>&1)" ''
vxe vm-destroy uuid="$OUT"
not_ok 'xe takes whole UUIDs' ./xe vm-import filename=web.xva metadata=true vdi:"$key"=5c1f2a64

diag 'obj-uuid= of messages'
small_guest db 1
db=$UUID
vxe vm-list >/dev/null
vxe message-create name=first priority=3 body=b vm-uuid="$web" >/dev/null
vxe message-create name=second priority=3 body=b vm-uuid="$db" >/dev/null
names() { vxe message-list "$@" params=name --minimal; }
is 'of one VM' "$(names name=first obj-uuid="$(digits "$web")")" first
is 'of the other' "$(names name=second obj-uuid="$(digits "$db" 8)")" second
is '... with another filter' "$(names name=first obj-uuid="$(digits "$db")")" ''
vxe vm-destroy uuid="$db"
is 'of a VM that is gone' "$(names name=second obj-uuid="$(digits "$db")")" second
exits 3 'of none' vxe message-list obj-uuid=0000000f
like '... says so' "$ERR" "In none of the messages does obj-uuid begin with '0000000f'"
# Two VMs of the same first digits.
for i in 1 2; do
  virsh dumpxml web --inactive | sed -E "s|<name>.*</name>|<name>twin$i</name>|; s|<uuid>.*</uuid>|<uuid>7d000000-3b5e-4d7a-9b43-2f0d8f6f7a1$i</uuid>|
    /<disk /,/<.disk>/d; /<interface /,/<.interface>/d; /<metadata>/,/<.metadata>/d; s|<nvram.*||" >twin.xml
  virsh -q define twin.xml
  vxe vm-list >/dev/null
  vxe message-create name=twin priority=3 body=b vm-uuid=7d000000-3b5e-4d7a-9b43-2f0d8f6f7a1$i >/dev/null
done
exits 4 'of two VMs' vxe message-list obj-uuid=7d000000
like '... lists them' "$ERR" "7d000000-3b5e-4d7a-9b43-2f0d8f6f7a12  vm 'twin2'"
is 'as xe a UUID is whole' "$(./xe message-list obj-uuid="$(digits "$web")" --minimal)" ''
ok 'vxe check is clean' vxe check
