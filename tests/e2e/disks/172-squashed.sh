#!/bin/bash
# SPDX-License-Identifier: MIT
# A folder of images in which root is nobody, as on an NFS export with root_squash: for vxe, root without the capabilities
# that set root apart in a file system. Where it may write, all works; where it may not, nothing is begun.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

[ "$HOST_MODE" = system ] || skip_all 'only root can be squashed'
squashed() { setpriv --bounding-set=-dac_override,-dac_read_search,-fowner,-chown "$@"; }
can_squash() { squashed true; }
requires can_squash 'the capabilities of root cannot be dropped'
mkdir export
chown libvirt-qemu: export
chmod 0700 export
not_ok 'root may not write there' squashed touch export/x

files() { find export -type f -printf '%p %u %m\n' | sort; }
# refused WHAT: a snapshot of the guest that runs is refused, and nothing is begun.
refused() {
  files >before
  run squashed "$VXE" vm-snapshot vm=web new-name-label=one
  isnt "$1: a snapshot is refused" "$STATUS" 0
  like '... for the permission' "$ERR" 'Permission denied|not permitted'
  is '... no file is made or changed' "$(files)" "$(cat before)"
  is '... the guest writes to the same disk' "$(source_of web vda)" "$PWD/export/web-0.qcow2"
  ok '... and goes on' guest_counts web
  is '... there is no snapshot' "$(plain snapshot-list --minimal)" ''
  ok '... and nothing to end' vxe check
}

guest_make_there() {
  guest_define web - "$(guest_disks web 1 "$PWD/export")"
  UUID=$(virsh domuuid web)
  plain vm-list uuid="$UUID" >/dev/null
}
guest_make_there
guest_start web # the disk is of QEMU's user from now on
chmod 0711 export
refused 'a folder that root may only pass through'
chmod 1777 export
refused 'a folder that root may write to, but the disk is of QEMU'"'"'s user'
virsh -q destroy web

diag 'a disk of the user that root is there'
chown root: export/web-0.qcow2
ok 'a snapshot' squashed "$VXE" vm-snapshot vm=web new-name-label=one
one=$OUT
keep_content one "$one"
isnt '... the disk has a new file' "$(source_of web vda)" "$PWD/export/web-0.qcow2"
ok 'a start' squashed "$VXE" vm-start vm=web
guest_counts web
virsh -q destroy web
ok 'a revert' squashed "$VXE" snapshot-revert snapshot-uuid="$one"
ok '... brings the content back' has_content one "$UUID"
ok 'a start' squashed "$VXE" vm-start vm=web
guest_counts web
ok '... nothing is out of order' vxe check
