# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# A random walk over snapshots with a model beside it: every VDI has a raw file in model/ that says
# what it must hold. After each step all VDIs are compared, byte by byte. Sourced after e2e.sh.

WALK_SIZE=4194304

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
snapshots_of() { plain snapshot-list snapshot-of="${UUID[$1]}" --minimal | tr , '\n'; }
is_running() { virsh list --name --state-running | grep -qx "$1"; }
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
# What the image really holds, as raw; the image may be in use.
raw_copy() { qemu-img convert -U -f qcow2 -O raw "$1" "$2"; }
raw_counter() { od -An -tu4 -j1024 -N4 "$1" | tr -d ' '; }

# counter GUEST: what it printed last, also when the log is read at a bad moment.
counter() {
  wait_until 5 guest_has_counter "$1" && guest_counter "$1"
}

# lines "UUID FILE" of a VM's present disks by its definition, without vxe.
guest_leaf() { virsh domblklist "$1" --details | awk -v t="$2" '$3 == t { print $4 }'; }

# model_adopt GUEST: the first state of its disks is what the files hold.
model_adopt() {
  local vdi file
  while read -r vdi _ file; do
    raw_copy "$file" "model/$vdi"
  done < <(disks_of "${UUID[$1]}")
}

# take_sector VDI FILE LOW HIGH: the counter sector of a running guest's disk is accepted when it
# lies between the counters printed before and after.
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

walk_snapshot() {
  local low='' high='' snap vdi origin file
  ! is_running "$1" || low=$(counter "$1")
  snap=$(vxe "${2-vm-snapshot}" vm="$1" new-name-label="s$STEP") || return
  [ -z "$low" ] || high=$(counter "$1")
  while read -r vdi origin file; do
    cp "model/$origin" "model/$vdi"
    [ -n "$low" ] || continue
    take_sector "$vdi" "$file" "$low" "$high" || return
  done < <(disks_of "$snap")
}

walk_revert() {
  local vdi origin
  vxe snapshot-revert snapshot-uuid="$2" || return
  while read -r vdi origin _; do
    cp "model/$vdi" "model/$origin"
  done < <(disks_of "$2")
}

walk_uninstall() {
  local -a gone
  mapfile -t gone < <(disks_of "$2" | cut -d' ' -f1)
  vxe snapshot-uninstall snapshot-uuid="$2" force=true >/dev/null || return
  (cd model && rm -f "${gone[@]}")
}

walk_destroy() { vxe snapshot-destroy snapshot-uuid="$2"; }

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

# The memory fits the disks: its counter goes on from theirs.
walk_resume() {
  local at vdi held=()
  while read -r vdi _; do held+=("$(raw_counter "model/$vdi")"); done < <(disks_of "${UUID[$1]}")
  at=$(serial_lines "$1")
  vxe vm-resume vm="$1" || return
  one_instant "$1" "$at" "${held[@]}" >instants
  cat instants
  [ ! -s instants ]
}
walk_suspend() {
  local vdi file last
  vxe vm-suspend vm="$1" || return
  last=$(counter "$1")
  while read -r vdi _ file; do
    take_sector "$vdi" "$file" "$((last - 1000))" "$((last + 1000))" || return
  done < <(disks_of "${UUID[$1]}")
}
# Its disks are what they were.
walk_drop_memory() { vxe vm-shutdown vm="$1" --force; }

walk_start() { vxe vm-start vm="$1" && guest_counts "$1"; }
walk_stop() {
  local vdi file last
  vxe vm-shutdown vm="$1" --force || return
  last=$(counter "$1")
  while read -r vdi _ file; do
    take_sector "$vdi" "$file" "$((last - 1000))" "$((last + 1000))" || return
  done < <(disks_of "${UUID[$1]}")
}

