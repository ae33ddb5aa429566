#!/bin/bash
# SPDX-License-Identifier: MIT
# Each error of vxe's own that names a way out, in its commonest situation: the way out is taken as it is printed, and leads
# out. Those that need a situation of their own are met where that is: libvirt that stands still, damaged records ...
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/marks.sh"

# A guest of its own whose name is the section's. Sets UUID, DISK, F.
guest() {
  small_guest "$1" 1 && act "$UUID" && F=$PWD/$1-0.qcow2 DISK=$(vdi_of "$UUID")
}
snapshot_of() { plain snapshot-list snapshot-of="$UUID" name-label="$1" --minimal; }

# ---- libvirt ---------------------------------------------------------------------------------------

guest web
host_daemon_stop
wrong VXE_HYPERVISOR_UNREACHABLE 'the daemon is off' vm-start uuid="$UUID"
host_daemon_start
leads VXE_HYPERVISOR_UNREACHABLE 2
again VXE_HYPERVISOR_UNREACHABLE vxe vm-start uuid="$UUID" --dry-run

VXE_CONNECT=qemu+ssh://elsewhere/system wrong VXE_REMOTE_URI 'libvirt of another machine' vm-list
VXE_CONNECT=$HOST_URI again VXE_REMOTE_URI vxe vm-list

GUEST_EXTRA="<rng model='virtio'><backend model='random'>$PWD/away</backend></rng>" small_guest refused 1
wrong VXE_HYPERVISOR_FAILED 'QEMU cannot start' vm-start vm=refused
like '... the message is of libvirt' "$ERR" "$PWD/away"
ok "... the domain's log says it, too" grep -rqs "$PWD/away" /var/log/libvirt/qemu/refused.log "${XDG_CACHE_HOME-/nowhere}"/libvirt/qemu/log/refused.log
install -m 0666 /dev/null away
again VXE_HYPERVISOR_FAILED vxe vm-start vm=refused --paused
vxe vm-shutdown vm=refused --force

# ---- a definition of before ------------------------------------------------------------------------

for keep in records definition; do
  guest "old-$keep"
  virsh -q dumpxml "old-$keep" >old.xml
  snapshot "$UUID" s
  virsh -q define old.xml
  wrong VXE_DISK_CHANGED 'an old definition' vm-start uuid="$UUID"
  [ $keep = records ] && wrong VXE_LAYER_WRITTEN 'an old definition' snapshot-copy uuid="$SNAP" new-name-label=c
  if [ $keep = records ]; then
    leads VXE_LAYER_WRITTEN 1 VM="$UUID"
    again VXE_LAYER_WRITTEN vxe snapshot-copy uuid="$SNAP" new-name-label=c
    virsh -q define old.xml
    wrong VXE_DISK_CHANGED 'once more' vm-start uuid="$UUID"
    leads VXE_DISK_CHANGED 1
  else
    ok '... keep=definition takes over the disk of the definition' vxe vm-adopt-disks uuid="$UUID" keep=definition force=true
  fi
  again VXE_DISK_CHANGED vxe vm-start uuid="$UUID" --dry-run
done


# ---- frozen layers -----------------------------------------------------------------------------------

guest frozen
snapshot "$UUID" s
guest_define thief - "$F"
wrong VXE_LAYER_WRITTEN 'a domain on a frozen layer' snapshot-clone uuid="$SNAP" new-name-label=c
like '... is named' "$ERR" thief
virsh -q undefine thief
again VXE_LAYER_WRITTEN vxe snapshot-clone uuid="$SNAP" new-name-label=c
cp --preserve=all "$F" backup
for way in backup update; do
  stamp "$F" 77 3M
  wrong VXE_INCONSISTENT 'check finds a frozen layer that was written to' check
  wrong VXE_LAYER_CHANGED 'it is not read' snapshot-copy uuid="$SNAP" new-name-label=c
  if [ $way = backup ]; then forced "$F" cp --preserve=all backup "$F"; else leads VXE_LAYER_CHANGED 1 DISK="$(vdi_of "$SNAP")"; fi
  again VXE_LAYER_CHANGED vxe snapshot-copy uuid="$SNAP" new-name-label="$way"
  again VXE_INCONSISTENT vxe check
done

