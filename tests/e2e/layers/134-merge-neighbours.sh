#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2154 # of crash.sh
# virsh and qemu-img between the steps of vdi-merge, vdi-flatten, vm-adopt-snapshot and snapshot-revert to a snapshot of
# virsh's: the record of that snapshot is deleted, the domain undefined and defined again, its disk committed, a layer
# renamed. Whatever vxe then does or refuses, no byte of the disk and of the snapshot is lost, and vxe check is clean as
# soon as what was renamed has its name again. One point for each pair; In ring all: all. ONLY="OPERATION ACTION" runs only
# these, and SHOW=1 tells how each ended.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/crash.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

N=0
data_of() { qemu-img convert -U -f qcow2 -O raw "$1" data.raw 2>&1 && tail -c +65537 data.raw | md5sum; }
leaf_of() { virsh -q domblklist "$G" --inactive | awk '{ print $2 }'; }
kept() { plain snapshot-list snapshot-of="$UUID" name-label=ext --minimal; }

# A guest with a snapshot of virsh's, "ext", on the lowest of three layers. Sets G, UUID, DISK, F, WHOLE, EXT.
layered() {
  local i
  G=n$((++N))-$$ F=()
  for i in 0 1 2; do F+=("$PWD/n$N-$i.qcow2"); done
  guest_disk_make "${F[0]}" 8M && guest_install "${F[0]}" && stamp "${F[0]}" 11 1M 2M && chmod 0666 "${F[0]}" &&
    guest_define "$G" - "${F[0]}" && UUID=$(virsh domuuid "$G") &&
    virsh -q snapshot-create-as "$G" ext --disk-only --atomic --diskspec "vda,file=${F[1]}" && stamp "${F[1]}" 12 2M 2M &&
    qemu-img create -q -f qcow2 -b "${F[1]}" -F qcow2 "${F[2]}" && stamp "${F[2]}" 13 3M 2M && chmod 0666 "${F[@]}" &&
    virsh dumpxml --inactive "$G" | sed "s|'${F[1]}'|'${F[2]}'|" >layered.xml && virsh -q define layered.xml &&
    DISK=$(plain vm-list uuid="$UUID" --minimal >/dev/null && vdi_of "$UUID") && [ -n "$(kept)" ] &&
    WHOLE=$(data_of "${F[2]}") && EXT=$(data_of "${F[0]}")
}
# The user's own files stay.
gone() {
  virsh -q destroy "$G" 2>/dev/null
  plain vm-uninstall uuid="$UUID" force=true >ended 2>&1 || is "$G goes" "$(cat ended)" ''
}
up() { plain vm-start uuid="$UUID" && guest_counts "$G"; }

# ---- operations ------------------------------------------------------------------------------------------

merge_halted() { layered && CMD=(vdi-merge uuid="$DISK" base="${F[1]}"); }
merge_running() { merge_halted && up; }
flatten_halted() { layered && CMD=(vdi-flatten uuid="$DISK"); }
flatten_running() { flatten_halted && up; }
revert_halted() { layered && CMD=(snapshot-revert uuid="$(kept)"); }
revert_running() { revert_halted && up; }
adopt_halted() {
  layered && virsh -q snapshot-dumpxml "$G" ext --security-info >ext.xml && virsh -q snapshot-delete "$G" ext --metadata &&
    plain vm-list >/dev/null && CMD=(vm-adopt-snapshot uuid="$UUID" filename="$PWD/ext.xml")
}
adopt_running() { adopt_halted && up; }

# ---- actions ---------------------------------------------------------------------------------------------

metadata() { virsh -q snapshot-delete "$G" ext --metadata; }
redefined() {
  virsh dumpxml --inactive --security-info "$G" >again.xml && virsh -q undefine "$G" --snapshots-metadata &&
    virsh -q define again.xml
}
# Of the file that the guest writes to, or of the halted one's; not into that of the snapshot.
committed() {
  [ "$(leaf_of)" = "${F[2]}" ] || return
  if guest_is "$G" running; then
    virsh -q blockcommit "$G" vda --shallow --active --pivot
  else
    qemu-img commit -q -f qcow2 "$(leaf_of)"
  fi
}
# A layer below, which root's tools can also write to.
committed_below() {
  if guest_is "$G" running; then
    virsh -q blockcommit "$G" vda --top "${F[1]}" --base "${F[0]}" --wait
  else
    qemu-img commit -q -f qcow2 -d "${F[1]}"
  fi
}
looked_at() { qemu-img info -U --backing-chain "$(leaf_of)" && qemu-img check -q -U "${F[1]}"; }
renamed() { AWAY=${F[1]} && mv "$AWAY" "$AWAY.away"; }
renamed_leaf() { AWAY=$(leaf_of) && mv "$AWAY" "$AWAY.away"; }

# ---- what is wrong ---------------------------------------------------------------------------------------

