#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034,SC2154 # crash.sh uses and sets them
# vxe is killed at every failpoint of vm-install, vm-create and is-a-template, both ways.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/crash.sh"

# A template beside the guest, with a disk that an installation creates.
install_template() {
  local disk='<provision><disk device="5" size="1048576" sr="" bootable="false"/></provision>'
  T=$(plain snapshot-clone uuid="$ZERO" new-name-label=template) &&
    plain template-param-set uuid="$T" other-config:disks="$disk"
}
install_prepare() { :; }
install_command() { CMD=(vm-install template="$T" new-name-label=made-vm "${SR[@]}"); }
install_reset() { unmake; }

create_prepare() { :; }
create_command() { CMD=(vm-create name-label=made-bare); }
create_reset() { unmake; }

template() { plain vm-param-set uuid="$UUID" is-a-template="$1"; }
is_template() { [ -n "$(plain template-list uuid="$UUID" --minimal)" ]; }
totemplate_prepare() { ! is_template || template false; }
totemplate_command() { CMD=(vm-param-set uuid="$UUID" is-a-template=true); }
totemplate_reset() { ! is_template || template false; }
tovm_prepare() { is_template || template true; }
tovm_command() { CMD=(template-param-set uuid="$UUID" is-a-template=false); }
tovm_reset() { :; }

crash_guest c
install_template && points vm-install
SR=()
crash_scenario install "${POINTS[@]}"
SR=(sr-uuid="$(plain pool-list params=default-SR --minimal)")
first_points vm-install && crash_scenario install "${POINTS[@]}"
plain template-uninstall template-uuid="$T" force=true >uninstalled
points vm-create && crash_scenario create "${POINTS[@]}"
points vm-template && crash_scenario totemplate "${POINTS[@]}"
first_points vm-template && crash_scenario tovm "${POINTS[@]}"
totemplate_reset
# shellcheck disable=SC2086 # words
crash_summary $KILLED_BY_36
