#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034,SC2154 # crash.sh uses and sets them
# LONG=1: vxe is killed after a random time, fifty times.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/crash.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/scenarios.sh"

[ -n "${LONG-}" ] || skip_all 'only with LONG=1'

# Replaces the kill at a failpoint.
kill_at() {
  shift
  (timeout -s KILL "$(printf '0.%03d' $((RANDOM % 300 + 1)))" "$VXE_PLAIN" "$@" >killed 2>&1) \
    2>/dev/null
  :
}

unset LONG # each scenario once
crash_guest c
mapfile -t times < <(seq 1 17)
crash_scenario running "${times[@]}"
crash_scenario halted "${times[@]}"
STOPS=1 crash_scenario revert "${times[@]:1}"
