# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# Guests whose disk has many layers. Both sides' layers are made by virsh, and vxe adopts them; or both work on one
# guest, whose layers vxe has made: their headers have relative names (docs/architecture.md). Sourced by bench.sh.

deepen() {
  local name=$1 depth=$2 i
  machine "$name" 1
  for ((i = 1; i < depth; i++)); do
    virsh -q snapshot-create-as "$name" "l$i" "${VIRSH_SNAPSHOT[@]}" >/dev/null || fail 'no layer'
  done
  virsh -q dumpxml "$name" --inactive >"$name.deep"
}

# The definition before the last snapshot of virsh's.
restore() {
  virsh -q define "$1.deep" >/dev/null || fail "$1 cannot be defined"
  rm -f "$1-0.s$ROUND"*
}

# What is measured after the other one finds the files of libvirt in the caches: each goes first every other time. One
# sample varies by a fifth, so each round takes several.
ours_running() {
  ours "vm-snapshot, running, depth $1" vm-snapshot vm="ours$1" new-name-label="s$ROUND$2"
  snapshots+=("$OUT")
}
theirs_running() {
  theirs "vm-snapshot, running, depth $1" snapshot-create-as "theirs$1" "s$ROUND$2" "${VIRSH_SNAPSHOT[@]}"
}

start_ours() { ours "vm-start, depth $1" vm-start vm="ours$1" && guest_counts "ours$1" || fail 'no count'; }
start_theirs() { theirs "vm-start, depth $1" start "theirs$1" && guest_counts "theirs$1" || fail 'no count'; }
stop_both() {
  virsh -q destroy "ours$1" >/dev/null
  virsh -q destroy "theirs$1" >/dev/null
}

at_depth() {
  local depth=$1 snapshot ours="ours$1" theirs="theirs$1" snapshots=() letter
  ours "vm-snapshot, halted, depth $depth" vm-snapshot vm="$ours" new-name-label="s$ROUND"
  snapshot=$OUT
  theirs "vm-snapshot, halted, depth $depth" snapshot-create-as "$theirs" "s$ROUND" "${VIRSH_SNAPSHOT[@]}"
  restore "$theirs"
  ours "snapshot-revert, halted, depth $depth" snapshot-revert snapshot-uuid="$snapshot"
  ours "snapshot-uninstall, halted, depth $depth" snapshot-uninstall uuid="$snapshot" force=true
  in_turn start_theirs start_ours "$depth"
  stop_both "$depth"
  in_turn start_ours start_theirs "$depth"
  for letter in a b c d e; do
    if (((ROUND + ${#snapshots[@]}) % 2)); then
      ours_running "$depth" "$letter" && theirs_running "$depth" "$letter"
    else
      theirs_running "$depth" "$letter" && ours_running "$depth" "$letter"
    fi
  done
  for snapshot in "${snapshots[@]}"; do remove_snapshot "$snapshot"; done
  stop_both "$depth"
  restore "$theirs"
}

# allowed LAYERS: chains may become so long; not where this libvirt starts no guest on them.
allowed() {
  local sr
  for sr in $(vxe sr-list content-type=user --minimal | tr , ' '); do
    vxe sr-param-set uuid="$sr" other-config:max-chain-depth="$1" 2>/dev/null && continue
    echo "bench: chains of $1 layers are left out: this libvirt does not start them" >&2
    return 1
  done
}

for depth in 1 17 50; do
  deepen "ours$depth" "$depth" && deepen "theirs$depth" "$depth"
  ! allowed $((depth + 10)) || each_round at_depth "$depth" # those of a round come on top
done

allowed 60 || return 0

# Both on one guest, whose snapshots are gone again when the other one's turn comes.
OWN='50 layers of vxe'
ours_on_own() {
  ours "vm-snapshot, running, $OWN" vm-snapshot vm=own new-name-label="s$ROUND"
  remove_snapshot "$OUT"
}
theirs_on_own() {
  local leaf
  leaf=$(virsh -q domblklist own | awk '{ print $2 }')
  theirs "vm-snapshot, running, $OWN" snapshot-create-as own "s$ROUND" "${VIRSH_SNAPSHOT[@]}"
  virsh -q blockcommit own vda --active --pivot --shallow >/dev/null || fail 'no blockcommit'
  rm "${leaf%.*}.s$ROUND"
}
# A start is quicker after a guest that has had snapshots, so each guest has those of both.
run_own() {
  "$@"
  guest_counts own || fail 'own does not count'
  in_turn ours_on_own theirs_on_own
  virsh -q destroy own >/dev/null
}
own_ours() { run_own ours "vm-start, $OWN" vm-start vm=own; }
own_theirs() { run_own theirs "vm-start, $OWN" start own; }
on_own() { in_turn own_ours own_theirs && in_turn own_theirs own_ours; }
machine own 1
for ((i = 1; i < 50; i++)); do
  vxe vm-snapshot vm=own new-name-label="l$i" >/dev/null || fail 'no layer'
done
each_round on_own
