# shellcheck shell=bash
# shellcheck disable=SC2046,SC2086 # words are picked from lists
# SPDX-License-Identifier: MIT
# The actions of other programs in a random walk (walk.sh), and their model: scans, signals during a command, virsh's
# power commands, its own snapshots, old definitions. Sourced by walk.sh.

# ---- in the midst of a command -------------------------------------------------------------------

# BESIDE: the action during the command. HUNG: the command was interrupted, so the state is that before or after.
# DRIFTED: the next command may be refused, as no side was chosen yet.
BESIDE='' HUNG='' DRIFTED=''
declare -gA TALLY=() # how often what was done

# does ARG...: runs vxe, together with the random action BESIDE. Its output is in the file did.
does() {
  local status=0
  HUNG=''
  case $BESIDE in
  '') vxe "$@" >did ;;
  scan) beside_scans "$@" ;;
  *) ended_by "$BESIDE" "$@" ;;
  esac || status=$?
  [ -z "$BESIDE" ] || DID+=" beside $BESIDE" TALLY[beside-$BESIDE]=$((${TALLY[beside-$BESIDE]-0} + 1))
  return $status
}
beside_scans() {
  local status scans sr
  (while [ ! -e scanned ]; do
    for sr in $(all_srs); do plain sr-scan uuid="$sr" || : >scan-failed; done
  done) >scan.out 2>&1 &
  scans=$!
  vxe "$@" >did
  status=$?
  : >scanned
  wait "$scans"
  rm scanned
  [ ! -e scan-failed ] || { cat scan.out && rm scan-failed; return 1; }
  return $status
}
all_srs() { plain sr-list type=file --minimal | tr , ' '; }

# ended_by HOW ARG...: interrupts the command after up to 0.3 s; then runs another command.
ended_by() {
  local how=$1 after sender status
  shift
  rnd 300
  printf -v after '0.%03d' "$R"
  if [ "$how" = terminal ]; then
    printf '%q ' exec env --default-signal=HUP,TERM "$VXE_PLAIN" "$@" >in-terminal
    sed -i '1i echo $$ >pid' in-terminal
    rm -f pid
    script -qec 'bash in-terminal' /dev/null >did 2>&1 &
    sender=$!
    wait_until 10 test -s pid
    sleep "$after"
    { kill -KILL "$sender" && wait "$sender"; } 2>/dev/null
    process_gone "$(cat pid)" 600
    status=1
  else
    env --default-signal=HUP,TERM "$VXE_PLAIN" "$@" >did 2>said &
    sender=$!
    sleep "$after"
    { kill -"$how" "$sender"; } 2>/dev/null
    { wait "$sender"; } 2>/dev/null
    status=$?
    case $status in 129 | 137 | 143) ;; *) note_crash $status "$VXE_PLAIN" "$@" ;; esac
  fi
  # A signal after the result ends the merges that follow it.
  [ $status != 0 ] || { vxe sr-coalesce >recovered 2>&1 || cat recovered; return; }
  HUNG=1
  TALLY[hung-up]=$((${TALLY[hung-up]-0} + 1))
  rnd 3
  case $R in
  0) vxe check ;;
  1) vxe vm-param-set uuid="${UUID[$GUEST]}" name-description="$STEP" ;;
  2) vxe task-list && vxe vm-param-set uuid="${UUID[$GUEST]}" name-description="$STEP" ;;
  esac >recovered 2>&1 || [ -n "$DRIFTED" ] || { cat recovered; return 1; }
  vxe sr-coalesce >recovered 2>&1 || { cat recovered; return 1; } # layers are left to whoever comes next
}

# ---- sr-scan, vdi-forget -------------------------------------------------------------------------

walk_scan() {
  local sr
  for sr in $(all_srs); do vxe sr-scan uuid="$sr" || return; done
}

# scan_brings_back VDI FILE SR: a scan restores the forgotten disk under its old UUID.
scan_brings_back() {
  vxe vdi-forget uuid="$1" || return
  ! vdi_table | grep -q "^$1 " || { echo "VDI $1 is still there"; return 1; }
  [ -e "$2" ] || { echo "vdi-forget has removed $2"; return 1; }
  vxe sr-scan uuid="$3" || return
  vdi_table | grep -qxF "$1 $2" || { echo "the scan did not bring $1 back, which was $2:" && vdi_table; return 1; }
}

