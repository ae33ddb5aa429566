# shellcheck shell=bash
# shellcheck disable=SC2046,SC2086 # words are picked from lists
# SPDX-License-Identifier: MIT
# What other programs have under way in a random walk (walk.sh) while vxe is called: copies, merges and backups by virsh,
# a save; a QEMU that is killed; a chain that stands in the definition only; UEFI variables of two domains; lists beside a
# snapshot of virsh's. Sourced by walk.sh.

# The domain's disks, by target.
targets_of() { virsh domblklist "$1" --details | awk '$2 == "disk" { print $3 }'; }

# ---- jobs of others --------------------------------------------------------------------------------

# busy GUEST HAS: vxe refuses at once to work beside somebody's job, and the job goes on: HAS passes.
busy() {
  local status begun=$SECONDS
  DID+=' refused'
  vxe vm-snapshot uuid="${UUID[$1]}" new-name-label=no >refused 2>&1
  status=$?
  [ $status = 6 ] && grep -q 'domjobinfo\|blockjob' refused ||
    { echo "exit status $status instead of a refusal for a job:" && cat refused; return 1; }
  patience 15
  [ $((SECONDS - begun)) -le $PATIENCE ] || { echo "it took $((SECONDS - begun)) s to refuse"; return 1; }
  "${@:2}" || { echo 'the job has gone' && cat refused; return 1; }
}
has_block_job() { virsh blockjob "$1" "$2" --raw | grep -q .; }
is_mirrored() { virsh blockjob "$1" "$2" --raw | grep -q 'cur=\([0-9]*\)'; }
has_job() { virsh domjobinfo "$1" | grep -q '^Operation: *Backup'; }

walk_blockcopy() {
  local target file=$HOST_DIR/s/copy$STEP.img
  pick $(targets_of "$1") && target=$R || return
  virsh -q blockcopy "$1" "$target" "$file" --transient-job --format raw --bandwidth 1 || return
  busy "$1" has_block_job "$1" "$target" && virsh -q blockjob "$1" "$target" --abort && guest_counts "$1"
  set -- $?
  rm -f "$file"
  return "$1"
}

# A layer without a record of libvirt's, merged again at once by virsh, or kept.
walk_blockcommit() {
  local target file leaf
  pick $(targets_of "$1") && target=$R || return
  file=$PWD/ext$STEP-0.qcow2 leaf=$(guest_leaf "$1" "$target")
  virsh -q snapshot-create-as "$1" --no-metadata --disk-only --atomic --diskspec "$target,snapshot=external,file=$file" \
    $(for t in $(targets_of "$1"); do [ "$t" = "$target" ] || echo "--diskspec $t,snapshot=no"; done) || return
  virsh -q blockcommit "$1" "$target" --active --shallow || return
  busy "$1" has_block_job "$1" "$target" || return
  pick abort pivot
  DID+=" $R"
  virsh -q blockjob "$1" "$target" --"$R" || return
  [ "$R" != abort ] || ABORTED[$1]=$(guest_pid "$1")
  [ "$R" != pivot ] || { [ "$(guest_leaf "$1" "$target")" = "$leaf" ] && rm "$file"; } || return
  vxe vm-param-set uuid="${UUID[$1]}" name-description="$STEP" || return # it takes over what virsh has done
  guest_counts "$1"
}

# A backup of the kind that backup tools run for hours.
walk_backup() {
  local target status
  pick $(targets_of "$1") && target=$R || return
  {
    echo "<domainbackup mode='pull'><server transport='unix' socket='$HOST_DIR/s/b$STEP'/><disks>"
    for t in $(targets_of "$1"); do
      if [ "$t" = "$target" ]; then
        echo "<disk name='$t' backup='yes' type='file'><scratch file='$HOST_DIR/s/scratch$STEP'/></disk>"
      else
        echo "<disk name='$t' backup='no'/>"
      fi
    done
    echo '</disks></domainbackup>'
  } >backup.xml
  virsh -q backup-begin "$1" backup.xml >/dev/null && busy "$1" has_job "$1" || return
  pick domjobabort stop
  DID+=" $R"
  if [ "$R" = stop ]; then walk_stop "$1"; else virsh -q domjobabort "$1" && guest_counts "$1"; fi
  status=$?
  # A vxe that was ended may have stopped nothing.
  ! has_job "$1" 2>/dev/null || virsh -q domjobabort "$1" || status=1
  rm -f "$HOST_DIR/s/scratch$STEP"
  return $status
}

