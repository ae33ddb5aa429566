#!/bin/bash
# SPDX-License-Identifier: MIT
# 'virsh reset' is one start, although the BIOS resets the guest once more and libvirt tells of each: start-time moves once.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

small_guest two 1
OTHER=$UUID
small_guest one 1
began() { plain vm-list uuid="$UUID" params=start-time --minimal; }
guest_start one
first=$(began)
# Who waits for another VM notes all reboots.
"$VXE_PLAIN" event-wait class=vm uuid="$OTHER" start-time=/="$(plain vm-list uuid="$OTHER" params=start-time --minimal)" &
WAIT=$!
sleep 1
moved() { [[ $(began) > $first ]]; }
for i in 1 2 3 4 5; do
  guest_counts one
  sleep 2.$i
  virsh -q reset one
  ok 'a reset moves start-time' wait_until 20 moved
  first=$(began)
  sleep 2
  is '... once' "$(began)" "$first"
done
kill $WAIT
wait $WAIT
virsh -q destroy one