# walk_step: chooses one that is possible; sets DID.
walk_step() {
  local guest snap
  pick "${GUESTS[@]}" && guest=$R
  DID=
  rnd 8
  [ "$R" != 0 ] || { walk_made "$guest" || [ -z "$DID" ]; return; }
  rnd 100
  case $R in
  [0-9]) DID="checkpoint $guest" && { ! is_running "$guest" && ! is_suspended "$guest" ||
    walk_snapshot "$guest" vm-checkpoint; } ;;
  1[0-9] | 2[0-9]) DID="snapshot $guest" && walk_snapshot "$guest" ;;
  3[0-9] | 4[0-4])
    pick $(snapshots_of "$guest") && snap=$R && DID="revert $guest $snap" && walk_revert "$guest" "$snap"
    ;;
  4[5-9] | 5[0-9])
    pick $(snapshots_of "$guest") && snap=$R && DID="uninstall $guest $snap" && walk_uninstall "$guest" "$snap"
    ;;
  6[0-4])
    pick $(snapshots_of "$guest") && snap=$R && DID="destroy $guest $snap" && walk_destroy "$guest" "$snap"
    ;;
  6[5-9] | 7[0-9] | 8[0-4]) is_running "$guest" || is_suspended "$guest" || { DID="write $guest" && walk_write "$guest"; } ;;
  *)
    rnd 3
    if is_running "$guest"; then
      if [ "$R" = 0 ]; then
        DID="stop $guest" && walk_stop "$guest"
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
  esac || [ -z "$DID" ]
}

# ---- comparing everything --------------------------------------------------------------------------

# What is known of files until they change: STAMP[file], BACKING[file]; SEEN[vdi] is the state of
# chain and model in which both were equal. Only what has changed is read again.

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
  done < <(find "$PWD" "$HOST_IMAGES" -name '*.qcow2' -printf '%T@/%s/%i %p\n' 2>/dev/null)
}

# chain_of FILE: sets CHAIN to the files from there down.
chain_of() {
  local file=$1
  CHAIN=()
  while [ -n "$file" ]; do
    CHAIN+=("$file")
    file=${BACKING[$file]-}
  done
}

# Prints what is wrong; nothing when all is right. Not in a subshell: it remembers.
walk_verify() {
  local vdi file guest high sign f
  declare -A running=() known=() used=() model=()
  look_at_files
  while read -r sign vdi; do model[$vdi]=$sign; done < <(find model -type f -printf '%T@ %f\n')
  while read -r guest; do
    [ -z "$guest" ] || while read -r file; do running[$file]=$guest; done \
      < <(virsh domblklist "$guest" --details | awk '$2 == "disk" { print $4 }')
  done < <(virsh list --name --state-running)
  for file in "${CHANGED[@]}"; do
    [ -n "${running[$file]-}" ] ||
      qemu-img check -q -U -f qcow2 "$file" >/dev/null || echo "qemu-img check: $file"
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
    raw_copy "$file" raw
    if [ -n "$guest" ]; then
      # Not below: QEMU keeps tables of a new layer in memory until they are flushed; the stop of
      # the guest shows both bounds.
      high=$(($(counter "$guest") + GUEST_STEP))
      [ "$(raw_counter raw)" -le $high ] ||
        echo "the counter on $vdi, $(raw_counter raw), is ahead of that of $guest, $high"
      dd if=raw of="model/$vdi" bs=512 skip=2 seek=2 count=1 conv=notrunc status=none
    fi
    if cmp raw "model/$vdi"; then SEEN[$vdi]=$sign; else echo "VDI $vdi ($file) differs from its model"; fi
  done < <(vdi_table)
  for vdi in "${!model[@]}"; do
    [ -n "${known[$vdi]-}" ] || echo "VDI $vdi is gone"
  done
  while read -r guest; do
    [ -z "$guest" ] || while read -r file; do used[$file]=1; done \
      < <(virsh domblklist "$guest" --inactive --details | awk '$2 == "disk" { print $4 }')
  done < <(plain vm-list power-state=suspended params=name-label --minimal | tr , '\n')
  for file in "${!PRESENT[@]}"; do
    [ -n "${used[$file]-}" ] || echo "orphan: $file"
  done
  vxe check >check.out 2>&1 || cat check.out
  [ "$(sha256sum <base.qcow2)" = "$BASE_HASH" ] || echo 'the base image changed'
}

