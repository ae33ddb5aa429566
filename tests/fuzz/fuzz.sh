#!/bin/bash
# SPDX-License-Identifier: MIT
#
# tests/fuzz/fuzz.sh SECONDS [TARGET...]
#
# Runs each target that long, one after the other, from the inputs in tests/fuzz/corpus and those that
# earlier runs came upon (build/fuzz/corpus). An input that a target does not survive, or is at for a
# minute (other work may hold it up), stays in build/fuzz/found, and how to repeat it is printed; then
# it is the next target's turn.
set -u
cd "$(dirname "$0")/../.." || exit 1

BIN=build/fuzz/tests/fuzz
FOUND=build/fuzz/found
LONGEST=16384 # bytes of an input
EACH=$1
shift
if ! [[ $EACH =~ ^[1-9][0-9]*$ ]]; then
  echo "fuzz: SECONDS is a number from 1 on, not \"$EACH\"" >&2
  exit 2
fi

# In memory where that can be: targets make files and sync them.
TMPDIR=$(mktemp -d /dev/shm/vxe-fuzz.XXXXXX 2>/dev/null || mktemp -d) || exit 1
export TMPDIR UBSAN_OPTIONS=print_stacktrace=1
trap 'rm -rf "$TMPDIR"' EXIT
CHILD=
stop() {
  trap '' INT TERM HUP
  [ -z "$CHILD" ] || { kill "$CHILD" && wait "$CHILD"; } 2>/dev/null
  exit 130
}
trap stop INT TERM HUP

BAD=0
fuzz() {
  local target=$1 log=build/fuzz/fuzz_$1.log new=build/fuzz/corpus/$1 status file
  mkdir -p "$new" "$FOUND"
  : >"$TMPDIR/begun"
  nice -n 10 "$BIN/fuzz_$target" -max_total_time="$EACH" -timeout=60 -report_slow_units=10 \
    -rss_limit_mb=2048 -max_len=$LONGEST -print_final_stats=1 -artifact_prefix="$FOUND/$target-" \
    "$new" "tests/fuzz/corpus/$target" >"$log" 2>&1 </dev/null &
  CHILD=$!
  wait $CHILD
  status=$?
  CHILD=
  echo "fuzz $target: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs in $EACH s"
  for file in "$FOUND/$target-"*; do
    [ "$file" -nt "$TMPDIR/begun" ] || continue
    status=1
    grep -aE -m 3 'ERROR: |runtime error: |Assertion ' "$log"
    echo "  repeat: $BIN/fuzz_$target $file"
  done
  [ $status = 0 ] || { BAD=$((BAD + 1)) && echo "  all of it: $log"; }
}

if [ $# = 0 ]; then
  mapfile -t ALL < <(ls tests/fuzz/corpus)
  set -- "${ALL[@]}"
fi
for target; do
  if ! [ -x "$BIN/fuzz_$target" ]; then
    echo "fuzz: $target is no target" >&2
    exit 2
  fi
done
for target; do fuzz "$target"; done
[ $BAD = 0 ] || echo "fuzz: $BAD targets found something"
[ $BAD = 0 ]
