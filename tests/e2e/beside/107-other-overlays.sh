#!/bin/bash
# SPDX-License-Identifier: MIT
# Users of a layer that are no qcow2 image: a QED overlay, a VMDK description whose extent it is, a loop device. The layer
# keeps every byte while one of them is there, and is merged when none is.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

# layered NAME FORMAT: a halted guest on NAME.img with a snapshot s; byte 21 below, 22 above. The snapshot is then removed,
# and all that keeps the layer is who uses it.
layered() {
  qemu-img create -q -f "$2" "$1.img" 8M
  stamp "$1.img" 21 1M 64k "$2"
  sed "s/type='qcow2'/type='$2'/" <(guest_xml "$1" - "$PWD/$1.img") >"$1.xml"
  virsh -q define "$1.xml"
  SNAPSHOT=$(vxe vm-snapshot vm="$1" new-name-label=s)
  UUID=$(virsh domuuid "$1")
  stamp "$(vdi_files "$UUID")" 22
  sha256sum <"$1.img" >"$1.sum"
}
# stays WHO NAME: an end of the snapshot leaves the layer.
stays() {
  ok "beside $1 the snapshot ends" vxe snapshot-uninstall snapshot-uuid="$SNAPSHOT" force=true
  ok '... and the layer stays as it is' cmp <(sha256sum <"$2.img") "$2.sum"
  not_ok '... vdi-merge is refused' vxe vdi-merge uuid="$(vdi_of "$UUID")"
  like '... and says who needs it' "$ERR$(vxe vdi-merge uuid="$(vdi_of "$UUID")" 2>&1)" "$3"
}
# goes NAME: nobody needs it any more.
goes() {
  ok '... without it the layer is merged' vxe sr-coalesce
  is '... one file is left' "$(layers_of "$UUID")" 1
  qemu-img convert -U -f "${2-qcow2}" -O raw "$(vdi_files "$UUID")" now.raw
  is '... which has the bytes from above' "$(od -An -tu1 -j1M -N1 now.raw | tr -d ' ')" 22
}

layered qed qcow2
qemu-img create -q -f qed -b "$PWD/qed.img" -F qcow2 over.qed
stays 'a QED overlay' qed 'over\.qed'
is '... which reads as before' "$(qemu-io -f qed -r -c 'read -q -P 21 1M 64k' over.qed)" ''
rm over.qed
goes qed

layered flat raw
cat >flat.vmdk <<END
# Disk DescriptorFile
version=1
CID=fffffffe
parentCID=ffffffff
createType="monolithicFlat"

RW 16384 FLAT "flat.img" 0

ddb.adapterType = "ide"
END
is 'QEMU reads the VMDK' "$(qemu-io -f vmdk -r -c 'read -q -P 21 1M 64k' flat.vmdk)" ''
stays 'a VMDK on the raw file' flat 'flat\.vmdk'
rm flat.vmdk
goes flat raw

layered loop raw
if LOOP=$(losetup -f --show -r "$PWD/loop.img" 2>/dev/null); then
  stays 'a loop device' loop "$LOOP"
  is '... which reads as before' "$(od -An -tu1 -j1M -N1 "$LOOP" | tr -d ' ')" 21
  losetup -d "$LOOP"
  goes loop raw
else
  skip 'no loop device can be had here'
fi
ok 'vxe check is clean' vxe check
