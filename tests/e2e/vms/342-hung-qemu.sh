#!/bin/bash
# SPDX-License-Identifier: MIT
# The QEMU of a guest hangs (SIGSTOP; in practice D, on dead storage): what is asked about another VM is answered at once, before
# and after a command on the hung one was given up, whose call libvirt still works on.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

small_guest a 1
small_guest b 1
B=$UUID
guest_start a
guest_start b
vxe vm-list >/dev/null

QEMU=$(cat "$(libvirt_run)/a.pid")
go_on() {
  local was=$?
  kill -CONT "$QEMU" 2>/dev/null
  return $was
}
trap 'go_on; finish' EXIT
kill -STOP "$QEMU"
asks_b() {
  took vxe vm-list params=all uuid="$B"
  is 'all fields of another VM' "$STATUS" 0 || show_run
  ok "... in time ($MS ms)" [ "$MS" -lt 15000 ]
}
asks_b
timeout 5 "$VXE" vm-pause vm=a >/dev/null 2>&1
asks_b
took vxe vm-param-get uuid="$B" param-name=VCPUs-utilisation
is '... the load of its VCPUs' "$STATUS" 0 || show_run
go_on
ok 'the other guest runs on' wait_until 20 vxe vm-unpause vm=a
ok 'vxe check is clean' vxe check