# Forgets a disk of a halted guest, and makes its VBD again.
walk_forget() {
  local vdi file sr at
  pick $(disks_of "${UUID[$1]}" | cut -d' ' -f1) && vdi=$R || return
  file=$(vdi_table | awk -v v="$vdi" '$1 == v { print $2 }')
  [ "${file##*.}" = qcow2 ] || { DID='' && return; } # a scan finds no layer of virsh that is named by the time
  sr=$(plain vdi-param-get uuid="$vdi" param-name=sr-uuid)
  at=$(plain vbd-list vm-uuid="${UUID[$1]}" vdi-uuid="$vdi" params=userdevice --minimal)
  scan_brings_back "$vdi" "$file" "$sr" || return
  vxe vbd-create vm-uuid="${UUID[$1]}" vdi-uuid="$vdi" device="$at" bootable=true >/dev/null &&
    boot_in_order "$1"
}
# The BIOS, and so the guest, sees the disks in this order.
boot_in_order() {
  virsh dumpxml --inactive "$1" | awk '
    /<disk / { hold = ""; disk = 1; n = 0 }
    /<boot / { next }
    disk { hold = hold $0 "\n" }
    disk && /<target / { match($0, /vd[a-z]/); n = index("abcdefgh", substr($0, RSTART + 2, 1)) }
    /<\/disk>/ { sub(/<\/disk>\n$/, "<boot order=\"" n "\"/></disk>\n", hold); printf "%s", hold; disk = 0; next }
    !disk { print }' >boot.xml
  virsh -q define boot.xml >/dev/null
}

# loose_vdis [TABLE]: VDIs that no VM and no snapshot has: lines "UUID FILE".
loose_vdis() {
  {
    plain vbd-list type=Disk params=vdi-uuid --minimal | tr , '\n'
    echo =
    if [ -n "${1-}" ]; then echo "$1"; else vdi_table; fi
  } | awk '$1 == "=" { n = 1; next } !n { used[$1] = 1; next } !used[$1]'
}
walk_forget_loose() {
  local vdi file
  pick $(loose_vdis | cut -d' ' -f1) && vdi=$R || return
  file=$(vdi_table | awk -v v="$vdi" '$1 == v { print $2 }')
  [ "${file##*.}" = qcow2 ] || { DID='' && return; }
  DID="forget loose $vdi"
  scan_brings_back "$vdi" "$file" "$(plain vdi-param-get uuid="$vdi" param-name=sr-uuid)"
}
# Not one of the users' own files: such a file stays, and the next scan would find it.
walk_drop_vdi() {
  local vdi
  pick $(loose_vdis | grep -Ev "$NOT_OURS" | cut -d' ' -f1) && vdi=$R || return
  DID="drop $vdi"
  vxe vdi-destroy uuid="$vdi" && rm "model/$vdi"
}

# ---- virsh's power commands ----------------------------------------------------------------------

# took_last GUEST: it has stopped; its disks hold its last counter, or one shortly before.
took_last() {
  local vdi file
  while read -r vdi _ file; do
    took_last_of "$1" "$vdi" "$file" || return
  done < <(disks_of "${UUID[$1]}")
}
took_last_of() {
  local last
  last=$(counter "$1")
  take_sector "$2" "$3" "$((last - 1000))" "$((last + 1000))"
}
walk_virsh_destroy() { virsh -q destroy "$1" && took_last "$1"; }
walk_virsh_start() {
  local file
  # As virt-manager makes them: a QEMU that is killed leaves such an image dirty.
  for file in $(named_files "$1"); do qemu-img amend -q -f qcow2 -o lazy_refcounts=on "$file" || return; done
  virsh -q start "$1" && guest_counts "$1"
}
# Takes a snapshot while the guest is paused by virsh.
walk_paused() {
  virsh -q suspend "$1" || return
  walk_snapshot "$1" "$2" || return
  [ "$(guest_state "$1")" = paused ] || { echo 'it is not paused any more'; return 1; }
  virsh -q resume "$1" && guest_counts "$1"
}