guest damaged
mark "$F" 2
wrong VXE_IMAGE_DAMAGED 'QEMU has marked the image' vm-snapshot uuid="$UUID" new-name-label=s
leads VXE_IMAGE_DAMAGED 1
leads VXE_IMAGE_DAMAGED 2
again VXE_IMAGE_DAMAGED snapshot "$UUID" s

guest twice
virsh -q attach-disk twice "$F" vdb --subdriver qcow2 --config
wrong VXE_DISK_TWICE 'one disk under two names' vm-snapshot uuid="$UUID" new-name-label=s
leads VXE_DISK_TWICE 1 TARGET=vdb
again VXE_DISK_TWICE snapshot "$UUID" s

guest kiosk
wrong VXE_ON_BOOT_RESET 'a disk that is to be reset' vdi-param-set uuid="$DISK" on-boot=reset
leads VXE_ON_BOOT_RESET 1 VM="$UUID"
leads VXE_ON_BOOT_RESET 2 SNAPSHOT="$OUT"
vxe vm-shutdown uuid="$UUID" --force

# ---- snapshots of libvirt's own ----------------------------------------------------------------------

guest inside
virsh -q snapshot-create-as inside i1
I1=$(snapshot_of i1)
wrong VXE_SNAPSHOT_INSIDE 'a clone of a snapshot inside an image' snapshot-clone uuid="$I1" new-name-label=c
leads VXE_SNAPSHOT_INSIDE 1 NAME=whole
wrong VXE_INTERNAL_SNAPSHOTS 'a clone of its VM' vm-clone uuid="$UUID" new-name-label=c
virsh -q snapshot-create-as inside i2
snapshot "$UUID" ours
wrong VXE_SNAPSHOT_HIDDEN 'a snapshot below a layer' snapshot-revert uuid="$I1"
leads VXE_SNAPSHOT_HIDDEN 1
leads VXE_SNAPSHOT_HIDDEN 2 SNAPSHOT="$(snapshot_of ours) --force"
again VXE_SNAPSHOT_HIDDEN vxe snapshot-revert uuid="$I1"

guest outside
virsh -q snapshot-create-as outside o1 --disk-only --atomic
guest elsewhere
virsh -q snapshot-create-as elsewhere e1 --disk-only --atomic
virsh snapshot-dumpxml outside o1 --security-info >o1.xml
wrong VXE_SNAPSHOT_UNFIT 'the document of another VM' vm-adopt-snapshot uuid="$UUID" filename=o1.xml
leads VXE_SNAPSHOT_UNFIT 1 NAME=e1 FILE=e1.xml
virsh -q snapshot-delete elsewhere e1 --metadata
again VXE_SNAPSHOT_UNFIT vxe vm-adopt-snapshot uuid="$UUID" filename=e1.xml

# ---- what is in use ----------------------------------------------------------------------------------

# chain NAME: a guest on three layers, made by others. Sets UUID, DISK, F, MIDDLE.
chain() {
  guest_disk_make "$1-0.qcow2" "$DISK_SIZE" && F=$PWD/$1-0.qcow2 MIDDLE=$PWD/$1-1.qcow2 &&
    qemu-img create -q -f qcow2 -F qcow2 -b "$F" "$MIDDLE" && qemu-img create -q -f qcow2 -F qcow2 -b "$MIDDLE" "$1-2.qcow2" &&
    guest_define "$1" - "$PWD/$1-2.qcow2" && UUID=$(virsh domuuid "$1") && act "$UUID" && DISK=$(vdi_of "$UUID")
}
merge() { vxe vdi-merge uuid="$DISK" base="$F" --dry-run; }

chain used
# Another VM on the layer; the image that its disk was in is left, as vxe did not make it.
qemu-img create -q -f qcow2 -F qcow2 -b "$MIDDLE" other.qcow2
guest_define other - "$PWD/other.qcow2"
user=$(virsh domuuid other)
act "$user"
wrong VXE_DEPENDENTS 'a layer that another VM uses' vdi-merge uuid="$DISK" base="$F"
leads VXE_DEPENDENTS 1 DISK="$(vdi_of "$user")"
wrong VXE_DEPENDENTS 'a layer that an image uses' vdi-merge uuid="$DISK" base="$F"
leads VXE_DEPENDENTS 3 IMAGE="$PWD/other.qcow2"
again VXE_DEPENDENTS merge
snapshot "$UUID" s
wrong VXE_DEPENDENTS 'a layer that a snapshot uses' vdi-merge uuid="$DISK" base="$PWD/used-2.qcow2"
leads VXE_DEPENDENTS 2 SNAPSHOT="$SNAP --force"
again VXE_DEPENDENTS merge

