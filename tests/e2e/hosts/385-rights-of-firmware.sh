#!/bin/bash
# SPDX-License-Identifier: MIT
# libvirt changes no owners: UEFI variables that come out of a snapshot, in a VM that is made of it and at a revert of a VM that
# has lost them, have owner, group, mode and ACL of those that the snapshot was made of. QEMU's user can open them, nobody else.
# What has no file before it, new disks and what comes out of an archive, is his alone.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

[ "$HOST_MODE" = system ] || skip_all 'owners change in mode system only'
command -v setfacl >/dev/null || skip_all 'no setfacl'
VARS=/usr/share/OVMF/OVMF_VARS_4M.fd CODE=/usr/share/OVMF/OVMF_CODE_4M.fd
ovmf_is_there() { [ -e $VARS ] && [ -e $CODE ]; }
requires ovmf_is_there 'package ovmf is needed'

host_daemon_stop
echo dynamic_ownership=0 >>/etc/libvirt/qemu.conf
host_daemon_start

rights() { stat -c %u:%g "$1" && getfacl -cpE "$1"; }
nvram_of() { virsh dumpxml --inactive "$1" | sed -n 's#.*<nvram[^>]*>\(.*\)</nvram>.*#\1#p'; }
starts() {
  ok "$1: the VM starts" virsh -q start --paused "$2"
  virsh -q destroy "$2"
}
mkdir dir && setfacl -m u:libvirt-qemu:rwx dir
# vars OWNER MODE [ENTRY]: a VM g with UEFI variables of that owner and mode. Sets UUID.
vars() {
  small_guest g 1
  mv g-0.qcow2 dir/g.qcow2 && chown libvirt-qemu: dir/g.qcow2
  rm -f dir/g.fd && cp $VARS dir/g.fd && chown "$1" dir/g.fd && chmod "$2" dir/g.fd
  [ -z "${3-}" ] || setfacl -m "$3" dir/g.fd
  guest_xml g "$UUID" "$PWD/dir/g.qcow2" |
    sed "s#machine='pc'#machine='q35'#; s#hvm</type>#&<loader readonly='yes' type='pflash'>$CODE</loader><nvram>$PWD/dir/g.fd</nvram>#" >uefi.xml
  virsh -q define uefi.xml
  starts "$1 $2" g
  was=$(rights dir/g.fd)
  snapshot "$UUID" s
}
# of_then WHAT VM
of_then() {
  is "$1: owner, mode and ACL are those of then" "$(rights "$(nvram_of "$2")")" "$was"
  starts '...' "$2"
}
each() {
  vars "$@"
  ok '... a template made of the snapshot' vxe snapshot-clone uuid="$SNAP" new-name-label=t
  template=$OUT
  ok '... a VM of that' vxe vm-install template-uuid="$template" new-name-label=new
  of_then '...' new
  ok '... the template itself' vxe template-param-set uuid="$template" is-a-template=false
  of_then '...' "$(virsh domname "$template")"
  rm dir/g.fd
  ok '... a revert, as the file is gone' vxe snapshot-revert snapshot-uuid="$SNAP"
  of_then '...' g
  for vm in new t g; do plain vm-uninstall vm=$vm --force >/dev/null; done
}
each libvirt-qemu: 600
each "1234:$(id -g libvirt-qemu)" 660
each 1234:1234 640 u:libvirt-qemu:rw

# ---- new files

# libvirt chooses the place: the definition does not name it.
variables() { echo "/var/lib/libvirt/qemu/nvram/$(virsh domname "$1")_VARS.fd"; }
own() { is "$1: QEMU's user has it alone" "$(stat -c '%U %a' "$2")" 'libvirt-qemu 600'; }
vars libvirt-qemu: 600
stamp "$(vdi_files "$UUID")" 7
ok 'an archive' vxe vm-export uuid="$UUID" filename=g.xva
ok '... of the snapshot, as a template' vxe snapshot-export-to-template snapshot-uuid="$SNAP" filename=t.xva
plain vm-uninstall vm=g --force >/dev/null
ok '... is imported' vxe vm-import filename=g.xva
UUID=$OUT
own '... its disk' "$(vdi_files "$UUID")"
is '... with what it had' "$(byte_of "$(vdi_files "$UUID")" 1M)" 7
starts '...' "$UUID"
own '... its variables' "$(variables "$UUID")"
ok '... are those of the archive' cmp "$(variables "$UUID")" $VARS
ok '... the template, too' vxe vm-import filename=t.xva
ok '... a VM of that' vxe vm-install template-uuid="$OUT" new-name-label=new
starts '...' new
own '... its variables' "$(variables "$(virsh domuuid new)")"
ok 'a new disk' vxe vm-disk-add uuid="$UUID" disk-size=1MiB device=autodetect
own '...' "$(vdi_files "$UUID" | tail -n 1)"
SR=$(plain pool-list params=default-SR --minimal)
ok 'a disk of no VM' vxe vdi-create name-label=d virtual-size=1MiB sr-uuid="$SR" type=user
own '...' "$(vdi_file "$OUT")"
starts '...' "$UUID"
ok 'vxe check is clean' vxe check
