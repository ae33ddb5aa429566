#!/bin/bash
# SPDX-License-Identifier: MIT
# libvirtd and vxe die when QEMU has switched to the overlays of a snapshot, before either has recorded the switch. Here
# the test makes QEMU switch; then QEMU dies, too. The guest's last writes are in the overlays.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

qmp() { virsh -q qemu-monitor-command "$1" "$2"; }

# overlay_of FILE: the layer that vxe has made on FILE.
overlay_of() {
  local file
  for file in $(images); do
    qemu-img info -U "$file" | grep -q "^backing file: .*${1##*/}" && echo "$file" && return
  done
}

# give: the user's own overlays on the VM's disks. Adds to GIVEN, the words of the command.
give() {
  local file uuid
  for file in $(vdi_files "$UUID"); do
    uuid=$(cat /proc/sys/kernel/random/uuid)
    qemu-img create -q -f qcow2 -F qcow2 -b "$file" "${file%/*}/$uuid.qcow2"
    chmod 0666 "${file%/*}/$uuid.qcow2" # libvirtd would have given it to QEMU
    plain vdi-introduce uuid="$uuid" type=user location="$uuid.qcow2" \
      sr-uuid="$(plain vdi-param-get uuid="$(vdi_of "$UUID")" param-name=sr-uuid)"
    GIVEN+=("${GIVEN[0]-overlay-vdi-uuids=}${GIVEN[0]+,}$uuid") && GIVEN=("${GIVEN[-1]}")
  done
}

# opened NAME [give]: vxe (VXE_PID) is stopped before the switch of a snapshot, and QEMU has the overlays open; ACTIONS would
# make the switch.
opened() {
  local target file index overlay node
  ACTIONS='' GIVEN=()
  small_guest "$1" 2
  stamp_disks "$UUID" 11
  vxe vm-list >/dev/null
  ${2-true}
  guest_start "$1"
  VXE_FAILPOINT='vm-snapshot:switch=stop' "$VXE" vm-snapshot uuid="$UUID" new-name-label=one "${GIVEN[@]}" >made 2>&1 &
  VXE_PID=$!
  ok "$1: vxe stands before its switch" wait_until 20 stands $VXE_PID
  for target in vda vdb; do
    read -r index file < <(virsh dumpxml "$1" | awk -v t="'$target'" '
      /<source file/ && match($0, /index=.[0-9]+/) && !i { i = substr($0, RSTART + 7, RLENGTH - 7)
        match($0, /file=.[^'\'']*/); f = substr($0, RSTART + 6, RLENGTH - 6) }
      /<target dev/ { if ($0 ~ t) print i, f; i = "" }')
    overlay=$(overlay_of "$file") node=unseen-$target
    chown --reference="$file" "$overlay" # libvirtd would have given it to QEMU
    qmp "$1" '{"execute": "blockdev-add", "arguments": {"driver": "file", "node-name": "file-'$node'",
      "auto-read-only": true, "filename": "'"$overlay"'"}}' >qmp.out
    qmp "$1" '{"execute": "blockdev-add", "arguments": {"driver": "qcow2", "node-name": "'$node'",
      "backing": null, "file": "file-'$node'"}}' >qmp.out
    ACTIONS+="${ACTIONS:+, }{\"type\": \"blockdev-snapshot\", \"data\": {
      \"node\": \"libvirt-$index-format\", \"overlay\": \"$node\"}}"
  done
}

