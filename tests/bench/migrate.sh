# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# What vm-migrate takes beside virsh migrate, and how many times as much it may be: guests of one kind on two private hosts
# of a pool go to and fro, in turn, one by vxe, one by virsh on the same hosts, whose libvirt asks vxe whether a guest may
# start (vxe knows nothing of the second), and one by virsh with that hook taken away. Sourced by bench.sh.

# shellcheck source=tests/lib/e2e.sh
. "$TESTS/lib/e2e.sh"
# shellcheck source=tests/lib/migration.sh
. "$TESTS/lib/migration.sh"
ROUNDS=${BENCH_ROUNDS-15}
ROW='vm-migrate' UNASKED='vm-migrate, beside libvirt without the hook'
HOOK=/etc/libvirt/hooks/qemu.d/vxe

ready() {
  migration_ready >"$HOST_DIR/ready.log" || { cat "$HOST_DIR/ready.log" && fail 'no pool'; }
  on 1 virsh -q autostart --disable web # virsh would not move the flag
  for guest in other third; do
    on 1 guest_disks $guest 1 /mnt/sr/images >/dev/null && on 1 guest_define $guest - /mnt/sr/images/$guest-0.qcow2 &&
      on 1 guest_start $guest || fail "no guest $guest"
  done
}
# shellcheck disable=SC2016 # expanded at the host
hook_away() { on "$1" sh -c '[ ! -e "$1" ] || mv "$1" /mnt/own/hook' sh "$HOOK"; }
# shellcheck disable=SC2016 # expanded at the host
hook_back() { on "$1" sh -c '[ ! -e /mnt/own/hook ] || mv /mnt/own/hook "$1"' sh "$HOOK"; }
# by_virsh GUEST
by_virsh() {
  on "$FROM" virsh -q migrate --live --p2p --persistent --undefinesource --unsafe "$1" \
    "qemu+tcp://h$TO/$HOST_MODE" "tcp://10.9.0.$TO"
}
# moved SIDE COMMAND...
moved() {
  local begun=${EPOCHREALTIME/./}
  "${@:2}" >/dev/null || fail "$1: failed: ${*:2}"
  TOOK=$((${EPOCHREALTIME/./} - begun))
  sample "$ROW" "$1" $TOOK
}
to_and_fro() {
  FROM=$((2 - ROUND % 2)) TO=$((ROUND % 2 + 1))
  moved vxe on "$FROM" "$VXE_PLAIN" vm-migrate uuid="$VM" host-uuid="${HOST[TO]}"
  sample "$UNASKED" vxe $TOOK
  moved 'virsh migrate' by_virsh other
  hook_away 1 && hook_away 2
  ROW=$UNASKED moved 'virsh migrate' by_virsh third
  hook_back 1 && hook_back 2
}
ready
at_most "$ROW" times 1.1
each_round to_and_fro
database_end
