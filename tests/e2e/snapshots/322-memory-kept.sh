#!/bin/bash
# SPDX-License-Identifier: MIT
# The memory of a suspended VM and of a checkpoint is not destroyed, forgotten, filled or forgotten with its SR while one of
# them names it, and 'vxe check' sees memory that is gone or that nobody has.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/memory.sh"

small_guest g 1
plain vm-list >/dev/null
mkdir mem
SR=$(plain sr-create name-label=mem type=file device-config:location="$PWD/mem")
plain vm-param-set uuid="$UUID" suspend-SR-uuid="$SR"
guest_start g
C=$(plain vm-checkpoint uuid="$UUID" new-name-label=c) || exit
P=$(plain snapshot-param-get uuid="$C" param-name=suspend-VDI-uuid)
plain vm-suspend uuid="$UUID"
M=$(vm_field "$UUID" suspend-VDI-uuid)
held=$(sha256sum mem/*.mem)
truncate -s 1M x.raw

for v in "$M" "$P"; do
  for act in vdi-destroy vdi-forget; do
    exits 7 "$act" vxe $act uuid="$v"
    like '... is refused' "$ERR" 'The disk is in use.*detail: it is the memory of the (suspended VM|checkpoint) [0-9a-f-]* \([gc]\)'
    exits 7 '... also in a dry run' vxe $act uuid="$v" --dry-run
  done
  not_ok 'vdi-import' vxe vdi-import uuid="$v" filename=x.raw
done
PBD=$(plain pbd-list sr-uuid="$SR" --minimal)
plain pbd-unplug uuid="$PBD"
exits 7 'sr-forget' vxe sr-forget uuid="$SR"
plain pbd-plug uuid="$PBD"
is 'both are as they were' "$(sha256sum mem/*.mem)" "$held"
ok 'vxe check is clean' vxe check
ok 'the VM goes on' vxe vm-resume uuid="$UUID"
ok 'the checkpoint is reverted to' vxe snapshot-revert uuid="$C"
ok '... and goes on' vxe vm-resume uuid="$UUID"

# ---- what an older vxe has left ----------------------------------------------------------------------

rewrite() {
  rm -f db.json db.new
  plain pool-dump-database file-name=db.json && jq "$@" db.json >db.new &&
    plain pool-restore-database file-name=db.new --force
}
rewrite --arg c "$C" '.classes.VM[$c].suspend_VDI_uuid = null'
run vxe check
like 'check names a checkpoint without memory' "$OUT" "VM $C.*no memory image any more: 'vxe snapshot-reset-powerstate uuid=$C --force'"
like '... and the memory that nobody has' "$OUT" "VDI $P.*memory of no VM and no checkpoint: 'vxe vdi-destroy uuid=$P'"
ok 'as it says' vxe snapshot-reset-powerstate uuid="$C" --force
ok '...' vxe vdi-destroy uuid="$P"
is '... no file is left' "$(ls mem)" ''
ok 'vxe check is clean' vxe check
