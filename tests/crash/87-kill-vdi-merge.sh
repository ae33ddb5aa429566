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

LAYERS=0
# layers N: N more layers on the first disk, as another program makes them; each has data of its own. Sets OURS, the
# file below them, and THEIRS. The names are such that a file that is left over is found.
layers() {
  local i new file=''
  be_halted && OURS=$(vdi_file 0) && THEIRS=() && file=$OURS || return
  for ((i = 0; i < $1; i++)); do
    new=$PWD/of-some-other-program-$((++LAYERS)).qcow2
    qemu-img create -q -f qcow2 -b "$file" -F qcow2 "$new" && stamp "$new" $((90 + i)) 1M 64k || return
    THEIRS+=("$new") file=$new
  done
  virsh dumpxml --inactive "$G" | sed "s|'$OURS'|'$file'|" >layers.xml && virsh -q define layers.xml &&
    plain vm-param-set uuid="$UUID" name-description=layers
}
# With what is left of the layers merged, everything is on OURS.
merged() {
  local file
  plain vdi-merge uuid="${VDIS[0]}" base="$OURS" || return
  for file in "${THEIRS[@]}"; do [ ! -e "$file" ] || { echo "$file is left" && return 1; }; done
  file=$(virsh domblklist "$G" | awk '$1 == "vda" { print $2 }')
  [ "$file $(vdi_file 0)" = "$OURS $OURS" ] || { echo "it is on $file" && return 1; }
  ! guest_is "$G" running || guest_counts "$G"
}
# Merged already, there is nothing below OURS that may go.
reset() { [ "$(vdi_file 0)" = "$OURS" ] || merged; }

leaf_prepare() { layers 1 && be_running; }
leaf_command() { CMD=(vdi-merge uuid="${VDIS[0]}" base="$OURS"); }
leaf_reset() { reset; }
middle_prepare() { layers 2 && be_running; }
middle_command() { CMD=(vdi-merge uuid="${VDIS[0]}" base="$OURS" top="${THEIRS[0]}"); }
middle_reset() { reset; }
halted_leaf_prepare() { layers 1; }
halted_leaf_command() { leaf_command; }
halted_leaf_reset() { reset; }
halted_middle_prepare() { layers 2; }
halted_middle_command() { middle_command; }
halted_middle_reset() { reset; }

crash_guest c
points vdi-merge && EXACT=1 UNCHANGED=- crash_scenario leaf "${POINTS[@]}"
first_points vdi-merge
EXACT=1 UNCHANGED=- crash_scenario middle "${POINTS[@]}"
UNCHANGED=- crash_scenario halted_leaf "${POINTS[@]}"
UNCHANGED=- crash_scenario halted_middle "${POINTS[@]}"
# shellcheck disable=SC2086 # words
crash_summary $KILLED_BY_87
