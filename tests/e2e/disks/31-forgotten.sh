#!/bin/bash
# SPDX-License-Identifier: MIT
# Forgotten disks whose layers others need: no merge removes their files until a scan has restored the disks.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

small_guest web 1
guest_start web
sr=
declare -a snaps vdis

# chain: three snapshots of the running guest, s0 the oldest; keeps the content of each.
chain() {
  local i
  for i in 0 1 2; do
    guest_counts web || return
    snapshot "$UUID" "s$i" || return
    snaps[i]=$SNAP
    vdis[i]=$(vdi_of "$SNAP")
    keep_content "s$i" "$SNAP" || return
  done
  sr=$(plain vdi-param-get uuid="${vdis[1]}" param-name=sr-uuid)
}
# forgotten I: the disk of snapshot I is forgotten; vxe remembers its file.
forgotten() {
  file=$(vdi_file "${vdis[$1]}")
  ok "the disk of snapshot $1 is forgotten" vxe vdi-forget uuid="${vdis[$1]}"
  is 'it is off the records' "$(plain vdi-list uuid="${vdis[$1]}" --minimal)" ''
}
# comes_back I: it exists after a scan, with its bytes.
comes_back() {
  ok 'its file is there' test -f "$file"
  ok 'sr-scan' vxe sr-scan uuid="$sr"
  is 'the disk has its UUID again' "$(plain vdi-list uuid="${vdis[$1]}" --minimal)" "${vdis[$1]}"
  ok 'and its bytes' holds "$1"
}
is_back() { comes_back "$1" && ok 'vxe check is clean' vxe check; }
holds() {
  qemu-img convert -U -f qcow2 -O raw "$(vdi_file "${vdis[$1]}")" now.raw && cmp now.raw "s$1.raw0"
}

# ---- merged by nobody --------------------------------------------------------------------------------

for running in yes no; do
  diag "the guest runs: $running"
  [ $running = yes ] || ok 'the guest is shut down' vxe vm-shutdown uuid="$UUID" --force
  [ $running = yes ] && guest_counts web
  if [ $running = yes ]; then chain; else
    for i in 0 1 2; do
      stamp_disks "$UUID" $((65 + i)) $((1 + i))M && snapshot "$UUID" "h$i" && snaps[i]=$SNAP &&
        vdis[i]=$(vdi_of "$SNAP") && keep_content "s$i" "$SNAP"
    done
  fi
  forgotten 1
  ok 'the snapshot below goes' vxe snapshot-uninstall uuid="${snaps[0]}" force=true
  ok 'the snapshot above goes' vxe snapshot-uninstall uuid="${snaps[2]}" force=true
  ok 'its own snapshot goes' vxe snapshot-uninstall uuid="${snaps[1]}" force=true
  ok 'all that can be merged is' vxe sr-coalesce
  ok 'vxe check is clean' vxe check
  is_back 1
  [ $running = no ] || ok 'the guest counts' guest_counts web
  ok 'the disk is destroyed' vxe vdi-destroy uuid="${vdis[1]}"
  ok 'what waited for it' vxe sr-coalesce
  is 'no layer is left' "$(images_made)" 0
done

# ---- with its SR, and with its UUID given away --------------------------------------------------------

mkdir out
sr=$(vxe sr-create name-label=out type=file device-config:location="$PWD/out")
disk=$(vxe vdi-create sr-uuid="$sr" name-label=low virtual-size=4MiB)
stamp "$(vdi_file "$disk")" 81
vdis=([0]=$disk [1]=$(vxe vdi-snapshot uuid="$disk"))
stamp "$(vdi_file "$disk")" 82
vdis[2]=$(vxe vdi-snapshot uuid="$disk")
stamp "$(vdi_file "$disk")" 83
for i in 0 1 2; do
  qemu-img convert -f qcow2 -O raw "$(vdi_file "${vdis[i]}")" "s$i.raw0"
