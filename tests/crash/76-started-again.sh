#!/bin/bash
# SPDX-License-Identifier: MIT
# QEMU and vxe die while a layer is merged under their guest: a header already names the copy, which may be incomplete.
# The guest is started on it before the next vxe command. A complete copy is used; with an incomplete one commands are
# refused while the guest runs, and no byte is lost.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

# merge_cut NAME [hung]: snapshots one and two of the running guest, one of them is removed; vxe is killed after the switch,
# and the QEMU with it, or it hangs, and vm-shutdown --force ends it.
# Keeps the content of the layers and of "two"; LOW is the target of the copy.
merge_cut() {
  small_guest "$1" 1
  stamp_disks "$UUID" 11
  snapshot "$UUID" one && ONE=$SNAP
  stamp_disks "$UUID" 22 2M 512k
  guest_start "$1"
  snapshot "$UUID" two && TWO=$SNAP
  keep_content two "$TWO"
  LOW=$(vdi_files "$ONE")
  cat "$LOW" >before
  not_ok "$1: killed behind the switch of a merge" \
    env VXE_FAILPOINT=coalesce-commit:switch:after=die "$VXE" snapshot-uninstall uuid="$ONE" force=true
  like '... the header above names the copy' \
    "$(qemu-img info -U "$(vdi_files "$UUID")")" "backing file: [^ ]*${LOW##*/}"
  if [ $# = 2 ]; then
    kill -STOP "$(guest_pid "$1")"
    ok '... the QEMU hangs: vm-shutdown --force' vxe vm-shutdown uuid="$UUID" --force
  else
    kill -KILL "$(guest_pid "$1")"
  fi
  wait_until 10 guest_is_off "$1"
}

merge_cut whole
ok 'started on a whole copy' guest_start whole
pid=$(guest_pid whole)
ok '... the next command goes on' act "$UUID"
is '... in the same process' "$(guest_pid whole)" "$pid"
ok '... the snapshot is as it was' has_content two "$TWO"
exits 0 '... nothing is wrong' vxe check
vxe vm-shutdown uuid="$UUID" --force
ok '... nor when the guest is off' has_content two "$TWO"
is '... the layer between is gone' "$(layers_of "$UUID")" 2

merge_cut half
cat before >"$LOW"
ok 'started on half a copy' guest_start half
act "$UUID" >out 2>&1
is '... the next command is refused' $? 7
like '... and says what to do' "$(cat out)" "stop the VM with 'virsh destroy'"
not_ok '... and the one after it' vxe vm-snapshot uuid="$UUID" new-name-label=three
guest_counts half
last=$(guest_counter half)
virsh -q destroy half
ok '... once it is off it is put right' act "$UUID"
ok '... the snapshot is as it was' has_content two "$TWO"
is '... and the disk above it' "$(byte_of "$(vdi_files "$UUID")" 2M)" 22
ok '... which has what the guest wrote at last' \
  test "$(counter_of "$(vdi_files "$UUID")")" -ge $((last - 2 * GUEST_STEP))
exits 0 '... nothing is wrong' vxe check
ok '... and the merge is made' vxe sr-coalesce
ok '... at no cost' has_content two "$TWO"

merge_cut hung hung
ok 'the snapshot is as it was' has_content two "$TWO"
ok '... and the next command goes on' act "$UUID"
ok '... at no cost' has_content two "$TWO"
ok 'the guest starts' guest_start hung
exits 0 '... nothing is wrong' vxe check
