#!/bin/bash
# SPDX-License-Identifier: MIT
# start-time only moves forward: over a suspend and resume, the end of the guest, starts by virsh and reboots, of which only
# who listens is told. "Wait until it has started anew" ends at the next start, not when the guest ends.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

small_guest two 1
OTHER=$UUID
small_guest one 1
began() { plain vm-list uuid="${1-$UUID}" params=start-time --minimal; }
later() { [[ $1 > $2 ]]; }
# awaits: begins to wait until the guest has started anew. By then it is so long ago that it was started that the time
# differs, and what the wait needs of libvirt is there.
awaits() {
  OLD=$(began)
  "$VXE_PLAIN" event-wait class=vm uuid="$UUID" start-time=/="$OLD" &
  WAIT=$!
  sleep 2
}
waits() { kill -0 $WAIT 2>/dev/null; }
ends() { ! waits; }
# started_anew WHAT: that ends the wait.
started_anew() {
  ok "$1 ends the wait" wait_until 20 ends
  ok '... which is later' later "$(began)" "$OLD"
  ! waits || kill $WAIT
  wait $WAIT
  is '... the wait ends well' $? 0
}

ok 'started' vxe vm-start uuid="$UUID"
first=$(began)
sleep 1.1
ok 'suspended and resumed' vxe vm-suspend uuid="$UUID" && vxe vm-resume uuid="$UUID"
ok 'stopped' vxe vm-shutdown uuid="$UUID" force=true
second=$(began)
ok '... the resume was a later start, for which nobody has asked meanwhile' later "$second" "$first"

# ---- starts by virsh; the kernel knows the time of a process to within 2 s

sleep 2.1
virsh -q start "$UUID"
third=$(began)
ok 'a start by virsh is later' later "$third" "$second"
virsh -q destroy "$UUID"
is '... and known when the guest has ended' "$(began)" "$third"
sleep 1.1
virsh -q start "$UUID"
third=$(vxe vm-param-get uuid="$UUID" param-name=start-time)
ok 'of the next one one field tells' later "$third" "$second"
virsh -q destroy "$UUID"
is '... which is known afterwards' "$(began)" "$third"
sleep 1.1
virsh -q start "$UUID"
awaits
ok 'somebody waits for the next one' waits
virsh -q destroy "$UUID"
sleep 2
ok '... the end of the guest is none' waits
is '... it has begun when it had' "$(began)" "$OLD"
virsh -q start "$UUID"
started_anew 'the next start'

# ---- reboots, which a guest's QEMU outlives

guest_start two
awaits
virsh -q reset "$UUID"
started_anew 'virsh reset'
fourth=$(began)
guest_counts one
awaits
virsh -q reboot "$UUID"
started_anew 'virsh reboot'
guest_counts one
awaits
virsh -q send-key "$UUID" KEY_LEFTCTRL KEY_LEFTALT KEY_DELETE
started_anew 'what the guest itself does'
last=$(began)
virsh -q destroy "$UUID"
is 'it has begun when it had' "$(began)" "$last"

begun=$(began "$OTHER")
awaits
virsh -q reset "$OTHER"
noted() { later "$(began "$OTHER")" "$begun"; }
ok 'who waits for another VM notes a reboot, too' wait_until 20 noted
ok '... and goes on to wait' waits
kill $WAIT
wait $WAIT
virsh -q destroy "$OTHER"
ok 'vxe check is clean' vxe check
