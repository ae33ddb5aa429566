#!/bin/bash
# SPDX-License-Identifier: MIT
# Faults of disks and their places. After each refusal nothing has changed.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/state.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"

mkdir disks
# make NAME FILE...: a domain with these disks.
make() { guest_define "$1" - "${@:2}"; }
guest_disks web 1 "$PWD/disks" >/dev/null
make web "$PWD/disks/web-0.qcow2"
web=$(virsh domuuid web)
snap=$(vxe vm-snapshot vm=web new-name-label=s)
leaf=$(vdi_files "$web")

# ---- a file that is missing

mv "$leaf" aside
state_note
refused VDI_NOT_AVAILABLE 1 'vdi: [0-9a-f-]{36}' 'start with a missing disk' vxe vm-start vm=web
refused VDI_NOT_AVAILABLE 1 'vdi: [0-9a-f-]{36}' 'snapshot with a missing disk' \
  vxe vm-snapshot vm=web new-name-label=x
mv aside "$leaf"
mv disks/web-0.qcow2 aside
state_note
refused VDI_NOT_AVAILABLE 1 'vdi: [0-9a-f-]{36}' 'revert to a missing layer' \
  vxe snapshot-revert snapshot-uuid="$snap"
refused VDI_NOT_AVAILABLE 1 'vdi: [0-9a-f-]{36}' 'snapshot above a missing layer' \
  vxe vm-snapshot vm=web new-name-label=x
fails VXE_INCONSISTENT 1 'count: [1-9]' 'check finds it' vxe check
like '... and names it' "$OUT" 'disks/web-0\.qcow2'
mv aside disks/web-0.qcow2
ok 'and is clean when it is back' vxe check

# ---- a disk of two VMs

guest_disk_make disks/both.qcow2
make left "$PWD/disks/both.qcow2"
left=$(virsh domuuid left)
vxe vm-disk-add vm=left disk-size=1MiB device=1
mapfile -t both < <(vdi_files "$left")
make right "${both[@]}"
virsh -q start --paused right >/dev/null
vxe vm-list >/dev/null
state_note
refused VDI_IN_USE 7 'vdi: [0-9a-f-]{36}' 'start while another runs on the disk' \
  vxe vm-start vm=left
refused VDI_IN_USE 7 'vdi: [0-9a-f-]{36}' 'snapshot while another runs on the disk' \
  vxe vm-snapshot vm=left new-name-label=x
exits 0 'the list of what would go' vxe vm-uninstall uuid="$left" --dry-run
like '... says that the disk stays' "$OUT" 'kept: VDI [^ ]+ \(.*\), which right has, too'
virsh -q destroy right >/dev/null

# ---- disks that cannot be captured

GUEST_EXTRA="<disk type='file' device='disk'><driver name='qemu' type='raw'/>
<source file='$PWD/disks/shared.img'/><target dev='vdc' bus='virtio'/><shareable/></disk>" \
  guest_define shared -
truncate -s 1M disks/shared.img
GUEST_EXTRA="<disk type='network' device='disk'><driver name='qemu' type='raw'/>
<source protocol='nbd' name='x'><host name='127.0.0.1' port='1'/></source>
<target dev='vdc' bus='virtio'/></disk>" guest_define remote -
echo iso >disks/boot.iso
GUEST_EXTRA="<disk type='file' device='cdrom'><driver name='qemu' type='raw'/>
<source file='$PWD/disks/boot.iso'/><target dev='hdc' bus='ide'/><readonly/></disk>" \
  guest_define reader -
vxe vm-list >/dev/null
state_note
refused VDI_IS_SHARABLE 1 'vdi: [0-9a-f-]{36} ' 'a sharable disk has no snapshots' \
  vxe vm-snapshot vm=shared new-name-label=x
refused VDI_NOT_MANAGED 7 'vdi: [0-9a-f-]{36}' 'nor has a network disk' \
  vxe vm-snapshot vm=remote new-name-label=x
refused SR_OPERATION_NOT_SUPPORTED 1 "sr: [0-9a-f-]{36} .*$PWD/disks" \
  'an SR of ISOs takes no disks' vxe vm-disk-add vm=web disk-size=1MiB device=5 \
  sr-uuid="$(vxe sr-list type=iso --minimal)"

# ---- a chain that is too long

guest_disk_make disks/deep-0.qcow2 1M
most=$(chain_most)
for ((i = 1; i < most; i++)); do
  qemu-img create -q -f qcow2 -u -b "deep-$((i - 1)).qcow2" -F qcow2 "disks/deep-$i.qcow2" 1M
done
make deep "$PWD/disks/deep-$((most - 1)).qcow2"
vxe vm-list >/dev/null
vxe sr-param-set uuid="$(vxe sr-list name-label="Existing disks in $PWD/disks" --minimal)" \
  other-config:max-chain-depth="$most"
state_note
refused SR_BACKEND_FAILURE_109 1 "stderr: $most layers; other-config" 'so many layers are enough' \
  vxe vm-snapshot vm=deep new-name-label=x
refused SR_BACKEND_FAILURE_109 1 "stderr: $most layers; libvirt [0-9.]* starts a guest on $most at most" 'for a clone, too' \
  vxe vm-clone vm=deep new-name-label=x
virsh -q undefine deep

# ---- the SR's directory

