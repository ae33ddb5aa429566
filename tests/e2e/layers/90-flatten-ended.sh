#!/bin/bash
# SPDX-License-Identifier: MIT
# vdi-flatten with max-bandwidth, and ended by ^C, task-cancel, kill -9, the end of its guest, or a disk that is full.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/state.sh"

# data_of FILE: its content but the first cluster, where a guest counts.
data_of() { qemu-img convert -U -f qcow2 -O raw "$1" data.raw && tail -c +65537 data.raw | md5sum; }
has_job() { virsh dumpxml slow | grep -q '<mirror '; }
# The images with a name, and those that are being made.
files() { find "$PWD" "$HOST_IMAGES" -name '*.qcow2*' | sort; }
more_files() { [ "$(files)" != "$before" ]; }
live() { virsh domblklist slow | awk '$1 == "vda" { print $2 }'; }
is_told() { plain task-list params=progress uuid="$task" --minimal | grep -q '[1-9]'; }
# flatten ARG...: in the background, slowly. There, bash has commands ignore ^C.
flatten() {
  env --default-signal=INT "$VXE" vdi-flatten uuid="$disk" max-bandwidth=1MiB "$@" >out 2>err &
  VXE_PID=$!
}
ended() {
  wait $VXE_PID
  STATUS=$?
}
# The next command, which on a busy machine may find a child of the killed one that has not ended yet.
undone() { vxe vdi-param-set uuid="$disk" name-description=x && [ "$(files)" = "$before" ]; }
as_before() {
  is 'no file is left' "$(files)" "$before"
  is 'the disk is as before' "$(data_of "$(vdi_file "$disk")")" "$sum"
  is 'its file can be written to' "$(stat -c %A "$file" | cut -c3)" w
}

guest_disk_make slow-0.qcow2 64M && stamp slow-0.qcow2 44 1M 3M && guest_install slow-0.qcow2
guest_define slow - "$PWD/slow-0.qcow2"
plain vm-list >/dev/null
vm=$(virsh domuuid slow | head -n 1)
disk=$(vdi_of "$vm")
snapshot "$vm" one
file=$(vdi_file "$disk")
stamp "$file" 55 16M 8M
sum=$(data_of "$file")
before=$(files)

# ---- halted

for how in INT TERM KILL; do
  flatten
  ok 'a copy is being made' wait_until 20 more_files
  kill -$how $VXE_PID
  ended
  isnt "$how ends it" $STATUS 0
  [ $how != KILL ] || ok 'the next command undoes it' wait_until 10 undone
  as_before
done
flatten base="$(vdi_of "$SNAP")"
ended
is 'down to where it is anyway nothing is copied' "$STATUS $(files)" "0 $before"
virsh -q start slow >/dev/null && virsh -q destroy slow >/dev/null # it can be

# ---- under a running guest

guest_start slow
for how in INT task KILL; do
  flatten
  ok 'QEMU copies the leaf' wait_until 10 has_job
  case $how in
  task)
    task=$(plain task-list name-label=vdi-flatten --minimal)
    ok 'task-list shows how far it is' wait_until 5 is_told
    ok 'task-cancel' vxe task-cancel uuid="$task"
    ;;
  *) kill -$how $VXE_PID ;;
  esac
  ended
  isnt "$how ends it" $STATUS 0
  [ $how != KILL ] || ok 'the next command undoes it' wait_until 10 undone
  not_ok 'the job is gone' has_job
  is 'the guest is where it was, and its definition' "$(live) $(source_of slow vda)" "$file $file"
  as_before
  ok 'it counts' guest_counts slow
done

# ---- the daemon ends, and the guest

flatten
wait_until 10 has_job
host_daemon_stop KILL
ended
isnt 'without libvirtd it fails' $STATUS 0
host_daemon_start
ok 'the next command undoes it' wait_until 10 undone
not_ok 'the job is gone' has_job
is 'the guest is where it was, and its definition' "$(live) $(source_of slow vda)" "$file $file"
as_before
flatten
wait_until 10 has_job
virsh -q destroy slow
ended
is 'the disk of a guest that ends is copied as a halted one'"'"'s' $STATUS 0
[ $STATUS = 0 ] || diag "$(cat err)"
is 'and moves' "$(source_of slow vda)" "$(vdi_file "$disk")"
is 'with its content' "$(data_of "$(vdi_file "$disk")")" "$sum"
is 'instead of the old file' "$(files | wc -l)" "$(wc -l <<<"$before")"

# ---- a bad limit, too little space

snapshot "$vm" two
fails CLI_USAGE 2 max-bandwidth 'no negative limit' vxe vdi-flatten uuid="$disk" max-bandwidth=-1
[ "$HOST_MODE" = system ] || exit 0
guest_disk_make below.qcow2 64M && stamp below.qcow2 66 1M 12M
mkdir -m 0711 small && mount -t tmpfs -o size=8M,mode=0711 none small
qemu-img create -q -f qcow2 -b "$PWD/below.qcow2" -F qcow2 small/top.qcow2
guest_define full - "$PWD/small/top.qcow2"
plain vm-list >/dev/null
state_note
refused SR_BACKEND_FAILURE_44 1 'bytes are free in .*small' 'too little space' \
  vxe vdi-flatten uuid="$(vdi_of "$(virsh domuuid full | head -n 1)")"
virsh -q undefine full
umount small
