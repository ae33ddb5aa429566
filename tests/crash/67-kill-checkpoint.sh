#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034,SC2154 # crash.sh uses and sets them
# vxe is killed at every step of a checkpoint, and of the revert to one.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/crash.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/memory.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/scenarios.sh"

again_prepare() { is_suspended "$UUID" || { be_running && plain vm-suspend uuid="$UUID"; }; }
again_command() { checkpoint_command; }
again_reset() { drop_snapshots; }

# The guest counts so far that no counter can be one of KEEP.
revert_prepare() { be_running && wait_until 20 is_far_from_keep; }
is_far_from_keep() { [ "$(guest_counter "$G")" -gt $((KEPT + 20 * GUEST_STEP)) ]; }
revert_command() { CMD=(snapshot-revert snapshot-uuid="$KEEP"); }
revert_reset() { ! is_suspended "$UUID" || comes_back "$KEEP"; }

given_checkpoint_prepare() { checkpoint_prepare && given_make; }
given_checkpoint_command() { CMD=(vm-checkpoint uuid="$UUID" new-name-label=kill overlay-vdi-uuids="$GIVEN"); }
given_checkpoint_reset() { given_taken "${CMD[@]}" && checkpoint_reset; }

exec 3>&1
crash_guest c
points vm-checkpoint && crash_scenario checkpoint "${POINTS[@]}"
first_points vm-checkpoint && crash_scenario given_checkpoint "${POINTS[@]}"
crash_scenario again vm-checkpoint:intent:after vm-checkpoint:define-others:after vm-checkpoint:result:after
plain vm-resume uuid="$UUID"
KEEP=$(plain vm-checkpoint uuid="$UUID" new-name-label=keep)
KEPT=$(disk_counts "$KEEP" | head -n 1)
first_points snapshot-revert && STOPS=1 crash_scenario revert "${POINTS[@]}"
# shellcheck disable=SC2086 # words
crash_summary $KILLED_BY_37
