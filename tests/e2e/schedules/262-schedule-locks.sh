#!/bin/bash
# SPDX-License-Identifier: MIT
# A run of schedules that does not end: what a command of a schedule leaves running holds nothing, what it writes is
# bounded, the runs of another store go on, and a slot that waits too long is said.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

[ "$HOST_MODE" = system ] || skip_all 'commands of schedules come from a folder that only root may write to'
export VXE_PLUGINS=$PWD/plugins
mkdir -m 0755 plugins
HOUR=3600
MIDNIGHT=$(date -u -d 'tomorrow 00:00' +%s)
at() { export VXE_TEST_AHEAD=$((MIDNIGHT + $1 - $(date +%s))); }
tick() { vxe vmss-run --due; }
field() { plain vmss-param-get uuid="$SCHEDULE" param-name="$1"; }
# plugin NAME: its commands are read from standard input.
plugin() {
  { echo '#!/bin/bash' && cat; } >"plugins/$1"
  chmod 0755 "plugins/$1"
}
is_gone() { ! kill -0 "$1" 2>/dev/null; }

small_guest web 1
at 0
SCHEDULE=$(vxe vmss-create name-label=hourly type=snapshot frequency=hourly schedule:min=30 retained-snapshots=3 \
  timezone=UTC 2>.said)
vxe vm-param-set uuid="$UUID" snapshot-schedule="$SCHEDULE"

diag 'a program that a command leaves behind'
plugin leaves <<<"exec 2>&1; sleep 600 & echo \$! >$PWD/left; ls /proc/self/fd >$PWD/descriptors"
vxe vmss-param-set uuid="$SCHEDULE" post-command=leaves
at 1803
exits 0 'a run whose command leaves one' tick
is '... it takes the snapshot' "$(wc -l <<<"$OUT")" 1
ok '... the program runs on' kill -0 "$(cat left)"
is '... and got no descriptor of vxe (3 is that of ls)' "$(paste -sd' ' descriptors)" '0 1 2 3'
FIRST=$(cat left)
at $((HOUR + 1803))
exits 0 'the next slot' tick
is '... is taken, too' "$(wc -l <<<"$OUT")" 1
exits 0 'vxe check is clean' vxe check
kill "$FIRST" "$(cat left)"

diag 'a command that writes without end'
plugin writes <<<'exec yes'
vxe vmss-param-set uuid="$SCHEDULE" post-command=writes command-timeout=600
at $((2 * HOUR + 1803))
exits 5 'it is ended' tick
like '... which is said' "$(field last-error)" 'wrote more than 16 MiB'
rm left
plugin writes <<<"yes & echo \$! >$PWD/left"
at $((3 * HOUR + 1803))
run tick # it may have written too much before vxe looks
ok 'one is left behind' test -s left
ok '... and finds no more space' wait_until 20 is_gone "$(cat left)"

diag 'a run that does not end'
plugin holds <<<"echo \$\$ >$PWD/left; exec sleep 600"
rm left
vxe vmss-param-set uuid="$SCHEDULE" post-command= pre-command=holds
"$VXE_PLAIN" vmss-run uuid="$SCHEDULE" >held.out 2>&1 &
RUN=$!
ok 'it has begun' wait_until 20 test -s left
at $((4 * HOUR + 1803))
exits 0 'a slot comes' tick
is '... nothing is taken' "$OUT" ''
exits 0 '... vxe check is clean' vxe check
at $((4 * HOUR + 1803 + 960))
exits 5 'the slot is late' tick
like '... who holds it is said' "$ERR" "another run does not end: process $RUN"
like '... and is on record' "$(field last-error)" "process $RUN"
exits 5 'a minute later' tick
is '... there is one message' "$(plain message-list name=VMSS_SNAPSHOT_LOCK_FAILED obj-uuid="$SCHEDULE" --minimal |
  tr , '\n' | grep -c .)" 1
exits 1 'vxe check finds it' vxe check
like '... by name' "$OUT" "VMSS $SCHEDULE.*the run of 'hourly' is late: another run does not end: process $RUN"
OWN=$VXE_STORE
VXE_STORE=$(store_at b)
OTHER=$(plain vmss-create name-label=other type=snapshot frequency=hourly schedule:min=0 timezone=UTC \
  vm-filter=name-label=none 2>.said)
at $((5 * HOUR + 3))
exits 0 'another store' tick
unlike '... has its own runs' "$(plain vmss-param-get uuid="$OTHER" param-name=last-run-time)" '19700101'
VXE_STORE=$OWN
kill "$(cat left)"
ok 'the run ends' wait_until 20 is_gone "$RUN"
vxe vmss-param-set uuid="$SCHEDULE" pre-command=
at $((5 * HOUR + 1803))
exits 0 'the next slot' tick
is '... is taken' "$(wc -l <<<"$OUT")" 1
is '... no error is left' "$(field last-error)" ''
exits 0 'vxe check is clean' vxe check
