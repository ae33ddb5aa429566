#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034,SC2154 # crash.sh uses and sets them
# vxe is killed at every failpoint of vdi-merge, of layers that qemu-img made: one in the middle and the one that the
# guest writes to, under a running guest and a halted one. The content is the same before and after; the same command
# then ends with the layers merged, and their files gone.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/crash.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/scenarios.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/scenarios_layers.sh"

crash_guest c
points vdi-merge && EXACT=1 UNCHANGED=- crash_scenario down "${POINTS[@]}"
first_points vdi-merge
EXACT=1 UNCHANGED=- crash_scenario between "${POINTS[@]}"
UNCHANGED=- crash_scenario halted_down "${POINTS[@]}"
UNCHANGED=- crash_scenario halted_between "${POINTS[@]}"
# shellcheck disable=SC2086 # words
crash_summary $KILLED_BY_87