# ---- snapshots that virsh makes inside the files --------------------------------------------------

# INTERNAL[guest]: the names of its internal snapshots; the folder internal/NAME has a model of each disk, and the file
# memory if the guest ran.
declare -gA INTERNAL=()

# internal_copy FILE NAME: copies the internal snapshot as raw from the file itself.
internal_copy() { qemu-img convert -U -f qcow2 -l "snapshot.name=$2" -O raw "$1" raw; }

walk_internal() {
  local name=i$STEP low='' high vdi file now
  ! is_running "$1" || low=$(counter "$1")
  virsh -q snapshot-create-as "$1" "$name" || return
  [ -z "$low" ] || high=$(counter "$1")
  mkdir -p "internal/$name"
  while read -r vdi _ file; do
    cp "model/$vdi" "internal/$name/$vdi"
    [ -n "$low" ] || continue
    internal_copy "$file" "$name" || return
    now=$(raw_counter raw)
    [ "$now" -ge $((low - 2 * GUEST_STEP)) ] && [ "$now" -le "$high" ] ||
      { echo "virsh's snapshot has $now on $vdi, not $low..$high"; return 1; }
    dd if=raw of="internal/$name/$vdi" bs=512 skip=2 seek=2 count=1 conv=notrunc status=none
  done < <(disks_of "${UUID[$1]}")
  [ -z "$low" ] || : >"internal/$name.memory"
  INTERNAL[$1]+=" $name"
}

# by_either VERB GUEST NAME: virsh, or vxe on its record of virsh's snapshot, goes back to it or deletes it.
by_either() {
  local snap
  rnd 2
  if [ "$R" != 0 ]; then
    [ -z "${SAID[$2/$3]-}" ] || TALLY[hidden-then-$1]=$((${TALLY[hidden-then-$1]-0} + 1))
    virsh -q "$1" "$2" "$3"
    return
  fi
  snap=$(plain snapshot-list snapshot-of="${UUID[$2]}" name-label="$3" --minimal)
  [ -n "$snap" ] || { echo "vxe does not list virsh's snapshot $3"; return 1; }
  DID+=' by vxe'
  case $1 in
  snapshot-revert) vxe snapshot-revert uuid="$snap" ;;
  *) vxe snapshot-uninstall uuid="$snap" force=true >did ;;
  esac
}

walk_internal_revert() {
  local at vdi held=()
  if is_saved "$1"; then
    refused_for managedsave snapshot-revert uuid="$(kept_of "$1" "$2")"
    return
  fi
  ! is_running "$1" || virsh -q suspend "$1" || return
  at=$(serial_lines "$1")
  by_either snapshot-revert "$1" "$2" || return
  for vdi in "internal/$2"/*; do
    held+=("$(raw_counter "$vdi")")
    cp "$vdi" "model/${vdi##*/}"
  done
  if [ -e "internal/$2.memory" ]; then
    is_running "$1" || { echo "$1 does not run"; return 1; }
    one_instant "$1" "$at" "${held[@]}" >instants
    cat instants
    [ ! -s instants ]
  else
    is_halted "$1" || { echo "$1 is not off"; return 1; }
  fi
}

walk_internal_delete() {
  by_either snapshot-delete "$1" "$2" || return
  rm -r "internal/$2"
  rm -f "internal/$2.memory"
  INTERNAL[$1]=$(printf ' %s' ${INTERNAL[$1]} | sed "s/ $2\$//; s/ $2 / /")
  [ -n "${INTERNAL[$1]// /}" ] || unset "INTERNAL[$1]"
}