guest held
mkfifo hold
qemu-io -r -f qcow2 "$F" <hold >/dev/null &
exec 8>hold
holds() { fuser -s "$F" 2>/dev/null; }
if command -v fuser >/dev/null; then
  wait_until 20 holds
  wrong VXE_IMAGE_FAILED 'a process has the image open' vdi-resize uuid="$DISK" disk-size=8MiB
  like '... as the message says' "$ERR" "Is another process using the image \[$F\]"
  leads VXE_IMAGE_FAILED 1
  leads VXE_IMAGE_FAILED 2
  exec 8>&-
  wait_until 20 eval '! holds'
  again VXE_IMAGE_FAILED vxe vdi-resize uuid="$DISK" disk-size=8MiB
else
  skip 'package psmisc is needed'
  exec 8>&-
fi

chain stays
chmod 0444 "$F"
wrong VXE_LAYER_STAYS 'a layer that nobody may write to' vdi-merge uuid="$DISK" top="$MIDDLE"
leads VXE_LAYER_STAYS 1 DISK="$DISK"
chmod 0666 "$F"
again VXE_LAYER_STAYS vxe vdi-merge uuid="$DISK" top="$MIDDLE"

guest busy
VXE_FAILPOINT=vm-snapshot:make-overlays=stop "$VXE_PLAIN" vm-snapshot uuid="$UUID" new-name-label=slow >slow 2>&1 &
VXE_PID=$!
wait_until 20 stands $VXE_PID
wrong VXE_BUSY 'another command is at work' vm-snapshot uuid="$UUID" new-name-label=s --dry-run
leads VXE_BUSY 1
leads VXE_BUSY 2 TASK="$(plain task-list --minimal)"
kill -CONT $VXE_PID
wait $VXE_PID
again VXE_BUSY vxe vm-snapshot uuid="$UUID" new-name-label=s --dry-run

(VXE_FAILPOINT=vm-snapshot:make-overlays:after=die plain vm-snapshot uuid="$UUID" new-name-label=k) 2>/dev/null
wrong VXE_DRY_RUN 'a vxe was killed' vm-snapshot uuid="$UUID" new-name-label=s --dry-run
leads VXE_DRY_RUN 1
again VXE_DRY_RUN vxe vm-snapshot uuid="$UUID" new-name-label=s --dry-run

# Another program gives the guest another file each time that vxe has made its plan anew.
restless() {
  local pid n
  VXE_FAILPOINT=vm-snapshot:intent:after=stop "$VXE" "$@" &
  pid=$!
  for n in 1 2 3 4 5; do
    wait_until 20 stands $pid || break
    virsh -q snapshot-create-as moving "m$n" --disk-only --atomic --no-metadata
    kill -CONT $pid
  done
  wait $pid
}
guest moving
virsh -q start moving
vxe() { restless "$@"; }
wrong VXE_TRY_AGAIN 'the VM is on another file each time' vm-snapshot uuid="$UUID" new-name-label=s
vxe() { "$VXE" "$@"; }
leads VXE_TRY_AGAIN 1
again VXE_TRY_AGAIN snapshot "$UUID" s
virsh -q destroy moving

# ---- networks ------------------------------------------------------------------------------------------

