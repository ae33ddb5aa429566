#!/bin/bash
# SPDX-License-Identifier: MIT
# Files that a person has removed, moved or damaged, and folders that are spelt oddly: the error or vxe check names the way out,
# and the way out leads to a guest that runs and to a clean check.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

leaf() { source_of "$1" vda; }
clean() {
  ok "$1" vxe sr-coalesce
  ok '... check is clean' vxe check
  is '... and nothing waits' "$ERR" ''
}
runs() {
  ok "$2" vxe vm-start vm="$1"
  ok '... the guest counts' guest_counts "$1"
  virsh -q destroy "$1"
}

# ---- a folder with dots --------------------------------------------------------------------------

NL=$'\n'
mkdir b
guest_disk_make d.qcow2
guest_install d.qcow2
guest_define spelt - "$PWD/b/../d.qcow2"
like 'an SR has the plain name of the folder' "$(vxe sr-list params=name-label)$NL" " in $PWD$NL"
ok 'a snapshot' vxe vm-snapshot vm=spelt new-name-label=s
is '... its layer is in the folder by its plain name' "$(dirname "$(leaf spelt)")" "$PWD"
runs spelt 'it starts'

# ---- the layer that a VM writes to is gone -------------------------------------------------------

small_guest one 1
base=$(leaf one)
snapshot "$UUID" s1
keep_content then "$SNAP"
top=$(leaf one)
rm "$top"
exits 1 'its file is gone' vxe vm-start vm=one
like '... which is named' "$ERR" "detail: $top is missing"
run vxe check
like '... check names a revert' "$OUT" "$top; put it back from a backup, with its modification time, or 'vxe snapshot-revert' makes"
vxe snapshot-uninstall uuid="$SNAP" force=true >/dev/null
run vxe check
like '... without snapshots the file below' "$OUT" "or, without what it held, 'virsh edit' of its VM names $base\$"
virsh dumpxml --inactive one | sed "s|$top|$base|" >below.xml
virsh -q define below.xml
ok '... which is taken over' vxe vm-adopt-disks uuid="$UUID" keep=definition
clean 'then what is left of it goes'
ok '... the disk holds what the snapshot did' has_content then "$UUID"
runs one '... it starts'

small_guest two 1
snapshot "$UUID" s1
rm "$(leaf two)"
ok 'the other way' vxe snapshot-revert uuid="$SNAP"
runs two '... it starts, too'
clean 'nothing of it is left'

# ---- nobody may write to it ----------------------------------------------------------------------

chmod a-w "$(leaf two)"
exits 1 'no write bit' vxe vm-start vm=two
like '... is named' "$ERR" "file: $(leaf two)"
like '... with the way out' "$ERR" "'chmod u\\+w' permits it"
run vxe check
like '... also by check' "$OUT" "its mode forbids it; 'chmod u\\+w' permits it: $(leaf two)"
chmod u+w "$(leaf two)"
runs two '... which leads out'

# ---- a CD is gone --------------------------------------------------------------------------------

mkdir isos
qemu-img create -q -f raw isos/one.iso 1M
vxe sr-create name-label=isos type=iso content-type=iso device-config:location="$PWD/isos" >/dev/null
vxe vm-cd-add vm=two cd-name=one.iso device=3
guest_start two
checkpoint=$(vxe vm-checkpoint vm=two new-name-label=c)
vxe vm-shutdown vm=two --force
mv isos/one.iso aside
exits 1 'the CD is gone' vxe vm-start vm=two
like '... is named' "$ERR" "detail: $PWD/isos/one.iso is missing"
like '... with the way out' "$ERR" "taken out of its drive while the VM is off: 'vxe vm-cd-eject"
ok '... eject' vxe vm-cd-eject vm=two
runs two '... leads out'
ok 'a checkpoint with the CD' vxe snapshot-revert uuid="$checkpoint"
exits 1 '... does not go on' vxe vm-resume vm=two
like '... for the same reason' "$ERR" "detail: $PWD/isos/one.iso is missing"
mv aside isos/one.iso
ok '... put back it does' vxe vm-resume vm=two
ok '... the guest counts' guest_counts two
virsh -q destroy two
clean 'after that'

# ---- another reason, while vxe keeps others from the disk -------------------------------------------------

