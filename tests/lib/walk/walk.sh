# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# A random walk over snapshots with a model: every VDI has a raw file in model/ with its expected content. After each
# step all VDIs are compared, byte by byte. Sourced after e2e.sh.

WALK_SIZE=4194304
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/walk/others.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/walk/virsh.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/walk/jobs.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/walk/neighbours.sh"

# ---- random numbers: one sequence per seed -------------------------------------------------------

walk_seed() { WALK_STATE=$(($1 * 7919 + 17)); }
# rnd N: sets R to a number below N.
rnd() {
  WALK_STATE=$(((WALK_STATE * 1103515245 + 12345) & 0x7fffffff))
  R=$(((WALK_STATE >> 8) % $1))
}
# pick WORD...: sets R to one of them; fails when there is none.
pick() {
  [ $# -gt 0 ] || return 1
  rnd $#
  shift "$R"
  R=$1
}

# ---- what vxe says -------------------------------------------------------------------------------

vms() { printf '%s\n' "${GUESTS[@]}"; }
# Without those inside of an image. External ones are among them, also if libvirt does not list them ("hidden-external").
snapshots_of() {
  plain snapshot-list snapshot-of="${UUID[$1]}" params=uuid,snapshot-info >snapshots.out || return
  awk '$1 == "uuid" { uuid = $NF }
    $1 == "snapshot-info" && !/libvirt: (internal|hidden)(;|$)/ { print uuid }' snapshots.out
}
is_running() { virsh list --name | grep -qx "$1"; } # or is paused
is_halted() { ! is_running "$1" && ! is_suspended "$1"; }
is_suspended() { plain vm-list name-label="$1" power-state=suspended --minimal | grep -q .; }
# The files of all VDIs that are disks: lines "UUID FILE".
vdi_table() {
  plain vdi-list managed=true params=uuid,sm-config | awk '
    $1 == "uuid" { uuid = $NF }
    $1 == "sm-config" && match($0, /file: [^;]*/) { print uuid, substr($0, RSTART + 6, RLENGTH - 6) }' |
    grep -v '\.mem$'
}
# The VDIs of a VM's or snapshot's disks: lines "UUID ORIGIN FILE".
disks_of() {
  {
    plain vbd-list vm-uuid="$1" type=Disk params=vdi-uuid --minimal | tr , '\n' | sed 's/^/have /'
    plain vdi-list managed=true params=uuid,snapshot-of,sm-config
  } | awk '
    $1 == "have" { have[$2] = 1 }
    $1 == "uuid" { uuid = $NF }
    $1 == "snapshot-of" { origin = $4 }
    $1 == "sm-config" && have[uuid] && match($0, /file: [^;]*/) {
      print uuid, origin, substr($0, RSTART + 6, RLENGTH - 6) }'
}

# ---- the model -----------------------------------------------------------------------------------

model_sector() { dd if="$1" bs=512 skip=2 count=1 status=none; }
# Copies the content of the image as raw; the image may be in use.
raw_copy() { qemu-img convert -U -f qcow2 -O raw "$1" "$2"; }
raw_counter() { od -An -tu4 -j1024 -N4 "$1" | tr -d ' '; }

# counter GUEST: the last counter that it printed; waits if the log has none at this moment.
counter() {
  wait_until 5 guest_has_counter "$1" && guest_counter "$1"
}

# lines "UUID FILE" of a VM's present disks by its definition, without vxe.
guest_leaf() { virsh domblklist "$1" --details | awk -v t="$2" '$3 == t { print $4 }'; }

# model_adopt GUEST: sets the model of its disks to the content of the files.
model_adopt() {
  local vdi file
  while read -r vdi _ file; do
    raw_copy "$file" "model/$vdi"
  done < <(disks_of "${UUID[$1]}")
}

# take_sector VDI FILE LOW HIGH: accepts the counter sector of a running guest's disk if it is between the counters
# printed before and after.
take_sector() {
  local now
  raw_copy "$2" raw
  now=$(raw_counter raw)
  if [ "$now" -lt $(($3 - 2 * GUEST_STEP)) ] || [ "$now" -gt "$4" ]; then
    echo "the counter on $1 is $now, not in $3..$4"
    return 1
  fi
  dd if=raw of="model/$1" bs=512 skip=2 seek=2 count=1 conv=notrunc status=none
}

# ---- steps: each does the same to vxe and to the model ---------------------------------------------

# walk_snapshot GUEST [COMMAND [ARG...]]
walk_snapshot() {
  local low='' high='' snap
  ! is_running "$1" || low=$(counter "$1")
  does "${2-vm-snapshot}" vm="$1" new-name-label="s$STEP" "${@:3}" || return
  snap=$(plain snapshot-list name-label="s$STEP" --minimal)
  [ -n "$snap" ] || [ -n "$HUNG" ] || { echo 'there is no snapshot'; return 1; }
  [ -n "$snap" ] || return 0
  [ -z "$low" ] || high=$(counter "$1")
  snapshot_has "$snap" "$low" "$high"
}
# snapshot_has SNAPSHOT LOW HIGH: the content of its origins; the counters of a running guest are taken.
snapshot_has() {
  local vdi origin file
  while read -r vdi origin file; do
    cp "model/$origin" "model/$vdi"
    [ -n "$2" ] || continue
    take_sector "$vdi" "$file" "$2" "$3" || return
  done < <(disks_of "$1")
}

# If the command was interrupted, all disks are those of the snapshot, or none; the guest may be off. A VDI of a running
# guest that is not of the snapshot stays, without a VM, as the guest left it.
walk_revert() {
  local vdi origin file was_running='' before
  ! is_running "$1" || was_running=1
  before=$(disks_of "${UUID[$1]}")
  does snapshot-revert snapshot-uuid="$2" || return
  if [ -n "$HUNG" ] && ! has_content_of "$1" "$2"; then
    [ -z "$was_running" ] || is_running "$1" || took_last "$1"
    return
  fi
  [ -n "$was_running" ] || before=''
  went_back "$1" "$2" "$before"
}
# went_back GUEST SNAPSHOT [DISKS]: its disks have the content of the snapshot; DISKS, those that it had while it ran, may be
# disks of their own now.
went_back() {
  local vdi origin file
  while read -r vdi origin _; do
    cp "model/$vdi" "model/$origin"
  done < <(disks_of "$2")
  [ -n "${3-}" ] || return 0
  while read -r vdi _ file; do
    disks_of "${UUID[$1]}" | grep -q "^$vdi " || took_last_of "$1" "$vdi" "$file" || return
  done <<<"$3"
}
has_content_of() {
  local vdi origin file
  ! is_running "$1" || return
  while read -r vdi origin _; do
    file=$(disks_of "${UUID[$1]}" | awk -v v="$origin" '$1 == v { print $3 }')
    [ -n "$file" ] && raw_copy "$file" raw && cmp -s raw "model/$vdi" || return
  done < <(disks_of "$2")
}

walk_uninstall() {
  local -a gone
  mapfile -t gone < <(disks_of "$2" | cut -d' ' -f1)
  does snapshot-uninstall snapshot-uuid="$2" force=true || return
  externals_left "$1"
  snapshots_of "$1" >snapshots.left || return
  ! grep -qx "$2" snapshots.left || { [ -n "$HUNG" ] && return; }
  (cd model && rm -f "${gone[@]}")
}

# The disks stay, as VDIs of no VM.
walk_destroy() { does snapshot-destroy snapshot-uuid="$2" && externals_left "$1"; }

walk_write() {
  local target file at length byte vdi
  pick $(virsh domblklist "$1" --details | awk '$2 == "disk" { print $3 }') || return
  target=$R file=$(guest_leaf "$1" "$target")
  rnd 8000 && at=$(((R + 8) * 512))
  rnd 64 && length=$(((R + 1) * 512))
  [ $((at + length)) -le $WALK_SIZE ] || length=512
  rnd 255 && byte=$((R + 1))
  vdi=$(vdi_table | awk -v f="$file" '$2 == f { print $1; exit }')
  [ -n "$vdi" ] || { echo "no VDI has the file $file"; return 1; }
  as_qemu_io qcow2 "$file" "$byte" "$at" "$length" && as_qemu_io raw "model/$vdi" "$byte" "$at" "$length"
}
as_qemu_io() { qemu-io -f "$1" -c "write -q -P $3 $4 $5" "$2" >/dev/null; }

# The memory fits the disks: its counter continues from theirs.
# walk_resume GUEST [virsh]
walk_resume() {
  local at vdi held=()
  while read -r vdi _; do held+=("$(raw_counter "model/$vdi")"); done < <(disks_of "${UUID[$1]}")
  at=$(serial_lines "$1")
  if [ -n "${2-}" ]; then HUNG='' && virsh -q start "$1"; else does vm-resume vm="$1"; fi || return
  [ -z "$HUNG" ] || ! is_suspended "$1" || return 0
  one_instant "$1" "$at" "${held[@]}" >instants
  cat instants
  [ ! -s instants ]
}
walk_suspend() {
  does vm-suspend vm="$1" || return
  if [ -n "$HUNG" ] && is_running "$1"; then guest_counts "$1"; else is_suspended "$1" && took_last "$1"; fi
}
# The disks are unchanged.
walk_drop_memory() { does vm-shutdown vm="$1" --force; }

walk_start() {
  does vm-start vm="$1" || return
  { [ -n "$HUNG" ] && is_halted "$1"; } || guest_counts "$1"
}
walk_stop() {
  does vm-shutdown vm="$1" --force || return
  if is_running "$1"; then [ -n "$HUNG" ] && guest_counts "$1"; else took_last "$1"; fi
}

# ---- which step --------------------------------------------------------------------------------

# walk_step: runs a random step that is possible; sets DID, or leaves it empty.
walk_step() {
  pick "${GUESTS[@]}" && GUEST=$R
  DID='' BESIDE=''
  rnd 12
  case $R in 0 | 1) BESIDE=scan ;; 2) BESIDE=HUP ;; 3) BESIDE=TERM ;; 4) BESIDE=KILL ;; 5) BESIDE=terminal ;; esac
  rnd 36
  case $R in
  3[2-5]) walk_neighbour "$GUEST" ;;
  2[8-9] | 3[01]) walk_job "$GUEST" ;;
  2[0-7]) walk_virsh "$GUEST" ;;
  0 | 1) walk_made "$GUEST" ;;
  [2-7]) walk_other "$GUEST" ;;
  8 | 9) walk_theirs ;;
  *) walk_own "$GUEST" ;;
  esac || [ -z "$DID" ]
}

