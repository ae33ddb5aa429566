#!/bin/bash
# SPDX-License-Identifier: MIT
#
# shortcuts.sh BUILD NAME...: what each shortcut gains (docs/performance.md, "Shortcuts"). A command with the shortcut and one
# without it take turns, on private hosts; each goes first every other round. A row has the medians in milliseconds, without
# and with the shortcut, and the part of the time without it that it saves. BUILD: build/release, say.
#
#   BENCH_SIZES   how many halted domains the hosts have (10 1000)
#   BENCH_ROUNDS  samples of each side (21)
#   BENCH_ACTS    those of the functions below that begin with act_ (all)
#   BENCH_MODE    system or session (as tests/lib/host.sh modes has them)
set -u

# side NAME: vxe without the shortcut for the acts of this round, or with all for "".
vxe() { VXE_SHORTCUTS=$WITHOUT "$VXE_BENCH" "$@"; }
export -f vxe

# Waits until nothing else runs, half a second at most.
quiet() {
  local i running
  for ((i = 0; i < 250; i++)); do
    read -r _ _ _ running _ </proc/loadavg
    [ "${running%/*}" -gt 1 ] || return
    read -r -t 0.002 _ <>"$TEST_DIR/never"
  done
}

# act ACT CMD...
act() {
  quiet
  timed env VXE_SHORTCUTS="$WITHOUT" "$VXE_BENCH" "${@:2}" >"$TEST_DIR/.out" || fail "$1: failed: ${*:2}"
  OUT=$(head -n 1 "$TEST_DIR/.out")
  printf '%s\t%s\t%s\t%s\t%s\n' "$1" "$SIZE" "$NAME" "${WITHOUT:+off}" $((END - BEGIN)) >>"$SAMPLES"
}

act_list() { act vm-list vm-list; }
act_field() { act 'one field' vm-param-get uuid="${UUID_OF[ours]}" param-name=name-label; }
act_state() { act 'power-state' vm-param-get uuid="${UUID_OF[ours]}" param-name=power-state; }
act_halted() {
  local snapshot
  act vm-snapshot vm-snapshot vm=ours new-name-label=s
  snapshot=$OUT
  act snapshot-revert snapshot-revert snapshot-uuid="$snapshot"
  act snapshot-uninstall snapshot-uninstall uuid="$snapshot" force=true
}
act_running() {
  local snapshot
  act 'vm-snapshot, running' vm-snapshot vm=runs new-name-label=s
  snapshot=$OUT
  act 'snapshot-uninstall, running' snapshot-uninstall uuid="$snapshot" force=true
}

one_side() {
  local WITHOUT=$1 act
  for act in ${BENCH_ACTS-list field state halted running}; do
    "act_$act"
  done
}
both_sides() { in_turn one_side one_side; }

inside() {
  local WITHOUT=''
  # shellcheck source=tests/lib/host.sh
  . "$TESTS/lib/host.sh"
  # shellcheck source=tests/lib/guest.sh
  . "$TESTS/lib/guest.sh"
  # shellcheck source=tests/bench/lib.sh
  . "$TESTS/bench/lib.sh"
  TEST_DIR=$HOST_DIR/bench ROUNDS=${BENCH_ROUNDS-21}
  mkdir -m 0711 "$TEST_DIR" && cd "$TEST_DIR" || exit 1
  mkfifo "$TEST_DIR/never"
  plain() { vxe "$@"; }
  fill "$SIZE"
  machine ours 1 && machine runs 1
  vxe vm-list --minimal >/dev/null || fail 'no list'
  vxe vm-start vm=runs >/dev/null && guest_counts runs || fail 'no guest runs'
  for NAME; do
    for ((ROUND = 1; ROUND <= ROUNDS; ROUND++)); do
      if ((ROUND % 2)); then
        one_side '' && one_side "-$NAME"
      else
        one_side "-$NAME" && one_side ''
      fi
    done
  done
  virsh -q destroy runs >/dev/null
}

if [ "${1-}" = --inside ]; then
  inside "${@:2}"
  exit
fi
cd "$(dirname "$0")/../.." || exit 1
export BUILD=$PWD/$1 BUILD_PLAIN=$PWD/$1 VXE_BENCH=$PWD/$1/vxe SAMPLES
shift
SAMPLES=${SAMPLES_KEPT-$(mktemp "${TMPDIR-/tmp}/vxe-bench.XXXXXX")} || exit 1
: >"$SAMPLES"
trap '[ -n "${SAMPLES_KEPT-}" ] || rm -f "$SAMPLES"' EXIT
chmod 0666 "$SAMPLES"
mode=${BENCH_MODE-$(bash tests/lib/host.sh modes | head -n 1)}
for size in ${BENCH_SIZES-10 1000}; do
  # shellcheck disable=SC2016 # expanded inside the host
  bash tests/lib/host.sh run "$mode" env SIZE="$size" \
    bash -c 'exec bash "$TESTS/bench/shortcuts.sh" --inside "$@"' bench "$@" || exit 1
done
echo '| shortcut | act | other domains | without, ms | with, ms | gain |'
echo '|---|---|---|---|---|---|'
# Columns of the samples: act, domains, shortcut, "off" or nothing, microseconds.
sort -s -t "$(printf '\t')" -k5,5n "$SAMPLES" | awk -F '\t' '
  { row = $3 "\t" $1 "\t" $2; if (!(row in seen)) { seen[row]; rows[++n] = row }; value[row, $4, ++count[row, $4]] = $5 / 1000 }
  function median(row, side,    m) {
    m = count[row, side]
    return m % 2 ? value[row, side, (m + 1) / 2] : (value[row, side, m / 2] + value[row, side, m / 2 + 1]) / 2
  }
  END {
    for (i = 1; i <= n; i++) {
      off = median(rows[i], "off"); on = median(rows[i], "")
      split(rows[i], a, "\t")
      printf "| %s | %s | %s | %.1f | %.1f | %.0f %% |\n", a[1], a[2], a[3], off, on, 100 * (1 - on / off)
    }
  }' | sort -t '|' -k2,2 -k4,4n -s
