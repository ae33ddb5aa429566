#!/bin/bash
# SPDX-License-Identifier: MIT
# vdi-merge: the layers that virsh, qemu-img and libvirt's snapshots left go down into one file, halted, running and
# paused; every byte stays, and what somebody needs is refused by name. Ended (each way in ring all) by ^C, task-cancel, kill -9, the end of
# libvirtd or of the guest; beside another command; with too little space; on block devices.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/state.sh"

backing_of() { qemu-img info -U -f qcow2 --output=json "$1" | jq -r '."full-backing-filename" // "none"'; }
# data_of FILE [FORMAT]: its content but the first cluster, where a guest counts.
data_of() { qemu-img convert -U -f "${2-qcow2}" -O raw "$1" data.raw && tail -c +65537 data.raw | md5sum; }
sound() { qemu-img check -q -U -f qcow2 "$1"; }
live() { virsh domblklist "$1" | awk '$1 == "vda" { print $2 }'; }
# chain_of DISK: "ORIGIN STATE FILE" of each layer, the leaf first.
chain_of() { plain vdi-chain-list uuid="$1" --json | jq -r '.[] | "\(.origin) \(.state) \(.file)"'; }
depth_of() { plain vdi-chain-list uuid="$1" --json | jq length; }
layer() { plain vdi-chain-list uuid="$1" --json | jq -r ".[$2].\"vdi-uuid\" // .[$2].uuid"; }

# chain NAME [BASE-FORMAT]: a halted guest whose disk has the layers NAME-0 (the lowest) to NAME-3, as qemu-img makes
# them, each with data of its own. Sets F (the files), DISK, WHOLE (the sum of the content).
chain() {
  local i name=$1 format=${2-qcow2}
  F=("$PWD/$name-0.$format")
  qemu-img create -q -f "$format" "${F[0]}" 8M
  qemu-io -f "$format" -c "write -q -s $TOOLS/tick.bin 0 1024" "${F[0]}" >/dev/null
  stamp "${F[0]}" 10 1M 3M "$format"
  for i in 1 2 3; do
    F+=("$PWD/$name-$i.qcow2")
    qemu-img create -q -f qcow2 -b "${F[$((i - 1))]}" -F "$format" "${F[$i]}"
    format=qcow2
    stamp "${F[$i]}" $((10 + i)) ${i}M 2M
  done
  chmod 0666 "${F[@]}"
  guest_define "$name" - "${F[3]}"
  plain vm-list >/dev/null
  DISK=$(vdi_of "$(virsh domuuid "$name" | head -n 1)")
  WHOLE=$(data_of "${F[3]}")
}
are_gone() {
  local f
  for f; do [ ! -e "$f" ] || return; done
}

has_job() { virsh dumpxml "$1" | grep -q '<mirror '; }
is_told() { plain task-list params=progress uuid="$task" --minimal | grep -q '[1-9]'; }
# merge ARG...: in the background, slowly. There, bash has commands ignore ^C.
merge() {
  env --default-signal=INT "$VXE" vdi-merge uuid="$disk" max-bandwidth=1MiB "$@" >out 2>err &
  VXE_PID=$!
}
ended() {
  wait $VXE_PID
  STATUS=$?
}
is_copying() { pgrep -f "^qemu-img commit .*$PWD/" >/dev/null; }
nobody_copies() { ! is_copying; }
has_task() { task=$(plain task-list name-label=vdi-merge --minimal) && [ -n "$task" ]; }

