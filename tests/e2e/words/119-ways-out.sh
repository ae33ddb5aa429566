#!/bin/bash
# SPDX-License-Identifier: MIT
# What is said of layers that wait, and of files and disks that are not as recorded, names the right one and a way out, and the
# way out leads to a clean check.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

leaf() { source_of "$1" vda; }
clean() {
  ok "$1: check is clean" vxe check
  is '... and nothing waits' "$ERR" ''
}
problem() {
  run vxe check
  isnt "$1" "$STATUS" 0
  like '... it is named, with the way out' "$OUT" "$2"
}

# ---- a snapshot of the running VM itself builds on its layer --------------------------------------

small_guest g0 1
BASE=$(leaf g0)
snapshot "$UUID" s1 && S1=$SNAP
stamp "$(leaf g0)" 2
MIDDLE=$(leaf g0)
snapshot "$UUID" s2 && S2=$SNAP
stamp "$(leaf g0)" 3
snapshot "$UUID" s3 && S3=$SNAP
ok 'back to the second' vxe snapshot-revert uuid="$S2"
ok 'the first goes' vxe snapshot-uninstall uuid="$S1" --dry-run
guest_start g0
ok 'the first goes while the VM runs' vxe snapshot-uninstall uuid="$S1" force=true
like '... its layer waits for the VM' "$OUT" "later: $BASE .a snapshot or another disk builds on the layer above it, too: it is merged when the VM is off; VM g0"
virsh -q destroy g0
ok 'the way out' vxe sr-coalesce
is '... merges it' "$([ -e "$MIDDLE" ] || echo gone)" gone
clean 'then'

# ---- the file above is gone -----------------------------------------------------------------------

small_guest gone 1
BASE=$(leaf gone)
UUID=$(virsh domuuid gone)
snapshot "$UUID" s1
stamp "$(leaf gone)" 2
LEAF=$(leaf gone)
mv "$LEAF" aside
ok 'the snapshot goes' vxe snapshot-uninstall uuid="$SNAP" force=true
like '... its file waits for the one above' "$OUT" "later: $BASE .the file of the layer above it is missing"
problem 'check finds the missing file' "the file is missing: $LEAF; put it back from a backup, with its modification time, or, without what it held, 'virsh edit'"
mv aside "$LEAF"
ok 'put back' vxe sr-coalesce
clean 'then'
snapshot "$UUID" s2
LEAF=$(leaf gone)
rm "$LEAF"
problem 'check finds it without a backup' "the file is missing: $LEAF"
ok 'the other way out' vxe snapshot-revert uuid="$SNAP"
clean 'then'

# ---- the files of disks that no VM has are gone, and of what they had in common ----------------------

small_guest common 1
UUID=$(virsh domuuid common)
snapshot "$UUID" s1
stamp "$(leaf common)" 2
MIDDLE=$(leaf common)
for name in clone1 clone2; do
  ok "$name" vxe vm-clone uuid="$UUID" new-name-label=$name
  TOPS+=" $(leaf $name)"
  ok '... goes, without its disk' vxe vm-destroy uuid="$(plain vm-list name-label=$name --minimal)"