# SAID[guest/name]: vxe has said that it hides this one; it says so once.
declare -gA SAID=()
# hide GUEST COMMAND NAME: a snapshot of vxe's, HIDING, which names what it hides. So does one that ends without memory: it was a
# snapshot for a moment.
hide() {
  local name status=0
  HIDING=$(vxe "$2" vm="$1" new-name-label="$3" 2>hidden) || status=1
  for name in ${INTERNAL[$1]}; do
    if grep -qw "$name" hidden; then SAID[$1/$name]=1; fi
    [ $status != 0 ] || [ -n "${SAID[$1/$name]-}" ] || { echo "it does not name $name; libvirt had: $4"; status=1; }
  done
  [ $status = 0 ] || { cat hidden; return 1; }
}
# walk_hide GUEST COMMAND: a snapshot of vxe hides those of virsh, or two do, and they go again; libvirt has its documents back
# at once, unless a layer above the image waits.
walk_hide() {
  local name snaps=() snap
  DID+=" over virsh's"
  hide "$1" "$2" "s$STEP" "$(virsh -q snapshot-list "$1" --name | paste -sd' ')" && snaps=("$HIDING") || return
  for name in ${INTERNAL[$1]}; do
    ! virsh -q snapshot-revert "$1" "$name" 2>/dev/null || { echo "virsh has gone back to $name"; return 1; }
  done
  rnd 2
  [ "$R" = 0 ] || { DID+=', twice' && hide "$1" vm-snapshot "s$STEP-2" none && snaps+=("$HIDING"); } || return
  for snap in "${snaps[@]}"; do vxe snapshot-uninstall uuid="$snap" force=true >did || return; done
  for name in ${INTERNAL[$1]}; do
    if virsh -q snapshot-list "$1" --name | grep -qx "$name"; then
      TALLY[given-back]=$((${TALLY[given-back]-0} + 1))
      continue
    fi
    vxe snapshot-dumpxml security-info=true uuid="$(kept_of "$1" "$name")" >hidden || return
    pick adopt_inside redefine_inside && "$R" "$1" || return
  done
}

redefine_inside() { virsh -q snapshot-create "$1" hidden --redefine; }
# vxe gives libvirt the document, or refuses it because a layer above the image waits.
adopt_inside() {
  if vxe vm-adopt-snapshot uuid="${UUID[$1]}" filename=hidden 2>refused; then
    TALLY[adopt-inside]=$((${TALLY[adopt-inside]-0} + 1))
  else
    grep -q 'layers are above' refused || { cat refused; return 1; }
    redefine_inside "$1"
  fi
}

# gives_up_inside GUEST SNAPSHOT: a revert would give up files that have the snapshots. After a clone a layer below has them, which
# stays; so does a disk that the snapshot does not have.
gives_up_inside() {
  local vdi file
  while read -r vdi _ file; do
    disks_of "$2" | awk -v vdi="$vdi" '$2 == vdi { found = 1 } END { exit !found }' && qemu-img snapshot -U -l "$file" | grep -q . || return
  done < <(disks_of "${UUID[$1]}")
}

# refused GUEST ARG...: vxe refuses, and names all snapshots that would be lost.
refused() {
  local guest=$1 status name
  shift
  DID+=" refused"
  vxe "$@" >refused 2>&1
  status=$?
  [ $status = 7 ] || { echo "exit status $status instead of a refusal:" && cat refused; return 1; }
  for name in ${INTERNAL[$guest]}; do
    grep -qw "$name" refused || { echo "it does not name $name:" && cat refused; return 1; }
  done
}

# wrong_internals, after walk_verify has set TABLE: prints internal snapshots whose content has changed, or that libvirt
# does not know.
wrong_internals() {
  local guest name vdi
  for guest in "${GUESTS[@]}"; do
    [ "$(virsh snapshot-list "$guest" --name | grep . | sort | paste -sd' ')" = \
      "$(printf '%s\n' ${INTERNAL[$guest]-} $(externals_listed "$guest") | grep . | sort | paste -sd' ')" ] ||
      echo "virsh's snapshots of $guest are others than${INTERNAL[$guest]-} $(externals_listed "$guest")"
    for name in ${EXTERNAL[$guest]-}; do
      [ -n "$(kept_of "$guest" "$name")" ] || echo "vxe does not list virsh's snapshot $name of $guest"
    done
    for name in ${INTERNAL[$guest]-}; do
      for vdi in "internal/$name"/*; do
        vdi=${vdi##*/}
        internal_copy "$(file_of "$vdi")" "$name" && cmp raw "internal/$name/$vdi" ||
          echo "virsh's snapshot $name of $guest has another content on $vdi"
      done
    done
  done
}

