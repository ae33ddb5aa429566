#!/bin/bash
# SPDX-License-Identifier: MIT
# The QEMU of a guest hangs (SIGSTOP; in practice D, on dead storage) and a command on the VM was given up: vm-shutdown --force
# ends the guest about as fast as 'virsh destroy' does, and vm-reboot --force starts it again.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"

small_guest a 1
A=$UUID
vxe vm-list >/dev/null
go_on() {
  local was=$?
  kill -CONT "$QEMU" 2>/dev/null
  return $was
}
trap 'go_on; finish' EXIT

# hangs: the guest runs, its QEMU hangs, and a command on the VM was given up.
hangs() {
  guest_is_up a || guest_start a
  QEMU=$(cat "$(libvirt_run)/a.pid")
  kill -STOP "$QEMU"
  timeout 5 "$VXE" vm-pause vm=a >given 2>&1
}
guest_is_up() { [ "$(virsh domstate "$1")" = running ]; }

hangs
unlike 'a command that leaves something half done does not say the contrary' "$(cat given)" 'Nothing is left half done'
like '... it says who ends that' "$(cat given)" "the next acting command on the object, or 'vxe check', finishes or undoes it"
took vxe vm-shutdown vm=a --force
is 'vm-shutdown --force' "$STATUS" 0 || show_run
ok "... about as fast as virsh destroy ($MS ms)" [ "$MS" -lt 20000 ]
is '... the guest has ended' "$(virsh domstate a)" 'shut off'
is '... the records say so' "$(vxe vm-list uuid="$A" params=power-state --minimal)" halted
ok 'vxe check is clean' vxe check

hangs
took vxe vm-reboot vm=a --force
is 'vm-reboot --force' "$STATUS" 0 || show_run
ok "... in time ($MS ms)" [ "$MS" -lt 30000 ]
ok '... the guest runs' guest_is_up a
ok '... another process of it' [ "$(cat "$(libvirt_run)/a.pid")" != "$QEMU" ]
ok 'vxe check is clean' vxe check

# A command that lives waits for the answer of the QEMU, and holds the VM's lock.
QEMU=$(cat "$(libvirt_run)/a.pid")
kill -STOP "$QEMU"
VXE_LIBVIRT_TIMEOUT=60 "$VXE" vm-pause vm=a >living 2>&1 &
sleep 2
took timeout 120 "$VXE" vm-shutdown vm=a --force
is 'vm-shutdown --force beside a command that waits' "$STATUS" 0 || show_run
ok "... in time ($MS ms)" [ "$MS" -lt 30000 ]
wait
guest_start a
QEMU=$(cat "$(libvirt_run)/a.pid")
kill -STOP "$QEMU"
VXE_LIBVIRT_TIMEOUT=1 wrong VXE_GUEST_SILENT 'what is asked of a QEMU that hangs names the VM' vm-pause vm=a
is '... by its UUID' "$(tail -n 1 <<<"$ERR" | jq -r '.params[0]')" "$A"
leads VXE_GUEST_SILENT 2
is '... the guest has ended' "$(virsh domstate a)" 'shut off'
ok 'vxe check is clean' vxe check
