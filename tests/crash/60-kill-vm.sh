#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034,SC2154 # crash.sh uses and sets them
# vxe is killed at every failpoint of starting, stopping, snapshots, settings and new disks.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/crash.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/scenarios.sh"

start_prepare() { be_halted; }
start_command() { CMD=(vm-start uuid="$UUID"); }
start_reset() { be_halted; }

stop_prepare() { be_running; }
stop_command() { CMD=(vm-shutdown uuid="$UUID" force=true); }
stop_reset() { :; }

reboot_prepare() { be_running; }
reboot_command() { CMD=(vm-reboot uuid="$UUID" force=true); }
reboot_reset() { :; }

pause_prepare() { be_running; }
pause_command() { CMD=(vm-pause uuid="$UUID"); }
pause_reset() { be_running; }

unpause_prepare() { be_paused; }
unpause_command() { CMD=(vm-unpause uuid="$UUID"); }
unpause_reset() { be_running; }

memory_prepare() { :; }
memory_command() { CMD=(snapshot-reset-powerstate uuid="$ZERO" force=true); }
memory_reset() { :; }

set_prepare() { :; }
set_command() { CMD=(vm-param-set uuid="$UUID" name-label=changed); }
set_reset() { plain vm-param-set uuid="$UUID" name-label="$G"; }

# The added disks stay; from then on they belong to the initial state.
add_prepare() { be_running; }
add_command() { CMD=(vm-disk-add uuid="$UUID" disk-size=1MiB device=autodetect); }
add_reset() { KNOWN=$(disk_table | awk -v vm="$UUID" '$1 == vm { print $3 }' | tr '\n' ' '); }

crash_guest c
points vm-shutdown && crash_scenario stop "${POINTS[@]}"
points vm-start && STARTS=1 crash_scenario start "${POINTS[@]}"
points vm-reboot && STARTS=1 UNCHANGED=- crash_scenario reboot "${POINTS[@]}"
points vm-pause && crash_scenario pause "${POINTS[@]}"
points vm-unpause && crash_scenario unpause "${POINTS[@]}"
points snapshot-reset-powerstate && UNCHANGED=- crash_scenario memory "${POINTS[@]}"
be_halted
points vm-param-set && crash_scenario set "${POINTS[@]}"
points vm-snapshot && crash_scenario halted "${POINTS[@]}"
first_points vm-snapshot && crash_scenario given_halted "${POINTS[@]}"
crash_scenario running "${POINTS[@]}"
crash_scenario given_running "${POINTS[@]}"
points vm-disk-add && crash_scenario add "${POINTS[@]}"
# shellcheck disable=SC2086 # words
crash_summary $KILLED_BY_30