# It has no other content than that of before or, after a revert, of the snapshot.
wrong_disk() {
  local leaf now
  # Its content was destroyed while vxe went back to it. That is told afterwards.
  [[ "$1 ${2-}" != revert*\ committed_below ]] || { named_as_changed; return; }
  leaf=$(leaf_of)
  now=$(data_of "$leaf")
  [ "$now" = "$WHOLE" ] || { [[ $1 == revert* ]] && [ "$now" = "$EXT" ]; } || echo "the disk on $leaf holds something else: $now"
  [[ $1 != revert* ]] || [ "$STATUS" != 0 ] || [ "$now" = "$EXT" ] || echo 'it was reverted and is not'
}
named_as_changed() { grep -q "n$N-0.qcow2: it was changed outside vxe" checked || { echo 'vxe check does not name it:' && cat checked; }; }
wrong_snapshot() {
  [ "$2" != committed_below ] || return 0 # somebody has written to it
  [ "$(data_of "${F[0]}")" = "$EXT" ] || echo 'the snapshot holds something else'
  [ -z "$(kept)" ] || [ "$(data_of "$(vdi_files "$(kept)")")" = "$EXT" ] || echo 'vxe shows another content of the snapshot'
}
wrong_guest_of() {
  local last
  [ "$1" = running ] || return 0
  if guest_is "$G" running; then
    guest_counts "$G" || echo 'the guest does not count'
    last=$(guest_counter "$G")
    virsh -q destroy "$G"
    [ "$(counter_of "$(leaf_of)")" -ge $((last - 4 * GUEST_STEP)) ] ||
      echo "the guest had counted to $last, the disk has $(counter_of "$(leaf_of)")"
  elif [[ $2 != revert* ]]; then
    echo 'the guest does not run'
  fi
}
# vxe knows what there is: nothing to be repaired is left, and the next operation works.
wrong_after() {
  local out
  out=$(plain check 2>&1) || [ "$2" = committed_below ] || ! grep -q "n$N-" <<<"$out" || echo "vxe check: $out"
  out=$(plain vm-snapshot uuid="$UUID" new-name-label=after 2>&1) || [ "$2" = committed_below ] || echo "vm-snapshot: $out"
  [ "$2" = committed_below ] || wrong_disk "$@"
}

# beside OPERATION POINT ACTION
beside() {
  local op=$1 point=$2 action=$3 was=halted done=did
  AWAY=''
  "$op" >prepared 2>&1 || { is "$op: prepared" "$(cat prepared)" ''; return; }
  ! guest_is "$G" running || was=running
  stand_at "$point" "${CMD[@]}" >problems
  "$action" >acted 2>&1 || done='could not'
  # What begins again stops there again.
  go_on >gone 2>&1
  STATUS=$?
  [ $STATUS = 0 ] || [ -s said ] || echo "it ended with $STATUS, without a word" >>problems
  [ $STATUS -lt 99 ] || { echo "it ended with $STATUS" && cat said; } >>problems
  {
    [ -z "$AWAY" ] || { [ ! -e "$AWAY" ] && mv "$AWAY.away" "$AWAY"; } || echo "another $AWAY is there"
    plain check >checked 2>&1
    plain sr-coalesce >merged 2>&1 || cat merged
    wrong_guest_of $was "$op"
    wrong_disk "$op" "$action"
    wrong_snapshot "$op" "$action"
    wrong_after "$op" "$action"
  } >>problems 2>&1
  is "$op at $point, $action" "$(cat problems)" '' ||
    diag "it $done: $(cat acted); the command ended with $STATUS: $(cat made said)"
  [ -z "${SHOW-}" ] || diag "note $op at $point, $done $action: $STATUS $(head -n 1 said) $(grep -v next: said | sed -n 2,4p | tr '\n' ' ')"
  gone
}

# The points that the command passes.
passed() {
  "$1" >prepared 2>&1 || { is "$1: prepared" "$(cat prepared)" ''; return; }
  VXE_FAILPOINT_LOG=$PWD/reached.all plain "${CMD[@]}" >made 2>said ||
    is "$1: the command alone" "$(cat said)" ''
  grep ':after$' reached.all | grep "^${CMD[0]}:\|^vm-adopt\|^$2" | awk '!seen[$0]++' >points
  rm reached.all
  gone
}

k=0
for op in merge_halted merge_running flatten_halted flatten_running revert_halted revert_running adopt_halted adopt_running; do
  also=none
  [[ $op != adopt* ]] || also=adopt-snapshots:
  passed $op $also
  mapfile -t POINTS <points
  for action in metadata redefined committed committed_below looked_at renamed renamed_leaf; do
    [[ " ${ONLY-$op $action} " == *" $op "* && " ${ONLY-$op $action} " == *" $action "* ]] || continue
    for i in "${!POINTS[@]}"; do
      [ -n "$LONG" ] || [ "$i" = $((k % ${#POINTS[@]})) ] || continue
      beside $op "${POINTS[$i]}" $action
    done
    k=$((k + 1))
  done
done