# virsh saves the guest while vxe takes a snapshot: one after the other, or the snapshot is refused.
walk_save_beside() {
  local low high saver snap
  low=$(counter "$1")
  virsh -q managedsave "$1" >saved 2>&1 &
  saver=$!
  vxe vm-snapshot uuid="${UUID[$1]}" new-name-label="s$STEP" >did 2>refused || DID+=' refused'
  wait "$saver" || cat saved
  high=$(($(counter "$1") + GUEST_STEP))
  snap=$(plain snapshot-list name-label="s$STEP" --minimal)
  [ -z "$snap" ] || snapshot_has "$snap" "$low" "$high" || return
  if is_running "$1"; then guest_counts "$1"; else is_suspended "$1" && took_last "$1"; fi
}

# ---- a QEMU that is killed -------------------------------------------------------------------------

# KILLED[file]: an image that a killed QEMU had open: it may have leaks, and be dirty until a guest's next start, or vxe
# before it puts a layer on it, has put it right.
declare -gA KILLED=()
walk_kill_qemu() {
  local pid high
  pid=$(guest_pid "$1") high=$(($(counter "$1") + 64 * GUEST_STEP))
  kill -KILL "$pid" && wait_until 20 guest_is_off "$1" && took_killed "$1" "$high"
}
# took_killed GUEST HIGH: its QEMU was killed; what QEMU has not flushed is lost, so an older counter is right.
took_killed() {
  local vdi file
  while read -r vdi _ file; do
    KILLED[$file]=1
    ! is_dirty "$file" || TALLY[dirty]=$((${TALLY[dirty]-0} + 1))
    take_sector "$vdi" "$file" 0 "$2" || return
  done < <(disks_of "${UUID[$1]}")
}

is_dirty() { qemu-img info -U --output=json "$1" | grep -q '"dirty-flag": true'; }
# unsound FILE: it has errors that no killed QEMU explains.
unsound() {
  local status above file=$1
  qemu-img check -q -U -f qcow2 "$file" >/dev/null 2>&1
  status=$?
  [ $status != 0 ] || return 1
  [ -n "${KILLED[$file]-}" ] || return 0
  [ $status != 3 ] || return 1
  for above in "${!PRESENT[@]}"; do [ "${BACKING[$above]-}" != "$file" ] || return 0; done
  return 1
}

# ---- a chain that stands in the definition only ----------------------------------------------------

# The definition says what the headers say: vxe goes on. It names a copy of the layer below the disk: vxe refuses, and
# the definition stays.
walk_own_chain() {
  local leaf below copy=$PWD/copy$STEP.qcow2 status=0
  leaf=$(guest_leaf "$1" vda)
  look_at_files
  below=${BACKING[$leaf]-}
  [ -n "$below" ] && [ -z "${BACKING[$below]-}" ] || { DID='' && return; }
  virsh dumpxml --inactive "$1" >as-it-was.xml
  pick equal other
  DID+=" $R"
  [ "$R" = equal ] && copy=$below || cp "$below" "$copy"
  awk -v leaf="<source file='$leaf'" -v copy="$copy" '{ print }
    index($0, leaf) { print "<backingStore type=\"file\"><format type=\"qcow2\"/><source file=\"" copy "\"/><backingStore/></backingStore>" }' \
    as-it-was.xml >chained.xml
  virsh -q define chained.xml >/dev/null || return
  vxe vm-param-set uuid="${UUID[$1]}" name-description="$STEP" >refused 2>&1 || status=$?
  if [ "$copy" = "$below" ]; then
    [ $status = 0 ] || { cat refused && return 1; }
    return
  fi
  if [ $status = 0 ]; then
    virsh dumpxml --inactive "$1" | grep -qF "$copy" || { echo 'the chain of the definition is dropped' && return 1; }
  else
    [ $status = 7 ] && DID+=' refused' || { cat refused && return 1; }
  fi
  virsh -q define as-it-was.xml >/dev/null && rm "$copy"
}

