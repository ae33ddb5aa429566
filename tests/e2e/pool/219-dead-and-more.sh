#!/bin/bash
# SPDX-License-Identifier: MIT
# What else there may be of a host whose power has failed: a suspended guest, a snapshot that virsh made a moment before,
# definitions that nobody has told; and a vxe that is killed while a guest comes to another host.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/migration.sh"

AT=2 # the commands of wrong, leads
migration_ready || exit
SR=$(on 1 plain sr-list name-label=common --minimal)
small() { on 1 eval "cd /mnt/sr/images && small_guest $1 1"; }
for g in kept seen untold; do small $g; done
on 1 vxe vm-list >/dev/null
ok 'h1 has more guests' on 1 vxe vm-start vm=kept
ok '... one is suspended' on 1 eval "guest_counts kept && vxe vm-param-set uuid=\$(virsh domuuid kept) suspend-SR-uuid=$SR && vxe vm-suspend vm=kept"
kept=$(on 1 guest_counter kept)
ok '... one runs' on 1 eval 'vxe vm-start vm=seen && guest_counts seen'
ok '... all are told' on 1 vxe host-heartbeat
database_sql "$PG" pool "DELETE FROM vxe.\"DEFINITION\" WHERE uuid = '$(on 1 virsh domuuid untold)'"
ok '... virsh makes a snapshot of one' on 1 virsh -q snapshot-create-as seen s --disk-only --no-metadata
on 1 guest_counts seen
host_kill 1
silent_for 1 60

# ---- killed while the guests come here ---------------------------------------------------------------------------

dies() { # POINT COMMAND...
  run on 2 env VXE_FAILPOINT="$1=die" "$VXE_PLAIN" "${@:2}"
  is "killed at $1" "$STATUS" 137
}
dies host-declare-dead:records host-declare-dead uuid="${HOST[1]}" --force
is '... nothing was done' "$(of 2 web power-state)" running
dies host-declare-dead:records:after host-declare-dead uuid="${HOST[1]}" --force
is '... it is dead' "$(of 2 web power-state)" halted
for point in define define:after records:after; do dies vm-take-from-dead:$point vm-start vm=web; done
is '... the guest has come' "$(on 2 virsh -q list --all --name | grep -x web)" web
ok '... and starts' on 2 vxe vm-start vm=web
ok '... and counts' on 2 guest_counts web

# ---- what is not simply started ------------------------------------------------------------------------------------

ok 'the suspended one goes on' on 2 vxe vm-resume vm=kept
ok '... with its memory' wait_until 20 eval '[ "$(on 2 guest_counter kept)" -gt '"$kept"' ]'
wrong VXE_DISK_CHANGED 'an image that nobody knows lies on the disk of another' vm-start vm=seen
exits 1 '... as vxe check says' on 2 vxe check
like '... with the way out' "$OUT" 'qemu-img commit'
like '... and one whose definition it lacks' "$OUT" 'older than its records'
ok '... its data go into the disk' on 2 eval 'qemu-img commit -q -d /mnt/sr/images/seen-0.s && rm /mnt/sr/images/seen-0.s'
ok '... and it starts' on 2 vxe vm-start vm=seen
wrong VXE_DEFINITION_OLD 'one of which nothing was told' vm-start vm=untold
leads VXE_DEFINITION_OLD 1
is '... runs' "$(on 2 virsh -q domstate untold)" running
ok 'vxe check is clean' on 2 vxe check

# ---- back, with a guest that libvirt starts, if it may -------------------------------------------------------------

on 2 vxe vm-shutdown vm=web --force
host_boot 1
on 1 virsh -q start web 2>/dev/null
if on 1 virsh -q list --name | grep -qx web; then
  ok 'what runs there wrongly is left alone' on 1 vxe host-heartbeat
  exits 1 '... and vxe check names it' on 1 vxe check
  like '... with the way out' "$OUT" "virsh destroy $VM"
  on 1 virsh -q destroy web
fi
ok 'the old definitions go' on 1 vxe host-heartbeat
is '... all' "$(on 1 virsh -q list --all --name | xargs)" ''
ok '... vxe check is clean' on 1 vxe check
database_end
