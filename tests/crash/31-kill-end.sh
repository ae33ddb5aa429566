#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034,SC2154 # crash.sh uses and sets them
# vxe is killed at every failpoint of reverting to a snapshot and of the ends of a VM.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/crash.sh"

# The running guest's disks differ from the snapshot by another stamp; the revert pulls its plug.
revert_prepare() {
  guest_is "$G" running || {
    stamp "$(vdi_file 0)" 51 1M 4k && stamp "$(vdi_file 1)" 52 2M 4k
  } && be_running
}
revert_command() { CMD=(snapshot-revert uuid="$ZERO"); }
revert_reset() { :; }

# Here each time another guest: there is no way back.
destroy_prepare() { crash_guest d; }
destroy_command() { CMD=(vm-destroy uuid="$UUID"); }
destroy_reset() { uninstall_reset; }

# Of its disks one is its own and goes along; the adopted ones stay.
uninstall_prepare() {
  crash_guest u && plain vm-disk-add uuid="$UUID" disk-size=1MiB device=autodetect && be_running
}
uninstall_command() { CMD=(vm-uninstall uuid="$UUID" force=true); }
uninstall_reset() { guest_is_absent || plain vm-uninstall uuid="$UUID" force=true; }
guest_is_absent() { ! virsh -q dominfo "$G" 2>/dev/null; }

crash_guest c
points snapshot-revert && STOPS=1 crash_scenario revert "${POINTS[@]}"
points vm-destroy && crash_scenario destroy "${POINTS[@]}"
points vm-uninstall && STOPS=1 crash_scenario uninstall "${POINTS[@]}"
# shellcheck disable=SC2086 # words
crash_summary $KILLED_BY_31
