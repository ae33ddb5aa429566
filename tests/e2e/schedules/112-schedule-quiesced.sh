#!/bin/bash
# SPDX-License-Identifier: MIT
# docs/schedules.md's quiesced schedule on a real Linux with its agent: the file system of the snapshot needs no recovery,
# and a revert brings it back. A guest without an agent gets a message, or, if the schedule says so, a snapshot that is
# not quiesced.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/linux.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/recipes.sh"

requires linux_is_there 'the Linux guest is not built: make deps'

MIDNIGHT=$(date -d 'tomorrow 00:00' +%s)
at() { export VXE_TEST_AHEAD=$((MIDNIGHT + $1 - $(date +%s))); }
# ext4's mark that the journal has to be replayed: "recover" or "clean".
journal_of() {
  qemu-img convert -U -f qcow2 -O raw "$(linux_disks "$1" | head -n 1)" journal.raw || return
  if [ $(($(od -An -tu4 -j1120 -N4 journal.raw) & 4)) = 0 ]; then echo clean; else echo recover; fi
}
type_of() { plain snapshot-param-get uuid="$1" param-name=snapshot-info | sed 's/.*disk-snapshot-type: //'; }
of() { plain snapshot-list snapshot-of="$1" --minimal; }
messages() { plain message-list name="$1" obj-uuid="$2" params=body --minimal; }

small_guest web 1
WEB=$UUID
ok 'a Linux guest' linux_make l
L=$(virsh domuuid l)
vxe vm-start uuid="$L"
guest_start web
ok 'it boots, and its load runs' linux_up l
ok 'its agent answers' wait_until 60 agent_answers l

at 0
UUID=$L
recipe 'Each night, quiesced'
at $((2 * 3600 + 1803))
exits 5 'the night comes: one of two guests cannot be quiesced' vxe vmss-run --due
snap=$OUT
is '... the other one has a snapshot' "$(of "$L")" "$snap"
is '... quiesced' "$(type_of "$snap") $(journal_of "$snap")" 'quiesced clean'
ok '... and writes on' linux_goes_on l
is '... this one has none' "$(of "$WEB")" ''
like '... but a message, that says why' "$(messages VMSS_SNAPSHOT_FAILED "$WEB")" "schedule 'nightly'.*VM 'web'.*org.qemu.guest_agent.0"
like '... as last-error' "$(plain vmss-param-get uuid="$S" param-name=last-error)" "VM 'web'.*org.qemu.guest_agent.0"
exits 0 'the next minute' vxe vmss-run --due
is '... nothing is tried again' "$OUT" ''

vxe vmss-param-set uuid="$S" quiesce-fallback=true
at $((26 * 3600 + 1803))
exits 0 'the next night, with quiesce-fallback=true' vxe vmss-run --due
is '... both have one' "$(wc -l <<<"$OUT") $(of "$L" | tr , '\n' | wc -l)" '2 2'
is '... this one is not quiesced' "$(type_of "$(of "$WEB")")" crash_consistent
like '... which is said' "$ERR" 'not frozen'
is '... nothing went wrong' "$(plain vmss-param-get uuid="$S" param-name=last-error)" ''

keep_content night "$snap"
vxe vm-shutdown uuid="$L" --force
exits 0 'a revert to the first night' vxe snapshot-revert uuid="$snap"
ok '... brings the disks back' has_content night "$L"
is '... whose file system is clean' "$(journal_of "$L")" clean
exits 0 'vxe check' vxe check
