#!/bin/bash
# SPDX-License-Identifier: MIT
# Power states of a real guest: it pauses and continues, reboots, or ignores its button.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/state.sh"

guest_make web 1
guest_start web
UUID=$(virsh domuuid web)
DISK=$PWD/web-0.qcow2

power() { vxe vm-param-get uuid="$UUID" param-name=power-state; }
# counts_on N: the counter that the guest printed after N. Compared as text: as numbers, 000000e0
# and 000000e1 are both zero to awk.
counts_on() {
  tr -d '\r' <"$HOST_DIR/s/web.log" | grep -a '^C=' |
    awk -v n="C=$(printf %08x "$1")" 'found { print; exit } $0 == n { found = 1 }' | sed 's/^C=//' | hex
}
has_gone_past() { [ "$(guest_counter web)" -gt "$1" ]; }

# ---- pause

ok 'a running VM is paused' vxe vm-pause vm=web
is 'it says so' "$(power)" paused
at=$(guest_counter web)
sleep 0.3
is 'it does not count' "$(guest_counter web)" "$at"
fails VM_BAD_POWER_STATE 1 "expected: running${NL}actual: paused" 'it is not paused twice' \
  vxe vm-pause vm=web
ok 'and unpaused' vxe vm-unpause vm=web
ok 'it counts' wait_until 10 has_gone_past "$at"
is 'from where it was' "$(counts_on "$at")" $((at + 1))
fails VM_BAD_POWER_STATE 1 "expected: paused${NL}actual: running" 'a running VM is not unpaused' \
  vxe vm-unpause vm=web

# ---- its serial line

# The escape key ends the console; at the end of input the guest's output is still shown.
escape_later() { sleep 0.5 && printf '\035'; }
listens() { # for as long as the guest needs to print
  escape_later | vxe console vm=web >console
}
ok 'the console ends by its escape key' listens
like 'it says where it leads' "$(head -n 1 console)" \
  "^Connecting to console on VM web. Press Ctrl \\+ '\\]' to quit.$"
ok 'and what the guest prints' grep -q '^C=[0-9a-f]\{8\}' console
status=0
timeout -s INT 1 "$VXE" console vm=web </dev/null >console || status=$?
ok 'without an input it listens until it is stopped' grep -q '^C=[0-9a-f]\{8\}' console

wrong VXE_WAIT_TIMEOUT 'the guest is not off in time' vm-wait uuid="$UUID" state=halted timeout=0
leads VXE_WAIT_TIMEOUT 1 < <(escape_later)

# ---- reboot

pid=$(guest_pid web)
vxe vm-param-set uuid="$UUID" name-label=renamed
ok 'a reboot' vxe vm-reboot uuid="$UUID"
isnt 'it is another process' "$(guest_pid web)" "$pid"
ok 'the guest was told' grep -q '^P=' "$HOST_DIR/s/web.log"
guest_counts web
said=$(tr -d '\r' <"$HOST_DIR/s/web.log" | sed -n 's/^P=//p' | tail -n 1 | hex)
booted=$(guest_booted web)
ok "its disk holds what it wrote last: $said, $booted" \
  test $((said - booted)) -ge 0 -a $((said - booted)) -le $GUEST_STEP
like 'it runs what was changed' "$(virsh dumpxml web)" '<title>renamed'
pid=$(guest_pid web)
before=$(counter_of "$DISK")
ok 'a reboot by force' vxe vm-reboot uuid="$UUID" --force
isnt 'it is another process again' "$(guest_pid web)" "$pid"
guest_counts web
ok 'nothing that was written is lost' test "$(guest_booted web)" -ge "$before"
vxe vm-pause uuid="$UUID"
ok 'a paused VM, too' vxe vm-reboot uuid="$UUID" --force
is 'it runs then' "$(power)" running
is 'each has left its message' "$(vxe message-list obj-uuid="$UUID" name=VM_REBOOTED params=uuid --minimal | tr , '\n' | wc -l)" 3
fails CLI_USAGE 2 "^Error: vm-reboot does not know '--progress'" 'a reboot shows no progress' \
  vxe vm-reboot uuid="$UUID" --progress

# ---- resets

fails CLI_FAILURE 1 '^Error: dangerous operation, needs --force' 'a reset needs --force' \
  vxe vm-reset-powerstate vm=renamed
fails DOMAIN_EXISTS 7 "vm: $UUID .*domid: " 'a running VM is not reset' \
  vxe vm-reset-powerstate uuid="$UUID" --force
ok 'the VM is shut down' vxe vm-shutdown uuid="$UUID"
ok 'a halted VM is reset' vxe vm-reset-powerstate uuid="$UUID" --force
is 'and is halted' "$(power)" halted
snap=$(vxe vm-snapshot uuid="$UUID" new-name-label=s)
fails CLI_FAILURE 1 'needs --force' 'nor is a snapshot without --force' \
  vxe snapshot-reset-powerstate uuid="$snap"
