#!/bin/bash
# SPDX-License-Identifier: MIT
#
# against.sh BUILD OTHER: this program beside another one, an older version say, on the same hosts and the same records, which both
# must be able to write: the acts of each take turns, and each goes first every other round. A row has the medians in
# milliseconds and their ratio; the last row has the sums of all acts. BUILD, OTHER: folders with a program vxe and its modules,
# as build/release and that of another tree.
#
#   BENCH_SIZES   how many halted domains the hosts have (300 10000)
#   BENCH_ROUNDS  samples of each side (21)
#   BENCH_DEPTH   snapshots that a third VM has, on layers below each other (40)
#   BENCH_MODE    system or session (as tests/lib/host.sh modes has them)
set -u

vxe() { "$SIDE/vxe" "$@"; }
export -f vxe

# act ACT CMD...
act() {
  timed "$SIDE/vxe" "${@:2}" >"$TEST_DIR/.out" || fail "$1: failed: ${*:2}"
  OUT=$(head -n 1 "$TEST_DIR/.out")
  printf '%s\t%s\t%s\t%s\n' "$1" "$SIZE" "$NAME" $((END - BEGIN)) >>"$SAMPLES"
}

# circle WHAT VM: a snapshot, back to it, and its end.
circle() {
  local snapshot
  act "vm-snapshot, $1" vm-snapshot vm="$2" new-name-label=s
  snapshot=$OUT
  [ "$1" = running ] || act "snapshot-revert, $1" snapshot-revert snapshot-uuid="$snapshot"
  act "snapshot-uninstall, $1" snapshot-uninstall uuid="$snapshot" force=true
}

one_side() {
  local SIDE=$1 NAME=$2
  act 'one field' vm-param-get uuid="${UUID_OF[ours]}" param-name=name-label
  act 'power-state' vm-param-get uuid="${UUID_OF[ours]}" param-name=power-state
  act 'UUID by name' vm-list name-label="x$((SIZE / 2))" --minimal
  act 'vm-list' vm-list
  act 'snapshot-list of one VM' snapshot-list snapshot-of="${UUID_OF[deep]}"
  act 'set a description' vm-param-set uuid="${UUID_OF[ours]}" name-description="round $ROUND"
  circle halted ours
  circle "at depth $DEPTH" deep
  circle running runs
}

inside() {
  local SIDE=$BUILD DEPTH=${BENCH_DEPTH-40} i
  # shellcheck source=tests/lib/host.sh
  . "$TESTS/lib/host.sh"
  # shellcheck source=tests/lib/guest.sh
  . "$TESTS/lib/guest.sh"
  # shellcheck source=tests/bench/lib.sh
  . "$TESTS/bench/lib.sh"
  vxe() { "$SIDE/vxe" "$@"; }
  TEST_DIR=$HOST_DIR/bench ROUNDS=${BENCH_ROUNDS-21}
  mkdir -m 0711 "$TEST_DIR" && cd "$TEST_DIR" || exit 1
  plain() { vxe "$@"; }
  fill "$SIZE"
  machine ours 1 && machine runs 1 && machine deep 1
  vxe vm-list --minimal >/dev/null || fail 'no list'
  for ((i = 0; i < DEPTH - 2; i++)); do vxe vm-snapshot vm=deep new-name-label="d$i" >/dev/null || fail 'no snapshot'; done
  vxe vm-start vm=runs >/dev/null && guest_counts runs || fail 'no guest runs'
  for ((ROUND = 1; ROUND <= ROUNDS; ROUND++)); do
    if ((ROUND % 2)); then
      one_side "$BUILD" this && one_side "$OTHER" other
    else
      one_side "$OTHER" other && one_side "$BUILD" this
    fi
  done
  virsh -q destroy runs >/dev/null
}

if [ "${1-}" = --inside ]; then
  inside
  exit
fi
here=$PWD
cd "$(dirname "$0")/../.." || exit 1
[ $# = 2 ] || { sed -n '4,7s/^# \{0,1\}//p' "$0" && exit 2; }
BUILD=$PWD/$1 BUILD_PLAIN=$PWD/$1 SAMPLES=$(mktemp "${TMPDIR-/tmp}/vxe-bench.XXXXXX") OTHER=$(cd "$here" && realpath "$2") || exit 1
export BUILD BUILD_PLAIN SAMPLES OTHER VXE_BENCH=$BUILD/vxe
trap 'rm -f "$SAMPLES"' EXIT
chmod 0666 "$SAMPLES"
mode=${BENCH_MODE-$(bash tests/lib/host.sh modes | head -n 1)}
for size in ${BENCH_SIZES-300 10000}; do
  # shellcheck disable=SC2016 # expanded inside the host
  bash tests/lib/host.sh run "$mode" env SIZE="$size" bash -c 'exec bash "$TESTS/bench/against.sh" --inside' bench || exit 1
done
echo '| act | other domains | other, ms | this, ms | ratio |'
echo '|---|---|---|---|---|'
# Columns of the samples: act, domains, side, microseconds.
sort -s -t "$(printf '\t')" -k4,4n "$SAMPLES" | awk -F '\t' '
  { row = $1 "\t" $2; if (!(row in seen)) { seen[row]; rows[++n] = row }; value[row, $3, ++count[row, $3]] = $4 / 1000 }
  function median(row, side,    m) {
    m = count[row, side]
    return m % 2 ? value[row, side, (m + 1) / 2] : (value[row, side, m / 2] + value[row, side, m / 2 + 1]) / 2
  }
  END {
    for (i = 1; i <= n; i++) {
      split(rows[i], a, "\t")
      other = median(rows[i], "other"); this = median(rows[i], "this")
      printf "| %s | %s | %.1f | %.1f | %.2f |\n", a[1], a[2], other, this, this / other
      sum["other", a[2]] += other; sum["this", a[2]] += this; sizes[a[2]]
    }
    for (size in sizes)
      printf "| all, sum of the medians | %s | %.1f | %.1f | %.2f |\n", size, sum["other", size], sum["this", size],
        sum["this", size] / sum["other", size]
  }' | sort -s -t '|' -k3,3n