# goes_on NAME [give]: the same, with a stamp after the switch.
goes_on() {
  local target
  opened "$@"
  like "$1: QEMU switches" "$(qmp "$1" '{"execute": "transaction", "arguments": {"actions": ['"$ACTIONS"']}}')" \
    '"return"'
  for target in 0 1; do
    qmp_io "$1" $target "write -P 22 2M 64k"
    qmp_io "$1" $target flush
  done
  vxe_dies
}
# switched NAME [give]: ... and the guest's process has ended.
switched() {
  goes_on "$@"
  kill -KILL "$(guest_pid "$1")"
  wait_until 10 guest_is_off "$1"
}
# ended_by_force POINT...: the guest's QEMU hangs, and vm-shutdown --force ends it; vxe is killed at each of the points before.
ended_by_force() {
  local point
  HUNG=$(guest_pid "$GUEST")
  kill -STOP "$HUNG"
  # a neighbour that touches the lower files: their times say nothing any more
  for file in $(source_of "$GUEST" vda) $(source_of "$GUEST" vdb); do touch "$file"; done
  sleep 0.1
  for point in "$@"; do
    not_ok "the QEMU hangs: vxe is killed at $point" \
      env VXE_FAILPOINT="guest-note:$point=die" "$VXE" vm-shutdown uuid="$UUID" --force
  done
  guest_is_off "$GUEST" || ok 'vm-shutdown --force' vxe vm-shutdown uuid="$UUID" --force
  ok '... the guest is off' guest_is_off "$GUEST"
  ok '... and its process gone' process_gone "$HUNG" 50
}
qmp_io() {
  virsh -q qemu-monitor-command "$1" --hmp \
    "qemu-io -d /machine/peripheral/virtio-disk$2/virtio-backend \"$3\"" >qmp.out
}

# has_last_writes NAME: the next command has completed the snapshot.
has_last_writes() {
  ok 'the next command' act "$UUID"
  SNAP=$(vxe snapshot-list name-label=one snapshot-of="$UUID" --minimal)
  isnt '... the snapshot is there' "$SNAP" ''
  for n in 1 2; do
    file=$(vdi_files "$UUID" | sed -n ${n}p)
    is "disk $n has the last writes" "$(byte_of "$file" 2M)" 22
    is '... and the first' "$(byte_of "$file" 1M)" $((10 + n))
    is '... the snapshot only these' "$(byte_of "$(vdi_files "$SNAP" | sed -n ${n}p)" 2M)" 0
    is '... the definition says so' "$(source_of "$1" vd$([ $n = 1 ] && echo a || echo b))" "$file"
  done
  exits 0 'nothing is wrong' vxe check
  ok 'the guest starts' guest_start "$1"
  vxe vm-shutdown uuid="$UUID" --force
}

switched web
has_last_writes web
switched own give
has_last_writes own
like 'they are on the overlays of the user' "$GIVEN" "$(basename "$(vdi_files "$UUID" | head -n 1)" .qcow2)"

# The user's overlays were only open: they stay, empty, and QEMU has closed them.
opened spare give
vxe_dies
ok 'what has the user'"'"'s overlays only open has not switched' act "$UUID"
is '... the snapshot is not there' "$(vxe snapshot-list name-label=one snapshot-of="$UUID" --minimal)" ''
ok '... the same command' vxe vm-snapshot uuid="$UUID" new-name-label=one "${GIVEN[@]}"
like '... takes the overlays' "$GIVEN" "$(basename "$(vdi_files "$UUID" | head -n 1)" .qcow2)"
ok '... while the guest goes on' guest_counts spare
exits 0 'nothing is wrong' vxe check
vxe vm-shutdown uuid="$UUID" --force

# The guest writes to its old files: there is no snapshot, and no notice.
opened open
vxe_dies
LAYERS=$(images | grep -c .)
ok 'what has the overlays only open has not switched' act "$UUID"
unlike '... nobody is told that it had' "$ERR" 'another file'
is '... the snapshot is not there' "$(vxe snapshot-list name-label=one snapshot-of="$UUID" --minimal)" ''
is '... nor its overlays' "$(images | grep -c .)" $((LAYERS - 2))
ok '... the next one is' vxe vm-snapshot uuid="$UUID" new-name-label=two
SNAP=$OUT
for n in 0 1; do
  qmp_io open $n "write -P 22 2M 64k"
  is "... of this moment, disk $n" "$(byte_of "$(vdi_files "$SNAP" | sed -n $((n + 1))p)" 2M)" 0
done
ok '... the VM can be suspended' vxe vm-suspend uuid="$UUID"
exits 0 'nothing is wrong' vxe check
vxe vm-shutdown uuid="$UUID" --force

