#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034,SC2154 # crash.sh uses and sets them
# vxe is killed at every failpoint of export and import. An archive or an imported VM exists completely or not at all.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/crash.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/scenarios.sh"

template_prepare() { :; }
template_command() { CMD=(vm-import filename="$PWD/template.xva"); }
template_reset() { unmake; }

# The disks exist before and afterwards.
records_prepare() { :; }
records_command() { CMD=(vm-import filename="$PWD/records.xva" metadata=true); }
records_reset() {
  local vm
  for vm in $(made | cut -d' ' -f3); do plain vm-destroy uuid="$vm" || return; done
}

crash_guest c
make_archive
plain vm-snapshot uuid="$UUID" new-name-label=made-template >snapshot
plain snapshot-export-to-template snapshot-uuid="$(cat snapshot)" filename=template.xva >/dev/null
plain snapshot-uninstall snapshot-uuid="$(cat snapshot)" force=true >/dev/null
points vm-export && UNCHANGED=no crash_scenario export "${POINTS[@]}"
points vm-import && crash_scenario vm "${POINTS[@]}"
first_points vm-import && crash_scenario template "${POINTS[@]}"
plain vm-clone uuid="$UUID" new-name-label=made-records >clone
plain vm-export uuid="$(cat clone)" filename=records.xva metadata=true >/dev/null
plain vm-destroy uuid="$(cat clone)"
first_points vm-import && crash_scenario records "${POINTS[@]}"
# shellcheck disable=SC2086 # words
crash_summary $KILLED_BY_35
