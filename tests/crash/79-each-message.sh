#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2154 # crash.sh sets them
# In ring all: before each message that libvirtd sends to QEMU while vxe snapshots, suspends or merges, one or several of
# vxe, libvirtd and QEMU are killed, or QEMU hangs. Afterwards the disks have all data that the guest wrote.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/crash.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/memory.sh"

[ -n "$LONG" ] || skip_all 'only in ring all'
command -v strace >/dev/null || skip_all 'needs strace'

take() { plain vm-snapshot uuid="$UUID" new-name-label="$1"; }

# ---- what is cut short ---------------------------------------------------------------------------

snapshot_prepare() { be_running; }
snapshot_command() { CMD=(vm-snapshot uuid="$UUID" new-name-label=kill); }

suspend_prepare() { be_running; }
suspend_command() { CMD=(vm-suspend uuid="$UUID"); }

# The guest's own layer is merged into the one below.
own_prepare() {
  local i
  be_halted && ONE=$(take one) || return
  STAMP=$((STAMP % 200 + 1))
  for i in 0 1; do stamp "$(vdi_file $i)" $STAMP 2M 1M; done
  be_running
}
own_command() { CMD=(snapshot-uninstall uuid="$ONE" force=true); }

# Removes a snapshot between two others.
between_prepare() { own_prepare && take two >/dev/null; }
between_command() { own_command; }

# ---- cutting it short ------------------------------------------------------------------------------

# The thread of libvirtd that talks to the guest's QEMU, and the address.
find_monitor() {
  LIBVIRTD=$(cat "$HOST_DIR/libvirtd.pid")
  MONITOR=$(grep -l "^vm-$G" "/proc/$LIBVIRTD/task/"*/comm | head -n 1 | cut -d/ -f5)
  strace -qq -y -p "$MONITOR" -s 20 -e trace=write -o calls 2>/dev/null &
  local tracer=$!
  wait_until 5 traced "$MONITOR"
  virsh -q qemu-monitor-command "$G" '{"execute": "query-status"}' >/dev/null
  kill $tracer
  wait $tracer 2>/dev/null
  SOCKET=$(sed -n 's/^write([0-9]*<\([^>]*\)>, "{.*/\1/p' calls | head -n 1)
}
traced() { grep -q '^TracerPid:[[:space:]]*[1-9]' "/proc/$LIBVIRTD/task/$1/status"; }
process_is() { grep -qs "^State:[[:space:]]*[$2]" "/proc/$1/status"; }
has_gone() { ! kill -0 "$1" 2>/dev/null || process_is "$1" ZX; }

# Waits for the message, or for the end of vxe without the message.
arrives() {
  local i
  for ((i = 0; i < 2000; i++)); do
    if [ "$1" = KILL ]; then has_gone "$LIBVIRTD" && return; else process_is "$LIBVIRTD" tT && return; fi
    has_gone "$VXE_PID" && sleep 0.1 && { [ "$1" != KILL ] || ! has_gone "$LIBVIRTD"; } && return 1
    sleep 0.01
  done
  return 1
}

# cut WHOM N: kills the processes WHOM, of "vxe libvirtd qemu", before the Nth message. Fails if there is no such
# message.
cut_short() {
  local whom=" $1 " qemu tracer signal=KILL
  [[ $whom == *' libvirtd '* ]] || signal=STOP
  find_monitor
  qemu=$(guest_pid "$G")
  strace -qq -y -p "$MONITOR" -s 100 -P "$SOCKET" -e trace=write -o calls \
    -e "inject=write:signal=$signal:when=$2" 2>/dev/null &
  tracer=$!
  wait_until 5 traced "$MONITOR"
  "$VXE_PLAIN" "${CMD[@]}" >killed 2>&1 &
  VXE_PID=$!
  arrives $signal || {
    kill $tracer 2>/dev/null # it may have ended with QEMU
    wait $tracer $VXE_PID 2>/dev/null
    return 1
  }
  [[ $whom != *' vxe '* ]] || kill -KILL $VXE_PID 2>/dev/null
  [[ $whom != *' qemu '* ]] || kill -KILL "$qemu"
  [[ $whom != *' hung '* ]] || kill -STOP "$qemu"
  kill $tracer 2>/dev/null
  wait $tracer 2>/dev/null
  kill -CONT "$LIBVIRTD" 2>/dev/null
  wait $VXE_PID 2>/dev/null
  [[ $whom != *' hung '* ]] || plain vm-shutdown uuid="$UUID" --force >said 2>&1 || cat said >>refused
  [ $signal = STOP ] || { rm -f "$HOST_DIR/libvirtd.pid" && host_daemon_start; }
}

