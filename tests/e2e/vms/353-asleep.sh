#!/bin/bash
# SPDX-License-Identifier: MIT
# A guest that has gone to standby (ACPI S3): it counts as paused, vm-unpause wakes it. Until then its memory is not saved, as it
# would never wake from that, and no snapshot is taken: each of these names the way out.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"

ln -s "$VXE" xe
power() { plain vm-param-get uuid="$UUID" param-name=power-state; }
# falls_asleep: as a guest does itself
falls_asleep() {
  virsh -q qemu-monitor-command z --hmp 'o /w 0x604 0x2400' >/dev/null
  wait_until 20 guest_is z pmsuspended
}

GUEST_TOP="<pm><suspend-to-mem enabled='yes'/></pm>"
guest_make z 1
UUID=$(virsh domuuid z)
guest_start z
is 'a guest that is awake' "$(power)" running
falls_asleep
is '... and sleeps' "$(power)" paused
ok 'what it allows' plain vm-param-get uuid="$UUID" param-name=allowed-operations
like '... vm-unpause' "$OUT" 'unpause'
unlike '... no snapshot, no suspend' "$OUT" 'snapshot|checkpoint|suspend'

wrong VXE_GUEST_ASLEEP 'its memory is not saved' vm-suspend uuid="$UUID"
is '... it sleeps on' "$(guest_state z)" pmsuspended
leads VXE_GUEST_ASLEEP 1
is '... it is awake' "$(power)" running
ok '... and does its work' guest_counts z
again VXE_GUEST_ASLEEP vxe vm-suspend uuid="$UUID"
ok '... it goes on' vxe vm-resume uuid="$UUID"
ok '... and does its work' guest_counts z
[ -n "$LONG" ] || exit 0

falls_asleep
for act in 'vm-snapshot new-name-label=s' 'vm-checkpoint new-name-label=c'; do
  # shellcheck disable=SC2086 # words
  wrong VXE_GUEST_ASLEEP "$act" $act uuid="$UUID"
  # shellcheck disable=SC2086
  exits 7 '... its dry run, too' vxe $act uuid="$UUID" --dry-run
done
exits 1 "as xe, too" ./xe vm-suspend uuid="$UUID"
is '... nothing is left' "$(images | wc -l) $(plain snapshot-list --minimal)" '0 '

# A schedule says it.
S=$(vxe vmss-create name-label=nightly type=snapshot frequency=daily retained-snapshots=7 schedule:hour=2 schedule:min=0)
plain vm-param-set uuid="$UUID" snapshot-schedule="$S"
run vxe vmss-run uuid="$S"
isnt 'a schedule fails' "$STATUS" 0
like '... and says why' "$OUT$ERR" 'guest sleeps'
ok '... so does its message' plain message-list params=all
like '... and how to wake it' "$OUT$ERR" 'guest sleeps|vm-unpause'

ok 'it is woken' vxe vm-unpause uuid="$UUID"
ok '... and the schedule runs' vxe vmss-run uuid="$S"
falls_asleep
ok 'it can be stopped' vxe vm-shutdown uuid="$UUID" force=true
ok 'check is clean' vxe check
