# shellcheck shell=bash
# shellcheck disable=SC2034 # for tests
# SPDX-License-Identifier: MIT
# For tests of a QEMU in uninterruptible sleep (D), which not even SIGKILL ends, as its storage has taken a request and does not
# answer. Sourced after disks.sh.

# Two mounts: the one behind is stopped; the one before, fm, has taken what QEMU asks, and waits for it.
FRONT=''
dead_sleep_mounts() {
  mkdir -m 0755 real behind fm
  bindfs_mount real behind
  trap 'dead_sleep_end; finish' EXIT
  bindfs -f -o allow_other "$PWD/behind" "$PWD/fm" &
  FRONT=$!
  wait_until 10 mountpoint -q fm
}
dead_sleep_end() {
  local status=$?
  [ -z "$BINDFS" ] || kill -CONT "${BINDFS[@]}" 2>/dev/null
  umount -l fm 2>/dev/null
  [ -z "$FRONT" ] || { kill "$FRONT" && wait "$FRONT"; } 2>/dev/null
  (exit $status)
  bindfs_end
}

# stands_still NAME: the guest has not counted for two seconds, as its disk does not answer.
stands_still() {
  local from
  from=$(guest_counter "$1")
  sleep 2
  [ "$(guest_counter "$1")" = "$from" ]
}
# falls_asleep NAME: the storage of a running guest stops. Sets QEMU.
falls_asleep() {
  QEMU=$(guest_pid "$1")
  bindfs_stop
  wait_until 20 stands_still "$1"
}
qemu_is_gone() { [ ! -e "/proc/$QEMU" ]; }