# pair NAME: a halted guest on NAME-0 and NAME-1, which has much, by qemu-img. Sets disk, sum, low, file.
pair() {
  low=$PWD/$1-0.qcow2 file=$PWD/$1-1.qcow2
  guest_disk_make "$low" 64M && stamp "$low" 44 1M 3M && guest_install "$low"
  qemu-img create -q -f qcow2 -b "$low" -F qcow2 "$file" && stamp "$file" 55 16M 12M
  chmod 0666 "$low" "$file"
  guest_define "$1" - "$file"
  plain vm-list >/dev/null
  vm=$(virsh domuuid "$1" | head -n 1)
  disk=$(vdi_of "$vm")
  sum=$(data_of "$file")
}
# as_before NAME
as_before() {
  is 'both files are there' "$(depth_of "$disk")" 2
  is 'the disk is as before' "$(data_of "$(vdi_file "$disk")")" "$sum"
  is 'the definition, too' "$(source_of "$1" vda)" "$file"
  is 'its file can be written to' "$(stat -c %A "$file" | cut -c3)" w
  ok 'vxe check is content' vxe check
}

# ---- what virsh left, halted

chain web
is 'none of the files is of vxe' "$(chain_of "$DISK" | cut -d' ' -f1 | tr '\n' ' ')" 'adopted-leaf adopted-base adopted-base adopted-base '
state_note
ok 'a dry run' vxe vdi-merge uuid="$DISK" dry-run=true --verbose
for i in 1 2 3; do
  like "it says that layer $i goes down, and its file" "$OUT" "merge: ${F[$i]} into ${F[0]} .*, then remove the file"
done
like 'and the space' "$OUT" "space: at most [0-9]+ of [0-9]+ free bytes in $PWD"
same_state 'nothing has changed'
ok 'all layers of a halted guest' vxe vdi-merge uuid="$DISK" progress=true
like 'it says how far it is' "$OUT$ERR" '100 ?%'
is 'one is left' "$(chain_of "$DISK")" "adopted-leaf writable ${F[0]}"
is 'with nothing below' "$(backing_of "${F[0]}")" none
is 'the definition names it' "$(source_of web vda)" "${F[0]}"
ok 'the other files are gone' are_gone "${F[@]:1}"
is 'every byte is there' "$(data_of "${F[0]}")" "$WHOLE"
is 'the file has its mode' "$(stat -c %a "${F[0]}")" 666
ok 'it is sound' sound "${F[0]}"
ok 'once more: nothing to do' vxe vdi-merge uuid="$DISK"
ok 'vxe check is content' vxe check
ok 'the guest runs on it' guest_start web
virsh -q destroy web
ok 'and can be snapshotted' vxe vm-snapshot uuid="$(virsh domuuid web)" new-name-label=one
ok 'vxe check is content' vxe check

# ---- a part of the chain

chain part
below=$(layer "$DISK" 2)
ok 'from a layer, named by its file, to another, by its UUID' vxe vdi-merge uuid="$DISK" top="${F[2]}" base="$below"
is 'that layer is gone' "$(chain_of "$DISK" | cut -d' ' -f3 | tr '\n' ' ')" "${F[3]} ${F[1]} ${F[0]} "
is 'the one above names the base' "$(backing_of "${F[3]}")" "${F[1]}"
is 'every byte is there' "$(data_of "${F[3]}")" "$WHOLE"
ok 'the leaf alone' vxe vdi-merge uuid="$DISK" base="${F[1]}"
is 'the disk goes on in the next layer' "$(source_of part vda) $(chain_of "$DISK" | head -n 1)" "${F[1]} adopted-leaf writable ${F[1]}"
is 'every byte is there' "$(data_of "${F[1]}")" "$WHOLE"
ok 'it starts' guest_start part
virsh -q destroy part
ok 'vxe check is content' vxe check

# ---- under a running guest

