#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034,SC2154 # crash.sh uses and sets them
# vxe is killed at every failpoint of vdi-flatten, under a running guest and a halted one. The content is the same before
# and after; in the end the disk stands alone or has its layers.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/crash.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/scenarios.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/scenarios_layers.sh"

crash_guest c
points vdi-flatten && EXACT=1 UNCHANGED=- crash_scenario alone "${POINTS[@]}"
first_points vdi-flatten
UNCHANGED=- crash_scenario halted_alone "${POINTS[@]}"
# shellcheck disable=SC2086 # words
crash_summary $KILLED_BY_40
