#!/bin/bash
# SPDX-License-Identifier: MIT
# start-time only moves forward: over a suspend and resume, the end of the guest, and starts by virsh. "Wait until it has
# started anew" ends at the next start, not when the guest ends.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

small_guest one 1
began() { plain vm-list uuid="$UUID" params=start-time --minimal; }
later() { [[ $1 > $2 ]]; }

ok 'started' vxe vm-start uuid="$UUID"
first=$(began)
sleep 1.1
ok 'suspended and resumed' vxe vm-suspend uuid="$UUID" && vxe vm-resume uuid="$UUID"
second=$(began)
ok '... which is a later start' later "$second" "$first"
ok 'stopped' vxe vm-shutdown uuid="$UUID" force=true
is '... it has begun when it had' "$(began)" "$second"

sleep 1.1
virsh -q start "$UUID"
third=$(began)
ok 'a start by virsh is later' later "$third" "$second"
plain event-wait class=vm uuid="$UUID" start-time=/="$third" &
WAIT=$!
waits() { kill -0 $WAIT 2>/dev/null; }
sleep 2
ok 'somebody waits for the next one' waits
virsh -q destroy "$UUID"
sleep 2
ok '... the end of the guest is none' waits
is '... it has begun when it had' "$(began)" "$third"
virsh -q start "$UUID"
ends() { ! waits; }
ok '... the next start is one' wait_until 20 ends
ok '... which is later' later "$(began)" "$third"
! waits || kill $WAIT
wait $WAIT
is '... the wait ends well' $? 0
virsh -q destroy "$UUID"
ok 'vxe check is clean' vxe check
