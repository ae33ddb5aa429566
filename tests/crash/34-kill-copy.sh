#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034,SC2154 # crash.sh uses and sets them
# vxe is killed at every failpoint of clone, copy and is-a-template. The source holds the same
# before and after; what was made is there wholly or not at all.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/crash.sh"

# Written to since the last clone, so that its layer has to be frozen.
dirty() { stamp "$(vdi_file 0)" 61 1M 64k && stamp "$(vdi_file 1)" 62 1M 64k; }
unmake() {
  local vm
  for vm in $(made | cut -d' ' -f3); do
    plain vm-uninstall uuid="$vm" force=true 2>/dev/null ||
      plain template-uninstall template-uuid="$vm" force=true
  done
  plain sr-coalesce
}

clone_prepare() { dirty; }
clone_command() { CMD=(vm-clone uuid="$UUID" new-name-label=made-clone); }
clone_reset() { unmake; }

copy_prepare() { dirty; }
copy_command() { CMD=(vm-copy uuid="$UUID" new-name-label=made-copy); }
copy_reset() { unmake; }

template() { plain vm-param-set uuid="$UUID" is-a-template="$1"; }
is_template() { [ -n "$(plain template-list uuid="$UUID" --minimal)" ]; }
totemplate_prepare() { ! is_template || template false; }
totemplate_command() { CMD=(vm-param-set uuid="$UUID" is-a-template=true); }
totemplate_reset() { ! is_template || template false; }
tovm_prepare() { is_template || template true; }
tovm_command() { CMD=(template-param-set uuid="$UUID" is-a-template=false); }
tovm_reset() { :; }

crash_guest c
points vm-freeze && crash_scenario clone "${POINTS[@]}"
points vm-clone && crash_scenario clone "${POINTS[@]}"
points vm-copy && crash_scenario copy "${POINTS[@]}"
points vm-template && crash_scenario totemplate "${POINTS[@]}"
points vm-template && crash_scenario tovm "${POINTS[@]}"
totemplate_reset
# shellcheck disable=SC2086 # words
crash_summary $KILLED_BY_34
