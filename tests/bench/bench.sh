#!/bin/bash
# SPDX-License-Identifier: MIT
#
# bench.sh BUILD: how long a snapshot of a running guest takes, and how long a guest with 512 MiB of
# noise in its memory is silent during a checkpoint, vxe against virsh, in turn in one run. Prints
# medians in ms and their ratio. BENCH_ROUNDS: how many of each (15; of checkpoints 10 at most).
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

# ---- the longest silence around a checkpoint, or around save and restore -------------------------

listen() {
  wait_until 20 test -S "$HOST_DIR/s/$1" && serial_log_start "$1" "$2"
}

checkpoint_gap() {
  listen noisy log && sleep 0.3
  timed "$BENCH_VXE" vm-checkpoint vm=noisy new-name-label="c$1" >/dev/null ||
    { echo 'bench: no checkpoint' >&2 && exit 1; }
  sleep 0.3
  serial_log_stop
  longest_gap log $((BEGIN - 100000)) $((END + 100000)) >>vxe.gap
}

save_gap() {
  local from to
  listen noisy log && sleep 0.3
  virsh -q save noisy "$PWD/saved" >/dev/null || { echo 'bench: no save' >&2 && exit 1; }
  wait "$SERIAL_PID"
  virsh -q restore "$PWD/saved" >/dev/null || { echo 'bench: no restore' >&2 && exit 1; }
  listen noisy again && sleep 0.5
  serial_log_stop
  from=$(tail -n 1 log | cut -d' ' -f1) to=$(head -n 1 again | cut -d' ' -f1)
  echo $((to - from)) >>virsh.gap
  rm -f saved
}

compare_gaps() {
  local i ours theirs rounds=$((ROUNDS < 10 ? ROUNDS : 10))
  guest_disk_make "$PWD/noisy.qcow2" && guest_install "$PWD/noisy.qcow2" tick-fill &&
    GUEST_MIB=640 guest_define noisy - "$PWD/noisy.qcow2" && virsh -q start noisy >/dev/null &&
    guest_counts noisy 120 || exit 1
  "$BENCH_VXE" vm-list >/dev/null
  for ((i = 0; i < rounds; i++)); do
    checkpoint_gap "$i"
    save_gap
    "$BENCH_VXE" snapshot-uninstall uuid="$("$BENCH_VXE" snapshot-list name-label="c$i" --minimal)" \
      force=true >/dev/null
  done
  ours=$(median vxe.gap) theirs=$(median virsh.gap)
  awk -v a="$ours" -v b="$theirs" -v r="$rounds" 'BEGIN {
    printf "silence, 512 MiB of noise: vm-checkpoint %.0f ms, virsh save and restore %.0f ms, ratio %.2f (%d of each)\n", a, b, a / b, r }'
  virsh -q destroy noisy >/dev/null
}

compare 1
compare 4
compare_gaps