GUEST_EXTRA="<graphics type='vnc' listen='127.0.0.1' port='$((6100 + $$ % 2000))'/>"
small_guest one-port 1
small_guest same-port 1
unset GUEST_EXTRA
guest_start one-port
checkpoint=$(vxe vm-checkpoint vm=one-port new-name-label=c)
vxe vm-shutdown vm=one-port --force
ok 'back to a checkpoint' vxe snapshot-revert uuid="$checkpoint"
guest_start same-port
exits 1 'a port is in use' vxe vm-resume vm=one-port
like "... which libvirt's words say" "$ERR" 'in use|reserve port'
unlike '... nothing is said of the disk' "$ERR" 'nobody may write'
virsh -q destroy same-port
ok '... it is free again' vxe vm-resume vm=one-port
ok '... the guest counts' guest_counts one-port
virsh -q destroy one-port

# ---- damage --------------------------------------------------------------------------------------

small_guest bad 1
snapshot "$UUID" s1
keep_content then "$SNAP"
stamp "$(leaf bad)" 4
top=$(leaf bad)
dd if=/dev/urandom of="$top" bs=64k seek=1 count=3 conv=notrunc status=none
exits 7 'a damaged layer' vxe vm-start vm=bad
like '... is named' "$ERR" "file: $top"
like '... with the way out' "$ERR" "'qemu-img check -r all -f qcow2 $top' repairs"
ok 'a revert leads out, too' vxe snapshot-revert uuid="$SNAP"
ok '... to what the snapshot holds' has_content then "$UUID"
runs bad '... it starts'
clean 'nothing of the damaged one is left'

# ---- the folder has moved ------------------------------------------------------------------------

mkdir disks
guest_disk_make disks/m.qcow2
guest_install disks/m.qcow2
guest_define moved - "$PWD/disks/m.qcow2"
U=$(virsh domuuid moved)
snapshot "$U" s1
stamp "$(leaf moved)" 5
keep_content now "$U"
keep_content then "$SNAP"
sr=$(vxe vdi-list uuid="$(vdi_of "$U")" params=sr-uuid --minimal)
mv disks elsewhere
exits 1 'the folder has moved' vxe vm-start vm=moved
like '... the way out is named' "$ERR" "If its folder has moved: pbd-unplug, pbd-destroy, 'vxe pbd-create host-uuid=HOST sr-uuid=SR"
pbd=$(vxe pbd-list sr-uuid="$sr" --minimal)
ok 'pbd-unplug' vxe pbd-unplug uuid="$pbd"
ok 'pbd-destroy' vxe pbd-destroy uuid="$pbd"
ok 'pbd-create' vxe pbd-create sr-uuid="$sr" host-uuid="$(plain host-list --minimal)" device-config:location="$PWD/elsewhere"
ok 'pbd-plug' vxe pbd-plug uuid="$(vxe pbd-list sr-uuid="$sr" --minimal)"
ok 'vm-adopt-disks keep=records' vxe vm-adopt-disks uuid="$U" keep=records
is '... the definition names the new place' "$(dirname "$(leaf moved)")" "$PWD/elsewhere"
ok '... the disk holds what it did' has_content now "$U"
ok '... so does the snapshot' has_content then "$SNAP"
runs moved '... it starts'
clean 'after all that'

# The same of one that vxe has made.
made=$(vxe sr-create name-label=made type=file device-config:location="$PWD/made")
ok 'a disk in an SR' vxe vm-disk-add uuid="$U" disk-size=1MiB device=1 sr-uuid="$made"
disk=$(vdi_of "$U" 1)
snapshot "$U" s2
stamp "$(vdi_file "$disk")" 6 0
keep_content later "$U"
keep_content then "$SNAP"
mv made mended
exits 1 'its folder has moved' vxe vm-start vm=moved
pbd=$(vxe pbd-list sr-uuid="$made" --minimal)
ok 'pbd-unplug' vxe pbd-unplug uuid="$pbd"
exits 1 'at the old place it is not' vxe pbd-plug uuid="$pbd"
ok 'pbd-destroy' vxe pbd-destroy uuid="$pbd"
pbd=$(vxe pbd-create sr-uuid="$made" host-uuid="$(plain host-list --minimal)" device-config:location="$PWD/mended")
(VXE_FAILPOINT=pbd-plug:start-pool:after=die plain pbd-plug uuid="$pbd") 2>/dev/null
ok 'pbd-plug, after one that was killed' vxe pbd-plug uuid="$pbd"
is '... its pool is at the new place' "$(virsh pool-dumpxml "vxe-${made:0:8}" | sed -n 's/.*<path>\(.*\)<.*/\1/p')" "$PWD/mended"
ok 'vm-adopt-disks keep=records' vxe vm-adopt-disks uuid="$U" keep=records
ok '... the disks hold what they did' has_content later "$U"
ok '... so does the snapshot' has_content then "$SNAP"
runs moved '... it starts'
clean 'after all that, too'
