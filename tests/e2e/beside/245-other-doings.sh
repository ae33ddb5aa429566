#!/bin/bash
# SPDX-License-Identifier: MIT
# What virsh, virt-manager and others do to a VM with layers of vxe, beside what other tests have: sizes, media, and
# storage that is removed with or without the definition. What vxe says, what 'vxe check' says, and the way back.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

size_of() { plain vdi-param-get uuid="$1" param-name=virtual-size; }
vdi_at() { plain vbd-list vm-uuid="$1" type=Disk userdevice="${2-0}" params=vdi-uuid --minimal; }
clean() { ok "$1: vxe check is clean" vxe check; }
# problems WHAT REGEX: what vxe check says, without taking anything over.
problems() {
  run vxe check "${@:3}"
  like "$1: vxe check names it" "$OUT$ERR" "$2"
}

virsh -q pool-create-as here dir --target "$PWD" >/dev/null
truncate -s 256K one.iso two.iso
GUEST_EXTRA="<disk type='file' device='cdrom'><driver name='qemu' type='raw'/><source file='$PWD/one.iso'/><target dev='hda' bus='ide'/><readonly/></disk>"
small_guest g 2 || exit 1
g=$UUID
plain vm-list >/dev/null
stamp g-1.qcow2 17
snap=$(plain vm-snapshot uuid="$g" new-name-label=s)
keep_content snap "$snap"

# ---- a size

guest_start g
virsh -q blockresize g vda 8M >/dev/null
problems 'blockresize, read only' 'it has 8388608 bytes, the record says 4194304.*vdi-update' --read-only
clean 'blockresize: taken over'
is '... in the record' "$(size_of "$(vdi_at "$g")")" 8388608
is "... the snapshot's disk keeps its size" "$(size_of "$(vdi_at "$snap")")" 4194304
ok '... the guest counts on' guest_counts g

# ---- a medium

virsh dumpxml g | sed -n "/<disk .*device='cdrom'/,/<.disk>/p" | sed "s#one.iso#two.iso#; /<alias\|<backingStore/d; s# index='[0-9]*'##" >cd.xml
virsh -q update-device g cd.xml --live --config >/dev/null
ok 'update-device of a medium: vm-snapshot' vxe vm-snapshot uuid="$g" new-name-label=cd
like '... has the other one' "$(plain vm-cd-list uuid="$g" vbd-params=vdi-name-label vdi-params=name-label 2>/dev/null; plain vdi-list params=name-label --minimal)" two.iso
vxe snapshot-uninstall uuid="$OUT" --force >/dev/null
virsh -q destroy g >/dev/null
clean 'a medium'

# ---- what virt-sparsify --in-place does: blocks of the VM's own image are given back

mapfile -t files < <(vdi_files "$g")
qemu-io -f qcow2 -c 'write -q -P 9 2M 1M' -c 'discard 2M 1M' "${files[1]}" >/dev/null
clean 'discarded in place'
ok '... the snapshot holds what it held' has_content snap "$snap"

# ---- a header

not_ok 'rebase -u: vm-snapshot' sh -c "qemu-img create -q -f qcow2 -b '$PWD/g-0.qcow2' -F qcow2 other.qcow2 && qemu-img rebase -u -f qcow2 -F qcow2 -b '$PWD/other.qcow2' '${files[1]}' && '$VXE' vm-snapshot uuid=$g new-name-label=x"
like '... is refused, with the way out' "$ERR" 'qemu-img rebase -u'
problems 'rebase -u' 'its header names another backing file than the record'
qemu-img rebase -u -f qcow2 -F qcow2 -b "$PWD/g-1.qcow2" "${files[1]}"
clean 'put back'

# ---- what migrate --undefinesource leaves here: first a transient guest, then none

guest_start g
virsh -q dumpxml --inactive g >then.xml
keep_content left "$g"
virsh -q undefine g >/dev/null
not_ok 'the definition has left: vm-snapshot' vxe vm-snapshot uuid="$g" new-name-label=x
like '... is refused' "$ERR" 'transient'
virsh -q destroy g >/dev/null
keep_content left "$g"
problems '... and' 'g has no domain in libvirt'
virsh -q define then.xml >/dev/null
clean '... defined here again'
ok '... it has its disks' has_content left "$g"
is '... and its snapshot' "$(plain snapshot-list snapshot-of="$g" --minimal)" "$snap"

# ---- the disks go with the definition: virt-manager's "delete disks", undefine --remove-all-storage

virsh -q pool-refresh here
virsh -q undefine g --remove-all-storage >/dev/null
not_ok 'undefine --remove-all-storage takes the layer that the VM writes to' test -e "${files[1]}"
problems '... and' "g has no domain in libvirt"
like '... and the file' "$OUT" "the file is missing: ${files[1]}"
ok 'snapshot-revert brings the VM back' vxe snapshot-revert snapshot-uuid="$snap"
ok '... as of the snapshot' has_content snap "$g"
clean '... and nothing is left of the layers that went'
guest_start g && ok '... it counts' guest_counts g
virsh -q destroy g >/dev/null

# ---- vol-delete: of the layer that the VM writes to, and of one that a snapshot needs

mapfile -t files < <(vdi_files "$g")
virsh -q pool-refresh here
virsh -q vol-delete "${files[1]}" >/dev/null
problems 'vol-delete of the layer' "the file is missing: ${files[1]}"
not_ok '... the VM does not start' vxe vm-start uuid="$g"
ok '... snapshot-revert' vxe snapshot-revert snapshot-uuid="$snap"
ok '... brings back what the snapshot holds' has_content snap "$g"
clean '... and'
cp g-1.qcow2 kept.copy
virsh -q pool-refresh here
virsh -q vol-delete "$PWD/g-1.qcow2" >/dev/null
problems 'vol-delete of a layer of a snapshot' "g-1.qcow2: the file is missing"
not_ok '... the VM does not start' vxe vm-start uuid="$g"
not_ok '... nor is the snapshot reverted to' vxe snapshot-revert snapshot-uuid="$snap"
mv kept.copy g-1.qcow2 && chmod a-w g-1.qcow2
ok '... with the file put back from a backup it starts' vxe vm-start uuid="$g"
ok '... with its content' has_content snap "$snap"
