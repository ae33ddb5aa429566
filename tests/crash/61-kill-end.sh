#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034,SC2154 # crash.sh uses and sets them
# vxe is killed at every failpoint of reverting to a snapshot and of removing a VM.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/crash.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/scenarios.sh"

# A new guest each time, as the command cannot be undone.
destroy_prepare() { crash_guest d; }
destroy_command() { CMD=(vm-destroy uuid="$UUID"); }
destroy_reset() { uninstall_reset; }

# The XML from before the snapshot is defined again: its disks are the snapshot's layers. After any kill, a second
# command puts the guest on overlays above them, and the data that it had written stay unchanged.
adopt_at() {
  local point=$1 leaf was now
  plain vm-adopt-disks uuid="$UUID" keep=records >/dev/null
  leaf=$(vdi_file_of "$UUID") was=$(content "$leaf")
  virsh -q define old.xml >/dev/null
  not_ok "adopt, $point: the VM is refused" plain vm-start uuid="$UUID"
  kill_at "$point" vm-adopt-disks uuid="$UUID" keep=definition >problems
  plain check >recovered 2>&1 # tells of the definition as long as that is the old one
  plain vm-adopt-disks uuid="$UUID" keep=definition >>said 2>>problems
  plain check 2>&1 | grep -v 'No problems found' >>problems
  now=$(vdi_file_of "$UUID")
  [ "$now" != "$leaf" ] || echo "still on $leaf" >>problems
  [ "$(content "$now")" = "$(content "$OLD_FILE")" ] || echo "$now holds something else" >>problems
  [ "$(content "$leaf")" = "$was" ] || echo "$leaf was changed" >>problems
  is "adopt: killed at $point" "$(cat problems)" ''
}
# The first disk's file, on record.
vdi_file_of() { disk_table | awk -v vm="$1" '$1 == vm && $2 == 0 { print $4 }'; }
adopt_all() {
  local point
  LOW=-1 HIGH=-1
  OLD_FILE=$(disk_table | awk -v vm="$ZERO" '$1 == vm && $2 == 0 { print $4 }')
  be_running && be_halted
  cp "$G.xml" old.xml
  grep -q '<uuid>' old.xml || sed -i "s|</name>|&<uuid>$UUID</uuid>|" old.xml
  for point; do adopt_at "$point"; done
  plain vm-adopt-disks uuid="$UUID" keep=records >/dev/null
}

crash_guest c
points snapshot-revert && STOPS=1 crash_scenario revert "${POINTS[@]}"
points vm-destroy && crash_scenario destroy "${POINTS[@]}"
points vm-uninstall && STOPS=1 crash_scenario uninstall "${POINTS[@]}"
# The last one, as its disks are others afterwards.
crash_guest a
points vm-adopt-disks && adopt_all "${POINTS[@]}"
# shellcheck disable=SC2086 # words
crash_summary $KILLED_BY_31
