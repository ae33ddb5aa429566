# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# How long a guest with 512 MiB of noise in its memory is silent: around a checkpoint, and around virsh's
# save and restore. Sourced by bench.sh.

listen() {
  wait_until 20 test -S "$HOST_DIR/s/$1" && serial_log_start "$1" "$2"
}

by_vxe() {
  local snapshot
  listen noisy log && sleep 0.3
  timed "$VXE_BENCH" vm-checkpoint vm=noisy new-name-label="c$ROUND" >.out || fail 'no checkpoint'
  snapshot=$(cat .out)
  sleep 0.3
  serial_log_stop
  sample 'silence around vm-checkpoint, 512 MiB' vxe \
    "$(longest_gap log $((BEGIN - 100000)) $((END + 100000)))"
  remove_snapshot "$snapshot"
}

by_virsh() {
  local from to
  listen noisy log && sleep 0.3
  virsh -q save noisy "$PWD/saved" >/dev/null || fail 'no save'
  wait "$SERIAL_PID"
  virsh -q restore "$PWD/saved" >/dev/null || fail 'no restore'
  listen noisy again && sleep 0.5
  serial_log_stop
  from=$(tail -n 1 log | cut -d' ' -f1) to=$(head -n 1 again | cut -d' ' -f1)
  sample 'silence around vm-checkpoint, 512 MiB' 'virsh save, restore' $((to - from))
  rm -f saved
}

in_turn() {
  by_vxe
  by_virsh
}

guest_disk_make "$PWD/noisy.qcow2" && guest_install "$PWD/noisy.qcow2" tick-fill &&
  GUEST_MIB=640 guest_define noisy - "$PWD/noisy.qcow2" && virsh -q start noisy >/dev/null &&
  guest_counts noisy 120 || fail 'no guest'
vxe vm-list --minimal >/dev/null
each_round in_turn
