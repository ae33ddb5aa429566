#!/bin/bash
# SPDX-License-Identifier: MIT
# Owner, group, mode and ACL of a disk: what vxe makes for it (a layer, a copy, one file of many) has those of the file that
# the disk had before, so that QEMU's user can open it, and nobody else who could not. Without libvirt changing owners, and with it.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

[ "$HOST_MODE" = system ] || skip_all 'owners change in mode system only'
command -v setfacl >/dev/null || skip_all 'no setfacl'

N=0
# ownership 0|1: libvirt is started again with this setting; other tests use the same host.
ownership() {
  host_daemon_stop
  sed -i '/^dynamic_ownership/d' /etc/libvirt/qemu.conf
  echo "dynamic_ownership=$1" >>/etc/libvirt/qemu.conf
  host_daemon_start
}
# What libvirt remembers of an owner is in no file that vxe makes, unless libvirt has put it there.
rights() { stat -c %u:%g "$1" && getfacl -cpE "$1"; }
remembered() { python3 -c 'import os, sys; print(*(a for a in os.listxattr(sys.argv[1]) if "libvirt" in a))' "$1"; }
leaf() { source_of "${1-g}" vda; }
# as_before WHAT [VM]: the file that the VM writes to has the rights of the disk, and QEMU's user can open it.
as_before() {
  is "$1: owner, mode and ACL are as before" "$(rights "$(leaf "${2-g}")")" "$RIGHTS"
  ok '... and the VM starts' virsh -q start "${2-g}"
  virsh -q destroy "${2-g}"
}
# disk OWNER MODE [ENTRY]: a VM g, whose disk has this owner, mode, and entry in its ACL. Sets UUID.
disk() {
  J=$PWD/J$((N++))
  mkdir "$J" && setfacl -m u:libvirt-qemu:rwx "$J"
  small_guest g 1
  mv g-0.qcow2 "$J/g.qcow2"
  virsh -q undefine g
  guest_define g - "$J/g.qcow2"
  UUID=$(virsh domuuid g)
  chown "$1" "$J/g.qcow2"
  chmod "$2" "$J/g.qcow2"
  [ -z "${3-}" ] || setfacl -m "$3" "$J/g.qcow2"
  RIGHTS=$(rights "$J/g.qcow2")
}
gone() { plain vm-uninstall uuid="$UUID" --force >/dev/null; }

# ---- libvirt changes no owners ---------------------------------------------------------------------------

# makes WHAT: what each way of making a file for the disk gives it.
makes() {
  ok "$1: the VM starts" virsh -q start g
  virsh -q destroy g
  snapshot "$UUID" s1
  as_before "$1, a snapshot"
  ok '... a revert' vxe snapshot-revert snapshot-uuid="$SNAP"
  as_before "$1, a revert"
  ok '... a copy of the snapshot' vxe snapshot-copy uuid="$SNAP" new-name-label=copy
  copy=$OUT
  is '... has the rights of the disk, too' "$(rights "$(vdi_files "$copy")")" "$RIGHTS"
  ok '... one layer' vxe vdi-flatten uuid="$(vdi_of "$UUID")"
  as_before "$1, vdi-flatten"
  if [ -n "$LONG" ]; then
    ok '... a copy' vxe vm-copy uuid="$UUID" new-name-label=whole
    as_before "$1, a copy" whole
    ok '... a clone' vxe vm-clone uuid="$UUID" new-name-label=clone
    as_before "$1, a clone" clone
    as_before "$1, the VM beside it"
    ok '... a running VM' virsh -q start g
    snapshot "$UUID" s2
    ok '... a checkpoint' vxe vm-checkpoint uuid="$UUID" new-name-label=c
    point=$OUT
    ok '... one layer, live' vxe vdi-flatten uuid="$(vdi_of "$UUID")"
    virsh -q destroy g
    as_before "$1, made while it ran"
    ok '... a revert to memory' vxe snapshot-revert snapshot-uuid="$point"
    ok '... a resume' vxe vm-resume uuid="$UUID"
    virsh -q destroy g
    as_before "$1, from memory"
    qemu-img create -q -f raw new.raw "$DISK_SIZE"
    ok '... another content' vxe vdi-import uuid="$(vdi_of "$UUID")" filename=new.raw format=raw
    as_before "$1, vdi-import"
    plain vm-uninstall vm=whole --force >/dev/null
    plain vm-uninstall vm=clone --force >/dev/null
  fi
  plain template-uninstall template-uuid="$copy" --force >/dev/null
  ok '... vxe check is clean' vxe check
  gone
}

