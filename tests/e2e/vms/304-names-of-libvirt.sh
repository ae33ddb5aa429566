#!/bin/bash
# SPDX-License-Identifier: MIT
# Names that libvirt has in another form than vxe, and names that meanwhile are another guest's: what vm= selects, and what
# if-needed= takes for there. Volumes of a pool that were moved, cloned or swapped: the disk of a VM is the file that its
# definition names, and its VDI, its size and what is removed are of that file.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

NL=$'\n'
uuid_of() { virsh domuuid "$1" | head -n 1; }
found() { vxe vm-list name-label="$1" --minimal; }
name_of() { plain vm-param-get uuid="$1" param-name=name-label; }

# ---- what libvirt forbids in names

small_guest base 1
declare -A vm
for name in a/b a_b "a${NL}b" a_b-2; do
  ok "vm-clone to $(printf %q "$name")" vxe vm-clone vm=base new-name-label="$name"
  vm[$name]=$OUT
done
is 'libvirt has a name for each' "$(virsh -q list --all --name | grep -c '^a_b')" 4
for name in a/b a_b "a${NL}b" a_b-2; do
  is "$(printf %q "$name") is found by its name alone" "$(found "$name")" "${vm[$name]}"
done
is 'the prompt names one' "$(echo no | vxe vm-uninstall vm=a_b | sed -n 's/^VM : \([^ ]*\) .*/\1/p')" "${vm[a_b]}"
ok 'vm-uninstall by the name' vxe vm-uninstall vm=a_b --force
is '... removes that one' "$(vxe vm-list --minimal | tr , '\n' | grep -c "${vm[a_b]}")" 0
for name in a/b "a${NL}b" a_b-2; do
  ok "... $(printf %q "$name") is there" virsh dominfo "${vm[$name]}"
done
is 'the name selects nothing any more' "$(found a_b)" ''
slash=$(virsh domname "${vm[a/b]}")
virsh -q domrename "$slash" a_c
is 'after a rename libvirt'\''s name is the name' "$(found a/b) $(found a_c)" " ${vm[a/b]}"
virsh -q domrename a_c "$slash"
is '... and that of before, too, without the character' "$(found a/b) $(found "$slash")" " ${vm[a/b]}"

# ---- if-needed=

small_guest db 1
db=$UUID
ok 'vm-clone if-needed=true' vxe vm-clone vm=base new-name-label=app if-needed=true
app=$OUT
is '... once' "$(vxe vm-clone vm=base new-name-label=app if-needed=true)" "$app"
virsh -q domrename app app-old
virsh -q domrename db app
exits 0 'the name is another guest'\''s' vxe vm-clone vm=base new-name-label=app if-needed=true
is '... which has it' "$OUT" "$db"
ok 'a snapshot' vxe vm-snapshot vm=app new-name-label=s if-needed=true
is '... is of the guest that virsh calls so' "$(plain snapshot-param-get uuid="$OUT" param-name=snapshot-of)" "$db"
kept=$OUT
virsh -q domrename app db
virsh -q domrename app-old app
ok 'after the names have been swapped back' vxe vm-snapshot vm=app new-name-label=s if-needed=true
isnt '... that snapshot is not taken for one of the other' "$OUT" "$kept"
is '... there is one' "$(plain snapshot-param-get uuid="$OUT" param-name=snapshot-of)" "$app"
virsh -q domrename app gone
exits 0 'nobody has the name any more' vxe vm-clone vm=base new-name-label=app if-needed=true
isnt '... a new one is made' "$OUT" "$app"
is '... of that name' "$(name_of "$OUT")" app

# ---- volumes

