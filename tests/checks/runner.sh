#!/bin/bash
# SPDX-License-Identifier: MIT
# What tests/run does with a unit that stands still, takes too long, or only waits; in a tree of three files. What a host
# says when nobody can write to /dev/null.
set -u
cd "$(dirname "$0")/../.." || exit 1
bad=0 dir=$(mktemp -d /tmp/vxe-runner.XXXXXX) || exit 1
trap 'rm -rf "$dir"' EXIT
mkdir -p "$dir/tests/unit" "$dir/build/asan/tests/unit"
cp -R tests/run tests/still.sh tests/lib "$dir/tests/"
: >"$dir/tests/rings.list"
: >"$dir/Makefile"

# fake NAME COMMENT: a unit, whose program is what comes by the standard input.
fake() {
  echo "/* $2 */" >"$dir/tests/unit/$1.c"
  { echo '#!/bin/bash' && cat; } >"$dir/build/asan/tests/unit/$1"
  chmod +x "$dir/build/asan/tests/unit/$1"
}
good='echo "Synthesis: Tested: 1 | Passing: 1 | Failing: 0 | Crashing: 0"'

# says WHAT STATUS WORDS... -- NAME...: tests/run NAME... ends with this status and says these words.
says() {
  local what=$1 wanted=$2 status word
  local -a words=()
  shift 2
  while [ "$1" != -- ]; do words+=("$1") && shift; done
  shift
  TEST_STILL=2 "$dir/tests/run" --ring fast "$@" >"$dir/out" 2>&1
  status=$?
  [ $status = "$wanted" ] || { echo "$what: status $status, not $wanted" && cat "$dir/out" && bad=1; }
  for word in "${words[@]}"; do
    grep -q -- "$word" "$dir/out" || { echo "$what: it does not say: $word" && cat "$dir/out" && bad=1; }
  done
  ! pgrep -f "$dir/build" >/dev/null || { echo "$what: processes are left" && bad=1; }
}

fake test_asleep '' <<<'(setsid sleep 1234) & sleep 1234'
says 'a unit that stands still' 1 'test_asleep stood still for 2 s' 'process [0-9]*: sleep 1234' \
  'AGAIN: test_asleep' '^FAILED: test_asleep' -- test_asleep
! pgrep -fx 'sleep 1234' >/dev/null || { echo 'a process of a unit that stood still is left' && bad=1; }

fake test_once '' <<<"[ -e '$dir/second' ] || { : >'$dir/second'; sleep 1234; }; $good"
says 'a unit that stands still once' 0 'UNSTEADY: test_once' '^1 passed, 0 failed\|^2 passed, 0 failed' -- test_once

fake test_waits '# waits 30' <<<"sleep 5; $good"
says 'a unit that says so waits' 0 'unit test_waits: 1 passed' -- test_waits

fake test_works '' <<<"end=\$((SECONDS + 5)); while [ \$SECONDS -lt \$end ]; do :; done; $good"
says 'a unit that works' 0 'unit test_works: 1 passed' -- test_works

fake test_long '# limit 0' <<<'while :; do :; done'
says 'a unit that takes too long' 1 'test_long was ended after 0 s' '^FAILED: test_long' -- test_long

# Only root can mount, and an ordinary user may write to no file of root's.
if [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
  : >"$dir/null" && chmod 0444 "$dir/null"
  # shellcheck disable=SC2016 # expanded in the namespace
  unshare -m --propagation private bash -c 'mount --bind "$1" /dev/null && bash tests/lib/host.sh run session true' \
    host "$dir/null" >"$dir/out" 2>&1
  grep -q 'host: uid .* cannot write to /dev/null (regular' "$dir/out" ||
    { echo '/dev/null is not named' && cat "$dir/out" && bad=1; }
  fake test_nobody '' <<<"setpriv --reuid 65534 --clear-groups sh -c 'echo >/dev/null' && $good"
  # shellcheck disable=SC2016 # expanded in the namespace
  unshare -m --propagation private bash -c 'mount --bind "$1/null" /dev/null && "$1/tests/run" --ring fast test_nobody' \
    run "$dir" >"$dir/out" 2>&1
  grep -q 'unit test_nobody: 1 passed' "$dir/out" || { echo 'others cannot write to /dev/null' && cat "$dir/out" && bad=1; }
else
  echo 'SKIP: runner: a host without /dev/null takes root'
fi
exit $bad
