#!/bin/bash
# SPDX-License-Identifier: MIT
#
# bench.sh BUILD: how long a snapshot of a running guest takes, vxe against virsh, in turn in one
# run. Prints medians in ms and their ratio. BENCH_ROUNDS: how many of each (15).
set -u

if [ "${1-}" != --inside ]; then
  cd "$(dirname "$0")/../.." || exit 1
  mode=$(bash tests/lib/host.sh modes | head -n 1)
  # shellcheck disable=SC2016 # expanded inside the host
  BUILD_PLAIN=$PWD/$1 BUILD=$PWD/$1 exec bash tests/lib/host.sh run "$mode" \
    bash -c 'exec bash "$TESTS/bench/bench.sh" --inside "$@"' bench "$PWD/$1/vxe"
fi

# shellcheck source=tests/lib/host.sh
. "$TESTS/lib/host.sh"
# shellcheck source=tests/lib/guest.sh
. "$TESTS/lib/guest.sh"
BENCH_VXE=$2 ROUNDS=${BENCH_ROUNDS-15} TEST_DIR=$HOST_DIR/bench
mkdir -m 0711 "$TEST_DIR" && cd "$TEST_DIR" || exit 1

median() { sort -n "$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] / 1000 }'; }

# took FILE CMD...: its time in microseconds goes to FILE.
took() {
  local file=$1
  shift
  timed "$@" >/dev/null || { echo "bench: failed: $*" >&2 && exit 1; }
  echo $((END - BEGIN)) >>"$file"
}

compare() {
  local n=$1 i ours theirs
  for guest in "ours$n" "theirs$n"; do
    guest_make "$guest" "$n" && guest_start "$guest" || exit 1
  done
  "$BENCH_VXE" vm-list >/dev/null # adoption is not what is measured
  for ((i = 0; i < ROUNDS; i++)); do
    took "vxe.$n" "$BENCH_VXE" vm-snapshot vm="ours$n" new-name-label="s$i"
    took "virsh.$n" virsh -q snapshot-create-as "theirs$n" "s$i" --disk-only --atomic --no-metadata
  done
  ours=$(median "vxe.$n") theirs=$(median "virsh.$n")
  awk -v n="$n" -v a="$ours" -v b="$theirs" -v r="$ROUNDS" 'BEGIN {
    printf "snapshot, %d disk(s): vxe %.1f ms, virsh %.1f ms, ratio %.2f (%d of each)\n", n, a, b, a / b, r }'
  virsh -q destroy "ours$n" >/dev/null
  virsh -q destroy "theirs$n" >/dev/null
}

compare 1
compare 4
