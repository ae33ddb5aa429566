# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# For tests of other programs' incremental backups: a paused guest with a checkpoint of libvirt's, and the increment since
# then. Sourced after disks.sh.

# inside VM COMMAND: qemu-io's command, by the QEMU of the guest; if it succeeds its words go to QEMU's own output.
inside() {
  virsh -q qemu-monitor-command "$1" --hmp \
    "qemu-io -d /machine/peripheral/virtio-disk0/virtio-backend \"$2\"" >inside.out 2>&1
  ! grep -q '[a-z]' inside.out || { cat inside.out && return 1; }
}
# put VM BYTE AT [LENGTH]: the guest writes, or its image is written to as a guest would have done.
put() {
  if guest_is_off "$1"; then
    stamp "$(source_of "$1" vda)" "$2" "$3" "${4-64k}"
  else
    inside "$1" "write -P $2 $3 ${4-64k}" && inside "$1" flush
  fi
}

off() { virsh -q destroy "$1" >/dev/null; }
on() { virsh -q start --paused "$1" >/dev/null; }
gone() { vxe snapshot-uninstall uuid="$1" force=true; }

# begin VM: it is paused, has a full backup (out/full.raw) with the checkpoint c1, and the snapshots $S1 and $S2, with
# writes before, between and after them. Sets UUID.
begin() {
  small_guest "$1" 1 && stamp "$1-0.qcow2" 1 1M 1M && plain vm-list >/dev/null && on "$1" &&
    virsh -q checkpoint-create-as "$1" c1 >/dev/null &&
    mkdir -p out && chmod 0777 out &&
    qemu-img convert -U -f qcow2 -O raw "$1-0.qcow2" out/full.raw &&
    put "$1" 2 512k && snapshot "$UUID" s1 && S1=$SNAP &&
    put "$1" 3 1M && snapshot "$UUID" s2 && S2=$SNAP && put "$1" 4 1536k
}

# incremental VM: 0: the increment since c1, on top of the full backup, is what the disk has; 2: libvirt refuses it.
incremental() {
  cat >backup.xml <<XML
<domainbackup><incremental>c1</incremental><disks><disk name='vda' type='file'><driver type='qcow2'/>
<target file='$PWD/out/inc.qcow2'/></disk></disks></domainbackup>
XML
  rm -f out/inc.qcow2
  guest_is "$1" paused || virsh -q suspend "$1" || return 3
  virsh -q backup-begin "$1" backup.xml >/dev/null 2>backup.err || return 2
  wait_until 20 no_job "$1" &&
    qemu-img convert -U -f qcow2 -O raw "$(virsh -q domblklist "$1" | awk '{ print $2; exit }')" now.raw &&
    qemu-img rebase -q -u -f qcow2 -b "$PWD/out/full.raw" -F raw out/inc.qcow2 &&
    qemu-img convert -f qcow2 -O raw out/inc.qcow2 then.raw || return 3
  cmp then.raw now.raw
}
no_job() { virsh domjobinfo "$1" | grep -q 'Job type: *None'; }
