#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034,SC2154 # crash.sh uses and sets them
# vxe is killed at every step of a checkpoint, and of the revert to one.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/crash.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/memory.sh"

# comes_back SNAPSHOT: reverted to and resumed, memory and disks are of one instant.
comes_back() {
  local held at
  mapfile -t held < <(disk_counts "$1")
  is_suspended "$UUID" || plain vm-param-get uuid="$UUID" param-name=parent | grep -qx "$1" ||
    plain snapshot-revert snapshot-uuid="$1"
  at=$(serial_lines "$G")
  plain vm-resume uuid="$UUID"
  is "$SCENARIO: memory and disks are of one instant" "$(one_instant "$G" "$at" "${held[@]}")" '' >&3
}

checkpoint_prepare() { be_running && MEMORY_FROM=$(($(serial_lines "$G") + 1)); }
checkpoint_command() { CMD=(vm-checkpoint uuid="$UUID" new-name-label=kill); }
checkpoint_reset() {
  local snap
  memory_goes_on "$SCENARIO"
  snap=$(plain snapshot-list name-label=kill --minimal)
  if [ -n "$snap" ] && [ $((CRASH_N % 4)) = 0 ]; then # every time would take long
    plain snapshot-revert snapshot-uuid="$snap"
    comes_back "$snap"
  fi
  drop_snapshots
}

again_prepare() { is_suspended "$UUID" || { be_running && plain vm-suspend uuid="$UUID"; }; }
again_command() { checkpoint_command; }
again_reset() { drop_snapshots; }

# So far on that no count can be taken for one of KEEP.
revert_prepare() { be_running && wait_until 20 is_far_from_keep; }
is_far_from_keep() { [ "$(guest_counter "$G")" -gt $((KEPT + 20 * GUEST_STEP)) ]; }
revert_command() { CMD=(snapshot-revert snapshot-uuid="$KEEP"); }
revert_reset() { ! is_suspended "$UUID" || comes_back "$KEEP"; }

exec 3>&1
crash_guest c
points vm-checkpoint && crash_scenario checkpoint "${POINTS[@]}"
crash_scenario again vm-checkpoint:intent:after vm-checkpoint:define-others:after vm-checkpoint:result:after
plain vm-resume uuid="$UUID"
KEEP=$(plain vm-checkpoint uuid="$UUID" new-name-label=keep)
KEPT=$(disk_counts "$KEEP" | head -n 1)
first_points snapshot-revert && STOPS=1 crash_scenario revert "${POINTS[@]}"
# shellcheck disable=SC2086 # words
crash_summary $KILLED_BY_37
