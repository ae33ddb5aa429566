#!/bin/bash
# SPDX-License-Identifier: MIT
# limit 1200
# vxe ends while it waits until a QEMU ends that not even SIGKILL ends, or gives up: what a dead vxe had begun on the VM before is
# judged right when the storage goes on and QEMU ends in the end. Bytes are compared.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/dead_sleep.sh"
requires has_bindfs 'bindfs, FUSE and root are needed'

dead_sleep_mounts
N=0
# guest: a running guest NAME on a disk in fm, byte 5 on it. Sets NAME, UUID.
guest() {
  NAME=g$((++N))
  guest_disk_make fm/$NAME.qcow2 "$DISK_SIZE" && guest_install fm/$NAME.qcow2 && stamp fm/$NAME.qcow2 5 2M
  guest_define $NAME - "$PWD/fm/$NAME.qcow2" && UUID=$(virsh domuuid $NAME) && vxe vm-list >/dev/null &&
    guest_start $NAME && wait_until 30 has_counted
}
has_counted() { [ "$(guest_counter $NAME)" -gt 100 ]; }
# sleeps: its storage hangs; WROTE is the last counter that it had told.
sleeps() {
  falls_asleep $NAME
  WROTE=$(guest_counter $NAME)
}
# destroys: the vxe that writes to the file "ended" waits until libvirt has ended the guest.
destroys() { grep -q 'hv: destroy' ended; }
# killed HOW: the vxe VXE_PID is, by that signal, when libvirt is about to end QEMU.
killed() {
  ok "$NAME: vxe waits for the end of QEMU" wait_until 60 destroys
  sleep 2
  kill -"$1" $VXE_PID
  wait $VXE_PID
  is "... until $1" $? $((128 + $(kill -l "$1")))
}
states() { cat /proc/"$1"/task/*/stat /proc/"$1"/task/*/stack 2>&1 | cut -c1-60; }
# ends HOW COMMAND...: the command waits until QEMU ends, and is killed by the signal HOW, or gives up (stuck).
ends() {
  local how=$1
  shift
  if [ "$how" = stuck ]; then
    wrong VXE_GUEST_STUCK "$NAME: $1 gives up" "$@" || diag "$(states "$QEMU")$(states "$(cat "$HOST_DIR/libvirtd.pid")")"
    return
  fi
  VXE_LOG=debug "$VXE" "$@" >ended 2>&1 &
  VXE_PID=$!
  killed "$how"
}
# goes_on: the storage does, and QEMU ends by what libvirt had begun.
goes_on() {
  bindfs_go_on
  ok '... QEMU ends when the storage goes on' wait_until 30 qemu_is_gone
  wait_until 20 guest_is_off $NAME
}
# has_all: the disk has what the guest had written, and the byte from before; the guest goes on from there.
has_all() {
  local file ran=''
  ! guest_is $NAME running || ran=1 # vm-reboot has started it: it has written more than it had when it booted
  file=$(vdi_files "$UUID")
  is '... the definition names the disk' "$(source_of $NAME vda)" "$file"
  guest_is $NAME running || ok '... the image is sound' qemu-img check -q "$file"
  local count
  count=$(counter_of "$file")
  ok "... has what the guest had written, $count of $WROTE" [ "$count" -ge $((WROTE - GUEST_STEP)) ]
  is '... and what was there before' "$(byte_of "$file" 2M)" 5
  ok '... vxe check is clean' vxe check
  guest_is $NAME running || ok '... the guest starts' vxe vm-start uuid="$UUID"
  ok '... and counts on' guest_counts $NAME
  [ -n "$ran" ] || ok '... from there' [ "$(guest_booted $NAME)" -ge "$count" ]
  ok '... to be ended' vxe vm-uninstall uuid="$UUID" --force
}

# ---- nothing else had begun

for how in KILL TERM stuck; do
  guest
  sleeps
  ends $how vm-shutdown uuid="$UUID" --force
  goes_on
  has_all
done

# ---- a snapshot of a dead vxe, after the switch and before it

for scene in 'switch:after KILL' 'switch:after stuck' 'switch KILL' 'switch stuck'; do
  read -r point how <<<"$scene"
  guest
  VXE_FAILPOINT="vm-snapshot:$point=die" "$VXE" vm-snapshot uuid="$UUID" new-name-label=s 2>/dev/null
  from=$(guest_counter $NAME)
  guest_counts $NAME
  sleeps
  ends $how vm-shutdown uuid="$UUID" --force
  goes_on
  ok "a snapshot that ended at $point, $how: the next command" act "$UUID"
  SNAP=$(vxe snapshot-list snapshot-of="$UUID" --minimal)
  if [ $point = switch ]; then
    is '... it is not there' "$SNAP" ''
  else
    isnt '... it is there' "$SNAP" ''
    ok '... with what the guest had written by then' [ "$(counter_of "$(vdi_files "$SNAP")")" -le "$from" ]
  fi
  has_all
done

# ---- a reboot

for how in KILL stuck; do
  guest
  VXE_LOG=debug VXE_FAILPOINT="vm-reboot:stop=stop" "$VXE" vm-reboot uuid="$UUID" --force --json >ended 2>&1 &
  VXE_PID=$!
  wait_until 20 stands $VXE_PID
  sleeps
  kill -CONT $VXE_PID
  if [ $how = stuck ]; then
    from=$(date +%s%3N)
    wait $VXE_PID
    isnt "$NAME: vm-reboot --force fails" $? 0
    MS=$(($(date +%s%3N) - from))
    ok "... in time ($MS ms)" [ "$MS" -lt 35000 ]
    is '... as QEMU sleeps' "$(grep '^{' ended | jq -r '[.error] + .params | .[]' | xargs)" \
      "VXE_GUEST_STUCK $UUID $QEMU $PWD/fm/$NAME.qcow2"
  else
    killed $how
  fi
  goes_on
  ok 'the next command' act "$UUID"
  has_all
done
