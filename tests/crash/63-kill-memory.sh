#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034,SC2154 # crash.sh uses and sets them
# vxe is killed at every step of suspending and resuming, from its own image and from a file of virsh. The guest's memory
# is part of the state: afterwards it runs again, and its counter must continue without a break.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/crash.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/memory.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/scenarios.sh"

# Another program wrote to a guard: these data are dropped, whatever happens in between.
kill_discard() {
  local point
  CMD=(vm-resume uuid="$UUID" discard-changes=true)
  for point; do
    resume_prepare || return
    qemu-io -f qcow2 -c 'discard 2M 64k' "$(virsh -q domblklist "$G" --inactive |
      awk '$1 == "vdb" { print $2 }')" >/dev/null
    ok "discard: killed at $point" kill_at "$point" "${CMD[@]}"
    vxe check >check.out 2>&1 # with or without a finding on the guard
    ok '... and again' vxe "${CMD[@]}"
    memory_goes_on '...'
    ok '... vxe check is clean' vxe check
  done
}

# libvirtd died when QEMU had written all memory and had released its disks: to continue the guest, QEMU must open them
# for writing again.
kill_written() {
  suspend_prepare && suspend_command
  ok 'written: killed at vm-suspend:save' kill_at vm-suspend:save "${CMD[@]}"
  ok '... all is written' written
  ok '... and the next command' vxe vm-param-set uuid="$UUID" name-description=written
  ok '... has let it go on' guest_is "$G" running
  memory_goes_on '...'
  ok '... vxe check is clean' vxe check
}
# The steps of a save in QEMU, without libvirt.
written() {
  virsh qemu-monitor-command "$G" --pass-fds 9 \
    '{"execute": "getfd", "arguments": {"fdname": "image"}}' 9>/dev/null &&
    virsh qemu-monitor-command "$G" '{"execute": "migrate", "arguments": {"uri": "fd:image"}}' &&
    wait_until 20 guest_is "$G" paused
}

# The memory is in a file that virsh made: whatever happens, the file is as it was, and fits until the guest has run.
file_prepare() {
  suspend_prepare && rm -f saved && virsh -q save "$G" "$PWD/saved" >/dev/null && sha256sum saved >sum
}
file_command() { CMD=(vm-resume uuid="$UUID" filename="$PWD/saved"); }
file_reset() {
  is "$SCENARIO: the file is as it was" "$(sha256sum saved)" "$(cat sum)" >&3
  is_up || plain "${CMD[@]}"
  memory_goes_on "$SCENARIO"
}

exec 3>&1
crash_guest c
kill_written
points vm-suspend && crash_scenario suspend "${POINTS[@]}"
points vm-resume && STARTS=1 crash_scenario resume "${POINTS[@]}"
STARTS=1 crash_scenario file "${POINTS[@]}"
points vm-discard-changes && kill_discard "${POINTS[@]}"
# shellcheck disable=SC2086 # words
crash_summary $KILLED_BY_33
