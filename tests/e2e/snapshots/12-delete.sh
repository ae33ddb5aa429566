#!/bin/bash
# SPDX-License-Identifier: MIT
# Snapshots are deleted in several orders, under a running and a halted guest: data that others need stay, the files are
# removed, the guest's process continues.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

declare -a snaps

# chain_of VM: three snapshots with stamps between, kept as KEY0 ... ; sets snaps.
chain_of() {
  local i
  snaps=()
  for i in 0 1 2; do
    guest_is "$1" running || stamp_disks "$UUID" $((33 + 16 * i)) $((1 + i))M 1M
    snapshot "$UUID" "s$i" || return
    snaps[i]=$SNAP
    guest_is "$1" running && { guest_counts "$1" || return; }
    keep_content "kept$i" "$SNAP" || return
  done
}

# drop I: uninstalls the snapshot and checks the others.
drop() {
  local i
  ok "snapshot $1 goes" vxe snapshot-uninstall uuid="${snaps[$1]}" force=true
  unset "snaps[$1]"
  for i in "${!snaps[@]}"; do
    ok "snapshot $i holds what it held" has_content "kept$i" "${snaps[i]}"
  done
  ok 'vxe check is clean' vxe check
}

small_guest web 2
base=$(images_made)

# Halted.
for order in '1 0 2' '2 0 1'; do
  diag "halted, in the order $order"
  chain_of web || exit 1
  keep_content now "$UUID"
  for i in $order; do
    drop "$i"
    ok 'the VM has its content' has_content now "$UUID"
  done
  is 'no layer is left' "$(images_made)" "$base"
done

# The guest runs and layers are frozen, so a merge must give write bits and remove them again.
guest_start web || exit 1
pid=$(guest_pid web)
if [ "$HOST_MODE" = system ]; then
  is 'QEMU is unprivileged' "$(stat -c %U "/proc/$pid")" libvirt-qemu
fi
for order in '1 2 0' '0 2 1'; do
  diag "running, in the order $order"
  chain_of web || exit 1
  is 'two layers for each snapshot' "$(images_made)" $((base + 6))
  for i in $order; do
    drop "$i"
    ok 'the guest counts' guest_counts web
    is 'in the same process' "$(guest_pid web)" "$pid"
  done
  is 'no layer is left' "$(images_made)" "$base"
done

# A managed-save image fits only the files that the domain had, so their layers wait.
chain_of web || exit 1
kept=$(guest_counter web)
virsh -q managedsave web >/dev/null
for i in 0 1 2; do
  ok "snapshot $i goes while libvirt keeps a memory image" vxe snapshot-uninstall uuid="${snaps[i]}" force=true
done
ok 'every layer below the VM stays' test "$(images_made)" -ge $((base + 6))
virsh -q start web
ok 'the guest goes on from its memory' guest_counts web
ok '... and disk' test "$(guest_counter web)" -gt "$kept"
vxe sr-coalesce >/dev/null
is 'then the layers are merged' "$(images_made)" "$base"

# All together, with the VM.
chain_of web || exit 1
before=$(guest_counter web)
ok 'vm-uninstall of the running VM' vxe vm-uninstall uuid="$UUID" force=true
not_ok 'the domain is gone' virsh dominfo web
is 'with every layer that vxe made' "$(images_made)" 0
ok "the user's own file is there" test -f web-0.qcow2
ok "with a counter of the time ($before)" test "$(counter_of web-0.qcow2)" -gt 0
ok 'vxe check is clean in the end' vxe check