chain live raw
guest_start live
at=$(guest_counter live)
ok 'a layer in the middle' vxe vdi-merge uuid="$DISK" top="${F[2]}" base="${F[1]}"
is 'the guest stays where it is' "$(live live) $(source_of live vda)" "${F[3]} ${F[3]}"
is 'the leaf names the base' "$(backing_of "${F[3]}")" "${F[1]}"
ok 'the file is gone' are_gone "${F[2]}"
is 'every byte is there' "$(data_of "${F[3]}")" "$WHOLE"
ok 'all, into a raw file' vxe vdi-merge uuid="$DISK"
is 'the guest is on it, and its definition' "$(live live) $(source_of live vda)" "${F[0]} ${F[0]}"
like 'which says that it is raw' "$(virsh dumpxml --inactive live)" "<driver name='qemu' type='raw'"
is 'and names no layer' "$(virsh dumpxml --inactive live | grep -c '<backingStore type')" 0
ok 'the others are gone' are_gone "${F[@]:1}"
ok 'the guest goes on' wait_until 20 guest_is_past live "$at"
kill -KILL "$(guest_pid live)" && wait_until 20 guest_is_off live
is 'after kill -9 of QEMU every byte is there' "$(data_of "${F[0]}" raw)" "$WHOLE"
is 'and what the guest wrote' "$(($(counter_of "${F[0]}" raw) > at))" 1
ok 'it starts' guest_start live
virsh -q destroy live
ok 'vxe check is content' vxe check

chain grown raw
ok 'a disk that is larger than its raw base' vxe vdi-resize uuid="$DISK" disk-size=10MiB
stamp "${F[3]}" 88 9M 1M
WHOLE=$(data_of "${F[3]}")
guest_start grown
ok 'goes down into it' vxe vdi-merge uuid="$DISK"
is 'which has grown' "$(live grown) $(stat -c %s "${F[0]}")" "${F[0]} 10485760"
virsh -q destroy grown
is 'and has every byte' "$(data_of "${F[0]}" raw)" "$WHOLE"

chain still
guest_start still
at=$(guest_counter still)
virsh -q suspend still >/dev/null
ok 'of a paused guest' vxe vdi-merge uuid="$DISK"
is 'it is on the base, and paused' "$(live still) $(guest_state still)" "${F[0]} paused"
is 'every byte is there' "$(data_of "${F[0]}")" "$WHOLE"
virsh -q resume still >/dev/null
ok 'it goes on in its memory' wait_until 20 guest_is_past still "$at"
virsh -q destroy still

# ---- what virsh has merged

if [ -n "$LONG" ]; then
  chain commit
  guest_start commit
  virsh -q blockcommit commit vda --active --pivot --wait >/dev/null
  ok 'the record follows' vxe vm-param-set uuid="$(virsh domuuid commit)" name-description=x
  is 'the base is the disk' "$(chain_of "$DISK")" "adopted-leaf writable ${F[0]}"
  virsh -q destroy commit
  ok 'so it can be resized' vxe vdi-resize uuid="$DISK" disk-size=9MiB
  virsh -q undefine commit
  rm "${F[@]:1}" # a stale file is an image that builds on the base
  plain vm-list >/dev/null

  # ---- the layers of virsh snapshots, whose records are gone

  chain snap
  guest_start snap
  for i in 1 2; do
    virsh -q snapshot-create-as snap s$i --disk-only --no-metadata --diskspec "vda,file=$PWD/snap-s$i.qcow2" >/dev/null
    sleep 1
  done
  at=$(guest_counter snap)
  ok 'the layers of a guest that virsh snapshotted' vxe vdi-merge uuid="$DISK"
  is 'it is on the base, as its definition' "$(live snap) $(source_of snap vda)" "${F[0]} ${F[0]}"
  ok 'all files above are gone' are_gone "${F[@]:1}" "$PWD"/snap-s[12].qcow2
  is 'every byte is there' "$(data_of "${F[0]}")" "$WHOLE"
  ok 'the guest goes on' wait_until 20 guest_is_past snap "$at"
  virsh -q destroy snap
  ok 'vxe check is content' vxe check
fi

# ---- what somebody needs

