# shellcheck shell=bash
# shellcheck disable=SC2046,SC2086 # words are picked from lists
# SPDX-License-Identifier: MIT
# More of virsh's actions in a random walk (walk.sh), and what vxe does with their effects: snapshots that libvirt keeps
# outside of the image, saved memory, layers that nobody needs, documents of snapshots that libvirt has lost. Sourced by
# walk.sh.

# Files that vxe has not made: it never removes them, except a layer that vdi-merge is told to merge.
NOT_OURS='/(([a-z]*-[01]|ext[0-9]+-[01]|theirs[0-9]*|base)\.qcow2|[^/]*\.[0-9]{10})$'

# ---- faults of the program itself ----------------------------------------------------------------

# The program ends by itself: a signal, or a finding of a sanitizer, is a fault in every step.
vxe() { seen_to_end "$VXE" "$@"; }
plain() { seen_to_end "$VXE_PLAIN" "$@"; }
seen_to_end() {
  "$@"
  note_crash $? "$@"
}
# note_crash STATUS PROGRAM ARG...: returns the status.
note_crash() {
  [ "$1" -lt 128 ] && [ "$1" != 99 ] || {
    echo "crashed with status $1: ${*:2}"
    local core
    for core in core*; do
      [ ! -e "$core" ] || ! command -v gdb >/dev/null || gdb -batch -ex 'bt full' "$2" "$core" 2>&1
    done
  } >>"$TEST_DIR/crashed"
  return "$1"
}

# ---- snapshots that libvirt keeps outside of the image ---------------------------------------------

# EXTERNAL[guest]: their names. The VDIs of vxe's records of them are in the model like those of any snapshot.
declare -gA EXTERNAL=()
# SPOILT[guest]: virsh has forgotten one of several, after which libvirt 9.0 has wrong documents of the others.
declare -gA SPOILT=()

kept_of() { plain snapshot-list snapshot-of="${UUID[$1]}" name-label="$2" --minimal; }
is_saved() { virsh dominfo "$1" | grep -q '^Managed save: *yes'; }

# Some of them are with the memory of the guest.
walk_external() {
  local name=e$STEP low='' high='' target snap i=0 how=(--disk-only --atomic)
  # libvirt freezes a dirty image as it is, which vxe check names: 211-dirty-layers.
  for target in $(virsh domblklist "$1" --details | awk '$2 == "disk" { print $4 }'); do
    is_running "$1" || ! is_dirty "$target" || { DID='' && return; }
  done
  if is_running "$1"; then
    low=$(counter "$1")
    rnd 2
    # docs/beside-virsh.md, "Jobs that go on": libvirt could not let the guest go.
    [ "${ABORTED[$1]-}" != "$(guest_pid "$1")" ] || R=0
    [ "$R" = 0 ] || { DID+=' with memory' && how=(--live --memspec "file=$PWD/ext$STEP.mem,snapshot=external"); }
  fi
  for target in $(virsh domblklist "$1" --details | awk '$2 == "disk" { print $3 }'); do
    how+=(--diskspec "$target,snapshot=external,file=$PWD/ext$STEP-$((i++)).qcow2")
  done
  beside_lists virsh -q snapshot-create-as "$1" "$name" "${how[@]}" || return
  [ -z "$low" ] || high=$(counter "$1")
  EXTERNAL[$1]+=" $name"
  snap=$(kept_of "$1" "$name")
  [ -n "$snap" ] || { echo "vxe does not list virsh's snapshot $name"; return 1; }
  snapshot_has "$snap" "$low" "$high" || return
  [ -z "$low" ] || guest_counts "$1"
}

# externals_left GUEST: those that vxe lists; libvirt has to list the same (wrong_internals).
externals_left() {
  local name left=''
  for name in ${EXTERNAL[$1]-}; do
    [ -z "$(kept_of "$1" "$name")" ] || left+=" $name"
  done
  EXTERNAL[$1]=$left
}

