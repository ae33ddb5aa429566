#!/bin/bash
# SPDX-License-Identifier: MIT
# An overlay of somebody for which a layer waits is looked at again, also when nothing leads a search to it any more: its pool
# ended with a boot, or its file system is not mounted. Once it is gone, or no longer names the layer, the layer is merged.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

reads() { is "$1" "$(byte_of "$2" 1M)" "$3"; }
overlay() { qemu-img create -q -f qcow2 -F qcow2 -b "$PWD/$2" "$1"; }
# waits WHAT FILE TEXT: nothing is merged, and all lists name the overlay.
waits() {
  vxe sr-coalesce >out 2>&1
  like "$1: sr-coalesce names it" "$(<out)" "$3"
  ok '... so does check' vxe check
  like '... ' "$OUT$ERR" "Waits to be merged or removed: .*$3"
  reads '... it reads as before' "$2" 5
}

frozen_guest a && A=$UUID
mkdir priv && overlay "$PWD/priv/o.qcow2" a-0.qcow2
overlay "$PWD/priv/o2.qcow2" a-0.qcow2
virsh -q pool-create-as p1 dir --target "$PWD/priv" >/dev/null
ok 'the snapshot goes, the layer waits' vxe snapshot-uninstall snapshot-uuid="$SNAP" --force
like '... for an overlay in a pool' "$OUT$ERR" 'needed by .*priv/o2?.qcow2'
if [ -n "$LONG" ]; then # a boot
  host_daemon_stop
  rm -f /run/libvirt/storage/*.xml "${XDG_RUNTIME_DIR-/run}"/libvirt/storage/run/*.xml
  host_daemon_start
else
  virsh -q pool-destroy p1 >/dev/null
fi
is 'its pool is gone' "$(virsh -q pool-list --all --name | grep -cx p1)" 0
waits 'without the pool' priv/o.qcow2 'priv/o2?.qcow2'
rm priv/o.qcow2
waits 'the second one' priv/o2.qcow2 'priv/o2.qcow2'
qemu-img rebase -f qcow2 -b '' priv/o2.qcow2
ok 'without its base' vxe sr-coalesce
is '... the layer is merged' "$(layers_of "$A")" 1
reads '... the disk has the bytes from above' "$(vdi_files "$A")" 6
reads '... the other file its own' priv/o2.qcow2 5

# ---- a file system that is not mounted -----------------------------------------------------------

mkdir real mnt
if [ "$HOST_MODE" = system ] && mount --bind real mnt; then
  frozen_guest b && B=$UUID
  overlay "$PWD/mnt/o.qcow2" b-0.qcow2
  virsh -q pool-create-as p2 dir --target "$PWD/mnt" >/dev/null
  ok 'the snapshot goes' vxe snapshot-uninstall snapshot-uuid="$SNAP" --force
  virsh -q pool-destroy p2 >/dev/null
  umount mnt
  waits 'not mounted' real/o.qcow2 'mnt/o.qcow2, whose file system is not mounted'
  mount --bind real mnt
  waits 'mounted' mnt/o.qcow2 'mnt/o.qcow2'
  rm mnt/o.qcow2
  ok 'without it' vxe sr-coalesce
  is '... the layer is merged' "$(layers_of "$B")" 1
  umount mnt
else
  skip 'nothing can be mounted here'
fi
ok 'vxe check is clean' vxe check

# ---- it is removed on purpose, with its domain -----------------------------------------------------

frozen_guest c && C=$UUID
snapshot "$C" s2
below=$(vxe vdi-chain-list vm=c --json | jq -r '.[1].file')
mkdir -m 0755 theirs && qemu-img create -q -f qcow2 -F qcow2 -b "$below" theirs/o.qcow2
guest_define theirs - "$PWD/theirs/o.qcow2"
vxe vm-list >/dev/null
ok 'the snapshot goes, its layer waits for a domain' vxe snapshot-uninstall snapshot-uuid="$SNAP" --force
is '... it is there' "$(layers_of "$C")" 3
virsh -q undefine theirs && rm -r theirs
not_ok 'without the domain and its folder check has one problem' vxe check
said=$OUT
like '... that its folder is not there' "$said" "its folder $PWD/theirs is empty"
for vdi in $(plain vdi-list name-label=o.qcow2 --minimal | tr , ' '); do ok 'the way out: the disk' vxe vdi-forget uuid="$vdi"; done
sr=$(sed -n "s/.*'vxe sr-forget uuid=\([-0-9a-f]*\)'.*/\1/p" <<<"$said")
ok '... and its folder' vxe pbd-unplug uuid="$(plain pbd-list sr-uuid="$sr" --minimal)"
ok '... for good' vxe sr-forget uuid="$sr"
ok '... check is clean' vxe check
ok '... the layer goes' vxe sr-coalesce
is '... the disk has two' "$(layers_of "$C")" 2
reads '... and the bytes from above' "$(vdi_files "$C")" 6
