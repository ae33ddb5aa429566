#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034,SC2154 # crash.sh uses and sets them
# LONG=1: vxe is killed after a random time, fifty times.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/crash.sh"

[ -n "${LONG-}" ] || skip_all 'only with LONG=1'

running_prepare() { be_running; }
running_command() { CMD=(vm-snapshot uuid="$UUID" new-name-label=kill); }
running_reset() { drop_snapshots; }

halted_prepare() { be_halted; }
halted_command() { running_command; }
halted_reset() { drop_snapshots; }

revert_prepare() {
  guest_is "$G" running || {
    stamp "$(vdi_file 0)" 51 1M 4k && stamp "$(vdi_file 1)" 52 2M 4k
  } && be_running
}
revert_command() { CMD=(snapshot-revert uuid="$ZERO"); }
revert_reset() { :; }

# In the place of the kill at a failpoint.
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
