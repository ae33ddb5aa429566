#!/bin/bash
# SPDX-License-Identifier: MIT
# Images that more than one domain uses: a base image, and one disk in two domains.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

# ---- two guests on one base image ----------------------------------------------------------------

guest_disk_make base.qcow2 "$DISK_SIZE"
guest_install base.qcow2
stamp base.qcow2 7 2M 512k
chmod 0644 base.qcow2
base=$(sha256sum <base.qcow2)
for g in one two; do
  qemu-img create -q -f qcow2 -b "$PWD/base.qcow2" -F qcow2 "$g-0.qcow2"
  guest_define "$g" - "$PWD/$g-0.qcow2"
done
one=$(virsh domuuid one) two=$(virsh domuuid two)
stamp_disks "$one" 11
stamp_disks "$two" 22
keep_content two "$two"
keep_content one "$one"
snapshot "$one" s1 && s1=$SNAP
stamp_disks "$one" 12 2M
snapshot "$two" s2 && s2=$SNAP
stamp_disks "$two" 23 2M
ok 'one reverts' vxe snapshot-revert uuid="$s1"
ok 'two reverts' vxe snapshot-revert uuid="$s2"
ok 'one has its content' has_content one "$one"
ok 'two has its content' has_content two "$two"
ok "one's snapshot goes" vxe snapshot-uninstall uuid="$s1" force=true
ok 'one has its content' has_content one "$one"
ok 'one goes' vxe vm-uninstall uuid="$one" force=true
ok 'two has its content' has_content two "$two"
ok "two's snapshot goes" vxe snapshot-uninstall uuid="$s2" force=true
ok 'two has its content' has_content two "$two"
is 'the base image is as it was' "$(sha256sum <base.qcow2)" "$base"
is 'so are its write bits' "$(stat -c %a base.qcow2)" 644
ok 'vxe check is clean' vxe check
ok 'two goes' vxe vm-uninstall uuid="$two" force=true
ok 'the base image stays' test -f base.qcow2
is 'no layer is left' "$(images_made)" 0

# ---- one disk in two domains, halted: both definitions move ----------------------------------------

small_guest web 2
web=$UUID
guest_define twin - "$PWD/web-1.qcow2"
twin=$(virsh domuuid twin)
is 'both have the same VDI' "$(vdi_of "$twin" 0)" "$(vdi_of "$web" 1)"
stamp_disks "$web" 31
keep_content web "$web"
snapshot "$web" s
isnt 'the snapshot moves the disk' "$(source_of web vdb)" "$PWD/web-1.qcow2"
is 'and the other domain with it' "$(source_of twin vda)" "$(source_of web vdb)"

# ---- and with the other one running: refused, nothing done -----------------------------------------

ok 'the other one starts' virsh -q start twin
note_everything
exits 7 'a snapshot is refused' vxe vm-snapshot uuid="$web" new-name-label=no
like 'as the disk is in use' "$ERR" "The disk is in use.*vdi: $(vdi_of "$web" 1)"
unchanged 'nothing has changed'
ok "the snapshot's record may go" vxe snapshot-uninstall uuid="$SNAP" force=true
ok 'no content was lost' has_content web "$web"
ok 'vxe check is clean' vxe check
virsh -q destroy twin >/dev/null
ok 'sr-coalesce' vxe sr-coalesce
is 'no layer is left' "$(images_made)" 0
is 'the first domain is on its file again' "$(source_of web vdb)" "$PWD/web-1.qcow2"
is 'so is the other' "$(source_of twin vda)" "$PWD/web-1.qcow2"
ok 'no content was lost' has_content web "$web"
ok 'vxe check is clean' vxe check

# ---- revert: the other one's disk is not rolled back ---------------------------------------------------

snapshot "$web" s
shared=$(vdi_of "$web" 1)
stamp_disks "$web" 41
ok 'revert' vxe snapshot-revert uuid="$SNAP"
ok 'it has the content of the snapshot' has_content web "$web"
is 'the other one has its disk' "$(vdi_of "$twin")" "$shared"
is 'with its content' "$(byte_of "$(source_of twin vda)" 1M)" 42
isnt 'the VM has one of its own' "$(vdi_of "$web" 1)" "$shared"
stamp_disks "$web" 51
is 'no write reaches the other' "$(byte_of "$(source_of twin vda)" 1M)" 42
ok 'vxe check is clean in the end' vxe check
