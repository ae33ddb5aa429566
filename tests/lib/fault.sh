# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # crash.sh uses and sets them
# SPDX-License-Identifier: MIT
# Failing writes: for n = 1, 2, ... the n-th call that writes below some folders, by vxe, qemu-img, qemu-nbd or the
# guest's QEMU, returns an error, until a command has ended without such a call. Sourced after crash.sh, whose scenarios
# (NAME_prepare, NAME_command, NAME_reset, NAME_expects) it runs. The guest is paused meanwhile (unless RUNS is set:
# then its QEMU must be without the library), so that QEMU writes only for the command; afterwards it must count on.
# Each time: success or a clear error, the state before or after, nothing left behind.

FAULTS=0
cp "$TOOLS/fault.so" "$TEST_DIR/fault.so"
chmod 0755 "$TEST_DIR/fault.so"
fault_ctl() { "$TOOLS/fault_ctl" "$TEST_DIR/fault.so.control" "$@"; }
fault_ctl read >/dev/null

# For guest_define: gives the guest's QEMU the library, or none, even if libvirtd has it.
preload_guest() {
  GUEST_TOP="<qemu:commandline xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
<qemu:env name='LD_PRELOAD' value='$1'/></qemu:commandline>"
}
preload_guest "$TEST_DIR/fault.so"

# From here on libvirtd, and its helpers that write, have the library.
preload_daemon() {
  host_daemon_stop
  preload_helper
  LD_PRELOAD=$TEST_DIR/fault.so host_daemon_start
}

# The helper that writes a guest's memory does not inherit libvirtd's environment.
preload_helper() {
  local real=$HOST_DIR/iohelper helper
  for helper in /usr/{lib/libvirt,libexec}/libvirt_iohelper; do
    [ "$HOST_MODE" = system ] && [ -x "$helper" ] || continue
    [ -e "$real" ] || {
      cp "$helper" "$real" && install -m 0755 /dev/null "$real.sh" && mount --bind "$real.sh" "$helper"
    } || return
    printf '#!/bin/sh\n[ ! -e %s ] || export LD_PRELOAD=%s\nexec %s "$@"\n' \
      "$TEST_DIR/fault.so" "$TEST_DIR/fault.so" "$real" >"$real.sh"
  done
}

# stop_guest, go_on_guest: a running guest does not write in between.
stop_guest() { ! guest_is "$G" running || plain vm-pause uuid="$UUID"; }
go_on_guest() { ! guest_is "$G" paused || plain vm-unpause uuid="$UUID"; }

# under_fault N CMD...: sets CALLS, HITS, STATUS, OUT and ERR.
under_fault() {
  local n=$1 error=ENOSPC
  shift
  [ $((n % 2)) = "${ODD-1}" ] || error=EIO
  # shellcheck disable=SC2086 # none, or one
  fault_ctl arm "$WHERE" "$n" $error ${ONLY-}
  LD_PRELOAD=$TEST_DIR/fault.so run "$VXE_PLAIN" "$@"
  read -r CALLS HITS < <(fault_ctl read)
}

# Files that no command may leave behind.
leftovers() {
  find "$PWD" "$VXE_STORE" "$HOST_IMAGES" -name '*.vxe-tmp' -o -name '.*.tmp' -o -name '*.new' -o -name '.out.*' \
    2>/dev/null | sed 's/^/left: /'
}

# QEMU does not survive an error in the one write that renames a backing file. All files are complete then. MAY_DIE: the
# scenario has that write, and QEMU's last words must name it.
started_again() {
  DEATHS=$((DEATHS + 1))
  [ -n "${MAY_DIE-}" ] || echo "the guest ended at the call $1"
  qemu_said | grep -q 'Could not update backing file link' || qemu_said
  be_running
}
qemu_said() {
  local logs=/var/log/libvirt/qemu
  [ "$HOST_MODE" = system ] || logs=$XDG_CACHE_HOME/libvirt/qemu/log
  tail -n 3 "$logs/$G.log"
}

one_fault() {
  local n=$1 pid
  "${SCENARIO}_prepare" >prepared 2>&1 || {
    is "$SCENARIO $n: prepared" "it failed: $(cat prepared)" ''
    return 1
  }
  "${SCENARIO}_command"
  pid=$(guest_pid "$G")
  window_open
  ! declare -F "${SCENARIO}_expects" >/dev/null || "${SCENARIO}_expects"
  [ -n "${RUNS-}" ] || stop_guest
  under_fault "$n" "${CMD[@]}"
  {
    [ -z "$pid" ] || [ -n "${STOPS-}" ] || is_up || started_again "$n" && pid=$(guest_pid "$G")
    go_on_guest || echo 'the guest cannot go on'
  } >problems 2>&1
  # After success or a reported error everything is complete; only a dead vxe needs recovery.
  [ "$STATUS" = 0 ] || [[ $ERR == *[a-z]* ]] || echo "status $STATUS without a word" >>problems
  [ "$STATUS" -lt 100 ] || echo "status $STATUS: $ERR" >>problems
  leftovers >>problems
  if [ -n "$LONG" ] || [ $((n % ${WHOLE-4})) = 1 ] || [ "$HITS" = 0 ]; then
    wrong "$pid" "$BEFORE" "$AFTER"
  else
    plain check >check.out 2>&1 || cat check.out
    wrong_guest "$pid"
  fi >>problems
  FAULTS=$((FAULTS + HITS))
  [ ! -s problems ] || {
    is "$SCENARIO: the call $n fails, the command ends with $STATUS ($ERR)" "$(cat problems)" ''
  }
  "${SCENARIO}_reset" >reset 2>&1 || is "$SCENARIO: reset" "$(cat reset)" ''
}

# fault_scenario NAME WHERE: every call below the folders ("DIR:DIR"); with ONLY=WORD only those on files with WORD in
# their path. STOPS: the command may stop the guest. WHOLE=K: compares the whole state only after each K-th fault (4),
# in ring all after each; vxe check runs each time.
fault_scenario() {
  local n before=$FAULTS
  SCENARIO=$1 WHERE=$2 DEATHS=0
  "${SCENARIO}_prepare" >/dev/null
  "${SCENARIO}_command"
  window_open
  BEFORE=$(HIGH=$((LOW < 0 ? -1 : LOW + 1000000)) state)
  ok "$SCENARIO: the command alone" plain "${CMD[@]}" || return
  [ "$LOW" = -1 ] || HIGH=$((LOW + 1000000))
  AFTER=$(state)
  "${SCENARIO}_reset" >/dev/null
  for ((n = 1; n < 5000; n++)); do
    one_fault "$n" || return
    [ "$HITS" != 0 ] || break
  done
  is "$SCENARIO: without a fault it ends well" "$STATUS" 0
  ok "$SCENARIO: it has met faults" test $((FAULTS - before)) -gt 2
  [ $DEATHS = 0 ] || diag "note $SCENARIO: QEMU ended at $DEATHS calls"
  diag "note $SCENARIO: $((FAULTS - before)) failing calls"
}
