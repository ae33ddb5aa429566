#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034,SC2154 # power.sh and crash.sh use and set them
# The power fails in a change of the store, and (LONG) in operations on a whole host.
. "$TESTS/lib/e2e.sh"
mkdir -m 0755 disks && cd disks || exit 1
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/crash.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/scenarios.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/fault.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/power.sh"

# The store alone: a copy of it opens, and has the old value or the new one.
sr_field() { VXE_STORE=$LEFT$VXE_STORE plain sr-param-get uuid="$SR" param-name=name-description; }
store_cuts() {
  local k how now
  SR=$(plain pool-list params=default-SR --minimal)
  plain sr-param-set uuid="$SR" name-description=old
  power_keep "$VXE_STORE"
  ok 'a field of the store is changed' power_note sr-param-set uuid="$SR" name-description=new
  power_moments >moments
  mapfile -t MOMENTS <moments
  for k in "${MOMENTS[@]}"; do
    for how in $HOWS; do
      power_left "$k" "$how"
      now=$(sr_field 2>&1)
      [ "$now" = new ] || { [ "$now" = old ] && [ "$k" != "${MOMENTS[-1]}" ]; } ||
        is "the power fails before call $k, $how: the value" "$now" new
      VXE_STORE=$LEFT$VXE_STORE plain check >check.out 2>&1 ||
        is "the power fails before call $k, $how: check" "$(cat check.out)" ''
    done
  done
  ok 'the power was cut' test $CUTS -gt 4
  diag "note store: $CUTS power cuts at ${#MOMENTS[@]} moments"
}

crash_guest p
store_cuts
if [ -n "${LONG-}" ]; then
  power_host
  for name in ${CUTS_OF-halted}; do power_scenario "$name"; done
fi
