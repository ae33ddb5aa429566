#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034,SC2154 # fault.sh and crash.sh use and set them
# Each write to the store fails once: in a snapshot of a halted VM, and (in ring all) in a change of a field.
# own store: each write to its files fails
. "$TESTS/lib/e2e.sh"
mkdir -m 0755 disks && cd disks || exit 1
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/crash.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/scenarios.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/fault.sh"

described() { plain vm-param-get uuid="$UUID" param-name=name-description; }

# field_faults: the value is the old or the new one; a successful command has set the new one. If the definition had got
# the new value when the store failed, the next command records it.
field_faults() {
  local n old new now before=$FAULTS
  WHERE=$VXE_STORE
  for ((n = 1; n < 500; n++)); do
    old=$(described)
    new=value-$n
    under_fault $n vm-param-set uuid="$UUID" name-description=$new
    FAULTS=$((FAULTS + HITS))
    [ "$STATUS" = 0 ] || plain check >check.out 2>&1 || is "call $n: check" "$(cat check.out)" ''
    now=$(described)
    [ "$now" = $new ] || { [ "$STATUS" != 0 ] && [ "$now" = "$old" ]; } ||
      is "call $n: the field after status $STATUS ($ERR)" "$now" "$old or $new"
    [ "$STATUS" = 0 ] || [[ $ERR == *[a-z]* ]] || is "call $n: status $STATUS says why" "$ERR" '...'
    [ "$STATUS" -lt 100 ] || is "call $n: it ends by itself" "$STATUS" 1
    [ "$HITS" != 0 ] || break
  done
  is 'without a fault it ends well' "$STATUS" 0
  ok 'vxe check is clean' plain check
  ok 'it has met faults' test $((FAULTS - before)) -gt 10
  diag "note field: $((FAULTS - before)) failing calls"
}

# A failed command has mostly made no file, which this function finds out without starting a program.
made_layers() { find "$PWD" -name '*-*-*-*-*.qcow2' | wc -l; }
halted_reset() { [ "$(made_layers)" = "$LAYERS" ] || drop_snapshots; }

crash_guest f
LAYERS=$(made_layers)
WHOLE=32 fault_scenario halted "$VXE_STORE"
[ -z "$LONG" ] || field_faults
diag "note faults made: $FAULTS"
