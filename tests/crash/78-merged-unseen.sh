#!/bin/bash
# SPDX-License-Identifier: MIT
# libvirtd and vxe die when QEMU has merged the layer that its guest writes to and continues in the layer below, before
# either has recorded this. Here the test makes QEMU do so. Data that the guest writes afterwards must neither be hidden
# by the old layer nor overwritten by a merge of it.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

qmp() { virsh -q qemu-monitor-command "$GUEST" "$1"; }
has_ready() { qmp '{"execute": "query-block-jobs"}' | grep -q '"ready": *true'; }
has_no_job() { ! qmp '{"execute": "query-block-jobs"}' | grep -q '"device"'; }
guest_writes() {
  virsh -q qemu-monitor-command "$GUEST" --hmp \
    "qemu-io -d /machine/peripheral/virtio-disk0/virtio-backend \"$1\"" >hmp.out
}
# node N: QEMU's name of the guest's layer, from the top.
node() {
  virsh dumpxml "$GUEST" | sed -n "s/.*<\(source\|backingStore\).* index='\([0-9]*\)'.*/libvirt-\2-format/p" | sed -n "$1p"
}

# before_merge NAME [POINT]: vxe (VXE_PID) is about to merge the layer that the guest writes to into LOW.
before_merge() {
  GUEST=$1
  small_guest "$1" 1
  stamp_disks "$UUID" 11 1M 2M
  LOW=$(vdi_files "$UUID")
  snapshot "$UUID" one && ONE=$SNAP
  guest_start "$1"
  guest_writes 'write -P 22 1M 64k' && guest_writes flush
  VXE_FAILPOINT="coalesce-commit:${2-switch}=stop" "$VXE" snapshot-uninstall uuid="$ONE" force=true >made 2>&1 &
  VXE_PID=$!
  ok "vxe stands at its merge" wait_until 20 stands $VXE_PID
}
merged_unseen() {
  like 'QEMU merges the layer' "$(qmp '{"execute": "block-commit", "arguments": {"job-id": "unseen",
    "device": "'"$(node 1)"'", "base-node": "'"$(node 2)"'"}}')" return
  ok '... has copied all' wait_until 20 has_ready
  qmp '{"execute": "job-complete", "arguments": {"id": "unseen"}}' >qmp.out
  ok '... and goes on below' wait_until 20 has_no_job
}
# As after a power cut.
all_die() {
  local qemu
  qemu=$(guest_pid "$GUEST")
  kill -KILL "$qemu"
  vxe_dies
  host_daemon_stop KILL
  process_gone "$qemu" 50
  host_daemon_start
}

before_merge web
merged_unseen
guest_writes 'write -P 33 1M 64k' && guest_writes flush
vxe_dies
is 'the last write is there' "$(byte_of "$LOW" 1M)" 33
not_ok 'the next command is refused' act "$UUID"
like '... says what is the matter' "$ERR" 'stop and start the VM'
is '... the definition names the layer below' "$(source_of web vda)" "$LOW"
ok 'the guest is switched off' vxe vm-shutdown uuid="$UUID" --force
exits 0 'nothing is wrong' vxe check
vxe sr-coalesce >/dev/null
is 'the last write is still there' "$(byte_of "$(vdi_files "$UUID")" 1M)" 33
ok 'the guest starts' guest_start web
vxe vm-shutdown uuid="$UUID" --force

# vxe dies while QEMU has copied everything and writes to both layers, and the upper file has its mark. libvirt ends
# that merge on request; QEMU keeps the layer below open for writing, though the guest has never written only there.
before_merge half
top=$(vdi_files "$UUID")
ok 'all is copied' virsh -q blockcommit half vda --active --base "$LOW"
ok '... and written twice' wait_until 20 has_ready
guest_writes 'write -P 33 1M 64k' && guest_writes flush
chmod a-w "$top"
vxe_dies
ok 'the next command ends that' act "$UUID"
is '... the mark is gone' "$(stat -c %A "$top" | cut -c3)" w
unlike '... nobody has to stop the VM' "$ERR" 'stop and start'
is '... which writes where it did' "$(source_of half vda)" "$top"
guest_writes 'write -P 44 1M 64k' && guest_writes flush
vxe sr-coalesce >/dev/null
is '... its layer is merged' "$(vdi_files "$UUID")" "$LOW"
guest_writes 'write -P 55 1536k 64k' && guest_writes flush
vxe vm-shutdown uuid="$UUID" --force
is 'what was written before the merge is there' "$(byte_of "$(vdi_files "$UUID")" 1M)" 44
is '... and after it' "$(byte_of "$(vdi_files "$UUID")" 1536k)" 55
exits 0 'nothing is wrong' vxe check

# All processes end in the state of the first case. vxe removes the write bits of the upper file before it lets QEMU
# switch the guest; only the times tell if the end was before or after the switch.
before_merge marked switch:after
is 'before its pivot the upper file has lost its write bits' \
  "$(stat -c %A "$(vdi_files "$UUID")" | tr -d r-)" ''
kill -CONT $VXE_PID
wait $VXE_PID
guest_writes 'write -P 33 1M 64k' && guest_writes flush
is '... the lower one is written to' "$(byte_of "$LOW" 1M)" 33
exits 0 'nothing is wrong' vxe check

before_merge moved
top=$(vdi_files "$UUID")
merged_unseen
chmod a-w "$top"
sleep 0.1
guest_writes 'write -P 33 1M 64k' && guest_writes flush
all_die
ok 'the next command finds out that the guest was below' act "$UUID"
is '... the last write is there' "$(byte_of "$(vdi_files "$UUID")" 1M)" 33
is '... and what the definition names' "$(source_of moved vda)" "$LOW"
exits 0 'nothing is wrong' vxe check

# The QEMU hangs in that state: it has both files open, and the times tell, as when it has died.
for point in '' stop stop:after; do
  before_merge "hung${point//[^a-z]/}"
  top=$(vdi_files "$UUID")
  merged_unseen
  chmod a-w "$top"
  sleep 0.1
  guest_writes 'write -P 33 1M 64k' && guest_writes flush
  vxe_dies
  hung=$(guest_pid "$GUEST")
  kill -STOP "$hung"
  [ -z "$point" ] || not_ok "the QEMU hangs: vxe is killed at $point" \
    env VXE_FAILPOINT="guest-note:$point=die" "$VXE" vm-shutdown uuid="$UUID" --force
  guest_is_off "$GUEST" || ok 'vm-shutdown --force' vxe vm-shutdown uuid="$UUID" --force
  ok '... its process is gone' process_gone "$hung" 50
  ok 'the next command finds out that the guest was below' act "$UUID"
  is '... the last write is there' "$(byte_of "$(vdi_files "$UUID")" 1M)" 33
  is '... and what the definition names' "$(source_of "$GUEST" vda)" "$LOW"
  exits 0 'nothing is wrong' vxe check
done

before_merge above
top=$(vdi_files "$UUID")
ok 'all is copied' virsh -q blockcommit above vda --active --base "$LOW"
ok '... and written twice' wait_until 20 has_ready
chmod a-w "$top"
guest_writes 'write -P 33 1M 64k' && guest_writes flush
all_die
ok 'the next command finds out that it was not' act "$UUID"
vxe sr-coalesce >/dev/null
is '... the last write is there' "$(byte_of "$(vdi_files "$UUID")" 1M)" 33
ok '... and the guest starts' guest_start above
exits 0 'nothing is wrong' vxe check