# externals_listed GUEST: those that libvirt lists. What vxe bases on their layers hides them from it.
externals_listed() {
  plain snapshot-list snapshot-of="${UUID[$1]}" external=true in-libvirt=true params=name-label --minimal | tr , ' '
}
is_listed() { [[ " $(externals_listed "$1") " == *" $2 "* ]]; }

walk_external_revert() {
  local snap
  snap=$(kept_of "$1" "$2")
  rnd 3
  if [ "$R" = 0 ] && libvirt_since 9.9 && is_listed "$1" "$2"; then
    walk_virsh_revert "$1" "$2" "$snap"
  elif [ "$R" = 0 ]; then
    DID+=' refused by virsh'
    ! virsh -q snapshot-revert "$1" "$2" 2>refused || { echo "virsh has gone back to $2"; return 1; }
  elif is_saved "$1"; then
    refused_for managedsave snapshot-revert uuid="$snap"
  elif [ -n "${INTERNAL[$1]-}" ]; then
    refused "$1" snapshot-revert uuid="$snap"
  else
    walk_revert "$1" "$snap"
  fi
}

# From 9.9 on libvirt goes back itself, on new layers, which it names by the second. It takes no memory for an obstacle.
walk_virsh_revert() {
  local now before
  DID+=' by virsh'
  [ -z "${INTERNAL[$1]-}" ] && ! is_saved "$1" && ! is_suspended "$1" || { DID='' && return; }
  now=$(date +%s)
  wait_until 5 is_later_than "$now"
  before=$(! is_running "$1" || disks_of "${UUID[$1]}")
  virsh -q snapshot-revert "$1" "$2" || return
  ! is_running "$1" || guest_counts "$1" || return
  plain snapshot-list >/dev/null # makes vxe look
  went_back "$1" "$3" "$before"
}
is_later_than() { [ "$(date +%s)" -gt "$1" ]; }

# libvirt merges or removes the files of one, or refuses: one with children in the wrong place.
walk_virsh_delete() {
  local vdi
  DID+=' by virsh, with its files'
  [ -z "${INTERNAL[$1]-}" ] && ! is_saved "$1" && ! is_suspended "$1" || { DID='' && return; }
  disks_of "$3" >gone
  virsh -q snapshot-delete "$1" "$2" 2>refused || { DID+=' refused' && return; }
  externals_left "$1"
  while read -r vdi _; do
    [ -n "$(plain vdi-list uuid="$vdi" --minimal)" ] || rm -f "model/$vdi"
  done <gone
}

# virsh deletes the record only, and vxe's goes with it.
walk_external_delete() {
  local snap
  snap=$(kept_of "$1" "$2")
  pick snapshot-uninstall snapshot-destroy virsh
  if [ "$R" = virsh ] && is_listed "$1" "$2" && libvirt_since 9.9; then
    rnd 2
    [ "$R" = 0 ] || { walk_virsh_delete "$1" "$2" "$snap"; return; }
    R=virsh
  fi
  DID+=" by $R"
  case $R in
  snapshot-uninstall) walk_uninstall "$1" "$snap" ;;
  snapshot-destroy) walk_destroy "$1" "$snap" ;;
  *) walk_external_lose "$1" "$2" "$snap" ;;
  esac
}
walk_external_lose() {
  [ -z "${INTERNAL[$1]-}" ] && is_listed "$1" "$2" || { DID='' && return; } # libvirt would spoil their documents
  disks_of "$3" >gone
  virsh -q snapshot-delete "$1" "$2" --metadata || return
  externals_left "$1"
  [ -z "${EXTERNAL[$1]}" ] || SPOILT[$1]=1
  model_lose
}
# model_lose: libvirt has lost a snapshot with the disks in the file "gone". The files are all there; a disk whose file
# would have no other name stays on record.
model_lose() {
  local vdi file
  while read -r vdi _ file; do
    [ -e "$file" ] || { echo "virsh's record is gone, and $file with it"; return 1; }
    [ -n "$(plain vdi-list uuid="$vdi" --minimal)" ] || rm -f "model/$vdi"
  done <gone
}

