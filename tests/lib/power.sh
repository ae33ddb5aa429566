# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # crash.sh uses and sets them
# SPDX-License-Identifier: MIT
#
# Power cuts: fault.so records the operations of vxe, qemu-img, QEMU and libvirtd on files. From this record power_cut
# makes the files that exist after the power fails: operations that were not synced are lost, torn or mixed. Sourced
# after crash.sh and fault.sh. Cuts are made before each sync and at the end; cuts in between only lose more.
#
#   power_keep DIR...         keeps the initial content of these folders
#   power_note CMD...         runs CMD and records it; sets ENDED, the number of calls until its end
#   power_moments             the numbers of calls to cut at
#   power_left K HOW          makes the remaining files below $LEFT

CUT_DIR=$TEST_DIR/power
LEFT=$CUT_DIR/left
HOWS=${HOWS-drop names${LONG:+ torn mixed}}
CUTS=0

power_keep() {
  local dirs=$* dir
  rm -rf "$CUT_DIR"
  for dir; do
    mkdir -p "$CUT_DIR/base$dir" && cp -a --sparse=always "$dir/." "$CUT_DIR/base$dir/" || return
  done
  find "$@" \( -type f -o -type d \) -printf '%i %p\n' >"$CUT_DIR/index"
  NOTED=${dirs// /:}
}

power_note() {
  local status
  : >"$TEST_DIR/fault.so.journal"
  chmod 0666 "$TEST_DIR/fault.so.journal"
  fault_ctl note "$NOTED"
  guest_writes
  LD_PRELOAD=$TEST_DIR/fault.so "$VXE_PLAIN" "$@"
  status=$?
  head -c "$(stat -c %s "$TEST_DIR/fault.so.journal")" "$TEST_DIR/fault.so.journal" >"$CUT_DIR/until"
  guest_writes
  fault_ctl read >/dev/null
  mv "$TEST_DIR/fault.so.journal" "$CUT_DIR/journal"
  ENDED=$("$TOOLS/power_cut" "$CUT_DIR/until" | wc -l)
  return $status
}

# A running guest writes to a disk and syncs it over and over; only the first two of these moments are taken for each
# disk.
power_moments() {
  "$TOOLS/power_cut" "$CUT_DIR/journal" >"$CUT_DIR/list"
  awk -v log_of_guest="${SERIAL-}" '
    $2 == "data" && $3 == log_of_guest { next }
    { alone = (since == 0 || alone) && (since == 0 || $3 == path) && $2 ~ /^(data|sync)$/ && /\.qcow2( |$)/
      path = $3; since++ }
    $2 == "sync" { if (!alone || seen[path]++ < 2) print $1; since = 0 }
    END { print NR }' "$CUT_DIR/list"
}

power_left() {
  rm -rf "$LEFT"
  "$TOOLS/power_cut" "$CUT_DIR/journal" "$CUT_DIR/index" "$CUT_DIR/base" "$LEFT" "$1" "$2" "$1" >"$CUT_DIR/lost"
  CUTS=$((CUTS + 1))
}

# ---- the whole host ------------------------------------------------------------------------------

# Called once, before the first scenario.
power_host() {
  preload_daemon
  mkdir -p "$HOST_IMAGES"
  WORLD=("$PWD" "$VXE_STORE" "$HOST_IMAGES" "$(libvirt_conf)")
}

# The journal notes the syncs of a running guest and its serial output, which shows the data that it has synced. The
# guest is paused while the initial content is copied; QEMU has synced everything then.
power_keep_host() {
  SERIAL=''
  [ -z "${STARTS-}" ] || SERIAL=$(serial_of "$G")
  ! is_up || { virsh -q suspend "$G" && SERIAL=$(serial_of "$G"); } || return
  power_keep "${WORLD[@]}"
  [ -z "$SERIAL" ] || { chmod a+r "$SERIAL" && NOTED+=:$(dirname "$SERIAL"); }
}

# Lets the guest write, if it is active and noted.
guest_writes() {
  local from
  [ -n "${SERIAL-}" ] && is_up || return 0
  ! guest_is "$G" paused || virsh -q resume "$G"
  from=$(printed)
  wait_until 20 guest_has_passed $((from + 3 * GUEST_STEP))
}
guest_has_passed() { [ "$(guest_counter "$G")" -gt "$1" ]; }

# synced_at K: the counter that each disk must have reached at call K. The guest waits for each write, which is synced,
# before it prints the next counter.
synced_at() {
  local size
  size=$(awk -v k="$1" -v path="$SERIAL" '
    $1 >= k { exit } $2 == "data" && $3 == path { size = $NF } END { print size + 0 }' "$CUT_DIR/list")
  head -c "$size" "$CUT_DIR/serial" | tr -d '\r' | sed -n 's/^C=\([0-9a-f]\{8\}\)$/\1/p' | tail -n 1 | hex |
    awk -v step=$GUEST_STEP '{ print int(($1 - 1) / step) * step }'
}
# Fails if a disk lacks data that the running guest had synced.
wrong_synced() {
  local synced count
  [ -n "$SERIAL" ] && synced=$(synced_at "$1") && [ -n "$synced" ] || return 0
  for count in $(disk_counts "$UUID"); do
    [ "$count" -ge "$synced" ] || echo "the guest had synced $synced, a disk has $count"
  done
}

# Starts the host again after the cut.
power_cycle() {
  local p dir
  power_left "$1" "$2" || return
  for p in $(host_guest_pids); do kill -KILL "$p" && process_gone "$p" 50; done
  host_daemon_stop KILL
  rm -f "$(libvirt_run)"/*.{xml,pid}
  for dir in "${WORLD[@]}"; do
    find "$dir" -mindepth 1 -delete
    [ ! -d "$LEFT$dir" ] || cp -a --sparse=always "$LEFT$dir/." "$dir/"
  done
  LD_PRELOAD=$TEST_DIR/fault.so host_daemon_start
}

one_cut() {
  local k=$1 how=$2 before=$BEFORE ALSO=${ALSO-$BEFORE}
  power_cycle "$k" "$how" || echo 'the host does not come up'
  {
    plain check >check.out 2>&1 # recovers
    leftovers
    [ "$k" -lt "$ENDED" ] || before=$AFTER ALSO=$AFTER # what was said to be done is done
    wrong '' "$before" "$AFTER"
    wrong_synced "$k"
    ! declare -F "${SCENARIO}_wrong" >/dev/null || "${SCENARIO}_wrong" "$k"
  } >problems 2>&1
  sed -i '/^Leaked cluster/d' problems # room that QEMU had taken and not used yet
  [ ! -s problems ] || is "$SCENARIO: the power fails before $(sed -n "$((k + 1))p" "$CUT_DIR/list"), $how" \
    "$(cat problems)" ''
}

# power_scenario NAME: all that ran ended with the power. NAME_wrong K: prints other faults; NAME_kept: called after the
# command, to prepare NAME_wrong and to set ALSO.
power_scenario() {
  local k how before=$CUTS ALSO
  SCENARIO=$1
  "${SCENARIO}_prepare" >prepared 2>&1 || is "$SCENARIO: prepared" "$(cat prepared)" ''
  "${SCENARIO}_command"
  window_open
  BEFORE=$(HIGH=$((LOW < 0 ? -1 : LOW + 1000000)) state)
  power_keep_host
  ok "$SCENARIO: the command alone" power_note "${CMD[@]}" || return
  window_close
  AFTER=$(state)
  BEFORE=${BEFORE/power running/power shut off} AFTER=${AFTER/power running/power shut off} ALSO=$BEFORE
  [ -z "$SERIAL" ] || cp "$SERIAL" "$CUT_DIR/serial"
  power_moments >moments
  mapfile -t MOMENTS <moments
  ! declare -F "${SCENARIO}_kept" >/dev/null || "${SCENARIO}_kept"
  END=${MOMENTS[-1]}
  for k in "${MOMENTS[@]}"; do
    for how in $HOWS; do
      one_cut "$k" "$how"
      [ "$(cat "$CUT_DIR/lost")" != 0 ] || break # the others are the same
    done
  done
  power_cycle "$END" keep
  "${SCENARIO}_reset" >reset 2>&1 || is "$SCENARIO: reset" "$(cat reset)" ''
  ok "$SCENARIO: the power was cut" test $CUTS -gt "$before"
  diag "note $SCENARIO: $((CUTS - before)) power cuts at ${#MOMENTS[@]} moments"
}
