#!/bin/bash
# SPDX-License-Identifier: MIT
# Several names of one file mean one disk: a second domain that uses another name of a disk follows it.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

mkdir -m 0777 disks other
ln -s "$PWD/disks" linked

# follows WHAT NAME: a second domain that uses NAME for the first one's disk gets the same layers.
follows() {
  local base=$PWD/disks/web.qcow2 name=$2 leaf twin
  guest_disk_make "$base" "$DISK_SIZE" && guest_install "$base" && stamp "$base" 61
  case $1 in
  soft) ln -s web.qcow2 "$name" ;;
  hard) ln "$base" "$name" ;;
  esac
  guest_define web - "$base" && UUID=$(virsh domuuid web)
  guest_define twin - "$name" && twin=$(virsh domuuid twin)
  is "$1: both have one disk" "$(vdi_of "$twin")" "$(vdi_of "$UUID")"
  qemu-img convert -f qcow2 -O raw "$base" before.raw
  ok "$1: snapshot of the one" snapshot "$UUID" s
  leaf=$(vdi_files "$UUID")
  is "$1: the other names the new layer" "$(source_of twin vda)" "$leaf"
  ok "$1: the other starts" virsh -q start twin
  virsh -q destroy twin
  stamp "$leaf" 62 2M
  qemu-img convert -f qcow2 -O raw "$base" now.raw
  ok "$1: the snapshot has its content" cmp before.raw now.raw
  qemu-img convert -f qcow2 -O raw "$leaf" written.raw
  ok "$1: vxe check is clean" vxe check
  ok "$1: the snapshot goes" vxe snapshot-uninstall uuid="$SNAP" force=true
  is "$1: both are on one file" "$(source_of twin vda)" "$(vdi_files "$UUID")"
  qemu-img convert -f qcow2 -O raw "$(vdi_files "$UUID")" now.raw
  ok "$1: which has what was written" cmp written.raw now.raw
  virsh -q undefine web && virsh -q undefine twin
  vxe vm-list >/dev/null
  rm -rf disks/* other/*
  store_new
}
follows folder "$PWD/linked/web.qcow2"
follows soft "$PWD/other/../disks/soft.qcow2"
follows hard "$PWD/other/hard.qcow2"

# ---- the folder, mounted at a second place -----------------------------------------------------------

# The second domain gets the layer that the first one uses.
has_layer() {
  local base=$PWD/disks/web.qcow2 leaf twin
  guest_disk_make "$base" "$DISK_SIZE" && guest_install "$base" && stamp "$base" 61
  guest_define web - "$base" && UUID=$(virsh domuuid web)
  ok "$1: snapshot of the one" snapshot "$UUID" s
  leaf=$(vdi_files "$UUID")
  guest_define twin - "$2/${leaf##*/}" && twin=$(virsh domuuid twin)
  is "$1: both have one layer" "$(vdi_of "$twin")" "$(vdi_of "$UUID")"
  is "... in one record" "$(vdi_table | grep -c "/${leaf##*/}\$")" 1
  guest_start twin
  note_everything
  exits 7 "$1: a clone is refused, though the file says nothing of a write yet" vxe vm-clone uuid="$UUID" new-name-label=no
  like '... as the disk is in use' "$ERR" "The disk is in use.*vdi: $(vdi_of "$UUID")"
  exits 7 "$1: a second snapshot is refused, too" vxe vm-snapshot uuid="$UUID" new-name-label=no
  like '... as the disk is in use' "$ERR" "The disk is in use.*vdi: $(vdi_of "$UUID")"
  exits 7 "$1: the first VM does not start" vxe vm-start uuid="$UUID"
  unchanged '... and nothing has changed'
  ok "$1: the guest counts" guest_counts twin
  virsh -q destroy twin
  qemu-img convert -f qcow2 -O raw "$leaf" written.raw
  ok "$1: the snapshot goes" vxe snapshot-uninstall uuid="$SNAP" force=true
  is '... the other follows' "$(source_of twin vda)" "$(vdi_files "$UUID")"
  qemu-img convert -f qcow2 -O raw "$(vdi_files "$UUID")" now.raw
  ok '... with what it wrote' cmp written.raw now.raw
  ok "$1: vxe check is clean" vxe check
  virsh -q undefine web && virsh -q undefine twin
  vxe vm-list >/dev/null
  rm -rf disks/*
  store_new
}
has_layer link "$PWD/linked"
if mkdir bound && mount --bind disks bound 2>/dev/null; then
  follows mount "$PWD/bound/web.qcow2"
  has_layer mount "$PWD/bound"
  umount bound
else
  skip 'nothing can be mounted here: no disk in a folder that is mounted twice'
fi

# ---- the folder of a pool --------------------------------------------------------------------------

# pool_moved NAME TARGET: as 'virsh pool-edit' does it.
pool_moved() {
  virsh pool-dumpxml --inactive "$1" | sed "s,<path>.*</path>,<path>$2</path>," >"$1.xml"
  virsh -q pool-define "$1.xml" >/dev/null
}

mkdir -m 0777 pooled third
ln -s "$PWD/pooled" pool-link
run vxe sr-create name-label=p type=file device-config:location="$PWD/pooled"
sr=$OUT pool=vxe-${OUT:0:8} pbd=$(vxe pbd-list sr-uuid="$OUT" --minimal)
for spelling in "$PWD/pool-link" "$PWD/third/../pooled"; do
  ok 'pbd-unplug' vxe pbd-unplug uuid="$pbd"
  pool_moved "$pool" "$spelling"
  ok "pbd-plug with its pool at ${spelling#"$PWD/"}" vxe pbd-plug uuid="$pbd"
done
ok 'pbd-unplug' vxe pbd-unplug uuid="$pbd"
pool_moved "$pool" "$PWD/third"
exits 1 "pbd-plug with a pool of its name at another folder" vxe pbd-plug uuid="$pbd"
like '... says which' "$ERR" "$PWD/third"
pool_moved "$pool" "$PWD/pooled"
ok 'pbd-plug' vxe pbd-plug uuid="$pbd"
vxe pbd-unplug uuid="$pbd"
ok 'sr-destroy' vxe sr-destroy uuid="$sr"