# libvirt loses one, and gets its document back, if it still fits.
walk_adopt() {
  local snap vdi i fits=1 file
  snap=$(kept_of "$1" "$2")
  disks_of "$snap" >gone
  for file in $(cut -d' ' -f3 gone); do is_below "$1" "$file" || fits=''; done
  for i in 0 1; do
    vdi=$(vdi_at "$snap" $i)
    [ -z "$vdi" ] || cp "model/$vdi" "lost.$i"
  done
  virsh -q snapshot-dumpxml "$1" "$2" --security-info >lost.xml && virsh -q snapshot-delete "$1" "$2" --metadata || return
  [ -z "$(kept_of "$1" "$2")" ] || { echo "vxe lists $2, which libvirt has lost"; return 1; }
  model_lose || return
  does vm-adopt-snapshot uuid="${UUID[$1]}" filename=lost.xml || {
    [ $? = 7 ] && { [ -z "$fits" ] || [ -n "${SPOILT[$1]-}" ]; } || return
    DID+=' refused'
  }
  externals_left "$1"
  # Without its parent, or without a later one's.
  [ "$(wc -w <<<"${EXTERNAL[$1]}")" -lt 1 ] || SPOILT[$1]=1
  snap=$(kept_of "$1" "$2")
  [ -n "$snap" ] || { case $DID in *refused*) return 0 ;; *) [ -n "$HUNG" ] && return ;; esac }
  for i in 0 1; do
    vdi=$(vdi_at "$snap" $i)
    [ -z "$vdi" ] || cp "lost.$i" "model/$vdi" || return
  done
}
# is_below GUEST FILE: it is a layer of a present disk, but not the one that the guest writes to.
is_below() {
  local leaf
  look_at_files
  for leaf in $(virsh domblklist "$1" --inactive --details | awk '$2 == "disk" { print $4 }'); do
    chain_of "$leaf"
    ! printf '%s\n' "${CHAIN[@]:1}" | grep -qxF "$2" || return 0
  done
  return 1
}

# ---- memory that libvirt saves -------------------------------------------------------------------

walk_save() {
  virsh -q managedsave "$1" >/dev/null || return
  is_suspended "$1" || { echo "vxe does not show $1 as suspended"; return 1; }
  took_last "$1"
}

# What does not fit the image is refused, or vxe or virsh has the guest go on.
walk_saved() {
  local snap
  rnd 6
  case $R in
  0) DID="saved-snapshot $1" && refused_for managedsave vm-snapshot uuid="${UUID[$1]}" new-name-label=no ;;
  1) DID="saved-checkpoint $1" && refused_for managedsave vm-checkpoint uuid="${UUID[$1]}" new-name-label=no ;;
  2)
    pick $(snapshots_of "$1") && snap=$R && DID="saved-revert $1" &&
      refused_for managedsave snapshot-revert snapshot-uuid="$snap"
    ;;
  3) DID="saved-drop $1" && walk_drop_memory "$1" ;;
  4) DID="saved-resume $1" && walk_resume "$1" ;;
  5) DID="saved-start $1" && walk_resume "$1" virsh ;;
  esac
}

# refused_for WORD ARG...: vxe refuses, and says the word.
refused_for() {
  local status
  DID+=' refused'
  vxe "${@:2}" >refused 2>&1
  status=$?
  [ $status = 7 ] && grep -q "$1" refused ||
    { echo "exit status $status instead of a refusal for $1:" && cat refused; return 1; }
}

# ---- snapshots of a guest that has no agent --------------------------------------------------------

