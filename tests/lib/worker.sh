#!/bin/bash
# SPDX-License-Identifier: MIT
# worker.sh QUEUE RESULTS: inside a host, runs the tests named in the file QUEUE (one per line, taken from the top,
# shared with other workers) until none is left. Writes the TAP of each to RESULTS/NAME.tap, followed by a line "# end
# STATUS SECONDS"; findings of sanitizers are results, too.
set -u
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/host.sh"
queue=$1 results=$2 child=
long_limit=7200

# A test runs in a process group of its own; the signal that stops the worker stops the test, too.
trap '[ -z "$child" ] || { kill -TERM "$child"; wait "$child"; }; exit 143' TERM

take() {
  (
    flock 9
    head -n 1 "$queue"
    sed -i 1d "$queue"
  ) 9>>"$queue.lock"
}

# limit_of FILE: prints how many seconds a test may take: as many as its line "# limit SECONDS" says, or ten minutes, or ten
# times what tests/rings.list says; more on a busy machine. In ring all, with the long forms, two hours.
limit_of() {
  local own listed
  own=$(sed -n 's/^# limit \([0-9]*\).*/\1/p' "$1")
  listed=$(awk -v test="${1#"$HOST_DIR/tree/"}" '$3 == test { print $2 * 10 }' "$TESTS/rings.list")
  patience "${own:-$((${listed:-0} > 600 ? listed : 600))}"
  if [ "${RING-}" = all ]; then echo $long_limit; else echo "$PATIENCE"; fi
}

run_test() {
  local name=$1 file=$2 begun=$EPOCHREALTIME status report ms
  env --default-signal=INT,QUIT timeout -k 20 "${TEST_TIMEOUT:-$(limit_of "$file")}" bash "$file" \
    >"$results/$name.tap" 2>"$results/$name.err" &
  child=$!
  wait "$child"
  status=$?
  child=
  [ $status -lt 124 ] || host_reset # it was cut off and has not cleaned up
  for report in "$HOST_DIR/san/$name".*; do
    [ -e "$report" ] || continue
    echo "not ok - no finding of a sanitizer in $name"
    sed 's/^/# /' "$report"
    rm -f "$report"
  done >>"$results/$name.tap"
  ! grep -aq '^not ok' "$results/$name.tap" || cp "$HOST_DIR/libvirtd.log" "$results/$name.libvirtd"
  ms=$(((${EPOCHREALTIME/./} - ${begun/./}) / 1000))
  printf '# end %d %d.%d\n' $status $((ms / 1000)) $((ms / 100 % 10)) >>"$results/$name.tap"
}

if [ -n "${TEST_ENGINE-}" ]; then
  # shellcheck source-path=SCRIPTDIR
  . "$TESTS/lib/database.sh"
  export HOST_DATABASES=$HOST_DIR/databases
  database_begin "$HOST_DATABASES" || exit 1
fi
while test=$(take) && [ -n "$test" ]; do
  run_test "$(basename "$test" .sh)" "$HOST_DIR/tree/$test"
done
[ -z "${TEST_ENGINE-}" ] || database_end