# The QEMU hangs, so that nobody can ask it: what it writes to is noted before it is destroyed.
round=0
for points in '' stop stop:after 'stop stop:after'; do
  GUEST=hung$((++round))
  goes_on $GUEST
  # shellcheck disable=SC2086 # words
  ended_by_force $points
  has_last_writes $GUEST
  GUEST=idle$round
  opened $GUEST
  vxe_dies
  LAYERS=$(images | grep -c .)
  # shellcheck disable=SC2086 # words
  ended_by_force $points
  ok 'a guest that has not switched' act "$UUID"
  is '... has no snapshot' "$(vxe snapshot-list name-label=one snapshot-of="$UUID" --minimal)" ''
  is '... nor its overlays' "$(images | grep -c .)" $((LAYERS - 2))
  exits 0 'nothing is wrong' vxe check
done

# libvirtd died when it had given QEMU the overlay of the second disk, and does not know its name.
small_guest left 2
stamp_disks "$UUID" 11
guest_start left
last=$(qmp left '{"execute": "query-named-block-nodes", "arguments": {"flat": true}}' |
  grep -o 'libvirt-[0-9]*-storage' | tr -dc '0-9\n' | sort -n | tail -n 1)
qmp left '{"execute": "blockdev-add", "arguments": {"driver": "null-co", "size": 1048576,
  "node-name": "libvirt-'$((last + 2))'-storage"}}' >qmp.out
like 'a node that libvirt has not noted' "$(cat qmp.out)" '"return"'
ok '... does not keep a VM from snapshots' vxe vm-snapshot uuid="$UUID" new-name-label=left
SNAP=$OUT
for n in 1 2; do
  is "... with disk $n" "$(byte_of "$(vdi_files "$SNAP" | sed -n ${n}p)" 1M)" $((10 + n))
done
ok '... while the guest goes on' guest_counts left
exits 0 'nothing is wrong' vxe check
vxe vm-shutdown uuid="$UUID" --force

# libvirtd was killed and has lost the guest, which continues to run; libvirt reports it as shut off.
small_guest lost 2
guest_start lost
pid=$(guest_pid lost)
host_daemon_stop KILL
rm "$(status_of lost)"
host_daemon_start
ok 'a guest that libvirt has lost is off' guest_is_off lost
exits 7 '... and cannot be snapshotted' vxe vm-snapshot uuid="$UUID" new-name-label=lost
like '... which is said' "$ERR" 'a process writes to it'
is '... nor is it half done' "$(vxe snapshot-list snapshot-of="$UUID" --minimal)" ''
kill -KILL "$pid"
process_gone "$pid" 50
ok '... until its process is gone' vxe vm-snapshot uuid="$UUID" new-name-label=lost
exits 0 'nothing is wrong' vxe check

switched late
last=$(source_of late vda)
ok 'started again on what libvirt knows' guest_start late
began=$(stat -c %y "$last")
has_written() { [ "$(stat -c %y "$last")" != "$began" ]; }
ok '... where the guest writes' wait_until 10 has_written
virsh -q destroy late
not_ok 'with writes in both nothing is thrown away' act "$UUID"
like '... which is said' "$ERR" 'it was written to'
is '... the overlay has its writes' "$(byte_of "$(overlay_of "$last")" 2M)" 22
is '... and libvirt names what it did' "$(source_of late vda)" "$last"

switched both give
last=$(source_of both vda)
given=$(overlay_of "$last")
ok 'the same with overlays of the user' guest_start both
began=$(stat -c %y "$last")
ok '... where the guest writes' wait_until 10 has_written
virsh -q destroy both
ok '... they are left alone' act "$UUID"
like '... which is said' "$ERR" "$given was written to"
is '... with the writes in them' "$(byte_of "$given" 2M)" 22
is '... and the VM has what libvirt names' "$(vdi_files "$UUID" | head -n 1)" "$last"

# ... by vxe, after its QEMU hung.
GUEST=again
goes_on again
last=$(source_of again vda)
ended_by_force stop:after
ok 'started again before vxe has looked at it' guest_start again
began=$(stat -c %y "$last")
ok '... where the guest writes' wait_until 10 has_written
virsh -q destroy again
not_ok 'with writes in both nothing is thrown away' act "$UUID"
like '... which is said' "$ERR" 'it was written to'
is '... the overlay has its writes' "$(byte_of "$(overlay_of "$last")" 2M)" 22
