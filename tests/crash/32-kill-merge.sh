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

# The layer of a middle snapshot can only go down; its header's neighbour is frozen.
middle_prepare() { be_running && take one && take two; }
middle_command() { goes "$one"; }
middle_expects() {
  BEFORE=$(state)
  AFTER=$(grep -v '^snapshot one ' <<<"$BEFORE")
}
middle_reset() { merged; }

# Much below little: what the guest writes to goes down into the layer of the last snapshot.
active_prepare() {
  local i
  be_halted && for i in 0 1; do stamp "$(vdi_file $i)" $((70 + i)) 1M 2M; done &&
    STAYS=$(vdi_file 0) && take one && be_running
}
active_command() { goes "$one"; }
active_expects() { middle_expects; }
active_reset() { merged && [ "$(vdi_file 0)" = "$STAYS" ]; }

# Of a guest that is off the leaf goes down into what was frozen.
leaf_prepare() {
  local i
  be_halted && STAYS=$(vdi_file 0) && take one &&
    for i in 0 1; do stamp "$(vdi_file $i)" $((70 + i)); done
}
leaf_command() { goes "$one"; }
leaf_reset() { active_reset; }

# Somebody built layers of their own on the last snapshot's: their headers stay as they are, so
# what is below goes up.
below_prepare() {
  be_halted && take one && take two && stamp "$(vdi_file 0)" 80 && bystander
}
below_command() { goes "$one"; }
below_expects() { middle_expects; }
below_reset() {
  merged && [ -e "$STAYS" ] && LOW=-1 HIGH=-1 content "$THEIRS" | diff their - &&
    qemu-img info --backing-chain "$THEIRS" | grep -qF "$STAYS"
}
bystander() {
  local name=b$((++BYSTANDERS))-$$
  THEIRS=$PWD/f$name.qcow2
  STAYS=$(disk_table | awk -v s="$two" '$1 == s && $2 == 0 { print $4 }')
  qemu-img create -q -f qcow2 -F qcow2 -b "$STAYS" "e$name.qcow2" &&
    qemu-img create -q -f qcow2 -F qcow2 -b "$PWD/e$name.qcow2" "$THEIRS" &&
    stamp "$THEIRS" 90 2M && LOW=-1 HIGH=-1 content "$THEIRS" >their &&
    guest_define "$name" - "$THEIRS" && plain vm-list >/dev/null
}
BYSTANDERS=0

# All that had to go is gone, whoever did it; then the rest.
merged() {
  plain sr-coalesce >merged.out
  plain check --read-only
  drop_snapshots
}

crash_guest c
points coalesce-commit && EXACT=1 UNCHANGED=- crash_scenario middle "${POINTS[@]}"
EXACT=1 UNCHANGED=- crash_scenario active coalesce-commit:{copy,switch,shut}:after
first_points coalesce-commit
be_halted
UNCHANGED=- crash_scenario leaf "${POINTS[@]}"
points coalesce-pull && UNCHANGED=- crash_scenario below "${POINTS[@]}"
# shellcheck disable=SC2086 # words
crash_summary $KILLED_BY_32
