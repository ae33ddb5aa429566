#!/bin/bash
# SPDX-License-Identifier: MIT
# Of 2,000 runs of units beside a load of eight processes none stands still: RUNS=300 LOAD=8 bash tests/checks/units_end.sh.
# Whether they pass is not asked here. The whole list of units, or NAME..., those that are short first, as often as it takes.
# LOAD_NICE is how much the load gives way (1), JOBS how many run at a time.
set -u
cd "$(dirname "$0")/../.." || exit 1
RUNS=${RUNS-2000} LOAD=${LOAD-8} UNITS=build/asan/tests/unit
# shellcheck source-path=SCRIPTDIR
. tests/still.sh
work=$(mktemp -d /tmp/vxe-units-end.XXXXXX) || exit 1
chmod 0711 "$work"
loads=()
trap 'kill "${loads[@]}" 2>/dev/null; rm -rf "$work"' EXIT
for ((i = 0; i < LOAD; i++)); do
  nice -n "${LOAD_NICE-1}" bash -c 'while kill -0 $PPID; do for ((i = 0; i < 100000; i++)); do :; done; done' 2>/dev/null &
  loads+=($!)
done

# one NAME N: the run N.
one() {
  local status
  mkdir "$work/$2"
  TMPDIR=$work/$2 ASAN_OPTIONS=log_path=$work/$2/san still_run "$work/$2/$1" 1800 60 "$work/$2.out" "$UNITS/$1"
  status=$?
  if [ $status = 124 ] || [ $status = 125 ]; then
    cat "$work/$2.out" && echo "$1" >>"$work/still"
  fi
  rm -rf "${work:?}/$2" "$work/$2.out"
}

mapfile -t names < <(find tests/unit -name 'test_*.c' -printf '%s %f\n' | sort -n | sed 's/.* //; s/\.c$//')
[ $# = 0 ] || names=("$@")
[ ${#names[@]} -gt 0 ] && [ -x "$UNITS/${names[0]}" ] || { echo "$UNITS: not built" && exit 1; }
for ((n = 0; n < RUNS; n++)); do
  [ "$n" -lt "${JOBS-$(nproc)}" ] || wait -n -p ended "${running[@]}"
  [ -z "${ended-}" ] || unset "running[$ended]"
  one "${names[n % ${#names[@]}]}" $n &
  running[$!]=$!
done
wait "${running[@]}"
[ ! -s "$work/still" ] || { echo "stood still: $(sort "$work/still" | uniq -c | tr '\n' ' ')" && exit 1; }
echo "COUNT: $RUNS runs of ${#names[@]} units beside a load of $LOAD, none stood still"
