#!/bin/bash
# SPDX-License-Identifier: MIT
# vdi-chain-list and sm-config: the layers of disks as qemu-img knows them, and everything that uses them, on record or not.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

disk_of() { plain vbd-list vm-uuid="$1" userdevice="${2-0}" params=vdi-uuid --minimal; }
sm_config() { vxe vdi-param-get uuid="$1" param-name=sm-config param-key="$2"; }
# chain KEY ARG...: the values of the key, one line for each layer.
chain() { vxe vdi-chain-list "${@:2}" --json | jq -r ".[] | .\"$1\" | if type == \"array\" then join(\"; \") else . end"; }
# What qemu-img says of the chain of a file: lines of one member.
backing() { qemu-img info -U -f qcow2 --backing-chain --output=json "$1" | jq -r ".[].\"$2\""; }
sorted() { tr ';' '\n' <<<"$1" | sed 's/^ //' | sort; }

small_guest web 2
web=$UUID
vxe vm-list >/dev/null
leaf=$(disk_of "$web")

# ---- one layer

is 'a disk without layers has one' "$(chain file uuid="$leaf")" "$PWD/web-0.qcow2"
is 'it is the user'"'"'s own' "$(chain origin uuid="$leaf") $(chain state uuid="$leaf")" 'adopted-leaf writable'
is 'the VM uses it' "$(chain used-by uuid="$leaf")" "VM web ($web)"
is 'depth 1' "$(sm_config "$leaf" depth)" 1
run vxe vdi-param-get uuid="$leaf" param-name=sm-config param-key=vhd-parent
like 'nothing lies below' "$ERR" 'Key vhd-parent not found'

# ---- snapshots, a clone, a disk without a VM

stamp_disks "$web" 11
snapshot "$web" one
one=$SNAP
stamp_disks "$web" 22 2M
snapshot "$web" two
two=$SNAP
stamp_disks "$web" 33 3M
clone=$(vxe vm-clone uuid="$one" new-name-label=copy)
file=$(chain file uuid="$leaf" | head -n 1)
is 'the files are those of qemu-img, the leaf first' "$(chain file uuid="$leaf")" "$(backing "$file" filename)"
is 'the virtual sizes, too' "$(chain virtual-size uuid="$leaf")" "$(backing "$file" virtual-size)"
is 'what they take on the storage, too' "$(chain allocated uuid="$leaf")" "$(backing "$file" actual-size)"
is 'the depths go down to 1' "$(chain depth uuid="$leaf" | xargs)" '3 2 1'
is 'origins' "$(chain origin uuid="$leaf" | xargs)" 'made made adopted-leaf'
is 'states' "$(chain state uuid="$leaf" | xargs)" 'writable frozen frozen'
is 'each layer is somebody'"'"'s disk' "$(chain vdi-uuid uuid="$leaf" | xargs)" "$leaf $(disk_of "$two") $(disk_of "$one")"
is 'the leaf is the VM'"'"'s' "$(chain used-by uuid="$leaf" | sed -n 1p)" "VM web ($web)"
is 'the next one a snapshot'"'"'s' "$(chain used-by uuid="$leaf" | sed -n 2p)" "snapshot two ($two)"
is 'the lowest a snapshot'"'"'s and a clone'"'"'s' "$(sorted "$(chain used-by uuid="$leaf" | sed -n 3p)")" \
  "$(sorted "snapshot one ($one); template copy ($clone)")"
is 'sm-config: depth' "$(sm_config "$leaf" depth)$(sm_config "$(disk_of "$one")" depth)" 31
is 'sm-config: vhd-parent' "$(sm_config "$leaf" vhd-parent)" "$(disk_of "$two")"
is 'of a clone' "$(sm_config "$(disk_of "$clone")" vhd-parent)" "$(disk_of "$one")"

vxe snapshot-destroy uuid="$one"
is 'a snapshot goes, its disk stays' "$(sorted "$(chain used-by uuid="$leaf" | sed -n 3p)")" \
  "$(sorted "disk web-0.qcow2 ($(chain vdi-uuid uuid="$leaf" | sed -n 3p)); template copy ($clone)")"

# ---- VMs, forms of output

is 'by VM: all its disks' "$(chain chain-of vm=web | uniq | xargs)" "$leaf $(disk_of "$web" 1)"
vm2=$(vxe vm-clone uuid="$web" new-name-label=second)
run vxe vdi-chain-list
like 'without a name there are several VMs' "$ERR" 'Multiple matches VMs found'
is '--multiple takes all' "$(chain chain-of --multiple | uniq | wc -l)" 4
vxe vm-uninstall uuid="$vm2" --force >/dev/null
run vxe vdi-chain-list uuid="$leaf" --minimal
is '--minimal has the disks' "$OUT" "$(chain vdi-uuid uuid="$leaf" | paste -sd,)"
run vxe vdi-chain-list vm=web --tree
is 'the tree begins with the disk' "$(head -n 1 <<<"$OUT")" "web 0  $leaf"
is 'each layer further right' "$(grep -o '^ *[0-9]  /' <<<"$OUT" | head -n 3)" "  3  /
    2  /
      1  /"
like 'users below' "$OUT" "    *snapshot two \\($two\\)"
run vxe vdi-chain-list uuid="$leaf" --table
like 'a table has the names as its head' "$OUT" '^vdi-uuid *chain-of *depth'
run vxe vdi-chain-list uuid="$web"
is 'a VM is no disk' "$STATUS" 3
ln -s "$VXE" xe
run ./xe vdi-chain-list uuid="$leaf"
like 'xe has no such command' "$OUT$ERR" 'Unknown command'

# ---- who is not on record

middle=$(chain file uuid="$leaf" | sed -n 2p) lowest=$(chain file uuid="$leaf" | sed -n 3p)
qemu-img create -q -f qcow2 -b "$middle" -F qcow2 "$PWD/theirs.qcow2"
is 'an image of others' "$(sorted "$(chain used-by uuid="$leaf" | sed -n 2p)")" \
  "$(sorted "snapshot two ($two); image $PWD/theirs.qcow2")"
guest_xml stranger - "$PWD/theirs.qcow2" >stranger.xml
virsh -q create --paused stranger.xml
stranger=$(virsh domuuid stranger)
like 'a domain of others, below its own image' "$(chain used-by uuid="$leaf" | sed -n 2p)" "domain $stranger \\(stranger\\)"
like 'and further down' "$(chain used-by uuid="$leaf" | sed -n 3p)" "domain $stranger \\(stranger\\)"
virsh -q destroy stranger
rm theirs.qcow2
is 'they are gone' "$(chain used-by uuid="$leaf" | sed -n 2p)" "snapshot two ($two)"

# ---- running; a file that is gone; not a layer of vxe's

vxe vm-start uuid="$web"
is 'a running VM has the same chain' "$(chain file uuid="$leaf")" "$(backing "$file" filename)"
is 'and the same users' "$(chain used-by uuid="$leaf" | sed -n 1,2p)" "VM web ($web)
snapshot two ($two)"
vxe vm-shutdown uuid="$web" --force
mv "$lowest" away
is 'a missing file takes no space' "$(chain allocated uuid="$leaf" | sed -n 3p)" -1
mv away "$lowest"
dd if=/dev/zero of=cd.iso bs=1M count=1 status=none
vxe vm-cd-add uuid="$web" cd-name="$PWD/cd.iso" device=3 2>/dev/null || :
before=$(vdi_files "$web" | xargs sha256sum)
chain file vm=web >/dev/null
is 'nothing is written' "$(vdi_files "$web" | xargs sha256sum)" "$before"
ok 'vxe check is clean' vxe check
