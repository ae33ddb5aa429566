#!/bin/bash
# SPDX-License-Identifier: MIT
# limit 1200
# The mount of a VM's own disk hangs in the middle of a command on it (a stopped bindfs): vxe names the folder, and TERM, INT
# and HUP end it at once, wherever it is. When the mount goes on nothing is left, and the next command finds the VM whole.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
requires has_bindfs 'bindfs, FUSE and root are needed'

mkdir -m 0755 real fm
bindfs_mount real fm
guest_disk_make fm/a.qcow2 4M
guest_define a - "$PWD/fm/a.qcow2"
A=$(virsh domuuid a)
vxe vm-list >/dev/null

# begins: the VM has no snapshot but SNAP, with 21 in its disk, and 22 above.
begins() {
  local s
  for s in $(vxe snapshot-list snapshot-of="$A" --minimal | tr , ' '); do vxe snapshot-uninstall uuid="$s" force=true >/dev/null; done
  stamp "$(vdi_files "$A")" 21 && SNAP=$(vxe vm-snapshot vm=a new-name-label=s) && stamp "$(vdi_files "$A")" 22
}
# words_of NAME: WORDS, the command of this name.
words_of() {
  case $1 in
    snapshot) WORDS=(vm-snapshot vm=a new-name-label=t) ;;
    revert) WORDS=(snapshot-revert snapshot-uuid="$SNAP") ;;
    uninstall) WORDS=(snapshot-uninstall snapshot-uuid="$SNAP" force=true) ;;
    clone) WORDS=(vm-clone vm=a new-name-label=clone) ;;
    copy) WORDS=(vm-copy vm=a new-name-label=copy) ;;
  esac
}
drop_copies() {
  local x
  for x in clone copy; do
    ! virsh -q domid $x >/dev/null 2>&1 || vxe vm-uninstall vm=$x force=true >/dev/null
  done
}
said_folder() { grep -q "$PWD/fm" said && grep -q 'its file system does not answer' said; }
ended_or_said() { ! is_child "$VXE_PID" || said_folder; }
# hangs_at SIGNAL NAME POINT: the mount stops while the command stands at POINT. It goes on, hangs, and gets the signal.
hangs_at() {
  local from ms status
  begins && words_of "$2"
  VXE_FAILPOINT="$3=stop" "$VXE_PLAIN" "${WORDS[@]}" >made 2>said &
  VXE_PID=$!
  wait_until 20 stands "$VXE_PID" || result 1 "$3 was not reached"
  bindfs_stop
  kill -CONT "$VXE_PID"
  # Before the folder is named, and after it.
  if [ "$1" = TERM ]; then sleep 1; else ok "at $3 it names the folder" wait_until 10 ended_or_said; fi
  from=$(date +%s%3N)
  kill -"$1" "$VXE_PID" 2>/dev/null
  wait_until 20 is_no_child "$VXE_PID"
  ms=$(($(date +%s%3N) - from))
  ok "at $3 it ends at $1 ($ms ms)" [ "$ms" -lt 4000 ]
  bindfs_go_on
  wait "$VXE_PID"
  status=$?
  [ $status = 0 ] || ok '... and has named the folder' said_folder || diag "status $status: $(cat said)"
  ok '... nothing is left when the mount goes on' wait_until 10 none_left
  ok '... vxe check is clean' vxe check
  drop_copies
}
# points NAME: where the command may stand.
points() {
  begins && words_of "$1"
  rm -f reached
  VXE_FAILPOINT_LOG=$PWD/reached plain "${WORDS[@]}" >/dev/null
  drop_copies
  sort -u reached
}
# A stat() before the intent, and an fchmod() before the commit point.
hangs_at TERM snapshot vm-snapshot:intent
hangs_at INT snapshot vm-snapshot:freeze-halted
hangs_at HUP snapshot vm-snapshot:make-overlays:after
[ -n "$LONG" ] || exit 0
for name in snapshot revert uninstall clone copy; do
  for point in $(points $name); do hangs_at TERM $name "$point"; done
done
