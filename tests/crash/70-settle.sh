#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034,SC2154 # crash.sh uses and sets them
# vxe is killed inside libvirt's call that switches the disks. The call continues without vxe, so the next command must
# wait for its end before it decides: otherwise the guest would run on deleted files.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/crash.sh"

IN_FLIGHT=0

running_prepare() { be_running; }
running_command() { CMD=(vm-snapshot uuid="$UUID" new-name-label=kill); }
running_reset() { drop_snapshots; }

leaves() { virsh -q domblklist "$G" | awk '{ print $2 }'; }
reached() {
  local -a points
  mapfile -t points <reached
  [ ${#points[@]} -gt 0 ] && [ "${points[-1]}" = "$1" ]
}
# The last point reached is the one before the call, so the call has not returned.
is_in_call() { reached vm-snapshot:switch; }

# snapshot RULE: starts vxe in the background, as VXE_PID; returns just before the call.
snapshot() {
  : >reached
  VXE_FAILPOINT=$1 VXE_FAILPOINT_LOG=$PWD/reached "$VXE_PLAIN" "${CMD[@]}" >killed 2>&1 &
  VXE_PID=$!
  until is_in_call || ! kill -0 $VXE_PID 2>/dev/null; do :; done # the call takes some milliseconds
}
kill_vxe() {
  kill -KILL "$VXE_PID" 2>/dev/null
  wait "$VXE_PID" 2>/dev/null
  is_in_call
}
next_command() {
  vxe vm-param-set uuid="$UUID" name-description="$RANDOM" >next 2>&1 || cat next
}

# While the call holds the domain, a call that changes the definition waits.
is_busy() {
  ! timeout 0.3 virsh -q metadata "$G" --config --uri urn:vxe:nothing --remove >/dev/null 2>&1
}

# The number of images that QEMU has open, including backing files.
images_of() { readlink "/proc/$1/fd/"* 2>/dev/null | grep -c '\.qcow2$'; }

# Lets QEMU run for short moments, until it has opened a new file without writing to it yet.
step_until_open() {
  local pid=$1 before=$2 i
  for ((i = 0; i < 2000; i++)); do
    [ "$(images_of "$pid")" = "$before" ] || return 0
    kill -CONT "$pid"
    kill -STOP "$pid"
  done
  echo 'no new file was opened'
}

# stopped QEMU LIBVIRTD HOW: QEMU is stopped from before the call until a while after the next command has begun, so the
# call is active when vxe is killed. With libvirtd stopped, too, the daemon notices the end of its client only when the
# next command comes. HOW "open": the new files are open.
stopped() {
  local old next images early=
  old=$(leaves) images=$(images_of "$1")
  snapshot vm-snapshot:switch=sleep:500
  kill -STOP "$1"
  wait_until 10 is_busy || echo 'the call did not begin'
  [ "$3" != open ] || step_until_open "$1" "$images"
  [ "$(leaves)" = "$old" ] || early=1 # the last moment was a long one: no call in flight
  [ -z "$2" ] || kill -STOP "$2"
  kill_vxe || early=1
  next_command >next.out 2>&1 &
  next=$!
  [ -z "$2" ] || { sleep 0.1 && kill -CONT "$2"; }
  sleep 0.$((RANDOM % 4))
  kill -CONT "$1"
  wait $next
  cat next.out
  [ -n "$early" ] || [ "$(leaves)" = "$old" ] || FLIGHT=1
}

# Kills after some milliseconds; then finds out if the call was still active.
at_random() {
  local old
  old=$(leaves)
  snapshot ''
  sleep "$(printf '0.%03d' $((RANDOM % 40 + 1)))"
  kill_vxe && FLIGHT=1
  next_command
  [ "$(leaves)" != "$old" ] || FLIGHT=0
}

trial() {
  local pid
  running_prepare >prepared 2>&1 || { is "$1: prepared" "$(cat prepared)" '' && return; }
  FLIGHT=0
  window_open
  pid=$(guest_pid "$G")
  case $1 in
  qemu) stopped "$pid" '' '' ;;
  open) stopped "$pid" '' open ;;
  both) stopped "$pid" "$(cat "$HOST_DIR/libvirtd.pid")" '' ;;
  random) at_random ;;
  esac >problems 2>&1
  wrong "$pid" "$BEFORE" "$AFTER" >>problems
  is "killed in the call ($1 $2, in flight: $FLIGHT)" "$(cat problems)" ''
  IN_FLIGHT=$((IN_FLIGHT + FLIGHT))
  running_reset >/dev/null
}

crash_guest c
crash_scenario running # what it is like before and after
for ((n = 1; n <= 20; n++)); do
  case $((n % 5)) in
  1) trial both $n ;;
  2) trial random $n ;;
  3) trial qemu $n ;;
  *) trial open $n ;;
  esac
done
diag "in flight: $IN_FLIGHT of 20"
ok 'at least ten times the call was in flight' test $IN_FLIGHT -ge 10
