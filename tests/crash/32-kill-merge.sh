#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034,SC2154 # crash.sh uses and sets them
# vxe is killed at every failpoint of merging layers. The state is the same before and after; in
# the end the layers must be merged.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/crash.sh"

take() { plain vm-snapshot uuid="$UUID" new-name-label="$1" >taken && read -r "$1" <taken; }
goes() { CMD=(snapshot-uninstall uuid="$1" force=true); }

# The layer of the last snapshot, just below the one that the guest writes to, is pulled up.
pull_prepare() { be_running && take one; }
pull_command() { goes "$one"; }
pull_reset() { merged; }

# The layer of a middle snapshot can only go down; its header's neighbour is frozen.
middle_prepare() { be_running && take one && take two; }
middle_command() { goes "$one"; }
middle_expects() { BEFORE=$(state) AFTER=$(state | grep -v '^snapshot one '); }
middle_reset() { merged; }

# Much below little: the leaf goes down into what was frozen, on a guest that is off.
leaf_prepare() {
  local i
  be_halted && for i in 0 1; do stamp "$(vdi_file $i)" $((70 + i)) 1M 2M; done && take one
}
leaf_command() { goes "$one"; }
leaf_reset() { merged; }

# All that had to go is gone, whoever did it; then the rest.
merged() {
  plain sr-coalesce >merged.out
  plain check --read-only
  drop_snapshots
}

crash_guest c
points coalesce-pull && UNCHANGED=- crash_scenario pull "${POINTS[@]}"
points coalesce-commit && EXACT=1 UNCHANGED=- crash_scenario middle "${POINTS[@]}"
be_halted
UNCHANGED=- crash_scenario leaf "${POINTS[@]}"
# shellcheck disable=SC2086 # words
crash_summary $KILLED_BY_32