# ---- old definitions -----------------------------------------------------------------------------

named_files() { virsh -q domblklist "$1" --inactive | awk '{ print $2 }'; }
# note_definition GUEST: keeps each definition that names other files than those kept before.
note_definition() {
  local files
  files=$(named_files "$1" | cksum | cut -d' ' -f1)
  [ -e "old/$1.$files" ] || virsh dumpxml --inactive "$1" >"old/$1.$files"
}
xml_files() { sed -n "s/^ *<source file='\([^']*\)'.*/\1/p" "$1"; }
# Old definitions of a guest that name other files than now, all of which exist.
old_definitions() {
  local xml file now
  now=$(named_files "$1" | paste -sd' ')
  for xml in "old/$1".*; do
    [ -e "$xml" ] && [ "$(xml_files "$xml" | paste -sd' ')" != "$now" ] || continue
    for file in $(xml_files "$xml"); do [ -e "$file" ] || continue 2; done
    echo "$xml"
  done
}

# walk_drift GUEST XML SIDE: defines the old XML again, as another program might; then chooses a side, or reverts to a
# snapshot.
walk_drift() {
  local -a was=()
  local vdi file i=0 snap=''
  rm -f was.* want.*
  while read -r vdi _ file; do was+=("$vdi $file"); cp "model/$vdi" "was.$((i++))"; done \
    < <(disks_of "${UUID[$1]}")
  i=0
  for file in $(xml_files "$2"); do raw_copy "$file" "want.$((i++))" || return; done
  virsh -q define "$2" >/dev/null || return
  if vxe vm-snapshot uuid="${UUID[$1]}" new-name-label="s$STEP" >refused 2>&1; then
    # What lay above holds no data, so its content is the same: as after a commit.
    DID+=' same'
    [ "$(sha256sum was.* | cut -d' ' -f1 | sort)" = "$(sha256sum want.* | cut -d' ' -f1 | sort)" ] ||
      { echo 'a snapshot of a disk that nobody knows' && return 1; }
    snapshot_has "$(plain snapshot-list name-label="s$STEP" --minimal)" '' ''
    return
  fi
  grep -q 'VM.s disks were changed outside vxe' refused || { cat refused; return 1; }
  [ "$3" != revert ] || { pick $(snapshots_of "$1") && snap=$R; } || set -- "$1" "$2" keep=records
  DID+=" $3"
  DRIFTED=1
  case $3 in
  revert) does snapshot-revert uuid="$snap" ;;
  *) does vm-adopt-disks "$3" uuid="${UUID[$1]}" ;;
  esac || return
  DRIFTED=''
  if [ -n "$HUNG" ] && ! vxe vm-param-set uuid="${UUID[$1]}" name-description="$STEP" >refused 2>&1; then
    grep -q 'VM.s disks were changed outside vxe' refused || { cat refused; return 1; }
    vxe vm-adopt-disks keep=records uuid="${UUID[$1]}" || return
    set -- "$1" "$2" keep=records
  fi
  # Each file on record before still has a VDI, under the same or another UUID.
  for i in "${!was[@]}"; do
    file=${was[$i]#* }
    vdi=$(vdi_table | awk -v f="$file" '$2 == f { print $1 }')
    [ -n "$vdi" ] || { echo "no VDI has $file, that was on record"; return 1; }
    cp "was.$i" "model/$vdi"
  done
  case $3 in
  keep=definition)
    i=0
    while read -r file; do
      vdi=$(vdi_table | awk -v f="$file" '$2 == f { print $1 }')
      cp "want.$((i++))" "model/$vdi"
    done < <(named_files "$1")
    ;;
  revert) while read -r vdi i _; do cp "model/$vdi" "model/$i"; done < <(disks_of "$snap") ;;
  esac
}

# ---- qemu-img between two commands ---------------------------------------------------------------