chain held
vm=$(virsh domuuid held)
snapshot "$vm" one
stamp "$(vdi_file "$DISK")" 77 6M
WHOLE=$(data_of "$(vdi_file "$DISK")")
keep=$(data_of "${F[3]}")
state_note
refused VXE_DEPENDENTS 7 "${F[3]}.*snapshot one \($SNAP\)" 'the layer of a snapshot' vxe vdi-merge uuid="$DISK" base="${F[3]}"
refused VXE_DEPENDENTS 7 'snapshot one' 'also with more below it' vxe vdi-merge uuid="$DISK" base="${F[0]}"
ok 'without a base' vxe vdi-merge uuid="$DISK"
like 'what stays is said' "$ERR" "stays: $(vdi_file "$DISK") \("
is 'the rest goes down' "$(depth_of "$DISK")" 2
is 'the content of the VM stays' "$(data_of "$(vdi_file "$DISK")")" "$WHOLE"
is 'that of the snapshot, too' "$(data_of "$(vdi_file "$(vdi_of "$SNAP")")")" "$keep"
is 'in the base' "$(vdi_file "$(vdi_of "$SNAP")")" "${F[0]}"
ok 'a revert' vxe snapshot-revert snapshot-uuid="$SNAP"
is 'brings it back' "$(data_of "$(vdi_file "$DISK")")" "$keep"
ok 'vxe check is content' vxe check

chain other
qemu-img create -q -f qcow2 -b "${F[1]}" -F qcow2 stranger.qcow2
theirs=$(data_of stranger.qcow2)
state_note
refused VXE_DEPENDENTS 7 "${F[1]}.*stranger.qcow2" 'an image of others' vxe vdi-merge uuid="$DISK" base="${F[0]}"
refused VXE_DEPENDENTS 7 "${F[1]}.*stranger.qcow2" 'as the base' vxe vdi-merge uuid="$DISK" base="${F[1]}"
refused OPERATION_NOT_ALLOWED 7 'vdi-chain-list' 'no layer' vxe vdi-merge uuid="$DISK" base="$PWD/stranger.qcow2"
refused OPERATION_NOT_ALLOWED 7 'below' 'a base above' vxe vdi-merge uuid="$DISK" base="${F[3]}" top="${F[1]}"
refused UUID_INVALID 3 '' 'no VDI' vxe vdi-merge uuid="$DISK" base=11111111-2222-3333-4444-555555555555
ok 'the layers above it' vxe vdi-merge uuid="$DISK" base="${F[2]}"
is 'their image is as before' "$(data_of stranger.qcow2)" "$theirs"
is 'ours, too' "$(data_of "${F[2]}")" "$WHOLE"
guest_define user - "$PWD/stranger.qcow2"
state_note
refused VXE_DEPENDENTS 7 "${F[1]}" 'the layer of another VM' vxe vdi-merge uuid="$DISK" base="${F[0]}"
virsh -q undefine user

chain inner
qemu-img snapshot -c kept "${F[2]}"
state_note
refused VXE_LAYER_STAYS 7 'internal snapshots in .*kept' 'a layer with internal snapshots' vxe vdi-merge uuid="$DISK" base="${F[0]}"
chmod 0444 "${F[0]}"
state_note
refused VXE_LAYER_STAYS 7 "${F[0]} cannot be written to" 'a file without write permission' vxe vdi-merge uuid="$DISK" top="${F[1]}"
chmod 0666 "${F[0]}"
qemu-img resize -q -f qcow2 "${F[0]}" 9M
state_note
refused VXE_LAYER_STAYS 7 'larger disk' 'a base that is larger' vxe vdi-merge uuid="$DISK" top="${F[1]}"
qemu-img snapshot -d kept "${F[2]}"
ok 'the disk becomes as large' vxe vdi-resize uuid="$DISK" disk-size=9MiB
WHOLE=$(data_of "${F[3]}")
ok 'then all layers go' vxe vdi-merge uuid="$DISK"
is 'every byte is there' "$(source_of inner vda) $(data_of "${F[0]}")" "${F[0]} $WHOLE"

