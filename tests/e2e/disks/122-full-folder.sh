#!/bin/bash
# SPDX-License-Identifier: MIT
# A folder in which no file can be made, because it is full or read-only, is named by the error, with a way out that is
# there: no 'df' of a file that does not exist, and overlay-sr-uuid= only for commands that have it. vxe check names a
# read-only one.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

[ "$HOST_MODE" = system ] || skip_all 'full file systems: no mounts in session mode'

mkdir full && mount -t tmpfs -o size=8m,nr_inodes=20,mode=0755 tmpfs full
qemu-img create -q -f qcow2 full/web.qcow2 4M && stamp full/web.qcow2 17
guest_define web - "$PWD/full/web.qcow2" && UUID=$(virsh domuuid web)
keep_content web "$UUID"
OTHER=$(plain sr-list name-label='Local storage' --minimal)
DISK=$(vdi_of "$UUID")

# way WHAT: where 'next' has a df, it runs.
# elsewhere WHAT: overlay-sr-uuid= leads out.
way() {
  local df
  df=$(grep -o "'df [^']*'" <<<"$ERR" | tr -d "'")
  [ -z "$df" ] || ok "$1: $df shows it" $df
}
# snapshot_fails WHAT: the folder is named, the way out is overlay-sr-uuid=; with it the command is done.
snapshot_fails() {
  not_ok "$1" vxe vm-snapshot uuid="$UUID" new-name-label=x
  like "$1: the folder is named" "$ERR" "(file: | in |stderr: )$PWD/full(:|$NL|\$)"
  unlike "$1: no file that does not exist" "$ERR" 'vxe-tmp'
  like "$1: the way out" "$ERR" 'next: .*overlay-sr-uuid='
  WHY=$ERR
  way "$1"
}
NL=$'\n'
elsewhere() {
  ok "$1: the layers go elsewhere" vxe vm-snapshot uuid="$UUID" new-name-label=x overlay-sr-uuid="$OTHER" && SNAP=$OUT
  ok "$1: ... the snapshot holds what the disk held" has_content web "$SNAP"
  ok "$1: ... and the VM has it" has_content web "$UUID"
}

# ---- no bytes, no inodes

dd if=/dev/zero of=full/fill bs=64k 2>/dev/null
snapshot_fails 'no space'
not_ok 'vdi-snapshot without space' vxe vdi-snapshot uuid="$DISK"
unlike '... has no such parameters' "$ERR" 'sr-uuid='
not_ok 'vdi-copy without space' vxe vdi-copy uuid="$DISK" sr-uuid="$(plain vdi-param-get uuid="$DISK" param-name=sr-uuid)"
like '... has another' "$ERR" 'name another SR with sr-uuid='
elsewhere 'no space'
rm full/fill
vxe snapshot-uninstall uuid="$SNAP" force=true >/dev/null
vxe vdi-merge uuid="$(vdi_of "$UUID")" >/dev/null 2>&1
for ((i = 0; i < 20; i++)); do touch full/f$i 2>/dev/null; done
ok 'the disk is in the full folder again' test "$(vdi_files "$UUID")" = "$PWD/full/web.qcow2"
snapshot_fails 'no inodes'
rm -f full/f*

# ---- read-only

mount -o remount,ro full
snapshot_fails 'a read-only mount'
like '... says why' "$WHY" 'message: no file can be created in it: Read-only file system'
exits 1 'vxe check finds a problem' vxe check
like '... the folder of the SR' "$OUT$ERR" "SR $(plain vdi-param-get uuid="$DISK" param-name=sr-uuid).*no file can be made in its folder $PWD/full \(Read-only file system\)"
exits 1 '... also in a check that changes nothing' vxe check --read-only
mount -o remount,rw full

mkdir isos bases && truncate -s 64K isos/a.iso bases/base.raw
GUEST_EXTRA="<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='$PWD/bases/base.raw'/>\
<target dev='vdb' bus='virtio'/><readonly/></disk>" guest_define reads - "$PWD/full/reads.qcow2"
qemu-img create -q -f qcow2 full/reads.qcow2 1M
plain sr-create name-label=isos type=iso device-config:location="$PWD/isos" >/dev/null
plain vm-list >/dev/null
for folder in isos bases; do mount --bind $folder $folder && mount -o remount,ro,bind $folder; done
ok 'folders of ISO images, and of disks that are only read, may be read-only' vxe check
umount isos bases
virsh -q undefine reads
ok 'a snapshot when it can be written to' vxe vm-snapshot uuid="$UUID" new-name-label=x
ok 'vxe check is clean' vxe check
cd "$TEST_DIR" && virsh -q undefine web && umount full
