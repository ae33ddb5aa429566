# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# How long a guest is silent around a checkpoint, and around virsh's save and restore; how long QEMU stops it; how much
# memory is written. The guests have noise in their memory: two change nothing, two change all of it again and again.
# Sourced by bench.sh. BENCH_GUESTS: the guests (512M 4G 512M-changing 4G-changing).

listen() {
  wait_until 20 test -S "$HOST_DIR/s/$1" && serial_log_start "$1" "$2"
}

# The microseconds between QEMU's last two words that it has stopped the guest and that the guest goes on.
stopped() {
  sed -n 's/.* \([0-9]*\):\([0-9]*\):\([0-9]*\)\.\([0-9]*\)[^ ]* event \(STOP\|RESUME\) .*/\5 \1 \2 \3 \4/p' events | awk '
    { at = (($2 * 60 + $3) * 60 + $4) * 1000 + $5 }
    $1 == "STOP" { from = at }
    $1 == "RESUME" { ms = at - from }
    END { print (ms < 0 ? ms + 86400000 : ms) * 1000 }'
}

# Leaves the silence in GAP.
by_vxe() {
  local snapshot image
  : >events
  listen noisy log && sleep 0.3
  timed "$VXE_BENCH" vm-checkpoint vm=noisy new-name-label="c$ROUND" >.out || fail 'no checkpoint'
  snapshot=$(cat .out)
  sleep 0.3
  serial_log_stop
  GAP=$(longest_gap log $((BEGIN - 100000)) $((END + 100000)))
  image=$(vxe snapshot-param-get uuid="$snapshot" param-name=suspend-VDI-uuid)
  by_version silent "$GAP"
  by_version stopped "$(stopped)"
  by_version took $((END - BEGIN))
  by_version MiB $(($(vxe vdi-param-get uuid="$image" param-name=virtual-size) * 1000 >> 20))
  remove_snapshot "$snapshot"
}
by_version() { sample "by version|$ROW" "$@"; }

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
  sample 'silence around vm-checkpoint, 512 MiB' vxe "$GAP"
  by_virsh
}

# silence_of PROGRAM MIB ROW FUNCTION
silence_of() {
  local words
  ROW=$3
  guest_disk_make "$PWD/noisy.qcow2" && guest_install "$PWD/noisy.qcow2" "$1" &&
    GUEST_MIB=$2 guest_define noisy - "$PWD/noisy.qcow2" && virsh -q start noisy >/dev/null &&
    guest_counts noisy 240 || fail 'no guest'
  vxe vm-list --minimal >/dev/null
  virsh -q qemu-monitor-event noisy --loop --timestamp >>events 2>/dev/null &
  words=$!
  each_round "$4"
  kill "$words"
  vxe vm-uninstall vm=noisy force=true >/dev/null || fail 'no uninstall'
}

for guest in ${BENCH_GUESTS-512M 4G 512M-changing 4G-changing}; do
  case $guest in
  512M) silence_of tick-fill 640 '640 MiB, of it 512 of noise' in_turn ;;
  4G) silence_of tick-fill-3g 4096 '4 GiB, of it 3,000 MiB of noise' by_vxe ;;
  512M-changing) silence_of tick-dirty 512 '512 MiB, of it 400 always changing' by_vxe ;;
  4G-changing) silence_of tick-dirty-3g 4096 '4 GiB, of it 3,000 MiB always changing' by_vxe ;;
  esac
done
