#!/bin/bash
# SPDX-License-Identifier: MIT
#
# migrate.sh BUILD [ROUNDS]: what vm-migrate takes beside virsh migrate: guests of one kind on two private hosts of a pool go to
# and fro, in turn in one run, one by vxe, one by virsh on the same hosts, whose libvirt asks vxe whether a guest may start
# (vxe knows none of the second), and one by virsh with that hook taken away. Prints the least and the median of ROUNDS (9) in
# ms, and fails if vxe's median is more than 1.1 times virsh's on the same hosts. Not a part of make bench.
set -u

inside() {
  # shellcheck source=tests/lib/e2e.sh
  . "$TESTS/lib/e2e.sh"
  # shellcheck source=tests/lib/migration.sh
  . "$TESTS/lib/migration.sh"
  migration_ready >"$HOST_DIR/ready.log" || { cat "$HOST_DIR/ready.log" && exit 1; }
  on 1 virsh -q autostart --disable web # virsh would not move the flag
  for guest in other third; do
    on 1 guest_disks $guest 1 /mnt/sr/images >/dev/null && on 1 guest_define $guest - /mnt/sr/images/$guest-0.qcow2 &&
      on 1 guest_start $guest || exit 1
  done
  for ((i = 0; i < ROUNDS; i++)); do
    from=$((i % 2 + 1)) to=$((2 - i % 2))
    measure vxe on $from "$VXE_PLAIN" vm-migrate uuid="$VM" host-uuid="${HOST[to]}"
    measure virsh by_virsh other
    for k in 1 2; do on $k sh -c '[ ! -e "$1" ] || mv "$1" /mnt/own/hook' sh "$hook"; done
    measure unasked by_virsh third
    for k in 1 2; do on $k sh -c '[ ! -e /mnt/own/hook ] || mv /mnt/own/hook "$1"' sh "$hook"; done
  done
  for side in vxe virsh unasked; do
    echo "$side: least $(sort -n $side.ms | head -n 1) median $(middle $side) ms"
  done
  database_end
  [ "$(($(middle vxe) * 10))" -le "$(($(middle virsh) * 11))" ]
  STATUS=$?
  for side in virsh unasked; do echo "vxe / $side: $(($(middle vxe) * 100 / $(middle $side))) %"; done
  exit $STATUS
}

by_virsh() { on $from virsh -q migrate --live --p2p --persistent --undefinesource --unsafe "$1" "qemu+tcp://h$to/$HOST_MODE" "tcp://10.9.0.$to"; }
hook=/etc/libvirt/hooks/qemu.d/vxe
middle() { sort -n "$1.ms" | sed -n "$((ROUNDS / 2 + 1))p"; }
# measure SIDE COMMAND...
measure() {
  local begun=${EPOCHREALTIME/./}
  "${@:2}" >/dev/null || exit 1
  echo $(((${EPOCHREALTIME/./} - begun) / 1000)) >>"$1.ms"
}

ROUNDS=${2:-9}
if [ "${1-}" = --inside ]; then
  inside
else
  cd "$(dirname "$0")/../.." || exit 1
  BUILD_PLAIN=$PWD/$1 bash tests/lib/host.sh run "$(bash tests/lib/host.sh modes | head -n 1)" \
    bash -c 'exec bash "$TESTS/bench/migrate.sh" --inside "$1"' bench "$ROUNDS"
fi
