#!/bin/bash
# SPDX-License-Identifier: MIT
# limit 600
# A mount whose server hangs (a stopped bindfs, which stands for NFS and FUSE), with a disk of another VM: commands on other VMs
# are done as without it, in time, and name the folder that they cannot search; a layer that an image there may need stays.
# TERM ends vxe at once, before and in the middle of a walk through the folder; nothing is left when the mount goes on.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
requires has_bindfs 'bindfs, FUSE and root are needed'

IMAGES=20
[ -z "$LONG" ] || IMAGES=200
mkdir -m 0755 real fm
bindfs_mount real fm
guest_disk_make fm/a.qcow2 4M
guest_define a - "$PWD/fm/a.qcow2"
for ((i = 0; i < IMAGES; i++)); do qemu-img create -q -f qcow2 "real/i$i.qcow2" 1M; done
small_guest b 1
small_guest c 1
guest_start c
vxe vm-list >/dev/null

# b: 21 below its snapshot, 22 above; an overlay in the folder, of which no command of vxe's knows, needs the layer with 21.
stamp b-0.qcow2 21
S=$(vxe vm-snapshot vm=b new-name-label=s)
stamp "$(vdi_files "$(virsh domuuid b)")" 22
qemu-img create -q -f qcow2 -F qcow2 -b "$PWD/b-0.qcow2" real/over.qcow2

# ---- before the walk -----------------------------------------------------------------------------

bindfs_stop
took vxe vm-snapshot vm=c new-name-label=t
is 'a snapshot of a running VM is made' "$STATUS" 0 || show_run
ok "... in time ($MS ms)" [ "$MS" -lt 20000 ]
took vxe vm-snapshot vm=b new-name-label=t
is '... and of a halted one' "$STATUS" 0 || show_run
# The mount is known to be silent: its child is still in the call.
is '... beside one child that waits for the mount' "$(vxe_processes | wc -l)" 1
run vxe snapshot-uninstall snapshot-uuid="$S" force=true --dry-run
like 'a layer that an image there may need stays' "$OUT" "later: .*perhaps needed by an image in $PWD/fm, which cannot be searched: its file system does not answer \(domain a has a file there\)"
took vxe snapshot-uninstall snapshot-uuid="$S" force=true
is '... and its snapshot ends' "$STATUS" 0 || show_run
ok "... in time ($MS ms)" [ "$MS" -lt 20000 ]
# A domain there that vxe does not know yet, and a pool.
guest_define z - "$PWD/fm/z.qcow2"
virsh -q pool-define-as lost dir --target "$PWD/fm/lost"
took vxe vm-list params=name-label --minimal
is 'a list beside a new domain there' "$STATUS" 0 || show_run
like '... has the others' ",$OUT," ',b,'
virsh -q undefine z
virsh -q pool-undefine lost
took vxe vm-start vm=b
is '... it starts' "$STATUS" 0 || show_run
took vxe vm-shutdown vm=b --force
is '... and is shut down' "$STATUS" 0 || show_run
took vxe vm-list params=all
is 'a list of everything' "$STATUS" 0 || show_run
took vxe vdi-list params=all
is '... of disks' "$STATUS" 0 || show_run
took vxe sr-list params=all
is '... of SRs' "$STATUS" 0 || show_run
took vxe check --read-only
is 'vxe check ends' "$STATUS" 1 || show_run
like '... with one problem' "$ERR" 'count: 1' || show_run
unlike '... nor promises a merge' "$ERR" 'merges it'
like '... which names the folder' "$OUT" "its folder $PWD/fm cannot be reached: its file system does not answer"
ok "... in time ($MS ms)" [ "$MS" -lt 20000 ]
took vxe sr-coalesce
is 'sr-coalesce ends' "$STATUS" 0 || show_run
like '... and names the folder' "$OUT$ERR" "$PWD/fm"
is 'one child waits for the mount' "$(vxe_processes | wc -l)" 1
took vxe vm-snapshot vm=a new-name-label=t
isnt 'a snapshot of the VM there fails' "$STATUS" 0
like '... as its file system does not answer' "$ERR" 'its file system does not answer'

bindfs_go_on
ok 'nothing is left when the mount goes on' wait_until 10 none_left
ok 'the overlay has what it had' qemu-io -r -f qcow2 -c 'read -q -P 21 1M 64k' real/over.qcow2
rm real/over.qcow2
ok 'then layers are merged' vxe sr-coalesce
ok '... and a snapshot of the VM there is made' vxe vm-snapshot vm=a new-name-label=t
ok 'vxe check is clean' vxe check

# ---- TERM ------------------------------------------------------------------------------------------

# ends_at_once: VXE_PID gets TERM, and has ended soon.
ends_at_once() {
  kill -TERM "$VXE_PID" 2>/dev/null
  wait_until 3 is_no_child "$VXE_PID"
}
bindfs_stop
vxe check >/dev/null 2>&1 &
VXE_PID=$!
sleep 1
ok 'TERM ends vxe at once' ends_at_once
wait "$VXE_PID" 2>/dev/null
bindfs_go_on
ok '... and nothing is left' wait_until 10 none_left

for delay in 0.1 0.2 0.3 ${LONG:+0.15 0.25 0.35 0.4 0.5}; do
  vxe check >/dev/null 2>&1 &
  VXE_PID=$!
  sleep "$delay"
  bindfs_stop
  sleep 0.3
  ok "... and in the middle of a walk (after $delay s)" ends_at_once
  wait "$VXE_PID" 2>/dev/null
  bindfs_go_on
  ok '... and nothing is left' wait_until 10 none_left
done
ok 'vxe check is clean' vxe check