# A network that needs nothing of the host.
network() { echo "<network><name>$1</name><forward mode='bridge'/><bridge name='vxe$1'/></network>" >"$1.xml" && virsh -q net-define "$1.xml"; }
network theirs
network mine
virsh -q net-start mine
guest net
echo "<interface type='network'><source network='theirs'/><model type='virtio'/></interface>" >card.xml
virsh -q attach-device net card.xml --config
act "$UUID"
wrong VXE_NETWORK_INACTIVE 'the network is off' vm-start uuid="$UUID"
leads VXE_NETWORK_INACTIVE 1
again VXE_NETWORK_INACTIVE vxe vm-start uuid="$UUID" --dry-run
for way in define move; do
  virsh -q net-destroy theirs
  virsh -q net-undefine theirs
  wrong VXE_NETWORK_MISSING 'the network is gone' vm-start uuid="$UUID"
  if [ $way = define ]; then
    leads VXE_NETWORK_MISSING 1 FILE="$PWD/theirs.xml"
    leads VXE_NETWORK_MISSING 2
  else
    leads VXE_NETWORK_MISSING 3
    leads VXE_NETWORK_MISSING 4 VIF="$(plain vif-list vm-uuid="$UUID" --minimal)" NETWORK="$(plain network-list name-label=mine --minimal)"
  fi
  again VXE_NETWORK_MISSING vxe vm-start uuid="$UUID" --dry-run
done

# ---- a schedule ------------------------------------------------------------------------------------------

guest scheduled
S=$(vxe vmss-create name-label=often type=snapshot frequency=hourly schedule:min=30 2>/dev/null)
vxe vm-param-set uuid="$UUID" snapshot-schedule="$S"
mv "$F" aside
wrong VXE_SCHEDULE_FAILED 'its VM has lost its disk' vmss-run uuid="$S"
leads VXE_SCHEDULE_FAILED 1
leads VXE_SCHEDULE_FAILED 2
mv aside "$F"
leads VXE_SCHEDULE_FAILED 3

# VXE_SCHEDULE_DELETES is the last-error of a run that fails.
guest kept
S=$(vxe vmss-create name-label=kept type=snapshot frequency=daily retained-snapshots=2 keep-days=30 2>/dev/null)
vxe vm-param-set uuid="$UUID" snapshot-schedule="$S"
for ((i = 1; i <= 13; i++)); do
  VXE_TEST_AHEAD=$((i * 86400)) plain vmss-run uuid="$S" >/dev/null
done
export VXE_TEST_AHEAD=$((90 * 86400))
wrong VXE_SCHEDULE_FAILED 'the clock is far ahead' vmss-run uuid="$S"
like '... and too many would go' "$ERR" 'would delete more than ten snapshots of a VM. Look at them with vmss-preview'
ok '... the way out keeps them' vxe vmss-param-set uuid="$S" keep-days=100
again VXE_SCHEDULE_FAILED vxe vmss-run uuid="$S"
is '... all' "$(plain snapshot-list snapshot-of="$UUID" --minimal | tr , '\n' | grep -c .)" 15
export VXE_TEST_AHEAD=$((180 * 86400))
wrong VXE_SCHEDULE_FAILED 'still farther' vmss-run uuid="$S"
ok '... the other one' vxe vmss-run uuid="$S" --force
is '... ends those of more than 100 days ago' "$(plain snapshot-list snapshot-of="$UUID" --minimal | tr , '\n' | grep -c .)" 4
unset VXE_TEST_AHEAD

# ---- files of other kinds --------------------------------------------------------------------------------

guest files
echo text >text.img
wrong VXE_FOREIGN_IMAGE 'a file that is no image' vdi-import uuid="$DISK" filename=text.img format=qcow2
leads VXE_FOREIGN_IMAGE 1 NEW="$PWD/text"
leads VXE_FOREIGN_IMAGE 2 DISK="$DISK" NEW="$PWD/text"
qemu-img convert -f qcow2 -O vmdk "$F" boot.vmdk
wrong VXE_FORMAT_UNSAID 'a VMDK' vdi-import uuid="$DISK" filename=boot.vmdk
leads VXE_FORMAT_UNSAID 1 NEW="$PWD/unsaid"
again VXE_FORMAT_UNSAID vxe vdi-import uuid="$DISK" filename=unsaid.qcow2 format=qcow2
echo '<?xml version="1.0"?><Envelope/>' >boot.ovf
tar -cf boot.ova boot.ovf boot.vmdk
rm boot.vmdk
wrong VXE_NO_ARCHIVE 'an OVA' vm-import filename=boot.ova
leads VXE_NO_ARCHIVE 1 FILE=boot.ova
leads VXE_NO_ARCHIVE 2 DISK=boot.vmdk NEW=from
leads VXE_NO_ARCHIVE 3 DISK="$DISK" NEW="$PWD/from"