# walk SEED STEPS: three guests, one step after the other; fails at the first difference.
walk() {
  echo "# seed $1, $2 steps"
  walk_seed "$1"
  mkdir -p model
  declare -gA UUID=() STAMP=() BACKING=() SEEN=()
  GUESTS=(one two three)
  guest_disk_make base.qcow2 $WALK_SIZE && guest_install base.qcow2
  guest_disk_make one-0.qcow2 $WALK_SIZE && guest_install one-0.qcow2
  guest_disk_make one-1.qcow2 $WALK_SIZE
  for g in two three; do
    qemu-img create -q -f qcow2 -b "$PWD/base.qcow2" -F qcow2 "$g-0.qcow2"
  done
  chmod a+r base.qcow2
  guest_define one - "$PWD/one-0.qcow2" "$PWD/one-1.qcow2"
  guest_define two - "$PWD/two-0.qcow2"
  guest_define three - "$PWD/three-0.qcow2"
  BASE_HASH=$(sha256sum <base.qcow2)
  for g in "${GUESTS[@]}"; do
    UUID[$g]=$(virsh domuuid "$g")
    model_adopt "$g"
  done
  for ((STEP = 1; STEP <= $2; STEP++)); do
    if ! walk_step >step.out 2>&1; then
      echo "# seed $1, step $STEP ($DID) failed:" && sed 's/^/#   /' step.out
      return 1
    fi
    walk_verify >wrong 2>&1
    if [ -s wrong ]; then
      echo "# seed $1, after step $STEP ($DID):" && sed 's/^/#   /' wrong
      return 1
    fi
    [ -z "${WALK_VERBOSE-}" ] || echo "# $STEP $DID"
  done
}

# ---- clones, copies, archives, templates: they are made, and go again some time later --------------

MADE=()
vdi_at() { plain vbd-list vm-uuid="$1" userdevice="$2" params=vdi-uuid --minimal; }

# made_of SOURCE: the last thing that was made holds what that holds.
made_of() {
  local i from to
  for i in 0 1; do
    from=$(vdi_at "$1" $i)
    [ -n "$from" ] || continue
    to=$(vdi_at "${MADE[-1]}" $i)
    cp "model/$from" "model/$to" || return
  done
}

walk_clone() { MADE+=("$(vxe vm-clone uuid="$1" new-name-label="m$STEP")") && made_of "$1"; }
walk_copy() { MADE+=("$(vxe vm-copy uuid="$1" new-name-label="m$STEP")") && made_of "$1"; }
walk_install() {
  MADE+=("$(vxe vm-install template-uuid="$1" new-name-label="m$STEP")") && made_of "$1"
}
walk_archive() {
  vxe vm-export uuid="$1" filename=walk.xva compress=zstd >/dev/null &&
    MADE+=("$(vxe vm-import filename=walk.xva)") && rm walk.xva &&
    vxe vm-param-set uuid="${MADE[-1]}" name-label="m$STEP" && made_of "$1"
}
walk_template() {
  vxe vm-param-set uuid="$1" is-a-template=true && vxe template-param-set uuid="$1" is-a-template=false
}
walk_unmake() {
  local i gone=$1
  local -a vdis
  vdis=("$(vdi_at "$gone" 0)" "$(vdi_at "$gone" 1)")
  vxe vm-uninstall uuid="$gone" force=true >/dev/null || return
  for i in "${vdis[@]}"; do [ -z "$i" ] || rm "model/$i" || return; done
  for i in "${!MADE[@]}"; do [ "${MADE[$i]}" != "$gone" ] || unset "MADE[$i]"; done
  MADE=("${MADE[@]}")
}

walk_made() {
  local from=${UUID[$1]}
  rnd 10
  case $R in
  0 | 1) ! is_halted "$1" || { DID="clone $1" && walk_clone "$from"; } ;;
  2) ! is_halted "$1" || { DID="copy $1" && walk_copy "$from"; } ;;
  3) pick $(snapshots_of "$1") && DID="install $1 $R" && walk_install "$R" ;;
  4 | 5) is_running "$1" || { DID="archive $1" && walk_archive "$from"; } ;;
  6) ! is_halted "$1" || { DID="template $1" && walk_template "$from"; } ;;
  *) pick "${MADE[@]}" && DID="unmake $R" && walk_unmake "$R" ;;
  esac
}