mkdir vols
cd vols || exit 1
virsh -q pool-define-as vols dir --target "$PWD" >/dev/null && virsh -q pool-start vols >/dev/null
DISK_SIZE=4M small_guest p 1
p=$UUID
DISK_SIZE=6M small_guest q 1
q=$UUID
stamp p-0.qcow2 17
stamp q-0.qcow2 33
plain vm-list >/dev/null
vdi_p=$(vdi_of "$p") vdi_q=$(vdi_of "$q")
size_of() { plain vdi-param-get uuid="$1" param-name=virtual-size; }
# disk_of VM FILE MIB BYTE: its disk is that file in libvirt, and in vxe, which has its size and content.
disk_of() {
  local file=$PWD/$2 vdi
  is "$1 has $2 in libvirt" "$(virsh -q domblklist "$1" | awk '{ print $2; exit }')" "$file"
  ok '... in vxe, after a command that acts' act "$(uuid_of "$1")"
  vdi=$(vdi_of "$(uuid_of "$1")")
  is '... its file and size' "$(vdi_file "$vdi") $(size_of "$vdi")" "$file $(($3 << 20))"
  rm -f out.raw
  ok '... an export' vxe vdi-export uuid="$vdi" filename=out.raw format=raw
  is '... has its content' "$(dd if=out.raw bs=1 skip=1M count=1 status=none | od -An -tu1 | tr -d ' ')" "$4"
}
exchange() { mv p-0.qcow2 x && mv q-0.qcow2 p-0.qcow2 && mv x q-0.qcow2; }
disk_of p p-0.qcow2 4 17
exchange
virsh -q pool-refresh vols
disk_of p p-0.qcow2 6 33
disk_of q q-0.qcow2 4 17
is 'the VDIs are those of the files' "$(vdi_of "$p") $(vdi_of "$q")" "$vdi_p $vdi_q"
for name in p q; do
  virsh -q vol-clone $name-0.qcow2 c-$name.qcow2 vols >/dev/null && virsh -q vol-delete $name-0.qcow2 vols >/dev/null
done
virsh -q vol-clone c-p.qcow2 q-0.qcow2 vols >/dev/null && virsh -q vol-clone c-q.qcow2 p-0.qcow2 vols >/dev/null
disk_of p p-0.qcow2 4 17
disk_of q q-0.qcow2 6 33
for name in p q; do
  virsh dumpxml --inactive $name | sed 's#/p-0.qcow2#/@#; s#/q-0.qcow2#/p-0.qcow2#; s#/@#/q-0.qcow2#' >$name.xml
done
virsh -q define p.xml >/dev/null && virsh -q define q.xml >/dev/null
exits 7 'definitions that swap their disks are not taken over' act "$p"
like '... both are named' "$ERR" "file: $PWD/p-0.qcow2${NL}found: $PWD/q-0.qcow2"
ok '... and vm-uninstall takes none of them' vxe vm-uninstall vm=p --dry-run
is '... but keeps the one on record' "$(sed -n 's/^kept: VDI \([^ ]*\) .*/\1/p; /^VDI/p' <<<"$OUT")" "$vdi_p"
for name in p q; do ok "vm-adopt-disks of $name" vxe vm-adopt-disks vm=$name keep=definition; done
disk_of p q-0.qcow2 6 33
disk_of q p-0.qcow2 4 17
is 'the VDIs are those of the files' "$(vdi_of "$p") $(vdi_of "$q")" "$vdi_q $vdi_p"
ok 'vm-uninstall' vxe vm-uninstall vm=p --force
is '... keeps both files, as vxe has made none' "$(echo ?-0.qcow2)" 'p-0.qcow2 q-0.qcow2'
disk_of q p-0.qcow2 4 17

# ---- renamed, with a snapshot

ok 'a snapshot' vxe vm-snapshot vm=q new-name-label=s
kept=$OUT
stamp_disks "$q" 51
mv p-0.qcow2 z.qcow2
qemu-img create -q -f qcow2 p-0.qcow2 4M
exits 7 'another file in the place of a layer is not read' vxe snapshot-copy uuid="$kept" new-name-label=c
like '... which is said' "$ERR" 'VXE_LAYER_CHANGED|changed outside vxe'
exits 7 '... nor reverted to' vxe snapshot-revert uuid="$kept"
mv z.qcow2 p-0.qcow2
ok 'back in its place it is' vxe snapshot-revert uuid="$kept"
is '... the content of then' "$(qemu-io -r -f qcow2 -c 'read -P 17 1M 64k' "$(vdi_files "$q")" | grep -c 'verification failed')" 0
cd ..
ok 'vxe check is clean' vxe check