# vxe refuses steps by which snapshots of virsh would be lost.
walk_own() {
  local guest=$1 snap lost=${INTERNAL[$1]-}
  rnd 100
  if [ "$R" -lt 45 ] && is_saved "$guest"; then
    walk_saved "$guest"
    return
  fi
  case $R in
  [0-9])
    ! is_running "$guest" && ! is_suspended "$guest" && return
    DID="checkpoint $guest"
    if [ -n "$lost" ]; then
      walk_hide "$guest" vm-checkpoint
    else
      walk_snapshot "$guest" vm-checkpoint
    fi
    ;;
  1[0-9] | 2[0-9])
    DID="snapshot $guest"
    if [ -n "$lost" ]; then
      walk_hide "$guest" vm-snapshot
    else
      walk_snapshot "$guest"
    fi
    ;;
  3[0-9] | 4[0-4])
    pick $(snapshots_of "$guest") && snap=$R && DID="revert $guest $snap" || return
    if [ -n "$lost" ] && ! gives_up_inside "$guest" "$snap"; then
      DID=''
    elif [ -n "$lost" ]; then
      refused "$guest" snapshot-revert uuid="$snap"
    else
      walk_revert "$guest" "$snap"
    fi
    ;;
  4[5-9] | 5[0-9])
    pick $(snapshots_of "$guest") && snap=$R && DID="uninstall $guest $snap" && walk_uninstall "$guest" "$snap"
    ;;
  6[0-4])
    pick $(snapshots_of "$guest") && snap=$R && DID="destroy $guest $snap" && walk_destroy "$guest" "$snap"
    ;;
  6[5-9] | 7[0-9]) is_running "$guest" || is_suspended "$guest" || { DID="write $guest" && walk_write "$guest"; } ;;
  *)
    rnd 3
    if is_running "$guest"; then
      if [ "$R" = 0 ]; then
        DID="stop $guest" && walk_stop "$guest"
      elif [ -n "$lost" ]; then
        DID="suspend $guest" && refused "$guest" vm-suspend vm="$guest"
      else
        DID="suspend $guest" && walk_suspend "$guest"
      fi
    elif is_suspended "$guest"; then
      if [ "$R" = 0 ]; then
        DID="drop the memory of $guest" && walk_drop_memory "$guest"
      else
        DID="resume $guest" && walk_resume "$guest"
      fi
    else
      DID="start $guest" && walk_start "$guest"
    fi
    ;;
  esac
}

