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

# The disk lies on the layer of the snapshot "zero" again.
layered() { plain snapshot-revert snapshot-uuid="$ZERO" && stamp "$(vdi_file 0)" 53 1M 4k && stamp "$(vdi_file 1)" 54 2M 4k; }
flatten() { CMD=(vdi-flatten uuid="${VDIS[0]}"); }

alone_prepare() { layered && be_running; }
alone_command() { flatten; }
alone_reset() { :; }
halted_alone_prepare() { layered && be_halted; }
halted_alone_command() { flatten; }
halted_alone_reset() { :; }

crash_guest c
points vdi-flatten && EXACT=1 UNCHANGED=- crash_scenario alone "${POINTS[@]}"
first_points vdi-flatten
UNCHANGED=- crash_scenario halted_alone "${POINTS[@]}"
# shellcheck disable=SC2086 # words
crash_summary $KILLED_BY_40
