#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034,SC2154 # crash.sh uses and sets them
# In ring all: vxe is killed after a random time, two hundred times: snapshots, reverts, flattened disks, merges, snapshots
# that libvirt keeps. TIMES= changes how often in each scenario.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/crash.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/scenarios.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/scenarios_layers.sh"

[ -n "$LONG" ] || skip_all 'only in ring all'

# Replaces the kill at a failpoint. A command that has ended first has done its work.
MOST=300 KILLS=0 ENDS=0
kill_at() {
  shift
  DONE=''
  (timeout -s KILL "$(printf '0.%03d' $((RANDOM % MOST + 1)))" "$VXE_PLAIN" "$@" >killed 2>&1) \
    2>/dev/null
  case $? in
  137) KILLS=$((KILLS + 1)) ;;
  0) ENDS=$((ENDS + 1)) DONE=1 ;;
  *) cat killed && return 1 ;;
  esac
}

unset LONG # each scenario once
mapfile -t times < <(seq 1 "${TIMES-15}")
# at_random SCENARIO...
at_random() {
  local scenario
  for scenario; do
    [[ $scenario == ${ONLY-*} ]] && crash_scenario "$scenario" "${times[@]}"
  done
}

crash_guest c
at_random running halted try
STOPS=1 at_random revert
MOST=600
UNCHANGED=- at_random halted_alone halted_down
EXACT=1 UNCHANGED=- at_random alone onto down between
MOST=300
STOPS=1 at_random ext_revert
at_random ext_adopt ext_end
crash_guest i
at_random hide in_revert in_end
diag "note killed: $KILLS, ended before: $ENDS"
[ -n "${ONLY-}" ] || ok 'most were killed' test "$KILLS" -gt "$ENDS"
