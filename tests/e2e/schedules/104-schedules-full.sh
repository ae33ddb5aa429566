#!/bin/bash
# SPDX-License-Identifier: MIT
# A file system gets full in the midst of a run: one VM's snapshot fails, which is said, and the others are taken. The
# next slot tries it again.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

[ "$HOST_MODE" = system ] || skip_all 'full file systems: no mounts in session mode'

MIDNIGHT=$(date -u -d 'tomorrow 00:00' +%s)
at() { export VXE_TEST_AHEAD=$((MIDNIGHT + $1 - $(date +%s))); }
tick() { vxe vmss-run --due; }
taken() { plain snapshot-list scheduled=true snapshot-of="$1" --minimal | tr , '\n' | grep -c .; }
field() { plain vmss-list uuid="$SCHEDULE" params="$1" --minimal; }
failures() { plain message-list name=VMSS_SNAPSHOT_FAILED obj-uuid="$1" --minimal | tr , '\n' | grep -c .; }
fill() {
  dd if=/dev/zero of=full/.fill bs=64k 2>/dev/null
  dd if=/dev/zero of=full/.fill bs=4k oflag=append conv=notrunc 2>/dev/null
  sync -f full
}
layers() { find full -name '????????-*.qcow2' | wc -l; }
HOUR=3600

mkdir full
truncate -s 8M full.img
mkfs.ext4 -q -F -m 0 -b 4096 -O ^has_journal full.img && mount -o loop full.img full || exit 1
qemu-img create -q -f qcow2 full/tight.qcow2 4M
guest_install full/tight.qcow2
guest_define tight - "$PWD/full/tight.qcow2"
TIGHT=$(virsh domuuid tight)
small_guest wide 1
WIDE=$UUID
at 0
SCHEDULE=$(vxe vmss-create name-label=hourly type=snapshot frequency=hourly schedule:min=30 timezone=UTC \
  retained-snapshots=2 2>.said)
for vm in "$TIGHT" "$WIDE"; do vxe vm-param-set uuid="$vm" snapshot-schedule="$SCHEDULE"; done

for parallel in 1 2; do
  diag "max-parallel=$parallel"
  vxe vmss-param-set uuid="$SCHEDULE" max-parallel=$parallel
  day=$((parallel * 86400))
  guest_start tight || exit 1
  pid=$(guest_pid tight)
  at $((day + 1803))
  exits 0 'with space' tick
  is '... both are taken' "$(wc -l <<<"$OUT")" 2
  kept=$(plain snapshot-list scheduled=true snapshot-of="$TIGHT" --minimal | cut -d, -f1)
  keep_content kept "$kept"
  fill
  had=$(taken "$TIGHT") wide=$(taken "$WIDE") files=$(layers) before=$(failures "$TIGHT")
  at $((day + HOUR + 1803))
  exits 5 'without space' tick
  is '... one is taken' "$(wc -l <<<"$OUT")" 1
  is '... that of the VM with space' "$(plain snapshot-list uuid="$OUT" params=snapshot-of --minimal)" "$WIDE"
  is '... none of the other' "$(taken "$TIGHT")" "$had"
  is '... and nothing of it is left' "$(layers)" "$files"
  is '... a message says so' "$(failures "$TIGHT")" $((before + 1))
  is '... none about the other' "$(failures "$WIDE")" 0
  like '... vmss-list says why' "$(field last-error)" "VM 'tight' .*: .*[Ss]pace"
  ok '... the guest goes on' guest_counts tight
  is '... in the same process' "$(guest_pid tight)" "$pid"
  ok '... the snapshot that it has holds what it held' has_content kept "$kept"
  at $((day + HOUR + 1863))
  exits 0 'a minute later' tick
  is '... nothing is tried again in this slot' "$(failures "$TIGHT")" $((before + 1))
  like '... vmss-list still says why' "$(field last-error)" "VM 'tight' .*space.*bytes"
  exits 0 '... and vxe check is clean' vxe check
  rm full/.fill
  at $((day + 2 * HOUR + 1803))
  exits 0 'with space again, the next slot' tick
  is '... both are taken' "$(wc -l <<<"$OUT")" 2
  is '... no error is left' "$(field last-error)" ''
  is '... two of each stay' "$(taken "$TIGHT") $(taken "$WIDE")" '2 2'
  before=$(guest_counter tight)
  virsh -q destroy tight
  ok '... what the guest wrote is there' test "$(counter_of "$(vdi_files "$TIGHT")")" -ge $((before - 2 * GUEST_STEP))
done
vxe vm-uninstall uuid="$TIGHT" force=true >/dev/null
for snapshot in $(plain snapshot-list snapshot-of="$TIGHT" --minimal | tr , ' '); do
  vxe snapshot-uninstall uuid="$snapshot" force=true >/dev/null
done
umount full