ownership 0
disk 1234:1234 640 u:libvirt-qemu:rw
like 'the group of the disk may only read' "$RIGHTS" 'group::r--'
makes 'an ACL'
if [ -n "$LONG" ]; then
  disk "1234:$(id -g libvirt-qemu)" 660
  makes 'the group'
  disk libvirt-qemu: 600
  makes 'the owner'
fi

# ---- UEFI variables ----------------------------------------------------------------------------------------

VARS=/usr/share/OVMF/OVMF_VARS_4M.fd CODE=/usr/share/OVMF/OVMF_CODE_4M.fd
if [ -e $VARS ] && [ -e $CODE ]; then
  disk libvirt-qemu: 600
  vars=$J/g.fd
  cp $VARS "$vars"
  guest_xml g "$UUID" "$J/g.qcow2" |
    sed "s#machine='pc'#machine='q35'#; s#hvm</type>#&<loader readonly='yes' type='pflash'>$CODE</loader><nvram>$vars</nvram>#" >uefi.xml
  ok 'a VM with UEFI variables of another user, and an ACL' virsh -q define uefi.xml
  chown 1234:1234 "$vars" && chmod 640 "$vars" && setfacl -m u:libvirt-qemu:rw "$vars"
  was=$(rights "$vars") && cp "$vars" then.fd
  snapshot "$UUID" s1
  printf x | dd of="$vars" bs=1 seek=530000 conv=notrunc status=none
  ok '... a revert' vxe snapshot-revert snapshot-uuid="$SNAP"
  ok '... brings them back' cmp "$vars" then.fd
  is '... with their owner, mode and ACL' "$(rights "$vars")" "$was"
  ok '... and the VM starts' virsh -q start --paused g
  virsh -q destroy g
  ok '... a clone' vxe vm-clone uuid="$UUID" new-name-label=clone
  copy=$(virsh dumpxml --inactive clone | sed -n 's#.*<nvram[^>]*>\(.*\)</nvram>.*#\1#p')
  is '... has a file with the same' "$(rights "$copy")" "$was"
  ok '... and starts' virsh -q start --paused clone
  virsh -q destroy clone
  plain vm-uninstall vm=clone --force >/dev/null
  gone
fi

# ---- libvirt changes owners -------------------------------------------------------------------------------

ownership 1
disk 1234:1234 640
snapshot "$UUID" s1
ok 'owners by libvirt: a flat file' vxe vdi-flatten uuid="$(vdi_of "$UUID")"
as_before 'owners by libvirt: vdi-flatten'
is '... and is given back' "$(rights "$(leaf)")" "$RIGHTS"
gone
disk 1234:1234 640
ok 'the VM runs' guest_start g
is '... as QEMU'"'"'s user' "$(stat -c %U "$J/g.qcow2")" libvirt-qemu
snapshot "$UUID" s1
ok '... and goes on' guest_counts g
ok '... a revert' vxe snapshot-revert snapshot-uuid="$SNAP"
is '... gives a file of the owner that libvirt remembers' "$(rights "$(leaf)")" "$RIGHTS"
is '... and takes no memory over' "$(remembered "$(leaf)")" ''
as_before 'a revert'
is '... which libvirt gives back' "$(rights "$(leaf)")" "$RIGHTS"
ok 'the snapshot goes' vxe snapshot-uninstall snapshot-uuid="$SNAP" --force
is '... and the VM is on its first file' "$(leaf)" "$J/g.qcow2"
as_before 'a merge'
is '... of the first owner for good' "$(rights "$(leaf)")" "$RIGHTS"
ok 'vxe check is clean' vxe check
