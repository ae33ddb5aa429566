#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034,SC2154 # crash.sh uses and sets them
# Disks that are no files (tests/kind): vxe is killed at every failpoint of a snapshot, a revert, merges and flattening,
# and each gets an error there. Their layers are then merged, and no image is left over.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/crash.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/scenarios.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/scenarios_layers.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/kept.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/kept_crash.sh"

keeper_sr
crash_guest c
points vm-snapshot && crash_scenario running "${POINTS[@]}"
first_points vm-snapshot
crash_scenario halted "${POINTS[@]}"
points snapshot-revert && STOPS=1 crash_scenario revert "${POINTS[@]}"
first_points snapshot-revert
crash_scenario back "${POINTS[@]}"
points coalesce-commit && EXACT=1 UNCHANGED=- crash_scenario middle "${POINTS[@]}"
EXACT=1 UNCHANGED=- crash_scenario active coalesce-commit:{copy,switch,shut}:after
first_points coalesce-commit
be_halted
UNCHANGED=- crash_scenario leaf "${POINTS[@]}"
points vdi-flatten && EXACT=1 UNCHANGED=- crash_scenario alone "${POINTS[@]}"
first_points vdi-flatten
UNCHANGED=- crash_scenario halted_alone "${POINTS[@]}"
crash_hits "$(for op in vm-snapshot snapshot-revert coalesce-commit vdi-flatten; do points_of "$op"; done)"
