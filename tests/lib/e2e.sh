# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# For end-to-end tests (bash, sourced as the first thing): TAP results, vxe, a fresh store and a
# fresh folder per test, an empty host at the end. A test runs as the host's user inside the host
# (host.sh), so plain vxe, virsh, qemu-img do the right thing. The working directory is the
# test's own; everything made in it, and every domain, pool and network, is removed at the end.
#
#   ok WHAT CMD...        passes when CMD does; its output is shown when it does not
#   not_ok WHAT CMD...    passes when CMD fails
#   is WHAT GOT WANT      isnt WHAT GOT NOT      like WHAT GOT REGEX      unlike WHAT GOT REGEX
#   run CMD...            sets OUT, ERR, STATUS
#   exits STATUS WHAT CMD...   run, and compare the exit status
#   skip WHY              one skipped result             skip_all WHY   ends the test as skipped
#   requires CMD WHY      skip_all unless CMD passes
#   vxe ARG...            the program under test         wait_until SECONDS CMD...
#   plain ARG...          the same without sanitizers, which starts in half the time: for the
#                         preparations and queries of a test
# A line "# alone" at the start of a test: it measures time, nothing else runs meanwhile.
# "# limit SECONDS": it may take longer than others.

: "${HOST_DIR:?run it with tests/run}"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/host.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/guest.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/database.sh"

TEST_NAME=$(basename "$0" .sh)
TEST_DIR=$HOST_DIR/x/$TEST_NAME
TEST_N=0
TEST_LAST=0 # of the last result
LONG='' # the long form of a test, in ring all
[ "${RING-}" != all ] || LONG=1
store_begin
# A finding of a sanitizer fails the test that caused it; tests/run looks for the files.
export ASAN_OPTIONS=log_path=$HOST_DIR/san/$TEST_NAME:exitcode=99
export UBSAN_OPTIONS=log_path=$HOST_DIR/san/$TEST_NAME:print_stacktrace=1

mkdir -p "$TEST_DIR"
chmod 0711 "$HOST_DIR/x" "$TEST_DIR"
cd "$TEST_DIR" || exit 1

vxe() { "$VXE" "$@"; }
plain() { "$VXE_PLAIN" "$@"; }

# libvirt_since MAJOR.MINOR: the daemon is of this version or a later one.
libvirt_since() {
  local version
  version=$(virsh version --daemon | sed -n 's/^Running against daemon: //p')
  printf '%s\n' "$1" "$version" | sort -C -V
}
# The layers with which a guest starts for sure.
chain_most() { if libvirt_since 10.8 && ! libvirt_since 12.0; then echo 22; else echo 100; fi; }

# True for a process that a failpoint has stopped.
stands() { grep -qs '^State:[[:space:]]*T' "/proc/$1/status"; }
# Kills the vxe that a test runs in the background as VXE_PID.
vxe_dies() {
  kill -KILL "$VXE_PID"
  wait "$VXE_PID" 2>/dev/null
}

result() {
  TEST_N=$((TEST_N + 1))
  TEST_LAST=$1
  if [ "$1" = 0 ]; then
    echo "ok $TEST_N - $2"
  else
    echo "not ok $TEST_N - $2"
    echo "# at ${BASH_SOURCE[2]##*/}:${BASH_LINENO[1]}"
  fi
  return "$1"
}
diag() { printf '%s\n' "$*" | sed 's/^/# /'; }

run() {
  "$@" >"$TEST_DIR/.out" 2>"$TEST_DIR/.err"
  STATUS=$?
  OUT=$(<"$TEST_DIR/.out")
  ERR=$(<"$TEST_DIR/.err")
}
show_run() {
  diag "exit status $STATUS"
  [ -z "$OUT" ] || diag "$OUT"
  [ -z "$ERR" ] || diag "$ERR"
}

ok() {
  local what=$1
  shift
  run "$@"
  result $((STATUS != 0)) "$what" || { show_run; return 1; }
}
not_ok() {
  local what=$1
  shift
  run "$@"
  result $((STATUS == 0)) "$what" || { show_run; return 1; }
}
exits() {
  local want=$1 what=$2
  shift 2
  run "$@"
  result $((STATUS != want)) "$what" || { show_run; return 1; }
}
is() {
  [ "$2" = "$3" ]
  result $? "$1" || { diag "got:  $2"; diag "want: $3"; return 1; }
}
isnt() {
  [ "$2" != "$3" ]
  result $? "$1" || { diag "got:  $2"; return 1; }
}
like() {
  [[ $2 =~ $3 ]]
  result $? "$1" || { diag "got:  $2"; diag "want: /$3/"; return 1; }
}
unlike() {
  ! [[ $2 =~ $3 ]]
  result $? "$1" || { diag "got:  $2"; diag "want none of: /$3/"; return 1; }
}
skip() {
  TEST_N=$((TEST_N + 1))
  echo "ok $TEST_N # SKIP $*"
}
skip_all() {
  skip "$TEST_NAME: $*"
  exit 0
}
requires() {
  "$1" >/dev/null 2>&1 || skip_all "$2"
}

# At the end: the plan, then an empty host. A process that the program under test has left running is a fault.
finish() {
  local status=$? last=$TEST_LAST left
  # A child that a signal meets between bash's fork and its exec still has the traps of the test.
  [ "$BASHPID" = $$ ] || exit $status
  trap - EXIT
  trap '' INT TERM HUP
  cd "$HOST_DIR" || exit 1
  left=$(vxe_processes)
  # shellcheck disable=SC2086 # a list of pids
  [ -z "$left" ] || kill -KILL $left
  is 'no process of the program is left' "$left" ''
  ! declare -F hosts_stop >/dev/null || hosts_stop
  kill_jobs
  host_reset
  rm -rf "$TEST_DIR" "$HOST_DIR"/s/*
  [ $status = 0 ] || [ "$last" != 0 ] || result 1 "the test ended with status $status"
  echo "1..$TEST_N"
  exit $status
}
vxe_processes() {
  find /proc -maxdepth 2 -path '/proc/[0-9]*/exe' -lname "$HOST_DIR/tree/*/vxe" 2>/dev/null |
    cut -d/ -f3
}
# Without 'wait', which may wait for ever in a test that starts more processes than there are PIDs: bash
# then takes a job for running whose PID was given to somebody else.
kill_jobs() {
  local p jobs
  jobs=$(jobs -p)
  for p in $jobs; do is_child "$p" && kill "$p" 2>/dev/null; done
  for p in $jobs; do
    wait_until 10 is_no_child "$p" || kill -KILL "$p" 2>/dev/null
  done
}
is_child() {
  grep -qs "^PPid:[[:space:]]*$$\$" "/proc/$1/status" &&
    ! grep -qs '^State:[[:space:]]*Z' "/proc/$1/status"
}
is_no_child() { ! is_child "$1"; }
trap finish EXIT
trap 'exit 130' INT TERM HUP
