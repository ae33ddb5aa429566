#!/bin/bash
# SPDX-License-Identifier: MIT
#
# bench.sh BUILD: how long vxe's commands take, and what virsh or qemu-img does in their place, in turn in
# one run, on private hosts. Writes BUILD/bench.json, and docs/performance.md from it: if parts are named, only the tables
# of a pool and of silence by version, in which the rows of other versions stay. Fails when a row is above its limit.
#
#   BENCH_SIZES   how many halted domains the hosts have on which one VM is measured (100 1000)
#   BENCH_ROUNDS  samples of each side (7)
#   BENCH_PARTS   world depth data silence schedules engines migrate (all)
#   BENCH_DUE     how many VMs of a schedule are due at once (1000)
#   BENCH_MODE    system or session (as tests/lib/host.sh modes has them)
#   BENCH_MIB     data of a merge and of an archive (512)
set -u

# part NAME SIZE: one part on a host of its own.
part() {
  local mode
  mode=${BENCH_MODE-$(bash tests/lib/host.sh modes | head -n 1)}
  # shellcheck disable=SC2016 # expanded inside the host
  BUILD_PLAIN=$BUILD bash tests/lib/host.sh run "$mode" env SIZE="$2" \
    bash -c 'exec bash "$TESTS/bench/bench.sh" --inside "$@"' bench "$1"
}

inside() {
  # shellcheck source=tests/lib/host.sh
  . "$TESTS/lib/host.sh"
  # shellcheck source=tests/lib/guest.sh
  . "$TESTS/lib/guest.sh"
  # shellcheck source=tests/bench/lib.sh
  . "$TESTS/bench/lib.sh"
  TEST_DIR=$HOST_DIR/bench ROUNDS=${BENCH_ROUNDS-7}
  mkdir -m 0711 "$TEST_DIR" && cd "$TEST_DIR" || exit 1
  plain() { vxe "$@"; }
  # shellcheck disable=SC1090 # one of the parts
  . "$TESTS/bench/$1.sh"
}

if [ "${1-}" = --inside ]; then
  inside "$2"
  exit
fi
cd "$(dirname "$0")/../.." || exit 1
export BUILD=$PWD/$1 VXE_BENCH=$PWD/$1/vxe SAMPLES
SAMPLES=$(mktemp "${TMPDIR-/tmp}/vxe-bench.XXXXXX") || exit 1
trap 'rm -f "$SAMPLES"*' EXIT
chmod 0666 "$SAMPLES"
for name in ${BENCH_PARTS-world depth data silence schedules engines migrate}; do
  case $name in
  world) sizes=${BENCH_SIZES-100 1000} ;;
  schedules) sizes=${BENCH_DUE-1000} ;;
  *) sizes=0 ;;
  esac
  for size in $sizes; do
    part "$name" "$size" || exit 1
  done
done
awk -v FORMAT=json -f tests/bench/report.awk "$SAMPLES" >"$1/bench.json" || exit 1

# The table by version keeps the rows of other versions.
by_version() {
  local doc=docs/performance.md versions
  versions="$(virsh --version),"
  versions+=" $(qemu-system-x86_64 --version | sed -n '1s/.*version \([0-9.]*\).*/\1/p')"
  awk -v FORMAT=versions -v versions="$versions" -f tests/bench/report.awk "$SAMPLES" >"$1"
  grep '^| [0-9.]*, [0-9.]* |' $doc | if [ -s "$1" ]; then grep -vF "| $versions |"; else cat; fi >"$1.old"
  sort -s -t '|' -k 2,2V "$1" "$1.old"
}
by_version "$SAMPLES.rows" >"$SAMPLES.table"

# The rows with limits; those of docs/performance.md where none was measured.
limits() {
  awk -v FORMAT=limits -f tests/bench/report.awk "$SAMPLES" >"$1"
  [ -s "$1" ] || sed -n '/^## A pool/,/^## /s/^| [^|].* | .*/&/p' docs/performance.md | sed 1d >"$1"
  cat tests/bench/limits.txt "$1"
  echo
}
limits "$SAMPLES.limits" >"$SAMPLES.pool"
head=$(sed '/^## A pool/,$d' docs/performance.md)
[ -n "${BENCH_PARTS-}" ] || head=$(awk -v when="$(date -u +%Y-%m-%d)" -v cpus="$(nproc)" \
  -v libvirt="$(virsh --version)" -f tests/bench/report.awk "$SAMPLES") || exit 1
{
  printf '%s\n\n' "$head"
  cat "$SAMPLES.pool" tests/bench/waits.txt tests/bench/shortcuts.txt tests/bench/silence.txt "$SAMPLES.table"
} >"$SAMPLES.md" && cp "$SAMPLES.md" docs/performance.md && cat docs/performance.md || exit 1
awk -v FORMAT=over -f tests/bench/report.awk "$SAMPLES" >"$SAMPLES.over"
sed 's/^/bench: above its limit: /' "$SAMPLES.over" >&2
[ ! -s "$SAMPLES.over" ]
