#!/bin/bash
# SPDX-License-Identifier: MIT
# An old definition is defined again. Its file lies on the content of an external snapshot of libvirt's, as after "virsh
# snapshot-revert", but it is no new file: nobody has gone back to that snapshot, so vxe does not follow.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/state.sh"

DISK_SIZE=16M small_guest web 1
stamp_disks "$UUID" 11
ok 'vxe knows the VM' vxe vm-param-set uuid="$UUID" name-description=known
ok 'virsh makes a snapshot' virsh -q snapshot-create-as web first --disk-only --atomic
ok 'vxe follows' vxe vm-list
stamp_disks "$UUID" 22
keep_content then "$UUID"
virsh dumpxml --inactive web >old.xml
old=$(source_of web vda)
ok 'vxe goes back to the snapshot' vxe snapshot-revert snapshot-uuid="$(vxe snapshot-list name-label=first --minimal)"
stamp_disks "$UUID" 33
keep_content now "$UUID"
new=$(source_of web vda)

for scanned in '' yes; do
  [ -z "$scanned" ] || ok 'a scan finds the old file' vxe sr-scan uuid="$(vxe vdi-list uuid="$(vdi_of "$UUID")" params=sr-uuid --minimal)"
  ok 'somebody defines the old document' virsh -q define old.xml
  fails VXE_DISK_CHANGED 7 "$old" 'vm-snapshot' vxe vm-snapshot uuid="$UUID" new-name-label=no
  exits 1 'vxe check tells' vxe check
  like '... both files' "$OUT$ERR" "disk vda is on $old .*the record says $new"
  ok 'the records stay, as the user says' vxe vm-adopt-disks uuid="$UUID" keep=records
  ok '... with what the VM has now' has_content now "$UUID"
  ok '... vxe check is clean' vxe check
done
ok 'somebody defines the old document' virsh -q define old.xml
ok 'the definition counts, as the user says' vxe vm-adopt-disks uuid="$UUID" keep=definition
ok '... with what the VM had then' has_content then "$UUID"
is '... and what it had now stays' "$(vxe vdi-list params=sm-config | grep -cF "file: $new;")" 1
ok '... vxe check is clean' vxe check

# ---- the disk that the VM has now is not that of its snapshot ---------------------------------------------------------------

# It runs on another host: what libvirt does not have here any more a process writes to.
written_to() {
  local holder status
  mkfifo hold
  forced "$1" qemu-io -f qcow2 "$1" >held 2>&1 <hold &
  holder=$!
  exec 9>hold
  wait_until 10 grep -qE "OFDLCK .*:$(stat -c %i "$1") 10[01] 10[1-9]" /proc/locks
  "${@:2}"
  status=$?
  exec 9>&-
  wait $holder
  rm hold
  return $status
}
first=$(vxe snapshot-list name-label=first --minimal)
leaf=$(source_of web vda)
virsh dumpxml --inactive --security-info web >web.xml
ok 'libvirt does not have the domain' virsh -q undefine web --snapshots-metadata
keep_content last "$UUID"
reverts() { fails VXE_DISK_CHANGED 7 "$leaf.*a process writes to it" 'snapshot-revert' vxe snapshot-revert snapshot-uuid="$first"; }
written_to "$leaf" reverts
ok '... its file stays' test -e "$leaf"
ok 'it is back' virsh -q define web.xml
ok '... with what it had' has_content last "$UUID"
ok 'nobody writes to it: the VM goes back' vxe snapshot-revert snapshot-uuid="$first"
ok '... its file stays' test -e "$leaf"