done
forgotten 2
pbd=$(plain pbd-list sr-uuid="$sr" --minimal)
ok 'the SR is unplugged' vxe pbd-unplug uuid="$pbd"
ok 'and forgotten' vxe sr-forget uuid="$sr"
ok 'and introduced' vxe sr-introduce uuid="$sr" name-label=out type=file content-type=user
pbd=$(vxe pbd-create sr-uuid="$sr" host-uuid="$(plain host-list --minimal)" \
  device-config:location="$PWD/out")
ok 'and plugged' vxe pbd-plug uuid="$pbd"
is_back 2
ok 'the snapshot below goes' vxe vdi-destroy uuid="${vdis[1]}"
ok 'the bytes stay' holds 2

forgotten 2
qemu-img create -q -f qcow2 out/mine.qcow2 1M
ok 'another file gets its UUID' vxe vdi-introduce uuid="${vdis[2]}" sr-uuid="$sr" type=user \
  location=mine.qcow2
ok 'what can be merged is' vxe sr-coalesce
ok 'sr-scan' vxe sr-scan uuid="$sr"
vdis[2]=$(plain vdi-list sr-uuid="$sr" is-a-snapshot=true --minimal)
is 'the disk has its file' "$(vdi_file "${vdis[2]}")" "$file"
ok 'and its bytes' holds 2
ok 'the newest has its own' holds 0

# Its file, without a record, builds on the layer of the removed snapshot.
forgotten 0
ok 'the snapshot below it goes' vxe vdi-destroy uuid="${vdis[2]}"
ok 'what can be merged is' vxe sr-coalesce
is_back 0
ok 'vxe check is clean' vxe check

# ---- below an image of another program's ---------------------------------------------------------------

# A scan, or the adoption of a VM, makes records of that image and of all layers below it.
forgotten 0
qemu-img create -q -f qcow2 -b "$file" -F qcow2 out/over.qcow2
is_back 0
over=$(plain vdi-list name-label=over.qcow2 --minimal)
isnt 'the image is a disk, too' "$over" ''
ok 'it goes' vxe vdi-forget uuid="$over"
rm out/over.qcow2

forgotten 0
qemu-img create -q -f qcow2 -b "$file" -F qcow2 out/over.qcow2
guest_define over - "$PWD/out/over.qcow2"
ok 'a VM has such an image' vxe vm-list
isnt 'which is a disk' "$(vdi_of "$(virsh domuuid over)")" ''
ok 'what can be merged is' vxe sr-coalesce
comes_back 0
like 'another VM could write to it' "$(vxe check 2>&1)" "${file##*/}: it is written to, but a layer builds on it"
ok 'the VM and its image go' vxe vm-uninstall uuid="$(virsh domuuid over)" force=true
ok 'vxe removes the file of its disk with the disk' vxe vdi-destroy uuid="${vdis[0]}"
not_ok 'it is not there' test -e "$file"
ok 'vxe check is clean' vxe check
qemu-img create -q -f qcow2 "$file" 1M
like 'one that has its name is not taken for it' "$(vxe check 2>&1)" "${file##*/}"
rm "$file"

# ---- its first file, which it has left -------------------------------------------------------------------

# The UUID of an adopted disk comes from the name of its file. After vdi-flatten the disk has another one.
small_guest moved 1
stamp_disks "$UUID" 91
vdis[0]=$(vdi_of "$UUID")
sr=$(plain vdi-param-get uuid="${vdis[0]}" param-name=sr-uuid)
ok 'a snapshot' vxe vm-snapshot uuid="$UUID" new-name-label=m
ok 'the disk moves to a file of its own' vxe vdi-flatten uuid="${vdis[0]}"
ok 'the snapshot goes' vxe snapshot-uninstall uuid="$(plain snapshot-list name-label=m --minimal)" force=true
stamp_disks "$UUID" 92
keep_content s0 "$UUID"
forgotten 0
guest_define other - "$PWD/moved-0.qcow2"
ok "another VM has the disk's first file" vxe vm-list
isnt 'which is not that disk' "$(vdi_of "$(virsh domuuid other)")" "${vdis[0]}"
is_back 0
