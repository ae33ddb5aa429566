#!/bin/bash
# SPDX-License-Identifier: MIT
# README.md: the recorded session, run as it stands there, and what the table says of virsh.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

# ---- the session

documented_guest
ok 'the session' bash "$TESTS/lib/session.sh" "$TESTS/../README.md"
guest_counts web
ok '... the guest goes on' guest_is web running
keep_content installed "$(plain snapshot-list name-label=installed --minimal)"
ok '... the new VM has the content of the snapshot' has_content installed "$(plain vm-list name-label=web2 --minimal)"

# ---- the column of virsh

libvirt_before() { printf '%s\n' "$1" "$(virsh version --daemon | sed -n 's/^Running against daemon: //p')" | sort -VC || return 0 && return 1; }
guest_make old 1
guest_start old
for name in one two; do
  ok "virsh takes a snapshot of a running guest ($name)" virsh snapshot-create-as old "$name" --disk-only
done
ok '... one with memory' virsh snapshot-create-as old memory --live --memspec "$PWD/old.mem"
if libvirt_before 9.9.0; then
  for name in one memory; do
    not_ok "virsh reverts to none ($name)" virsh snapshot-revert old "$name"
    like '... as it says' "$ERR" 'not supported yet'
  done
else
  skip 'this libvirt reverts to external snapshots'
fi
guest_counts old
ok 'virsh deletes one under the running guest' virsh snapshot-delete old one
guest_counts old
ok '... which goes on' guest_is old running