walk_other() {
  local guest=$1 lost=${INTERNAL[$1]-}
  rnd 100
  case $R in
  [0-4]) DID="scan" && walk_scan ;;
  [5-9] | 1[0-9]) walk_forget_loose ;;
  2[0-9]) is_halted "$guest" && DID="forget $guest" && walk_forget "$guest" ;;
  3[0-4]) walk_drop_vdi ;;
  3[5-9] | 4[0-4]) ! is_suspended "$guest" && DID="internal $guest" && walk_internal "$guest" ;;
  4[5-9] | 5[0-4]) pick $lost && DID="internal-revert $guest $R" && walk_internal_revert "$guest" "$R" ;;
  5[5-9] | 6[0-9]) pick $lost && DID="internal-delete $guest $R" && walk_internal_delete "$guest" "$R" ;;
  7[0-9] | 8[0-4])
    # An old definition may make a layer the leaf again, which is refused for one with an overlay.
    [ -z "$lost${EXTERNAL[$guest]-}" ] && [ ${#THEIRS[@]} = 0 ] && is_halted "$guest" || return
    local xml
    pick $(old_definitions "$guest") && xml=$R || return
    pick keep=records keep=definition revert
    DID="drift $guest ${xml##*/}" && walk_drift "$guest" "$xml" "$R"
    ;;
  *)
    if is_running "$guest"; then
      rnd 3
      [ "$R" != 0 ] || { DID="virsh-destroy $guest" && walk_virsh_destroy "$guest"; return; }
      [ -z "$lost" ] || return
      BESIDE=''
      pick vm-snapshot vm-checkpoint && DID="paused $guest $R" && walk_paused "$guest" "$R"
    else
      is_halted "$guest" && DID="virsh-start $guest" && walk_virsh_start "$guest"
    fi
    ;;
  esac
}

