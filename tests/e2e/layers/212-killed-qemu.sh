#!/bin/bash
# SPDX-License-Identifier: MIT
# Running guests on disks with lazy refcounts: their QEMU has them marked as dirty while it writes to them. What vxe freezes
# under such a guest, and what a QEMU leaves that is killed, is merged without the loss of a byte.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/marks.sh"

# guest_writes PATTERN AT LENGTH: the QEMU of G writes that to the guest's disk, and flushes it.
guest_writes() {
  local disk=/machine/peripheral/virtio-disk0/virtio-backend command
  for command in "write -P $1 $2 $3" flush; do
    virsh -q qemu-monitor-command "$G" --hmp "qemu-io -d $disk \"$command\"" >>io.txt || return
  done
}
# starts NAME: guest G with a disk F that it has written to.
starts() {
  G=$1
  lazy_guest "$G" && guest_install "$F" && guest_start "$G" && guest_writes 5 8M 4M
}
dies() { kill -KILL "$(guest_pid "$G")" && wait_until 20 guest_is_off "$G"; }

# ---- switched under the guest ---------------------------------------------------------------------

starts web
is 'the disk is dirty while the guest runs' "$(marks "$F")" 1
ok 'snapshot' snapshot "$UUID" s
is '... QEMU has taken the mark away' "$(marks "$F")" 0
guest_writes 6 12M 4M
dies
ok 'QEMU was killed; the snapshot goes' vxe snapshot-uninstall uuid="$SNAP" force=true
is '... the VM is on its file' "$(leaf web)" "$F"
is_whole "$F"
guest_start web
ok 'snapshot' snapshot "$UUID" s
guest_writes 9 20M 1M
ok 'it goes under the running guest' vxe snapshot-uninstall uuid="$SNAP" force=true
is '... the VM is on its file' "$(leaf web)" "$F"
dies
ok '... the last write is there' reads 9 20M 1M "$F"
ok '... those before' reads 5 8M 4M "$F"
ok '... too' reads 6 12M 4M "$F"
ok 'check is clean' vxe check

# ---- killed before the snapshot -------------------------------------------------------------------

starts early
dies
is 'the disk is dirty' "$(marks "$F")" 1
ok 'snapshot' snapshot "$UUID" s
is '... the frozen layer is repaired' "$(marks "$F")" 0
later "$(leaf early)"
ok 'it goes' vxe snapshot-uninstall uuid="$SNAP" force=true
is_whole "$F"

# ---- killed between the switch and QEMU's last write to the file that it leaves, and vxe with it ----

starts middle
VXE_FAILPOINT=vm-snapshot:freeze=stop "$VXE" vm-snapshot uuid="$UUID" new-name-label=s >made 2>&1 &
VXE_PID=$!
ok 'vxe has switched the disk' wait_until 20 stands $VXE_PID
guest_writes 6 12M 4M
dies
vxe_dies
killed "$F" 7 20M 4M
is 'the layer below is dirty' "$(marks "$F")" 1
ok 'the next command' act "$UUID"
is '... has finished the snapshot' "$(plain snapshot-list snapshot-of="$UUID" params=name-label --minimal)" s
is '... the frozen layer is repaired' "$(marks "$F")" 0
ok 'check is clean' vxe check
SNAP=$(plain snapshot-list snapshot-of="$UUID" --minimal)
ok 'it goes' vxe snapshot-uninstall uuid="$SNAP" force=true
is_whole "$F"
ok '... the last write, too' reads 7 20M 4M "$F"

# ---- suspended ------------------------------------------------------------------------------------

starts sleepy
ok 'suspend' vxe vm-suspend uuid="$UUID"
is '... the layer below the guard is clean' "$(marks "$F")" 0
ok 'resume' vxe vm-resume uuid="$UUID"
guest_writes 6 12M 4M
dies
ok 'the layers are merged' act "$UUID"
ok '... what was written before is there' reads 5 8M 4M "$(leaf sleepy)"
ok '... and what was written later' reads 6 12M 4M "$(leaf sleepy)"
ok 'check is clean' vxe check