# ---- what is wrong then ------------------------------------------------------------------------------

# libvirt 9.0 may write a status file that it cannot read back: then the guest runs, unknown to libvirt, or was killed, too.
is_lost() { [ "$(virsh -q domstate "$G")" = 'shut off' ] && [ -e "$(status_of "$G")" ]; }
# The file that libvirt cannot read names the layers until the next start or boot, and vxe keeps them so long.
end_lost() {
  local pid
  for pid in $(host_guest_pids); do
    kill -KILL "$pid"
    process_gone "$pid" 50
  done
  rm -f "$(status_of "$G")"
}

problems() {
  local i last held at was_suspended=''
  plain vm-param-set uuid="$UUID" name-description="$RANDOM" >said 2>&1 || cat said >>refused
  plain sr-coalesce >said 2>&1 || cat said >>refused
  is_suspended "$UUID" && was_suspended=1
  if [ -n "$was_suspended" ]; then
    mapfile -t held < <(disk_counts "$UUID")
    at=$(serial_lines "$G")
    plain vm-resume uuid="$UUID"
    one_instant "$G" "$at" "${held[@]}"
  fi
  if is_up; then
    guest_counts "$G" || echo 'it does not count'
    gone_files "$(guest_pid "$G")"
    plain vm-shutdown uuid="$UUID" force=true
  fi
  last=$(guest_counter "$G")
  for i in 0 1; do
    held=$(counter_of "$(vdi_file $i)")
    [ "${held:-0}" -ge $((last - 2 * GUEST_STEP)) ] && [ "$held" -le $((last + 1)) ] ||
      echo "disk $i holds $held, the guest said $last"
    [ "$SCENARIO" = snapshot ] || [ "$SCENARIO" = suspend ] ||
      [ "$(byte_of "$(vdi_file $i)" 2M)" = $STAMP ] || echo "disk $i: $(byte_of "$(vdi_file $i)" 2M), not $STAMP"
  done
  drop_snapshots
  plain sr-coalesce >said 2>&1 || cat said
  plain check >said 2>&1 || cat said
  LOW=-1 HIGH=-1 state >now
  wrong_files
}

# each WHOM: runs the scenario for one message after the other.
each() {
  local n
  for ((n = 1; n < 60; n++)); do
    "${SCENARIO}_prepare" >prepared 2>&1 || cat prepared
    "${SCENARIO}_command"
    cut_short "$1" $n || break
    : >refused
    if is_lost; then
      diag "$SCENARIO: libvirt has lost the guest before message $n"
      end_lost
    fi
    problems >found 2>&1
    is "$SCENARIO: $1 ended before message $n" "$(cat found)" ''
    [ ! -s found ] || diag "$(cat refused)"
  done
  problems >found 2>&1
  is "$SCENARIO: $1 ended before none of its $((n - 1)) messages" "$(cat found)" ''
  ok '... of which there are some' test $n -gt 2
}

STAMP=30
crash_guest c
for SCENARIO in snapshot suspend own between; do
  for whom in libvirtd vxe qemu 'vxe hung' 'vxe libvirtd' 'vxe libvirtd qemu'; do each "$whom"; done
done
