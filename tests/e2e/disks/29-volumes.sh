#!/bin/bash
# SPDX-License-Identifier: MIT
# A domain that names its disk as a volume of a pool: its layers are merged like others, and an interrupted operation is
# finished or undone according to the volume's file.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

# named NAME FILE: the definition names FILE as a volume of the pool that contains it.
named() {
  local pool=disks
  [ "${2%/*}" = "$PWD/disks" ] || pool=vxe
  virsh -q pool-refresh "$pool" >/dev/null
  virsh dumpxml --inactive "$1" | sed -e "s,<disk type='\(file\|volume\)',<disk type='volume'," \
    -e "s,<source [^/]*file='[^']*',<source pool='$pool' volume='${2##*/}'," \
    -e "s,<source pool='[^']*' volume='[^']*',<source pool='$pool' volume='${2##*/}'," >"$1.volume.xml"
  virsh -q define "$1.volume.xml" >/dev/null
}
volume_of() { virsh dumpxml "$1" --inactive | grep -c "<source .*volume='${2##*/}'"; }

# The file of its disk, however the definition names it.
volume_file() {
  local at
  at=$(source_of "$1" vda)
  case $at in
  /*) echo "$at" ;;
  *) virsh vol-path --pool "$(virsh dumpxml --inactive "$1" | sed -n "s/.*<source pool='\([^']*\)'.*/\1/p")" "$at" | head -n 1 ;;
  esac
}

mkdir -m 0777 disks
base=$PWD/disks/web.qcow2
guest_disk_make "$base" && guest_install "$base" && stamp "$base" 61
ok 'a pool' virsh -q pool-create-as disks dir --target "$PWD/disks"
guest_define web - "$base" && UUID=$(virsh domuuid web)
ok 'its disk is a volume' named web "$base"

# ---- running -------------------------------------------------------------------------------------

guest_start web || exit 1
ok 'running: vm-snapshot' snapshot "$UUID" s
guest_counts web
ok '... goes' vxe snapshot-uninstall uuid="$SNAP" force=true
is '... at once' "$(vdi_files "$UUID")" "$base"
is '... the layer, too' "$(images_made)" 0
ok '... the guest counts' guest_counts web
ok '... vxe check is clean' vxe check

# The definition of the running guest names the layer of its disk as a volume.
ok 'running: vm-snapshot' snapshot "$UUID" s
leaf=$(vdi_files "$UUID")
virsh -q destroy web
named web "$leaf"
is '... the layer is a volume' "$(volume_of web "$leaf")" 1
ok '... it starts' guest_start web
ok '... the snapshot goes' vxe snapshot-uninstall uuid="$SNAP" force=true
is '... at once' "$(vdi_files "$UUID")" "$base"
is '... the layer, too' "$(images_made)" 0
ok '... the guest counts' guest_counts web
virsh -q destroy web
ok '... it starts where it was' guest_start web
ok '... vxe check is clean' vxe check

# The running guest uses the file on record, which QEMU has as a volume; the definition names another file.
guest_disk_make other.qcow2 64M
virsh dumpxml --inactive web | sed "s,<source file='[^']*',<source file='$PWD/other.qcow2'," >other.xml
virsh -q destroy web
named web "$base"
guest_start web
virsh -q define other.xml >/dev/null
ok 'the definition goes back to the records' vxe vm-adopt-disks uuid="$UUID" keep=records
is '... to the file' "$(source_of web vda)" "$base"
ok 'a volume in one XML and a file in the other are one' snapshot "$UUID" s
ok '... it goes' vxe snapshot-uninstall uuid="$SNAP" force=true
virsh -q destroy web

# ---- halted --------------------------------------------------------------------------------------

named web "$base"
truncate -s 64M content.raw && printf 'new content' | dd of=content.raw conv=notrunc status=none
ok 'halted: vdi-import' vxe vdi-import uuid="$(vdi_of "$UUID")" filename=content.raw format=raw
qemu-img convert -f qcow2 -O raw "$(volume_file web)" now.raw
ok '... the volume has the content' cmp content.raw now.raw
base=$(vdi_files "$UUID")

# cut_off POINT: removes a snapshot of a domain with its layer as a volume; vxe dies at the point.
cut_off() {
  named web "$base"
  snapshot "$UUID" s || return
  leaf=$(vdi_files "$UUID")
  stamp "$leaf" 77 2M
  qemu-img convert -f qcow2 -O raw "$leaf" before.raw
  named web "$leaf"
  VXE_FAILPOINT=$1=die plain snapshot-uninstall uuid="$SNAP" force=true >/dev/null 2>&1
  ok "$1: the next command" act "$UUID"
  qemu-img convert -f qcow2 -O raw "$(vdi_files "$UUID")" now.raw
  ok '... the disk has its content' cmp before.raw now.raw
  is '... and the definition that disk' "$(volume_file web)" "$(vdi_files "$UUID")"
  ok '... the rest goes' vxe sr-coalesce
  ok '... vxe check is clean' vxe check
  is '... the disk is one file' "$(images_made)" 1
}
for point in copy switch complete; do
  cut_off "coalesce-commit:$point"
done
