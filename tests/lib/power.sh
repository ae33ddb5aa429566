# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # crash.sh uses and sets them
# SPDX-License-Identifier: MIT
#
# Power cuts: fault.so writes down what vxe, qemu-img, QEMU and libvirtd do to files, power_cut makes of it
# what is there when the power fails, where what was not synced is lost, torn or mixed. Sourced after
# crash.sh and fault.sh. Before each sync, and at the end, is a moment to try: in between only more is lost.
#
#   power_keep DIR...         what they hold is the beginning
#   power_note CMD...         run, and noted
#   power_moments             the numbers of calls to cut at
#   power_left K HOW          what is left lies below $LEFT

CUT_DIR=$TEST_DIR/power
LEFT=$CUT_DIR/left
HOWS=${HOWS-drop names torn mixed}
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
  LD_PRELOAD=$TEST_DIR/fault.so "$VXE_PLAIN" "$@"
  status=$?
  fault_ctl read >/dev/null
  mv "$TEST_DIR/fault.so.journal" "$CUT_DIR/journal"
  return $status
}

power_moments() {
  "$TOOLS/power_cut" "$CUT_DIR/journal" >"$CUT_DIR/list"
  awk '$2 == "sync" { print $1 } END { print NR }' "$CUT_DIR/list"
}

power_left() {
  rm -rf "$LEFT"
  "$TOOLS/power_cut" "$CUT_DIR/journal" "$CUT_DIR/index" "$CUT_DIR/base" "$LEFT" "$1" "$2" "$1" >"$CUT_DIR/lost"
  CUTS=$((CUTS + 1))
}

# ---- the whole host ------------------------------------------------------------------------------

# Once, before the first scenario.
power_host() {
  preload_daemon
  mkdir -p "$HOST_IMAGES"
  WORLD=("$PWD" "$VXE_STORE" "$HOST_IMAGES" "$(libvirt_conf)")
}

# The host as it comes up after the cut.
power_cycle() {
  local p dir
  power_left "$1" "$2" || return
  for p in $(host_guest_pids); do kill -KILL "$p"; done
  host_daemon_stop KILL
  rm -f "$(libvirt_run)"/*.{xml,pid}
  for dir in "${WORLD[@]}"; do
    find "$dir" -mindepth 1 -delete
    [ ! -d "$LEFT$dir" ] || cp -a --sparse=always "$LEFT$dir/." "$dir/"
  done
  LD_PRELOAD=$TEST_DIR/fault.so host_daemon_start
}

one_cut() {
  local k=$1 how=$2 before=$BEFORE problems
  power_cycle "$k" "$how" || echo 'the host does not come up'
  {
    plain check >check.out 2>&1 # recovers
    leftovers
    [ "$k" != "$END" ] || before=$AFTER # what was said to be done is done
    wrong '' "$before" "$AFTER"
  } >problems 2>&1
  [ ! -s problems ] || is "$SCENARIO: the power fails before $(sed -n "$((k + 1))p" "$CUT_DIR/list"), $how" \
    "$(cat problems)" ''
}

# power_scenario NAME: of a guest that is off.
power_scenario() {
  local k how before=$CUTS
  SCENARIO=$1
  "${SCENARIO}_prepare" >prepared 2>&1
  "${SCENARIO}_command"
  LOW=-1 HIGH=-1
  BEFORE=$(state)
  power_keep "${WORLD[@]}"
  ok "$SCENARIO: the command alone" power_note "${CMD[@]}" || return
  AFTER=$(state)
  power_moments >moments
  mapfile -t MOMENTS <moments
  END=${MOMENTS[-1]}
  for k in "${MOMENTS[@]}"; do
    for how in $HOWS; do
      one_cut "$k" "$how"
      [ "$(cat "$CUT_DIR/lost")" != 0 ] || break # the others are the same
    done
  done
  power_cycle "$END" keep
  "${SCENARIO}_reset" >reset 2>&1
  ok "$SCENARIO: the power was cut" test $CUTS -gt "$before"
  diag "note $SCENARIO: $((CUTS - before)) power cuts at ${#MOMENTS[@]} moments"
}
