#!/bin/bash
# SPDX-License-Identifier: MIT
# Tests of the harness: a private host, a guest that counts on all its disks, the functions that observe it.
. "$TESTS/lib/e2e.sh"

for file in 0 1; do
  guest_disk_make "t-$file.qcow2"
done
guest_install t-0.qcow2
is 'a fresh image holds no counter' "$(counter_of t-0.qcow2)" 0

ok 'a domain is defined' guest_define t - "$PWD/t-0.qcow2" "$PWD/t-1.qcow2"
ok 'it starts and counts' guest_start t
is 'the guest sees both disks' "$(guest_disk_count t)" 2
is 'it booted from an empty disk' "$(guest_booted t)" 0

from=$(guest_counter t)
went_up() { [ $(($(guest_counter t) - from)) -gt 300 ]; }
begun=$EPOCHREALTIME
serial_log_start t serial
ok 'the counter goes up by hundreds' wait_until 20 went_up # on an idle machine within a second
serial_log_stop
span=$((${EPOCHREALTIME/./} - ${begun/./}))
ok 'each line has its time' grep -Eq '^[0-9]+ C=[0-9a-f]{8}' serial
gap=$(longest_gap serial)
ok "the longest gap in the output is sane ($gap us of $span)" test "$gap" -gt 500 -a "$gap" -lt "$span"

for file in 0 1; do
  qemu-img create -q -f qcow2 -u -b "t-$file.qcow2" -F qcow2 "over-$file.qcow2" 64M
done
ok 'a snapshot of both disks' virsh -q snapshot-create-as t --disk-only --atomic --no-metadata \
  --reuse-external --diskspec "vda,file=$PWD/over-0.qcow2" --diskspec "vdb,file=$PWD/over-1.qcow2"
first=$(counter_of t-0.qcow2)
second=$(counter_of t-1.qcow2)
ok "the frozen first disk is ahead by 0 or one step ($first, $second)" \
  test $((first - second)) -ge 0 -a $((first - second)) -le "$GUEST_STEP"
sleep 0.5
is 'the frozen disk stays' "$(counter_of t-0.qcow2)" "$first"
ok 'the overlay goes on' test "$(counter_of over-0.qcow2)" -gt "$first"

virsh -q shutdown t >/dev/null
ok 'the power button stops the guest' wait_until 10 guest_is_off t
last=$(counter_of over-0.qcow2)
ok 'it starts again' guest_start t
is 'and boots with what the disk held' "$(guest_booted t)" "$last"
is 'the second disk, too' "$(guest_booted t 1)" "$last"

# A guest that ends while its daemon is away leaves its control groups; the host removes them at its end.
guest_disk_make "g.qcow2" && guest_install g.qcow2
guest_define "g-$$" - "$PWD/g.qcow2" && guest_start "g-$$" || diag 'no guest'
here() { host_groups | grep -c -- "-g-$$\."; }
if [ "$HOST_MODE" = system ] && [ "$(here)" -gt 0 ]; then
  left=$(guest_pid "g-$$")
  host_daemon_stop KILL
  kill -KILL "$left" && process_gone "$left" 50
  ok 'the daemon comes back' host_daemon_start
  isnt 'a killed guest leaves control groups' "$(here)" 0
  host_groups_remove
  is '... which the host removes' "$(here)" 0
else
  skip 'no control groups'
fi