ok 'a snapshot is reset' vxe snapshot-reset-powerstate snapshot-uuid="$snap" --force
vxe snapshot-uninstall uuid="$snap" --force >/dev/null

# ---- starting with the host

starts() { virsh dominfo "$1" | sed -n 's/^Autostart: *//p'; }
wish() { vxe vm-param-get uuid="$1" param-name=other-config param-key=auto_poweron; }
vxe vm-param-set uuid="$UUID" other-config:auto_poweron=true
is 'auto_poweron is autostart' "$(starts web)" enable
virsh -q autostart --disable web
vxe vm-param-set uuid="$UUID" name-description=x
is 'what somebody else set is taken over' "$(wish "$UUID")" false
virsh -q autostart web
vxe vm-param-set uuid="$UUID" name-description=y
is '... when it is set again' "$(wish "$UUID")" true
mv "$(libvirt_conf)/autostart/web.xml" "$PWD/away"
vxe vm-param-set uuid="$UUID" name-description=x
is '... and when its link is taken away, which the next start of libvirt sees' "$(wish "$UUID")" false
mv "$PWD/away" "$(libvirt_conf)/autostart/web.xml"
vxe vm-param-set uuid="$UUID" other-config:auto_poweron=true
vxe vm-param-clear uuid="$UUID" param-name=other-config
is 'without the key it is off' "$(starts web)" disable
guest_make other 1
virsh -q autostart other
is 'it is adopted' "$(wish "$(virsh domuuid other)")" true

# ---- when a guest started that somebody else started

# began NAME: in seconds, from xe's "20261120T22:10:00Z".
began() {
  date -d "$(vxe vm-param-get uuid="$(virsh domuuid "$1")" param-name=start-time |
    sed 's/^\(....\)\(..\)\(..\)T/\1-\2-\3T/')" +%s
}
is 'nobody started it yet' "$(began other)" 0
from=$(date +%s)
virsh -q start other
at=$(began other)
ok "start-time is when its QEMU began: $((at - from)) s after the call" \
  test $((at - from)) -ge -1 -a "$at" -le "$(date +%s)"
virsh -q destroy other

# ---- what others do is seen within a second

now_ms() { echo $(($(date +%s%N) / 1000000)); }
# sees STATE CMD...: the time in ms between the end of CMD and that of event-wait; "-" if it does not end.
sees() {
  local waiter at
  "$VXE_PLAIN" event-wait class=vm uuid="$UUID" power-state="$1" &
  waiter=$!
  sleep 0.6 # it is on its rounds
  shift
  "$@" >/dev/null
  at=$(now_ms)
  if wait "$waiter"; then echo $(($(now_ms) - at)); else echo -; fi
}
for _ in 1 2 3; do
  late=$(sees running virsh -q start web)
  ok "virsh start is seen: $late ms" test "$late" -le 1000
  late=$(sees halted virsh -q destroy web)
  ok "virsh destroy is seen: $late ms" test "$late" -le 1000
done

# ---- a guest that ignores the button

virsh dumpxml --inactive web | sed '/<acpi\/>/d' >deaf.xml && virsh -q define deaf.xml
vxe vm-start uuid="$UUID"
ok 'a guest without ACPI' guest_counts web
pid=$(guest_pid web)
export VXE_SHUTDOWN_TIMEOUT_MS=1500
fails VM_SHUTDOWN_TIMEOUT 6 "vm: $UUID .*timeout: 1" 'vxe gives up after the timeout' \
  vxe vm-shutdown uuid="$UUID"
fails VM_SHUTDOWN_TIMEOUT 6 "vm: $UUID .*timeout: 1" 'a reboot, too' vxe vm-reboot uuid="$UUID"
is 'the guest was left alone' "$(guest_pid web)" "$pid"
from=$(guest_counter web)
ok 'it counts on' wait_until 10 has_gone_past "$from"
export VXE_SHUTDOWN_TIMEOUT_MS=60000
vxe vm-shutdown uuid="$UUID" >clean.out 2>&1 &
sleep 1
ok 'vm-shutdown --force meanwhile wins' vxe vm-shutdown uuid="$UUID" --force
ok 'the clean one ends, too' wait $!
is 'and says nothing' "$(cat clean.out)" ''
ok 'the VM is off' guest_is_off web
vxe vm-start uuid="$UUID" && guest_counts web
vxe vm-reboot uuid="$UUID" >clean.out 2>&1 &
sleep 1
ok 'it wins over a reboot' vxe vm-shutdown uuid="$UUID" --force
not_ok 'which fails' wait $!
like 'as it was cancelled' "$(cat clean.out)" 'cancelled'
ok 'the VM is off again' guest_is_off web
like 'nothing is left to be recovered' "$(vxe check)" '^No problems found'
