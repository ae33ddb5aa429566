#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034,SC2154 # crash.sh uses and sets them
# vxe is killed inside libvirt's calls that save and restore memory, ten times each, and libvirtd is killed and
# restarted inside them. The call may continue without vxe; after the next command the state is that before or after the
# call, and no counter of the guest is lost.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/crash.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/memory.sh"

prepare_line() { be_running && MEMORY_FROM=$(($(serial_lines "$G") + 1)); }
be_suspended() { is_suspended "$UUID" || { be_running && plain vm-suspend uuid="$UUID"; }; }

checkpoint_prepare() { prepare_line; }
checkpoint_command() { CMD=(vm-checkpoint uuid="$UUID" new-name-label=kill); }
checkpoint_reset() {
  local snap held at
  memory_goes_on '...'
  is '... a silence may be as long as ever' "$(virsh -q migrate-getmaxdowntime "$G")" 300 >&3
  snap=$(plain snapshot-list name-label=kill --minimal)
  if [ -n "$snap" ] && [ $((CRASH_N % 3)) = 0 ]; then # every time would take long
    mapfile -t held < <(disk_counts "$snap")
    plain snapshot-revert snapshot-uuid="$snap"
    at=$(serial_lines "$G")
    plain vm-resume uuid="$UUID"
    is '... memory and disks are of one instant' "$(one_instant "$G" "$at" "${held[@]}")" '' >&3
  fi
  drop_snapshots
}
suspend_prepare() { prepare_line; }
suspend_command() { CMD=(vm-suspend uuid="$UUID"); }
suspend_reset() { memory_goes_on '...'; }
resume_prepare() { prepare_line && be_suspended; }
resume_command() { CMD=(vm-resume uuid="$UUID"); }
resume_reset() { memory_goes_on '...'; }

declare -A POINT=([checkpoint]=vm-checkpoint:switch [suspend]=vm-suspend:save
  [resume]=vm-resume:restore)
is_in_call() { [ "$(tail -n 1 reached)" = "${POINT[$SCENARIO]}" ]; }

# Writes 1 to the file "flight" if the call was active at that moment.
kill_in_call() {
  : >reached
  echo 0 >flight
  VXE_FAILPOINT='' VXE_FAILPOINT_LOG=$PWD/reached "$VXE_PLAIN" "${CMD[@]}" >killed 2>&1 &
  local vxe=$!
  wait_until 10 is_in_call
  sleep "$(printf '0.%03d' $((RANDOM % LATEST)))"
  if [ "$1" = libvirtd ]; then
    kill -KILL "$(cat "$HOST_DIR/libvirtd.pid")" && ! is_in_call || echo 1 >flight
    wait $vxe 2>/dev/null
    rm -f "$HOST_DIR/libvirtd.pid"
    host_daemon_start || echo 'libvirtd does not start'
  else
    kill -KILL $vxe 2>/dev/null
    ! is_in_call || echo 1 >flight
    wait $vxe 2>/dev/null
  fi
}

# libvirtd died between QEMU's switch and its own record of the switch. The snapshot exists, the guest's disks are those
# that it writes to, and after a stop and a start libvirt has them, too.
lost_switch() {
  local last held
  plain vm-shutdown uuid="$UUID" force=true
  last=$(guest_counter "$G")
  for held in $(disk_counts "$UUID"); do
    [ "$held" -ge $((last - 3 * GUEST_STEP)) ] || echo "a disk holds $held, the guest said $last"
  done
  prepare_line
  vxe check >check.out 2>&1 || cat check.out
}

# trial WHOM N
trial() {
  local pid
  "${SCENARIO}_prepare" >prepared 2>&1 || { is "$SCENARIO: prepared" "$(cat prepared)" '' && return; }
  "${SCENARIO}_command"
  window_open
  pid=$(guest_pid "$G")
  kill_in_call "$1" 2>&1 | grep -v ' Killed ' >problems
  FLIGHT=$(cat flight)
  recover >>problems
  if grep -q 'though libvirt names another file' problems; then
    lost_switch >problems 2>&1
  else
    wrong "$pid" "$BEFORE" "$AFTER" >>problems
  fi
  is "$SCENARIO: $1 killed in the call ($2, in flight: $FLIGHT)" "$(cat problems)" ''
  "${SCENARIO}_reset" >reset 2>&1 || cat reset
}

# The duration of a call depends on the machine: after a kill that was too late, the next ones come sooner.
aim() {
  if [ "$FLIGHT" = 1 ]; then
    LATEST=$((LATEST + LATEST / 8 + 1))
  else
    LATEST=$((LATEST / 2 + 1))
  fi
}

exec 3>&1
crash_guest c
for name in checkpoint suspend resume; do
  if [ $name = resume ]; then STARTS=1; else STARTS=; fi
  crash_scenario $name # what it is like before and after
  in_flight=0
  LATEST=80 # milliseconds
  for ((n = 1; n <= 40 && in_flight < 10; n++)); do
    trial vxe $n
    in_flight=$((in_flight + FLIGHT))
    aim
  done
  diag "$name: in flight $in_flight of $((n - 1))"
  ok "$name: ten times the call was in flight" test $in_flight -ge 10
  for n in 1 2; do trial libvirtd $n; done
done