chain kept
guest_start kept
virsh -q snapshot-create-as kept theirs --disk-only --diskspec "vda,file=$PWD/kept-s.qcow2" >/dev/null
fails VXE_DEPENDENTS 7 'theirs' "the layer of libvirt's own snapshot" vxe vdi-merge uuid="$DISK" base="${F[3]}"
virsh -q suspend kept >/dev/null
state_note
refused VXE_LAYER_STAYS 7 "libvirt's snapshot theirs" 'that layer as what goes' vxe vdi-merge uuid="$DISK" top="${F[3]}" base="${F[2]}"
theirs=$(plain snapshot-list name-label=theirs --minimal)
refused VXE_DEPENDENTS 7 'theirs' 'down to the base' vxe vdi-merge uuid="$DISK" base="${F[0]}"
virsh -q resume kept >/dev/null
ok 'when vxe has ended it' vxe snapshot-uninstall uuid="$theirs" force=true
ok 'all layers go' vxe vdi-merge uuid="$DISK"
is 'into the base' "$(source_of kept vda) $(live kept) $(depth_of "$DISK")" "${F[0]} ${F[0]} 1"
is 'every byte is there' "$(data_of "${F[0]}")" "$WHOLE"
ok 'the guest goes on' guest_counts kept
virsh -q destroy kept

chain asleep
guest_start asleep
vm=$(virsh domuuid asleep)
at=$(guest_counter asleep)
vxe vm-suspend uuid="$vm"
state_note
refused VXE_LAYER_STAYS 7 'suspended' 'the leaf of a suspended VM' vxe vdi-merge uuid="$DISK" base="${F[2]}"
ok 'the layers below' vxe vdi-merge uuid="$DISK"
is 'go, but not those that it needs' "$(chain_of "$DISK" | cut -d' ' -f3 | tr '\n' ' ')" "${F[3]} ${F[2]} ${F[0]} "
ok 'it goes on' vxe vm-resume uuid="$vm"
ok 'in its memory' wait_until 20 guest_is_past asleep "$at"
is 'with every byte' "$(data_of "$(vdi_file "$DISK")")" "$WHOLE"
ok 'now all layers' vxe vdi-merge uuid="$DISK"
is 'go' "$(live asleep) $(depth_of "$DISK")" "${F[0]} 1"
is 'with every byte' "$(data_of "${F[0]}")" "$WHOLE"
virsh -q destroy asleep
ln -s "$VXE" xe
run ./xe vdi-merge uuid="$DISK"
like 'xe has no such command' "$ERR" 'Unknown command'

# ---- ended, halted

pair slow
for how in ${LONG:+INT TERM task} KILL; do
  merge
  ok 'qemu-img copies' wait_until 20 is_copying
  case $how in
  task)
    ok 'there is a task' wait_until 10 has_task
    ok 'task-list shows how far it is' wait_until 10 is_told
    ok 'task-cancel' vxe task-cancel uuid="$task"
    ;;
  *) kill -$how $VXE_PID ;;
  esac
  ended
  isnt "$how ends it" $STATUS 0
  [ $how != KILL ] || ok 'the next command undoes it' vxe vdi-param-set uuid="$disk" name-description=x
  ok 'nobody copies' wait_until 5 nobody_copies # the kernel ends the child of a vxe that was killed
  as_before slow
done

# ---- ended, under a running guest

guest_start slow
for how in ${LONG:+INT task} KILL; do
  merge
  ok 'QEMU copies the leaf' wait_until 10 has_job slow
  case $how in
  task)
    ok 'there is a task' wait_until 10 has_task
    ok 'task-list shows how far it is' wait_until 10 is_told
    ok 'task-cancel' vxe task-cancel uuid="$task"
    ;;
  *) kill -$how $VXE_PID ;;
  esac
  ended
  isnt "$how ends it" $STATUS 0
  [ $how != KILL ] || ok 'the next command undoes it' vxe vdi-param-set uuid="$disk" name-description=x
  not_ok 'the job is gone' has_job slow
  is 'the guest is where it was' "$(live slow)" "$file"
  as_before slow
  ok 'it counts' guest_counts slow
