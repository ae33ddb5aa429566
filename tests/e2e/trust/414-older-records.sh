#!/bin/bash
# SPDX-License-Identifier: MIT
# The pool's database is restored from a backup of a time when a VM was suspended, which has gone on since, on other layers, and
# of one when it had a snapshot that was deleted since: no line of check would have a person remove, or go back behind, what the guest
# has written since, and what they say brings all to order.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/migration.sh"

migration_ready || exit
backup() { database_sql "$PG" postgres "CREATE DATABASE \"$1\" TEMPLATE pool"; }
restore() {
  database_sql "$PG" postgres 'DROP DATABASE pool WITH (FORCE)' && database_sql "$PG" postgres "CREATE DATABASE pool TEMPLATE \"$1\""
}
REST=/mnt/sr/images/9e107d9d-372b-4b68-a9f1-52f1e4c1a7b3.qcow2
leaf() { on 1 virsh -q domblklist web --inactive | awk '{ print $2; exit }'; }
# keeps WHAT: check says on no host that the newest data may go.
keeps() {
  local i
  for i in 1 2; do
    run on $i vxe check
    unlike "$1, h$i: nobody says to remove a file" "$OUT" 'remove it'
    unlike '... to name an older one' "$OUT" "virsh edit' of its VM names"
    unlike '... or to go back' "$OUT" 'snapshot-revert'
  done
  run on 1 vxe check
}

ok 'it is suspended' on 1 vxe vm-suspend uuid="$VM"
for i in 1 2; do ok "h$i tells" on $i vxe host-heartbeat; done
ok 'a backup' backup then
ok 'it goes on' on 1 vxe vm-resume uuid="$VM"
ok '... and counts' on 1 guest_counts web
ok 'a snapshot' on 1 vxe vm-snapshot uuid="$VM" new-name-label=s
ok 'it writes' writes_on 1 web
WROTE=$(on 1 guest_counter web)
for i in 1 2; do ok "h$i tells" on $i vxe host-heartbeat; done
TOP=$(leaf)
ok 'that backup is restored' restore 'then'
ok 'a person decides' on 1 vxe pool-reconcile
for i in 1 2; do ok "h$i tells" on $i vxe host-heartbeat; done

keeps 'by the records it is suspended'
like '... the VM needs its file' "$OUT" "the VM $VM \(web\) needs it; keep it"
like '... and how the memory is given up' "$OUT" "'vxe vm-shutdown uuid=$VM --force' gives the memory up"
ok 'it is' on 1 vxe vm-shutdown uuid="$VM" --force
is '... the definition keeps its file' "$(leaf)" "$TOP"
keeps 'it is off'
like '... what takes the file' "$OUT" "vm-adopt-disks uuid=$VM keep=definition' takes $TOP"
ok 'it is taken' on 1 vxe vm-adopt-disks uuid="$VM" keep=definition
keeps 'it is taken'
GONE=$(sed -n "s/.*the file is missing: .*'vxe vdi-forget uuid=\([^']*\)'.*/\1/p" <<<"$OUT" | head -n 1)
ok 'the disk of then is forgotten, as check says' on 1 vxe vdi-forget uuid="$GONE"
ok 'it starts' on 1 vxe vm-start uuid="$VM"
ok '... and counts' on 1 guest_counts web
is '... on its file' "$(leaf)" "$TOP"
has_all_of web 1 "$WROTE" 'it'
for i in 1 2; do ok "h$i has no problem" on $i vxe check; done

# ---- a snapshot that was deleted since: its layer was merged into the one below

SNAP=$(on 1 plain vm-snapshot uuid="$VM" new-name-label=gone)
ok 'it writes' writes_on 1 web
ok 'a backup' backup with
ok 'the snapshot is deleted' on 1 vxe snapshot-uninstall uuid="$SNAP" --force
ok 'it writes' writes_on 1 web
WROTE=$(on 1 guest_counter web)
for i in 1 2; do ok "h$i tells" on $i vxe host-heartbeat; done
TOP=$(leaf)
ok 'that backup is restored' restore with
ok 'a person decides' on 1 vxe pool-reconcile
for i in 1 2; do ok "h$i tells" on $i vxe host-heartbeat; done
keeps 'by the records there is a snapshot'
exits 1 'a running guest writes to a layer that is frozen by the records' on 1 vxe vm-adopt-disks uuid="$VM" keep=definition
ok 'it is ended' on 1 vxe vm-shutdown uuid="$VM" --force
ok 'the record of the snapshot goes' on 1 vxe snapshot-destroy uuid="$SNAP"
# says SED: what a line of check names.
says() { on 1 plain check 2>&1 | sed -n "s/.*$1.*/\\1/p" | sort -u; }
for DISK in $(says "longer match it: .*'vxe vdi-update uuid=\\([^ ]*\\) force=true' accepts it"); do
  ok 'a layer is another than on record, and is accepted' on 1 vxe vdi-update uuid="$DISK" force=true
