#!/bin/bash
# SPDX-License-Identifier: MIT
# Disks that no <disk> names, but an option for QEMU or another element: a snapshot says that it does not have them, the
# memory is not saved without them, no clone shares them, and the layers below them stay.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

# with_args NAME DISK ARG...: a guest with these options for QEMU.
with_args() {
  local name=$1 disk=$2 arg text=
  shift 2
  for arg; do text+="<qemu:arg value='$arg'/>"; done
  GUEST_TOP="<qemu:commandline xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>$text</qemu:commandline>" \
    guest_define "$name" - ${disk:+"$disk"}
}
mkdir -m 0711 far
guest_disk_make g.qcow2 "$DISK_SIZE" && guest_install g.qcow2
guest_disk_make far/extra.qcow2 "$DISK_SIZE" && chmod 0666 far/extra.qcow2
stamp far/extra.qcow2 0x11
EXTRA=$PWD/far/extra.qcow2
ok 'a guest with a disk on the command line of QEMU' with_args g "$PWD/g.qcow2" \
  -drive "file=$EXTRA,format=qcow2,if=none,id=x" -device virtio-blk-pci,drive=x,addr=0x1d
UUID=$(virsh domuuid g)
ok 'it runs' guest_start g

# ---- memory and disks of one instant ----------------------------------------------------------------

for command in 'vm-checkpoint new-name-label=c' vm-suspend; do
  # shellcheck disable=SC2086 # words
  exits 7 "${command%% *} is refused" vxe $command uuid="$UUID"
  like '... because of the device' "$ERR" "-drive $EXTRA"
done
is '... and nothing is made' "$(vxe snapshot-list --minimal)" ''
ok '... the guest runs on' guest_counts g
ok 'a snapshot of the disks' vxe vm-snapshot uuid="$UUID" new-name-label=s
snap=$OUT
like '... says what it does not have' "$ERR" "not in the snapshot.*-drive $EXTRA"
ok 'check' vxe check
like '... says so, too' "$ERR" "VM $UUID \\(g\\) keeps data that its snapshots do not have.*-drive $EXTRA"
virsh -q destroy g
for command in vm-clone vm-copy; do
  exits 7 "$command is refused" vxe $command uuid="$UUID" new-name-label=copy
  like '... because of the device' "$ERR" "-drive $EXTRA"
done
exits 7 'so is a VM of its snapshot' vxe vm-install template-uuid="$snap" new-name-label=copy
is '... nothing is made' "$(vxe vm-list name-label=copy --minimal)$(virsh list --all --name | grep copy)" ''
ok 'an archive' vxe vm-export uuid="$UUID" filename=g.xva
like '... says what it lacks' "$ERR" commandline
ok 'nobody has written to the disk' eval 'qemu-io -r -f qcow2 -c "read -q -P 0x11 1M 64k" far/extra.qcow2'

# ---- other elements -------------------------------------------------------------------------------------

truncate -s 16M nvdimm.img
GUEST_TOP="<maxMemory slots='2' unit='MiB'>256</maxMemory>
<cpu><numa><cell id='0' cpus='0' memory='64' unit='MiB'/></numa></cpu>" \
  GUEST_EXTRA="<memory model='nvdimm'><source><path>$PWD/nvdimm.img</path></source>
<target><size unit='MiB'>16</size><node>0</node></target></memory>" guest_define n -
ok 'a snapshot of a VM with an NVDIMM' vxe vm-snapshot vm=n new-name-label=of-n
like '... says so' "$ERR" "not in the snapshot.*nvdimm $PWD/nvdimm.img"
exits 7 'no clone shares it' vxe vm-clone vm=n new-name-label=copy
like '... it is named' "$ERR" "nvdimm $PWD/nvdimm.img"
with_args r '' -drive "file=$EXTRA,format=qcow2,if=none,id=x,readonly=on"
ok 'a disk that nobody writes to' vxe vm-clone vm=r new-name-label=copy
ok '... is shared' grep -q "$EXTRA" <(virsh dumpxml copy)
for vm in n r copy; do ok 'uninstall' vxe vm-uninstall vm=$vm force=true; done

# ---- layers below ----------------------------------------------------------------------------------------

small_guest h 1
ok 'a snapshot' snapshot "$UUID" one
one=$SNAP
stamp_disks "$UUID" 0x21
layer=$(vdi_files "$UUID")
ok 'another' snapshot "$UUID" two
# An overlay in a folder that nobody searches.
qemu-img create -q -f qcow2 -b "$layer" -F qcow2 far/o.qcow2 && stamp far/o.qcow2 0x31 2M
qemu-img convert -f qcow2 -O raw far/o.qcow2 before.raw
with_args w '' -blockdev "{\"driver\":\"qcow2\",\"node-name\":\"x\",\"file\":{\"driver\":\"file\",\"filename\":\"$PWD/far/o.qcow2\"}}"
ok 'the snapshot below goes' vxe snapshot-uninstall uuid="$one" force=true
like '... the layer of the other VM stays' "$OUT" "later: .*far/o.qcow2"
ok '... it is there' test -e "$layer"
ok '... the other VM has its content' eval 'qemu-img convert -f qcow2 -O raw far/o.qcow2 now.raw && cmp before.raw now.raw'
ok 'without that VM' virsh -q undefine w
rm far/o.qcow2
ok '... it is merged' vxe sr-coalesce
not_ok '... its file is gone' test -e "$layer"
# The other VM writes to the same file: the file cannot be frozen under it.
leaf=$(vdi_files "$UUID") && stamp "$leaf" 0x41
with_args w '' -drive "file=$leaf,format=qcow2,if=none,id=x"
for command in vm-snapshot vm-clone; do
  exits 7 "refused: $command of a disk that another VM has in an option for QEMU" \
    vxe $command uuid="$UUID" new-name-label=none
  like '... it is named' "$ERR" "$leaf.*\\(w\\), whose definition has -drive"
done
is '... the file is not frozen' "$(stat -c %A "$leaf" | cut -c3)" w
ok 'without that VM' virsh -q undefine w
ok '... a snapshot' snapshot "$UUID" three
with_args w '' -drive "file=$leaf,format=qcow2,if=none,id=x"
exits 7 'refused: a revert to a layer that another VM would write to' vxe snapshot-revert uuid="$SNAP"
like '... it is named' "$ERR" '\(w\)'
exits 1 'check' vxe check
like '... names it' "$OUT" "-drive $leaf of w would write to a layer of another disk"
ok 'without that VM' virsh -q undefine w
ok '... it is reverted' vxe snapshot-revert uuid="$SNAP"
ok 'vxe check' vxe check