done

# ---- the daemon ends, and the guest

merge
wait_until 10 has_job slow
host_daemon_stop KILL
ended
isnt 'without libvirtd it fails' $STATUS 0
host_daemon_start
ok 'the next command undoes it' vxe vdi-param-set uuid="$disk" name-description=x
not_ok 'the job is gone' has_job slow
as_before slow
merge
wait_until 10 has_job slow
kill -KILL "$(guest_pid slow)"
ended # as a halted guest's, if libvirt has noted in time
ok 'the guest dies: the next command' vxe vdi-param-set uuid="$disk" name-description=y
is 'every byte is there' "$(data_of "$(vdi_file "$disk")")" "$sum"
is 'the definition and the record agree' "$(source_of slow vda)" "$(vdi_file "$disk")"

# ---- beside another command

virsh -q start slow
merge
wait_until 10 has_job slow
ok 'a snapshot waits, and does not end it' vxe vm-snapshot uuid="$vm" new-name-label=meanwhile
ended
is 'it is done' "$STATUS $(depth_of "$disk")" '0 2'
[ $STATUS = 0 ] || diag "$(cat err)"
not_ok 'the file is gone' test -e "$file"
is 'every byte is there' "$(data_of "$(vdi_file "$disk")")" "$sum"
virsh -q destroy slow

# ---- several layers: each is whole

if [ -n "$LONG" ]; then
  pair many
  third=$PWD/many-2.qcow2
  virsh -q undefine many
  qemu-img create -q -f qcow2 -b "$file" -F qcow2 "$third" && stamp "$third" 66 40M 12M
  sum=$(data_of "$third")
  guest_define many - "$third"
  plain vm-list >/dev/null
  disk=$(vdi_of "$(virsh domuuid many | head -n 1)")
  merge
  file_is_gone() { [ ! -e "$file" ]; }
  ok 'the lower one is merged' wait_until 40 file_is_gone
  wait_until 20 is_copying
  kill -INT $VXE_PID
  ended
  isnt '^C ends it then' $STATUS 0
  is 'that layer is merged, and the upper one as before' "$(depth_of "$disk") $(source_of many vda)" "2 $third"
  is 'every byte is there' "$(data_of "$third")" "$sum"
  ok 'vxe check is content' vxe check
  ok 'the rest' vxe vdi-merge uuid="$disk"
  is 'goes down' "$(depth_of "$disk") $(source_of many vda) $(data_of "$low")" "1 $low $sum"
fi

# ---- a bad limit, too little space, devices

fails CLI_USAGE 2 max-bandwidth 'no negative limit' vxe vdi-merge uuid="$disk" max-bandwidth=-1
[ "$HOST_MODE" = system ] || exit 0
mkdir -m 0711 small && mount -t tmpfs -o size=8M,mode=0711 none small
guest_disk_make small/low.qcow2 64M && stamp small/low.qcow2 44 1M 1M
qemu-img create -q -f qcow2 -b "$PWD/small/low.qcow2" -F qcow2 top.qcow2 && stamp top.qcow2 55 16M 12M
guest_define full - "$PWD/top.qcow2"
plain vm-list >/dev/null
disk=$(vdi_of "$(virsh domuuid full | head -n 1)")
state_note
refused SR_BACKEND_FAILURE_44 1 'bytes are free in .*small' 'too little space' vxe vdi-merge uuid="$disk"
refused SR_BACKEND_FAILURE_44 1 'bytes are free in .*small' 'a dry run says so' vxe vdi-merge uuid="$disk" dry-run=true
virsh -q undefine full
umount small

