#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034,SC2154 # crash.sh uses and sets them
# vxe is killed at every failpoint of clone and copy. The content of the source is the same before and after; the new VM
# exists completely or not at all.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/crash.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/scenarios.sh"

crash_guest c
points vm-freeze && crash_scenario clone "${POINTS[@]}"
points vm-clone && crash_scenario clone "${POINTS[@]}"
points vm-copy && crash_scenario copy "${POINTS[@]}"
# shellcheck disable=SC2086 # words
crash_summary $KILLED_BY_34
