# shellcheck shell=bash
# shellcheck disable=SC2046,SC2086 # words are picked from lists
# SPDX-License-Identifier: MIT
# What neighbours do to names, definitions, pools, mounts, rights and processes in a random walk (walk.sh), each with an act of
# vxe beside it, and put back at the end of the step: virsh renames and undefines domains, pools go and come, a folder's
# server stands still or is dead, rights are given, a QEMU stands still, references are cleared and set. Sourced by walk.sh.

# takes_snapshot GUEST [SELECTOR]: a snapshot of the halted guest, whose disks are those of the model.
takes_snapshot() {
  local snap
  snap=$(vxe vm-snapshot "${2-uuid=${UUID[$1]}}" new-name-label="s$STEP") || return
  [ "$(plain snapshot-param-get uuid="$snap" param-name=snapshot-of)" = "${UUID[$1]}" ] ||
    { echo "that is a snapshot of $(plain snapshot-param-get uuid="$snap" param-name=snapshot-of), not of $1"; return 1; }
  snapshot_has "$snap" '' ''
}
# is_plain GUEST: off, without a snapshot or memory of virsh's, which bind a domain to its name and its definition.
is_plain() { [ -z "${INTERNAL[$1]-}${EXTERNAL[$1]-}" ] && is_halted "$1" && ! is_saved "$1"; }
others_than() { printf '%s\n' "${GUESTS[@]}" | grep -vx "$1"; }
# within SECONDS CMD...: CMD of vxe has to end in that time.
within() {
  local end status
  patience "$1"
  end=$((SECONDS + PATIENCE))
  "${@:2}"
  status=$?
  [ $SECONDS -le $end ] || { echo "it took more than $PATIENCE s: ${*:2}"; return 1; }
  return $status
}

# ---- names ---------------------------------------------------------------------------------------

swap_names() { virsh -q domrename "$1" "$1-away" && virsh -q domrename "$2" "$1" && virsh -q domrename "$1-away" "$2"; }
# A command that names a VM acts on the domain that has this name now.
walk_rename() {
  local status=0
  swap_names "$1" "$2" || return
  takes_snapshot "$2" vm="$1" || status=1
  [ "$(plain vm-list name-label="$2" params=uuid --minimal)" = "${UUID[$1]}" ] || { echo "the list has old names"; status=1; }
  swap_names "$1" "$2" || return
  [ "$(plain vm-list name-label="$1" params=uuid --minimal)" = "${UUID[$1]}" ] || { echo "the list keeps a name"; status=1; }
  return $status
}

# ---- definitions ---------------------------------------------------------------------------------

# held_open FILE CMD...: while CMD runs, another process has the image open for writing.
held_open() {
  local file=$1 holder status
  shift
  mkfifo hold
  forced "$file" bash -c 'exec qemu-io -f qcow2 "$1" >held 2>&1 <hold' hold "$file" &
  holder=$!
  exec 9>hold
  if wait_until 10 is_written_to "$file"; then
    "$@"
    status=$?
  else
    echo "nobody has $file open:" && cat held
    status=1
  fi
  exec 9>&-
  wait $holder
  rm hold
  return $status
}
# Somebody has QEMU's lock of a writer on the image. To open the image instead would keep the writer from getting it.
is_written_to() { grep -qE "OFDLCK .*:$(stat -c %i "$1") 10[01] 10[1-9]" /proc/locks; }
# refuses ARG...: vxe refuses, and nothing is half done.
refuses() { ! vxe "$@" >refused 2>&1 || { echo "not refused: $*"; return 1; }; }
# It is undefined while another host's QEMU writes to its disk: nothing may be frozen or given up.
walk_elsewhere() {
  local snap=$2 leaf
  leaf=$(named_files "$1" | head -n 1)
  virsh dumpxml --inactive --security-info "$1" >elsewhere.xml && virsh -q undefine "$1" || return
  held_open "$leaf" refuses_all "$1" "$snap" && virsh -q define elsewhere.xml
}
refuses_all() {
  refuses vm-snapshot uuid="${UUID[$1]}" new-name-label=no && refuses vm-clone uuid="${UUID[$1]}" new-name-label=no &&
    refuses snapshot-revert snapshot-uuid="$2"
}

# ---- pools ---------------------------------------------------------------------------------------

# A domain of somebody has an overlay on a layer, as a volume of a pool that then goes: the layer below it keeps its content.
walk_pool() {
  local layer=$1 dir=$PWD/priv$STEP status=0
  mkdir "$dir" && qemu-img create -q -f qcow2 -b "$layer" -F qcow2 "$dir/o.qcow2" && raw_copy "$dir/o.qcow2" overlay.was &&
    virsh -q pool-define-as priv dir --target "$dir" >/dev/null && virsh -q pool-start priv >/dev/null || return
  guest_xml volume - x | sed "s#<disk type='file'#<disk type='volume'#; s#<source file='x'/>#<source pool='priv' volume='o.qcow2'/>#" >volume.xml
  virsh -q define volume.xml >/dev/null || return
  pick known unknown
  [ "$R" = unknown ] || plain vm-list --minimal >/dev/null
  DID+=" $R"
  virsh -q pool-destroy priv && virsh -q pool-undefine priv || return
  vxe sr-coalesce >did || status=1
  if pick $(snapshots_of "$GUEST") && [ -z "${INTERNAL[$GUEST]-}" ]; then walk_uninstall "$GUEST" "$R" || status=1; fi
  raw_copy "$dir/o.qcow2" raw && cmp raw overlay.was || { echo 'the overlay has other content'; status=1; }
  virsh -q undefine volume && rm -r "$dir" && plain vm-list --minimal >/dev/null && forget_removed && vxe sr-coalesce >did || status=1
  return $status
}
# An overlay that was removed with its domain stays on record while vxe's layers are below it, as its file system may only be
# away. check says what ends that.
forget_removed() {
  local sr vdi
  for vdi in $(plain vdi-list name-label=o.qcow2 --minimal | tr , ' '); do
    sr=$(plain vdi-param-get uuid="$vdi" param-name=sr-uuid)
    vxe vdi-forget uuid="$vdi" && vxe pbd-unplug uuid="$(plain pbd-list sr-uuid="$sr" --minimal)" && vxe sr-forget uuid="$sr" || return
  done
}