# ---- a file of UEFI variables that two domains use ---------------------------------------------------

VARS=/usr/share/OVMF/OVMF_VARS_4M.fd CODE=/usr/share/OVMF/OVMF_CODE_4M.fd
# The file belongs to "four", which has no disk and no part in other steps; NVRAM_OF: its snapshot, which has "then.fd".
NVRAM_OF=''
uefi_define() {
  guest_xml "$1" - | sed "s#machine='pc'#machine='q35'#
    s#hvm</type>#&<loader readonly='yes' type='pflash'>$CODE</loader><nvram>$PWD/four.fd</nvram>#" >"$1.xml" &&
    virsh -q define "$1.xml"
}
# A revert of four replaces the file, unless "five" names it as well.
walk_nvram() {
  local status=0
  [ -e $VARS ] || { DID='' && return; }
  if [ -z "$NVRAM_OF" ]; then
    mkdir -p "$HOST_DIR/s" && cp $VARS four.fd && chmod 0666 four.fd && uefi_define four || return
    NVRAM_OF=$(vxe vm-snapshot vm=four new-name-label="n$STEP") && cp four.fd then.fd || return
  fi
  printf '%s' "$STEP" | dd of=four.fd bs=1 seek=530000 conv=notrunc status=none
  cp four.fd now.fd
  pick shared alone
  DID+=" $R"
  if [ "$R" = shared ]; then
    uefi_define five && vxe snapshot-revert uuid="$NVRAM_OF" >refused 2>&1 || status=$?
    virsh -q undefine five --keep-nvram && cmp four.fd now.fd || return
    [ $status = 7 ] && grep -q '(five)' refused || { cat refused && return 1; }
    DID+=' refused'
  else
    does snapshot-revert uuid="$NVRAM_OF" || return
    cmp four.fd then.fd || { [ -n "$HUNG" ] && cmp four.fd now.fd; }
  fi
}

# ---- lists beside a snapshot of virsh's ------------------------------------------------------------

# beside_lists CMD...: vxe lists the snapshots all the time while CMD makes one.
beside_lists() {
  local lists status
  (while [ ! -e listed ]; do plain snapshot-list >/dev/null || : >list-failed; done) >lists.out 2>&1 &
  lists=$!
  "$@"
  status=$?
  : >listed
  wait "$lists"
  rm listed
  [ ! -e list-failed ] || { cat lists.out && rm list-failed; return 1; }
  return $status
}

# ---- which step ------------------------------------------------------------------------------------

walk_job() {
  local guest=$1 lost=${INTERNAL[$1]-}
  rnd 100
  if [ "$R" -ge 90 ]; then
    DID='nvram' && walk_nvram
  elif is_running "$guest"; then
    [ "$(guest_state "$guest")" = running ] || return
    case $R in
    [0-9] | 1[0-9]) DID="blockcopy $guest" && walk_blockcopy "$guest" ;;
    2[0-9] | 3[0-4]) [ -z "$lost" ] && DID="blockcommit $guest" && walk_blockcommit "$guest" ;;
    3[5-9] | 4[0-9]) DID="backup $guest" && walk_backup "$guest" ;;
    5[0-9] | 6[0-4]) [ -z "$lost" ] && DID="save-beside $guest" && walk_save_beside "$guest" ;;
    *) DID="kill-qemu $guest" && walk_kill_qemu "$guest" ;;
    esac
  elif is_halted "$guest" && [ -z "$lost${EXTERNAL[$guest]-}" ]; then
    DID="own-chain $guest" && walk_own_chain "$guest"
  fi
}