# In system mode QEMU runs as another user; in session mode vxe itself has no access.
virsh -q start --paused web >/dev/null
mode=$(stat -c %a disks)
if [ "$HOST_MODE" = system ]; then chmod 0700 disks; else chmod 0500 disks; fi
state_note
refused '(VXE_HYPERVISOR_FAILED|VXE_IMAGE_FAILED)' 1 "$PWD/disks[^ ]*.*[Pp]ermission denied" \
  'snapshot where the directory lets nobody in' vxe vm-snapshot vm=web new-name-label=x
chmod "$mode" disks
virsh -q destroy web >/dev/null

mv "$HOST_IMAGES" images-aside && mkdir "$HOST_IMAGES"
state_note
refused SR_NOT_ATTACHED 1 'sr: [0-9a-f-]{36} .Local storage.' \
  'an SR that is not mounted takes no disk' vxe vm-disk-add vm=web disk-size=1MiB device=5
rmdir "$HOST_IMAGES" && mv images-aside "$HOST_IMAGES"

if [ "$HOST_MODE" = system ]; then
  mount --bind disks disks && mount -o remount,ro,bind disks
  state_note
  refused VXE_IMAGE_FAILED 1 "$PWD/disks$NL.*Read-only file system" 'snapshot on a read-only mount' \
    vxe vm-snapshot vm=web new-name-label=x
  refused VXE_IMAGE_FAILED 1 "$PWD/disks$NL.*Read-only file system" 'revert on a read-only mount' \
    vxe snapshot-revert snapshot-uuid="$snap"
  umount disks

  mkdir full && mount -t tmpfs -o size=1m tmpfs full
  guest_disk_make full/full.qcow2 1M
  make full "$PWD/full/full.qcow2"
  vxe vm-list >/dev/null
  fallocate -l $(($(stat -f -c '%a * %S' full) - 131072)) full/.fill
  state_note
  refused SR_BACKEND_FAILURE_44 1 "stderr: 262144 bytes are needed and [0-9]+ bytes are free in $PWD/full" \
    'snapshot in a full SR' vxe vm-snapshot vm=full new-name-label=x
  virsh -q undefine full
  vxe vm-list >/dev/null
  umount full

  # There is enough space at the beginning, but not later, as others write there, too.
  mount -t tmpfs -o size=6m tmpfs full
  small=$(vxe sr-create name-label=small type=file device-config:location="$PWD/full/sr")
  head -c 4M /dev/urandom >noise.raw
  qemu-img convert -f raw -O qcow2 noise.raw disks/noise.qcow2
  make noise "$PWD/disks/noise.qcow2"
  vxe vm-param-set uuid="$(virsh domuuid noise)" name-description=ours
  noise=$(vxe vdi-list name-label=noise.qcow2 --minimal)
  target=$(vxe vdi-create sr-uuid="$small" name-label=target virtual-size=4MiB)
  head -c 3M /dev/zero >full/.fill
  state_note
  refused SR_BACKEND_FAILURE_44 1 "stderr: [0-9]+ bytes are needed .* free in $PWD/full" 'vdi-copy to a full SR' \
    vxe vdi-copy uuid="$noise" sr-uuid="$small"
  refused SR_BACKEND_FAILURE_44 1 'stderr: [0-9]+ bytes are needed' 'vdi-copy into a disk there' \
    vxe vdi-copy uuid="$noise" into-vdi-uuid="$target"
  refused SR_BACKEND_FAILURE_44 1 'stderr: [0-9]+ bytes are needed' 'vdi-import of a file' \
    vxe vdi-import uuid="$target" filename=noise.raw
  refused SR_BACKEND_FAILURE_44 1 'stderr: .*No space left' 'vdi-import of a pipe' \
    bash -c "cat noise.raw | '$VXE' vdi-import uuid=$target filename="
  rm full/.fill
  copy_into_full() {
    VXE_FAILPOINT=vm-copy:copy-disks=stop "$VXE_PLAIN" vm-copy vm=noise new-name-label=copy \
      sr-uuid="$small" &
    wait_until 20 stands $!
    head -c 4M /dev/zero >full/.fill
    kill -CONT $!
    wait $!
  }
  refused SR_BACKEND_FAILURE_44 1 'stderr: .*No space left' 'vm-copy' copy_into_full
  head -c 6M /dev/zero >full/.fill 2>/dev/null
  refused SR_BACKEND_FAILURE_44 1 'stderr: [0-9]+ bytes are needed' 'vdi-create in a full SR' \
    vxe vdi-create sr-uuid="$small" name-label=x virtual-size=1MiB
  wrong SR_BACKEND_FAILURE_44 '... as JSON' vdi-create sr-uuid="$small" name-label=x virtual-size=1MiB
  leads SR_BACKEND_FAILURE_44 1
  rm full/.fill
  again SR_BACKEND_FAILURE_44 vxe vdi-copy uuid="$noise" sr-uuid="$small"
  vxe vdi-destroy uuid="$OUT" && vxe vdi-destroy uuid="$target"
  vxe pbd-unplug uuid="$(vxe pbd-list sr-uuid="$small" --minimal)" && vxe sr-destroy uuid="$small"
  virsh -q undefine noise
  umount full
else
  skip 'read-only and full file systems: no mounts in session mode'
fi

# ---- all is as before

ok 'the snapshot is made now' vxe vm-snapshot vm=web new-name-label=x
ok 'vxe check is clean' vxe check
