#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034,SC2154 # crash.sh uses and sets them
# vxe is killed at every failpoint of merging layers. The state is the same before and after; in
# the end the layers must be merged.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/crash.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/scenarios.sh"

crash_guest c
points coalesce-commit && EXACT=1 UNCHANGED=- crash_scenario middle "${POINTS[@]}"
EXACT=1 UNCHANGED=- crash_scenario active coalesce-commit:{copy,switch,shut}:after
first_points coalesce-commit
be_halted
UNCHANGED=- crash_scenario leaf "${POINTS[@]}"
points coalesce-pull && UNCHANGED=- crash_scenario below "${POINTS[@]}"
# shellcheck disable=SC2086 # words
crash_summary $KILLED_BY_32