# ---- comparing everything --------------------------------------------------------------------------

# Facts that hold until a file changes: STAMP[file], BACKING[file]; SEEN[vdi] is the state of chain and model when both
# were equal. Only changed files are read again.

# look_at_files: sets CHANGED to the images that are new or have changed.
look_at_files() {
  local file stamp
  CHANGED=()
  declare -gA PRESENT=()
  while read -r stamp file; do
    PRESENT[$file]=1
    [ "${STAMP[$file]-}" != "$stamp" ] || continue
    STAMP[$file]=$stamp
    CHANGED+=("$file")
    BACKING[$file]=$(qemu-img info -U -f qcow2 "$file" |
      sed -n 's/^backing file: \(.*\) (actual path: .*)$/\1/p; t; s/^backing file: //p')
    case ${BACKING[$file]} in '' | /*) ;; *) BACKING[$file]=${file%/*}/${BACKING[$file]} ;; esac
  done < <(find "$PWD" "$HOST_IMAGES" -regextype posix-extended -name old -prune -o \
    -regex '.*\.(qcow2|[0-9]{10})' -printf '%T@/%s/%i %p\n' 2>/dev/null)
}

# chain_of FILE: sets CHAIN to FILE and all files below it.
chain_of() {
  local file=$1
  CHAIN=()
  while [ -n "$file" ]; do
    CHAIN+=("$file")
    file=${BACKING[$file]-}
  done
}

file_of() { sed -n "s/^$1 //p" <<<"$TABLE"; }
# Files of more than one VDI. A suspended VM uses those of the checkpoint that it was reverted to.
twice() {
  grep -vFf <(plain vdi-list is-a-snapshot=true --minimal | tr , '\n' | grep . || echo none) <<<"$TABLE" | cut -d' ' -f2- | sort | uniq -d
}

# take_running GUEST VDI: copies the counter sector of raw, read while the guest runs, to the model.
take_running() {
  # No lower limit, as QEMU keeps tables of a new layer in memory until they are flushed; both limits are checked when
  # the guest stops.
  local high=$(($(counter "$1") + GUEST_STEP))
  [ "$(raw_counter raw)" -le $high ] ||
    echo "the counter on $2, $(raw_counter raw), is ahead of that of $1, $high"
  dd if=raw of="model/$2" bs=512 skip=2 seek=2 count=1 conv=notrunc status=none
}
# Reads again, as a new overlay may show zeros while QEMU writes its first cluster (so does qemu-io's, 2 of 342 reads);
# a real fault is still there then.
settled() {
  raw_copy "$3" raw && take_running "$1" "$2" >ahead && [ ! -s ahead ] && cmp -s raw "model/$2"
}

# Prints every difference. Must not run in a subshell, as it keeps facts in variables.
walk_verify() {
  local vdi file guest sign f orphans=()
  declare -A running=() known=() used=() model=()
  look_at_files
  TABLE=$(vdi_table)
  take_adopted
  while read -r sign vdi; do model[$vdi]=$sign; done < <(find model -type f -printf '%T@ %f\n')
  take_left
  while read -r guest; do
    [ -z "$guest" ] || while read -r file; do running[$file]=$guest; done \
      < <(virsh domblklist "$guest" --details | awk '$2 == "disk" { print $4 }')
  done < <(virsh list --name --state-running)
  for file in "${CHANGED[@]}"; do
    [ -n "${running[$file]-}" ] || ! unsound "$file" || { echo "qemu-img check: $file" && qemu-img check -U -f qcow2 "$file"; }
  done
  while read -r vdi file; do
    [ -n "${model[$vdi]-}" ] || { echo "VDI $vdi is not in the model"; continue; }
    [ -n "${PRESENT[$file]-}" ] || { echo "VDI $vdi: no file $file"; continue; }
    known[$vdi]=1
    chain_of "$file"
    sign=${model[$vdi]-}
    for f in "${CHAIN[@]}"; do used[$f]=1 sign+=" $f ${STAMP[$f]-gone}"; done
    guest=${running[$file]-}
    [ -n "$guest" ] || [ "${SEEN[$vdi]-}" != "$sign" ] || continue
    [ -z "$guest" ] || ! settled "$guest" "$vdi" "$file" || continue
    [ -z "$guest" ] || sleep 0.3
    raw_copy "$file" raw
    [ -z "$guest" ] || take_running "$guest" "$vdi"
    if cmp raw "model/$vdi"; then SEEN[$vdi]=$sign; else echo "VDI $vdi ($file) differs from its model"; fi
  done <<<"$TABLE"
  verify_theirs
  twice | sed 's/^/two VDIs on one file: /'
  wrong_internals
  for vdi in "${!model[@]}"; do
    [ -n "${known[$vdi]-}" ] || echo "VDI $vdi is gone"
  done
  while read -r guest; do
    [ -z "$guest" ] || while read -r file; do used[$file]=1; done \
      < <(virsh domblklist "$guest" --inactive --details | awk '$2 == "disk" { print $4 }')
  done < <(plain vm-list power-state=suspended params=name-label --minimal | tr , '\n')
  for file in "${!PRESENT[@]}"; do
    [ -z "${used[$file]-}" ] && [[ $file =~ $NOT_OURS ]] || continue
    theirs_is "$file"
    chain_of "$file"
    for f in "${CHAIN[@]}"; do used[$f]=1; done
  done
  # Another name of a layer is an image of its own, when nobody has an overlay on it any more, too.
  for file in "${!BACKING[@]}"; do
    [[ $file == */link* ]] && [ -e "$file" ] || continue
    chain_of "$file"
    for f in "${CHAIN[@]}"; do used[$f]=1; done
  done
  for file in "${!PRESENT[@]}"; do
    [ -n "${used[$file]-}" ] || orphans+=("orphan: $file")
  done
  [ ${#orphans[@]} = 0 ] || { printf '%s\n' "${orphans[@]}" && vxe sr-coalesce; }
  vxe check >check.out 2>&1 || cat check.out
  [ "$(sha256sum <base.qcow2)" = "$BASE_HASH" ] || echo 'the base image changed'
}

# walk SEED STEPS: three guests, one step after the other; fails at the first difference.
walk() {
  SEED=$1
  echo "# seed $1"
  walk_seed "$1"
  mkdir -p model internal old
  declare -gA UUID=() STAMP=() BACKING=() SEEN=()
  LAST=()
  GUESTS=(one two three)
  guest_disk_make base.qcow2 $WALK_SIZE && guest_install base.qcow2
  guest_disk_make one-0.qcow2 $WALK_SIZE && guest_install one-0.qcow2
  guest_disk_make one-1.qcow2 $WALK_SIZE
  for g in two three; do
    qemu-img create -q -f qcow2 -o lazy_refcounts=on -b "$PWD/base.qcow2" -F qcow2 "$g-0.qcow2"
  done
  chmod a+r base.qcow2
  guest_define one - "$PWD/one-0.qcow2" "$PWD/one-1.qcow2"
  guest_define two - "$PWD/two-0.qcow2"
  guest_define three - "$PWD/three-0.qcow2"
  BASE_HASH=$(sha256sum <base.qcow2)
  mount_domain
  for g in "${GUESTS[@]}"; do
    UUID[$g]=$(virsh domuuid "$g")
    model_adopt "$g"
  done
  for ((STEP = 1; STEP <= $2 && SECONDS < ${3-100000}; STEP++)); do
    until walk_guarded; do :; done
    [ -z "$FAULT" ] || return 1
    for g in "${GUESTS[@]}"; do note_definition "$g"; done
    [ -z "${WALK_VERBOSE-}" ] || echo "# $STEP $DID"
  done
  for g in "${!TALLY[@]}"; do echo "$g=${TALLY[$g]}"; done | sort | paste -sd' ' | sed "s/^/# note $((STEP - 1)) steps: /"
}

# What a difference is to be explained by: the folder is gone afterwards.
walk_evidence() {
  local vdi file
  printf 'before: %s\n' "${LAST[@]}"
  while read -r vdi file; do
    chain_of "$file"
    echo "VDI $vdi: counter $(raw_copy "$file" raw && raw_counter raw), model $(raw_counter "model/$vdi"): ${CHAIN[*]##*/}"
  done <<<"$TABLE"
  plain vdi-list managed=true params=uuid,is-a-snapshot,snapshot-of,vbd-uuids
  plain vbd-list type=Disk params=vm-uuid,vm-name-label,vdi-uuid,userdevice
  plain snapshot-list params=uuid,name-label,snapshot-of,power-state
  virsh list --all
}

# Runs one possible step and compares everything; sets FAULT if there is a difference.
# ABORTED[guest]: the QEMU that has stayed a writer of a layer, since virsh gave up a commit into it: nobody else may read that
# layer, and a guest that was stopped for its memory may not be let go by libvirt.
declare -gA ABORTED=()
held_by_qemu() {
  [ -n "${ABORTED[$GUEST]-}" ] && [ "${ABORTED[$GUEST]}" = "$(guest_pid "$GUEST")" ] &&
    grep -qE "Failed to get (shared )?\"write\" lock|QEMU command 'cont'|Block node is read-only" step.out
}

walk_guarded() {
  local status=0 what
  FAULT=''
  walk_step >step.out 2>&1 || status=$?
  [ -n "$DID" ] || return 1
  if [ $status != 0 ] && held_by_qemu; then status=0 DID+=' refused'; fi
  LAST+=("$STEP $DID")
  [ ${#LAST[@]} -le 20 ] || LAST=("${LAST[@]:1}")
  what=${DID%% *}
  case $DID in *refused*) what+=-refused ;; esac
  TALLY[$what]=$((${TALLY[$what]-0} + 1))
  if [ -e crashed ]; then
    { cat step.out crashed; } >wrong
    what=in
  elif [ $status = 0 ]; then
    walk_verify >wrong 2>&1
    [ ! -e crashed ] || cat crashed >>wrong
    [ -s wrong ] || return 0
    what=after
  else
    mv step.out wrong
    what=in
  fi
  FAULT=1
  echo "# seed $SEED, $what step $STEP ($DID):" && sed 's/^/#   /' wrong
  walk_evidence 2>&1 | sed 's/^/#   /'
  [ -z "${WALK_STOP-}" ] || sleep "$WALK_STOP"
}

# ---- clones, copies, archives, templates: they are made, and go again some time later --------------

MADE=()
vdi_at() { plain vbd-list vm-uuid="$1" userdevice="$2" params=vdi-uuid --minimal; }

# made_of SOURCE: the last VM or template made has the content of SOURCE.
made_of() {
  local i from to
  for i in 0 1; do
    from=$(vdi_at "$1" $i)
    [ -n "$from" ] || continue
    to=$(vdi_at "${MADE[-1]}" $i)
    cp "model/$from" "model/$to" || return
  done
}

# makes SOURCE ARG...: the command makes a VM; if it was interrupted, it may have made none.
makes() {
  local from=$1 new
  does "${@:2}" new-name-label="m$STEP" || return
  new=$(plain vm-list name-label="m$STEP" --minimal)$(plain template-list name-label="m$STEP" --minimal)
  [ -n "$new" ] || { [ -n "$HUNG" ] && return; }
  MADE+=("$new") && made_of "$from"
}
walk_clone() { makes "$1" vm-clone uuid="$1"; }
walk_copy() { makes "$1" vm-copy uuid="$1"; }
walk_install() { makes "$1" vm-install template-uuid="$1"; }
walk_archive() {
  vxe vm-export uuid="$1" filename=walk.xva compress=zstd >/dev/null &&
    MADE+=("$(vxe vm-import filename=walk.xva)") && rm walk.xva &&
    vxe vm-param-set uuid="${MADE[-1]}" name-label="m$STEP" && made_of "$1"
}
walk_template() {
  vxe vm-param-set uuid="$1" is-a-template=true && vxe template-param-set uuid="$1" is-a-template=false
}
# A template of a snapshot, with whole disks, by itself or in an archive.
walk_copied() {
  rnd 2
  if [ "$R" = 0 ]; then
    DID="snapshot-copy $1 $2" && makes "$2" snapshot-copy uuid="$2"
  else
    DID="snapshot-archive $1 $2" && vxe snapshot-export-to-template snapshot-uuid="$2" filename=walk.xva >/dev/null &&
      MADE+=("$(vxe vm-import filename=walk.xva)") && rm walk.xva && made_of "$2"
  fi
}
walk_unmake() {
  local i gone=$1 kind=vm by=uuid
  local -a vdis
  vdis=("$(vdi_at "$gone" 0)" "$(vdi_at "$gone" 1)")
  [ -z "$(plain template-list uuid="$gone" --minimal)" ] || kind=template by=template-uuid
  does $kind-uninstall $by="$gone" force=true || return
  [ -z "$(plain $kind-list uuid="$gone" --minimal)" ] || { [ -n "$HUNG" ] && return; }
  for i in "${vdis[@]}"; do [ -z "$i" ] || rm "model/$i" || return; done
  for i in "${!MADE[@]}"; do [ "${MADE[$i]}" != "$gone" ] || unset "MADE[$i]"; done
  MADE=("${MADE[@]}")
}

# A clone of a VM whose present files hold no data is made of the layers below: nothing of these files is lost. A file
# that vxe did not make is frozen in any case.
is_frozen_by_clone() {
  local file
  for file in $(virsh domblklist "$1" --inactive --details | awk '$2 == "disk" { print $4 }'); do
    [[ ! $file =~ $NOT_OURS ]] || return 0
    qemu-img map -U -f qcow2 --output=json "$file" | grep -q '"depth": 0, "present": true' && return
  done
  return 1
}

walk_made() {
  local from=${UUID[$1]} lost=${INTERNAL[$1]-}
  rnd 10
  case $R in
  0 | 1 | 2)
    is_halted "$1" || return
    if [ -n "$lost" ] && is_frozen_by_clone "$1"; then
      DID="clone $1" && refused "$1" vm-clone uuid="$from" new-name-label=no
    elif [ -z "$lost" ] && [ "$R" = 2 ]; then
      DID="copy $1" && walk_copy "$from"
    else
      DID="clone $1" && walk_clone "$from"
    fi
    ;;
  3) pick $(snapshots_of "$1") && DID="install $1 $R" && walk_install "$R" ;;
  4 | 5) ! is_running "$1" && DID="archive $1" && walk_archive "$from" ;;
  6) [ -z "$lost${EXTERNAL[$1]-}" ] && is_halted "$1" && DID="template $1" && walk_template "$from" ;;
  *) pick "${MADE[@]}" && DID="unmake $R" && walk_unmake "$R" ;;
  esac
}