done
isnt 'there was one' "${DISK-}" ''
ok 'the disk is that of the definition' on 1 vxe vm-adopt-disks uuid="$VM" keep=definition
for GONE in $(says "the file is missing: .*'vxe vdi-forget uuid=\\([^']*\\)'"); do
  ok '... that of then has no file, and goes' on 1 vxe vdi-forget uuid="$GONE"
done
for FILE in $(says "'chmod a-w' ends that: \\([^ ]*\\)"); do ok '... a frozen layer is so again' on 1 chmod a-w "$FILE"; done
for i in 1 2; do ok "h$i has no problem" on $i vxe check; done
ok 'a snapshot' on 1 vxe vm-snapshot uuid="$VM" new-name-label=after
ok 'it starts' on 1 vxe vm-start uuid="$VM"
ok '... and counts' on 1 guest_counts web
has_all_of web 1 "$WROTE" 'it'

# ---- a snapshot that was deleted since, and whose layer went with a revert to the one before it

FIRST=$(on 1 plain vm-snapshot uuid="$VM" new-name-label=first)
ok 'it writes' writes_on 1 web
SNAP=$(on 1 plain vm-snapshot uuid="$VM" new-name-label=second)
ok 'a backup' backup two
ok 'it is ended' on 1 vxe vm-shutdown uuid="$VM" --force
ok 'the snapshot is deleted' on 1 vxe snapshot-uninstall uuid="$SNAP" --force
ok 'the VM goes back to the first' on 1 vxe snapshot-revert snapshot-uuid="$FIRST"
ok 'it starts' on 1 vxe vm-start uuid="$VM"
ok 'it writes' writes_on 1 web
WROTE=$(on 1 guest_counter web)
for i in 1 2; do ok "h$i tells" on $i vxe host-heartbeat; done
ok 'that backup is restored' restore two
ok 'a person decides' on 1 vxe pool-reconcile
for i in 1 2; do ok "h$i tells" on $i vxe host-heartbeat; done
ok 'it is ended' on 1 vxe vm-shutdown uuid="$VM" --force
ok 'the disk is that of the definition' on 1 vxe vm-adopt-disks uuid="$VM" keep=definition
# forgotten WHAT: the disk that check names, which nobody has, is forgotten.
forgotten() {
  GONE=$(says "the file is missing: .*'vxe vdi-forget uuid=\\([^']*\\)'")
  ok "$1, without a file, goes as check says" on 1 vxe vdi-forget uuid="$GONE"
}
forgotten 'the disk of then'
run on 1 vxe check
like 'the snapshot has no file' "$OUT" "the file is missing: .*'vxe snapshot-destroy uuid=$SNAP' ends the snapshot second"
ok 'its record goes' on 1 vxe snapshot-destroy uuid="$SNAP"
forgotten 'its disk'
for i in 1 2; do ok "h$i has no problem" on $i vxe check; done
ok 'it starts' on 1 vxe vm-start uuid="$VM"
ok '... and counts' on 1 guest_counts web
has_all_of web 1 "$WROTE" 'it'

# ---- a disk that was flattened since, and had a snapshot before that

ok 'a backup' backup flat
SNAP=$(on 1 plain vm-snapshot uuid="$VM" new-name-label=third)
ok 'it is ended' on 1 vxe vm-shutdown uuid="$VM" --force
ok 'its disk is flattened' on 1 vxe vdi-flatten uuid="$(on 1 vdi_of "$VM")"
ok 'it starts' on 1 vxe vm-start uuid="$VM"
ok 'it writes' writes_on 1 web
WROTE=$(on 1 guest_counter web)
for i in 1 2; do ok "h$i tells" on $i vxe host-heartbeat; done
TOP=$(leaf)
on 1 eval "qemu-img create -q -f qcow2 -b $(on 1 vdi_files "$SNAP" | head -n 1) -F qcow2 $REST"
ok 'that backup is restored' restore flat
ok 'a person decides' on 1 vxe pool-reconcile
for i in 1 2; do ok "h$i tells" on $i vxe host-heartbeat; done
ok 'it is ended' on 1 vxe vm-shutdown uuid="$VM" --force
ok 'the disk is that of the definition' on 1 vxe vm-adopt-disks uuid="$VM" keep=definition
run on 1 vxe check
unlike 'nobody says to write to the layer below' "$OUT" 'a guest would write'
GONE=$(says "lies on it, and no VM has it: 'vxe vdi-forget uuid=\\([^']*\\)'")
ok 'the disk of then goes as check says' on 1 vxe vdi-forget uuid="$GONE"
like 'what lies on it is not needed' "$(on 1 vxe check 2>&1 | grep -A2 "$REST")" 'if nobody needs it, remove it'
ok 'it goes' on 1 rm "$REST"
for i in 1 2; do ok "h$i has no problem" on $i vxe check; done
is 'its definition has its file' "$(leaf)" "$TOP"
ok 'it starts' on 1 vxe vm-start uuid="$VM"
ok '... and counts' on 1 guest_counts web
has_all_of web 1 "$WROTE" 'it'
database_end
