#!/bin/bash
# SPDX-License-Identifier: MIT
# Runs every input of tests/fuzz/corpus once, so that faults found by fuzzing stay repaired. Every target has inputs,
# small ones, and every folder of inputs has a target.
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=build/asan/tests/fuzz
MOST=40 LARGEST=16384 # files of a target, bytes of a file
found=0 inputs=0 targets=0
problem() {
  echo "$*"
  found=1
}

TMPDIR=$(mktemp -d) || exit 1
export TMPDIR UBSAN_OPTIONS=print_stacktrace=1
trap 'rm -rf "$TMPDIR"' EXIT

# Finds the inputs that fail, when the run of all of them has failed.
one_by_one() {
  local file
  for file in tests/fuzz/corpus/"$1"/*; do
    timeout 60 "$BIN/fuzz_$1" "$file" >"$TMPDIR/one" 2>&1 && continue
    problem "$file fails; repeat: $BIN/fuzz_$1 $file"
    grep -E -m 5 'ERROR: |runtime error: |Assertion |^ +#[0-9]' "$TMPDIR/one"
  done
}

for source in tests/fuzz/fuzz_*.c; do
  target=$(basename "$source" .c)
  target=${target#fuzz_}
  folder=tests/fuzz/corpus/$target
  [ -d "$folder" ] || { problem "$source: no inputs in $folder" && continue; }
  n=$(find "$folder" -type f | wc -l)
  [ "$n" -le $MOST ] || problem "$folder: $n files, $MOST are allowed"
  find "$folder" -type f -size +${LARGEST}c | grep . && problem "$folder: larger than $LARGEST bytes"
  if done=$(timeout 120 "$BIN/fuzz_$target" "$folder" 2>"$TMPDIR/all") && [ "$done" = "$n" ]; then
    inputs=$((inputs + n)) targets=$((targets + 1))
  else
    problem "$folder: not all of $n inputs pass"
    tail -n 20 "$TMPDIR/all"
    one_by_one "$target"
  fi
done
for folder in tests/fuzz/corpus/*; do
  [ -e "tests/fuzz/fuzz_${folder##*/}.c" ] || problem "$folder has no target"
done
echo "COUNT $inputs inputs of $targets fuzz targets"
exit $found