# Images of others on layers of vxe's. Each has a raw file in theirs/ with its expected content, until a scan adopts it.
declare -gA THEIRS=() # file: its model

theirs_model() { basename "theirs/$1" .qcow2 | sed 's|^|theirs/|'; }
# theirs_is FILE: what it contains now is what it has to contain from now on.
theirs_is() {
  mkdir -p theirs
  THEIRS[$1]=$(theirs_model "$1")
  raw_copy "$1" "${THEIRS[$1]}"
}
# Writes the layers on which another image builds that is on record to the file layers.
list_layers() {
  local vdi file
  look_at_files
  while read -r vdi file; do
    chain_of "$file"
    printf '%s\n' "${CHAIN[@]:1}"
  done < <(vdi_table) | sort -u | grep -vxF "$PWD/base.qcow2" >layers
}
# One of them; sets R.
pick_layer() { list_layers; pick $(cat layers); }
# An image of others that no such image builds on, as an external snapshot on a layer that is no longer on record does.
pick_theirs() { list_layers; pick $(printf '%s\n' "${!THEIRS[@]}" | grep -vxFf layers); }

walk_theirs() {
  local layer link new=$PWD/theirs$STEP.qcow2
  rnd 10
  case $R in
  0 | 1 | 2) # in the folder of the layers, in that of vxe's own images
    pick_layer && layer=$R || return
    pick "$PWD" "$HOST_IMAGES" && new=$R/theirs$STEP.qcow2
    DID="overlay $layer" && qemu-img create -q -f qcow2 -b "$layer" -F qcow2 "$new" && theirs_is "$new"
    ;;
  3) # under another name of the layer
    pick_layer && layer=$R || return
    link=${layer%/*}/link$STEP
    BACKING[$link]=$layer
    DID="overlay-of-link $layer" && ln "$layer" "$link" &&
      qemu-img create -q -f qcow2 -b "$link" -F qcow2 "$new" && theirs_is "$new"
    ;;
  4) DID="image $new" && qemu-img create -q -f qcow2 "$new" $WALK_SIZE && theirs_is "$new" ;;
  5 | 6) # in place: the folder does not change
    pick_layer && layer=$R || return
    pick_theirs && new=$R || return
    DID="rebase $new" && qemu-img rebase -u -f qcow2 -b "$layer" -F qcow2 "$new" && theirs_is "$new" &&
      vxe sr-coalesce >did
    ;;
  7)
    pick_theirs && layer=$R || return
    DID="rename $layer" && mv "$layer" "$new" && mv "${THEIRS[$layer]}" "$(theirs_model "$new")" &&
      unset "THEIRS[$layer]" && THEIRS[$new]=$(theirs_model "$new")
    ;;
  8)
    pick $(vdi_table | grep '/theirs[0-9]*.qcow2$' | cut -d' ' -f1) && layer=$R || return
    new=$(vdi_table | awk -v v="$layer" '$1 == v { print $2 }')
    DID="forget-theirs $new" && vxe vdi-forget uuid="$layer" && rm "$new" "model/$layer" && vxe sr-coalesce >did
    ;;
  *)
    pick_theirs && new=$R || return
    DID="remove $new" && rm "$new" "${THEIRS[$new]}" && unset "THEIRS[$new]" && vxe sr-coalesce >did
    ;;
  esac
}

# A scan makes VDIs of them.
take_adopted() {
  local file vdi
  for file in "${!THEIRS[@]}"; do
    vdi=$(awk -v f="$file" '$2 == f { print $1; exit }' <<<"$TABLE")
    [ -n "$vdi" ] || continue
    mv "${THEIRS[$file]}" "model/$vdi"
    unset "THEIRS[$file]"
  done
}

# Not in a subshell: it notes which files they use.
verify_theirs() {
  local file f
  for file in "${!THEIRS[@]}"; do
    chain_of "$file"
    for f in "${CHAIN[@]}"; do used[$f]=1; done
    raw_copy "$file" raw && cmp raw "${THEIRS[$file]}" || echo "another program's $file differs from its model"
  done
}
