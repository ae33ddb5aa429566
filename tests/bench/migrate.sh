#!/bin/bash
# SPDX-License-Identifier: MIT
#
# migrate.sh BUILD [ROUNDS]: what vm-migrate takes beside virsh migrate: two guests of one kind on two private hosts of a pool
# go to and fro, in turn in one run, the one by vxe, the other, which vxe does not know, by virsh and without vxe's hook.
# Prints the least and the median of ROUNDS (9) in ms, and fails if the median is more than 1.1 times virsh's. Not a part of
# make bench.
set -u

inside() {
  # shellcheck source=tests/lib/e2e.sh
  . "$TESTS/lib/e2e.sh"
  # shellcheck source=tests/lib/migration.sh
  . "$TESTS/lib/migration.sh"
  migration_ready >"$HOST_DIR/ready.log" || { cat "$HOST_DIR/ready.log" && exit 1; }
  on 1 guest_disks other 1 /mnt/sr/images >/dev/null && on 1 guest_define other - /mnt/sr/images/other-0.qcow2 &&
    on 1 guest_start other || exit 1
  for ((i = 0; i < ROUNDS; i++)); do
    from=$((i % 2 + 1)) to=$((2 - i % 2))
    measure vxe on $from "$VXE_PLAIN" vm-migrate uuid="$VM" host-uuid="${HOST[to]}"
    for k in 1 2; do on $k sh -c '[ ! -e "$1" ] || mv "$1" /mnt/own/hook' sh "$hook"; done
    measure virsh on $from virsh -q migrate --live --p2p --persistent --undefinesource --unsafe other "qemu+tcp://h$to/$HOST_MODE" "tcp://10.9.0.$to"
    for k in 1 2; do on $k sh -c '[ ! -e /mnt/own/hook ] || mv /mnt/own/hook "$1"' sh "$hook"; done
  done
  for side in vxe virsh; do
    echo "$side: least $(sort -n $side.ms | head -n 1) median $(middle $side) ms"
  done
  database_end
  [ "$(($(middle vxe) * 10))" -le "$(($(middle virsh) * 11))" ]
  STATUS=$?
  echo "vxe / virsh: $(($(middle vxe) * 100 / $(middle virsh))) %"
  exit $STATUS
}

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