# ---- mounts --------------------------------------------------------------------------------------

# MOUNT: the process that serves the folder fm, where the disk of a further domain lies; empty where there is no FUSE.
MOUNT=''
mount_begins() {
  mkdir -p "$HOST_DIR/s/real" fm
  command -v bindfs >/dev/null || return
  bindfs -f -o allow_other "$HOST_DIR/s/real" fm &
  MOUNT=$!
  wait_until 10 mountpoint -q fm || { MOUNT=''; return; }
  [ -e fm/far.qcow2 ] || guest_disk_make fm/far.qcow2 $WALK_SIZE
}
# The domain is no guest of the walk: nobody acts on it.
mount_domain() {
  [ "$HOST_MODE" = system ] && mount_begins && guest_define far - "$PWD/fm/far.qcow2" &&
    UUID[far]=$(virsh domuuid far) && model_adopt far
}
mount_ends() {
  [ -n "$MOUNT" ] || return 0
  kill -CONT "$MOUNT" && kill -KILL "$MOUNT"
  wait "$MOUNT" 2>/dev/null
  umount -l fm
  MOUNT=''
}
walk_stopped_mount() {
  local status=0
  kill -STOP "$MOUNT"
  within 30 takes_snapshot "$1" || status=1
  kill -CONT "$MOUNT"
  return $status
}
walk_dead_mount() {
  local status=0
  kill -KILL "$MOUNT"
  wait "$MOUNT" 2>/dev/null
  within 30 takes_snapshot "$1" || status=1
  within 30 vxe sr-coalesce >did || status=1
  umount -l fm
  mount_begins && vxe sr-coalesce >did && return $status
}

# ---- rights --------------------------------------------------------------------------------------

rights_of() { getfacl -cp "$1" 2>/dev/null | sort; }
# The file that the guest writes to next has the rights of the one before.
walk_rights() {
  local leaf was
  leaf=$(named_files "$1" | head -n 1)
  setfacl -m u:libvirt-qemu:rw,g:daemon:r "$leaf" && was=$(rights_of "$leaf") || return
  takes_snapshot "$1" || return
  leaf=$(named_files "$1" | head -n 1)
  [ "$(rights_of "$leaf")" = "$was" ] || { echo "rights of $leaf:" && diff <(rights_of "$leaf") <(echo "$was"); return 1; }
}

# ---- processes -----------------------------------------------------------------------------------

walk_hung() {
  local pid high
  pid=$(guest_pid "$1") high=$(($(counter "$1") + 64 * GUEST_STEP))
  kill -STOP "$pid"
  within 60 vxe vm-shutdown uuid="${UUID[$1]}" --force || { kill -CONT "$pid"; return 1; }
  ! is_running "$1" && took_killed "$1" "$high" # SIGKILL is what ends a stopped process
}

# ---- references ----------------------------------------------------------------------------------

walk_references() {
  local pool sr vdi status=0
  pool=$(plain pool-list --minimal)
  sr=$(plain pool-param-get uuid="$pool" param-name=default-SR)
  plain pool-param-clear uuid="$pool" param-name=default-SR || return
  vxe vm-disk-add uuid="${UUID[$1]}" device=9 disk-size=1MiB >refused 2>&1
  [ $? -lt 128 ] || status=1
  takes_snapshot "$1" || status=1
  plain pool-param-set uuid="$pool" default-SR="$sr" || return
  pick $(vdi_table | cut -d' ' -f1) && vdi=$R || return
  refuses vm-param-set uuid="${UUID[$1]}" suspend-VDI-uuid="$vdi" && return $status
}

# ---- which step ----------------------------------------------------------------------------------

walk_neighbour() {
  local guest=$1 snap
  rnd 100
  BESIDE=''
  case $R in
  [0-9] | 1[0-9]) is_plain "$guest" && pick $(others_than "$guest") && is_plain "$R" && DID="rename $guest $R" && walk_rename "$guest" "$R" ;;
  2[0-9] | 3[0-2]) is_plain "$guest" && pick $(snapshots_of "$guest") && snap=$R && DID="elsewhere $guest" && walk_elsewhere "$guest" "$snap" ;;
  3[3-9] | 4[0-9]) pick_layer && DID="pool $R" && walk_pool "$R" ;;
  5[0-9]) [ -n "$MOUNT" ] && is_plain "$guest" && DID="stopped-mount $guest" && walk_stopped_mount "$guest" ;;
  6[0-9]) [ -n "$MOUNT" ] && is_plain "$guest" && DID="dead-mount $guest" && walk_dead_mount "$guest" ;;
  7[0-9])
    [ "$HOST_MODE" = system ] && command -v setfacl >/dev/null && is_plain "$guest" && DID="rights $guest" && walk_rights "$guest"
    ;;
  8[0-9]) is_running "$guest" && DID="hung $guest" && walk_hung "$guest" ;;
  *) is_plain "$guest" && DID="references $guest" && walk_references "$guest" ;;
  esac
}