# device NAME SIZE: sets DEVICE.
device() {
  truncate -s "$2" "$HOST_DIR/$1.img" # not beside the layers, where it would be found as an image of its own
  DEVICE=$(losetup --find --show "$HOST_DIR/$1.img")
}
# on_device NAME FORMAT SIZE: a guest on NAME.qcow2, on a device of SIZE with FORMAT.
on_device() {
  device "$1" "$3"
  guest_disk_make "$1-base.qcow2" 16M && guest_install "$1-base.qcow2" && stamp "$1-base.qcow2" 44 1M 1M
  qemu-img convert -n -f qcow2 -O "$2" "$1-base.qcow2" "$DEVICE" 2>/dev/null || {
    qemu-img create -q -f "$2" "$DEVICE" 16M && qemu-img convert -n -f qcow2 -O "$2" "$1-base.qcow2" "$DEVICE"
  }
  qemu-img create -q -f qcow2 -b "$DEVICE" -F "$2" "$1.qcow2" && stamp "$1.qcow2" 77 8M 2M
  guest_define "$1" - "$PWD/$1.qcow2"
  plain vm-list >/dev/null
  disk=$(vdi_of "$(virsh domuuid "$1" | head -n 1)")
  sum=$(data_of "$1.qcow2")
}
loop_works() { truncate -s 1M "$HOST_DIR/probe.img" && losetup -d "$(losetup -f --show "$HOST_DIR/probe.img")"; }
loop_works 2>/dev/null || {
  skip 'no loop device can be made here: merges into devices are not tested'
  exit 0
}
on_device raw raw 16M
guest_start raw
ok 'into a device with a raw disk' vxe vdi-merge uuid="$disk"
is 'the guest is on it' "$(live raw)" "$DEVICE"
like 'as a device' "$(virsh dumpxml --inactive raw)" "<source dev='$DEVICE'"
virsh -q destroy raw
is 'every byte is there' "$(data_of "$DEVICE" raw)" "$sum"
ok 'it starts' guest_start raw
virsh -q destroy raw
virsh -q undefine raw
# on_file NAME: a guest whose disk is on a device, above the file NAME.qcow2.
on_file() {
  low=$PWD/$1.qcow2
  guest_disk_make "$low" 16M && guest_install "$low" && chmod 0666 "$low"
  device "$1" 32M
  qemu-img create -q -f qcow2 -b "$low" -F qcow2 "$DEVICE" && stamp "$DEVICE" 78 8M 2M
  GUEST_EXTRA="<disk type='block' device='disk'><driver name='qemu' type='qcow2'/><source dev='$DEVICE'/><target dev='vda' bus='virtio'/></disk>" \
    guest_define "$1" -
  plain vm-list >/dev/null
  disk=$(vdi_of "$(virsh domuuid "$1" | head -n 1)")
  sum=$(data_of "$DEVICE")
}
for how in ${LONG:+halted} running; do
  on_file over-$how
  before=$(sha256sum <"$DEVICE")
  [ $how = halted ] || guest_start over-running
  ok "a leaf on a device, $how" vxe vdi-merge uuid="$disk"
  is 'goes down into a file' "$(source_of over-$how vda) $(depth_of "$disk")" "$low 1"
  is 'every byte is there' "$(data_of "$low")" "$sum"
  [ $how = running ] || is 'the device is as it was' "$(sha256sum <"$DEVICE")" "$before"
  ok 'vxe check is content' vxe check
done
ok 'the guest goes on' guest_counts over-running
virsh -q destroy over-running
on_device tight qcow2 14M
state_note
refused VXE_LAYER_STAYS 7 'the device .* make the device larger' 'a device that cannot hold all' vxe vdi-merge uuid="$disk"
for i in raw ${LONG:+over-halted} over-running tight; do losetup -j "$HOST_DIR/$i.img" -O NAME -n | xargs -r losetup -d; done