done
ok 'the VM goes back' vxe snapshot-revert uuid="$SNAP"
# shellcheck disable=SC2086 # two files
rm "$MIDDLE" $TOPS
for FILE in $TOPS; do
  problem "check finds $FILE" "the file is missing: $FILE; .* 'vxe vdi-forget uuid="
  unlike '... and no way while the layer below is needed' "$OUT" "the file is missing: $MIDDLE; [^;]*, or "
  ok 'the way out' vxe vdi-forget uuid="$(sed -n "s|.*missing: $FILE; .*vdi-forget uuid=\([^']*\).*|\1|p" <<<"$OUT")"
done
problem 'check finds what nothing needs' "the file is missing: $MIDDLE; [^;]*, or 'vxe sr-coalesce' ends its record"
ok 'the way out' vxe sr-coalesce
clean 'then'

# ---- a file of vxe's without a record -------------------------------------------------------------

STRAY=$PWD/9e107d9d-372b-4b68-a9f1-52f1e4c1a7b3.qcow2
qemu-img create -q -f qcow2 -b "$(vdi_files "$SNAP")" -F qcow2 "$STRAY"
SR=$(plain vdi-param-get uuid="$(vdi_of "$UUID")" param-name=sr-uuid)
problem 'check finds a file without a record' "$STRAY.*no record of it: 'vxe sr-scan' of its SR makes it a disk; if nobody needs it, remove it"
ok 'the way out' vxe sr-scan uuid="$SR"
clean 'then'
ok 'it is a disk' test -n "$(plain vdi-list location=9e107d9d-372b-4b68-a9f1-52f1e4c1a7b3 --minimal)$(vdi_table | grep "$STRAY")"

# ---- a disk on another file -----------------------------------------------------------------------

for keep in records definition; do
  small_guest "on-$keep" 1
  UUID=$(virsh domuuid "on-$keep")
  virsh -q dumpxml "on-$keep" >old.xml
  snapshot "$UUID" s1
  LEAF=$(leaf "on-$keep")
  virsh -q define old.xml
  problem "check finds an old definition" "disk vda is on .* in its .*XML, the record says $LEAF; .*vxe vm-adopt-disks uuid=$UUID' with keep=records or keep=definition chooses"
  ok "the way out: keep=$keep" vxe vm-adopt-disks uuid="$UUID" keep="$keep" force=true
  run vxe check
  unlike '... the disk is on the file of its record' "$OUT" 'the record says'
done

# ---- a layer of virsh's that no command has seen yet ----------------------------------------------

small_guest unseen 1
UUID=$(virsh domuuid unseen)
snapshot "$UUID" s1
disk=$(vdi_of "$UUID")
virsh -q snapshot-create-as unseen e1 --disk-only --atomic && virsh -q snapshot-delete unseen e1 --metadata
ok 'a dry run takes it over for itself' vxe vdi-merge uuid="$disk" --dry-run
like '... and plans with it' "$OUT" '\.e1 into '
problem 'check' "vxe vm-adopt-disks uuid=$UUID' with keep=records or keep=definition"
ok 'the way out' vxe vm-adopt-disks uuid="$UUID" keep=definition force=true
ok 'the dry run again' vxe vdi-merge uuid="$disk" --dry-run
ok '... and to a clean check' vxe check

# ---- a layer of virsh's above an internal snapshot -----------------------------------------------

small_guest inside 1
vxe vm-list >/dev/null
virsh -q snapshot-create-as inside i1
keep_content then "$UUID"
stamp "$(leaf inside)" 4
virsh -q snapshot-create-as inside --no-metadata --disk-only --diskspec vda,snapshot=external,file="$PWD/theirs.qcow2"
inside=$(vxe snapshot-list name-label=i1 --minimal)
wrong VXE_SNAPSHOT_HIDDEN 'a revert finds the image below' snapshot-revert uuid="$inside"
leads VXE_SNAPSHOT_HIDDEN 3 DISK="$(vdi_of "$UUID")"
again VXE_SNAPSHOT_HIDDEN vxe snapshot-revert uuid="$inside"
ok '... and its content' has_content then "$UUID"
exits 3 'a snapshot of another VM' vxe snapshot-revert vm=g0 snapshot=i1
like '... is not the nearest name' "$ERR" "has the name or the UUID 'i1'; one of another VM has"

# ---- the domain is gone --------------------------------------------------------------------------

snapshot "$UUID" last
virsh -q undefine inside --snapshots-metadata
exits 7 'there is no domain' vxe vm-start vm=inside
like '... the ways out are named' "$ERR" "'vxe snapshot-revert' to a snapshot of it defines it again"
problem 'check finds it' "inside has no domain in libvirt; 'vxe snapshot-revert' .* 'vxe vm-destroy uuid=$UUID' ends its record"
ok 'the one' vxe snapshot-revert uuid="$SNAP"
guest_start inside
virsh -q destroy inside
ok 'check is clean' vxe check
files=$(vdi_files "$UUID")
virsh -q undefine inside
ok 'the other' vxe vm-destroy uuid="$UUID"
ok '... keeps the disk' test -s "$files"
ok '... check is clean' vxe check

# ---- a disk without a record ---------------------------------------------------------------------

small_guest more 1
vxe vm-list >/dev/null
qemu-img create -q -f qcow2 extra.qcow2 1M
chmod 666 extra.qcow2
virsh -q attach-disk more "$PWD/extra.qcow2" vdd --subdriver qcow2 --config
problem 'check finds a disk without a record' "its inactive XML has a disk vdd that has no record; 'vxe vm-adopt-disks keep=definition'"
ok 'the way out' vxe vm-adopt-disks uuid="$UUID" keep=definition
ok '... leads to a clean check' vxe check
guest_start more
qemu-img create -q -f qcow2 other.qcow2 1M
chmod 666 other.qcow2
virsh -q attach-disk more "$PWD/other.qcow2" vde --subdriver qcow2 --live
run vxe check
[ "$STATUS" = 0 ] || like 'check finds one of the running guest' "$OUT" "its live XML has a disk vde that has no record; 'virsh attach-device --config'"
echo "<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='$PWD/other.qcow2'/><target dev='vde' bus='virtio'/></disk>" >vde.xml
ok 'the way out' virsh -q attach-device more vde.xml --config
ok '... which is taken over' vxe vm-param-set uuid="$UUID" name-description=x
ok '... leads to a clean check' vxe check
virsh -q destroy more

# ---- a machine type that QEMU does not have any more ---------------------------------------------

sed -i "s/machine='[^']*'/machine='pc-i440fx-0.1'/" "$(libvirt_conf)/more.xml"
host_daemon_stop && host_daemon_start
problem 'check finds a machine type that is gone' "its QEMU has no machine type pc-i440fx-0.1 any more, .*'virsh edit' gives it another"
virsh dumpxml --inactive more | sed "s/machine='[^']*'/machine='pc'/" >newer.xml
ok 'the way out' virsh -q define newer.xml
ok '... leads to a clean check' vxe check
ok '... and the guest starts' vxe vm-start vm=more