walk_quiesce() {
  local pid
  if [ "$2" = try ]; then
    walk_snapshot "$1" vm-snapshot quiesce=try || return
    ! is_running "$1" || [ -n "$BESIDE" ] || grep -q 'not frozen' step.out ||
      { echo 'it does not say that nothing was frozen'; return 1; }
    return
  fi
  pid=$(guest_pid "$1")
  DID+=' refused'
  ! vxe vm-snapshot uuid="${UUID[$1]}" new-name-label=no quiesce=true 2>refused ||
    { echo 'a quiesced snapshot without an agent'; return 1; }
  grep -q 'no channel org.qemu.guest_agent.0\|expected: running' refused || { cat refused; return 1; }
  [ "$(guest_pid "$1")" = "$pid" ] || { echo 'the guest has another process'; return 1; }
  ! is_running "$1" || guest_counts "$1"
}

# ---- layers --------------------------------------------------------------------------------------

layers_below() { plain vdi-chain-list uuid="$1" --json | jq -r ".[1:][].$2"; }

# The old file goes, or stays as a file of others.
walk_flatten() {
  local vdi
  pick $(disks_of "${UUID[$1]}" | cut -d' ' -f1) && vdi=$R || return
  pick '' $(layers_below "$vdi" '"vdi-uuid"' | grep -v null) || return
  DID="flatten${R:+-base} $1 $vdi $R"
  does vdi-flatten uuid="$vdi" ${R:+base="$R"}
}

# Into any layer but the image that two guests share. A layer that somebody needs is refused.
walk_merge() {
  local vdi base
  pick $(disks_of "${UUID[$1]}" | cut -d' ' -f1) && vdi=$R || return
  pick $(layers_below "$vdi" file | grep -v '/base.qcow2$') && base=$R || return
  DID="merge $1 $vdi into ${base##*/}"
  does vdi-merge uuid="$vdi" base="$base" || { [ $? = 7 ] && DID+=' refused'; }
}

# take_left: files that vxe has not made and that it left, or that a scan beside the step has found.
take_left() {
  local vdi file
  while read -r vdi file; do
    [ -z "${model[$vdi]-}" ] && [[ $file =~ $NOT_OURS ]] || continue
    raw_copy "$file" "model/$vdi" && model[$vdi]=new
  done < <(loose_vdis "$TABLE")
}

# ---- which step ----------------------------------------------------------------------------------

walk_virsh() {
  local guest=$1 lost=${INTERNAL[$1]-}
  if is_saved "$guest"; then
    rnd 2
    [ "$R" = 0 ] || { walk_saved "$guest"; return; }
  fi
  rnd 100
  case $R in
  [0-9] | 1[0-9] | 2[0-2]) [ -z "$lost" ] && ! is_suspended "$guest" && DID="external $guest" && walk_external "$guest" ;;
  2[3-9] | 3[0-3]) pick ${EXTERNAL[$guest]-} && DID="external-revert $guest $R" && walk_external_revert "$guest" "$R" ;;
  3[4-9] | 4[0-4]) pick ${EXTERNAL[$guest]-} && DID="external-delete $guest $R" && walk_external_delete "$guest" "$R" ;;
  4[5-9] | 5[0-2]) [ -z "$lost" ] && pick $(externals_listed "$guest") && DID="adopt $guest $R" && walk_adopt "$guest" "$R" ;;
  5[3-9] | 6[0-3]) is_running "$guest" && DID="managedsave $guest" && walk_save "$guest" ;;
  6[4-9] | 7[0-3])
    [ -z "$lost" ] && ! is_suspended "$guest" && pick true try && DID="quiesce-$R $guest" && walk_quiesce "$guest" "$R"
    ;;
  7[4-9] | 8[0-3]) [ -z "$lost" ] && ! is_suspended "$guest" && walk_flatten "$guest" ;;
  8[4-9] | 9[0-3]) walk_merge "$guest" ;;
  *) pick $(snapshots_of "$guest") && walk_copied "$guest" "$R" ;;
  esac
}
