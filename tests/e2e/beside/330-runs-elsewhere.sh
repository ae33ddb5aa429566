#!/bin/bash
# SPDX-License-Identifier: MIT
# The guest of a VM runs where this libvirt does not know it: its domain is undefined (migrate --undefinesource), or off.
# Nothing that would freeze the file that it writes to, or give it up, is done; what needs no such file goes on.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

# elsewhere FILE: a guest counts on it, of which this libvirt knows nothing.
elsewhere() {
  qemu-system-x86_64 -machine pc,accel=tcg -m 64 -display none -nodefaults -serial file:serial.log \
    -blockdev "driver=qcow2,node-name=d,file.driver=file,file.filename=$1" -device virtio-blk-pci,drive=d,bootindex=1 \
    >qemu.out 2>&1 &
  QEMU=$!
  wait_until 20 grep -q '^C=' serial.log
}
ends() {
  kill $QEMU
  wait $QEMU 2>/dev/null
  rm -f serial.log
}
# refused WHAT COMMAND...: because of the process; nothing changes.
refused() {
  exits 7 "$HOW: $1 is refused" vxe "${@:2}"
  like '... the file is named' "$ERR" "$LEAF"
  like '... and what has it' "$ERR" 'process (that )?writes to it'
}
state() {
  stat -c '%n %a' ./*.qcow2
  plain vm-list params=uuid,name-label,snapshots,snapshot-of,power-state
  plain vdi-list params=uuid,sm-config,snapshot-of
  virsh -q list --all --name
}

for HOW in undefined ${LONG:+off}; do
  guest_make "$HOW" 1 && UUID=$(virsh domuuid "$HOW")
  vxe vm-list >/dev/null
  snapshot "$UUID" s1
  LEAF=$(vdi_files "$UUID") DISK=$(vdi_of "$UUID")
  virsh -q dumpxml --inactive "$HOW" >then.xml
  [ "$HOW" = off ] || virsh -q undefine "$HOW"
  elsewhere "$LEAF" && state >before
  refused vm-snapshot vm-snapshot uuid="$UUID" new-name-label=s2
  refused snapshot-revert snapshot-revert snapshot-uuid="$SNAP"
  exits 7 "$HOW: ... a dry run says so" vxe snapshot-revert snapshot-uuid="$SNAP" --dry-run
  refused vdi-destroy vdi-destroy uuid="$DISK"
  if [ -n "$LONG" ]; then
    refused vm-clone vm-clone uuid="$UUID" new-name-label=c
    refused vm-copy vm-copy uuid="$UUID" new-name-label=c
    refused vdi-snapshot vdi-snapshot uuid="$DISK"
    refused vm-disk-remove vm-disk-remove uuid="$UUID" device=0
    truncate -s 64M new.raw && refused vdi-import vdi-import uuid="$DISK" filename=new.raw
    refused vdi-export vdi-export uuid="$DISK" filename=out.raw
    not_ok "$HOW: ... vdi-flatten, too" vxe vdi-flatten uuid="$DISK"
    exits 7 "$HOW: ... the dry run of vm-snapshot" vxe vm-snapshot uuid="$UUID" new-name-label=s2 --dry-run
  fi
  state >after
  ok "$HOW: nothing has changed" diff -U1 before after
  ok "$HOW: the snapshot can be cloned" vxe snapshot-clone uuid="$SNAP" new-name-label="clone-$HOW"
  AT=$(counter_of "$LEAF")
  wait_until 20 eval '[ "$(counter_of "$LEAF")" -gt "$AT" ]'
  is "$HOW: the guest counts on" $? 0
  ends
  AT=$(counter_of "$LEAF")
  [ "$HOW" = off ] || virsh -q define then.xml
  ok "$HOW: when it has ended, vm-snapshot is done" vxe vm-snapshot uuid="$UUID" new-name-label=s2
  is '... with its last counter' "$(counter_of "$LEAF")" "$AT"
  ok '... and snapshot-revert' vxe snapshot-revert snapshot-uuid="$SNAP"
  is '... to before' "$(counter_of "$(vdi_files "$UUID")")" 0
done
ok 'vxe check is clean' vxe check

# ---- two hosts: the guest goes by virsh, and comes back -------------------------------------------

[ -n "$LONG" ] || exit 0
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/hosts.sh"
hosts_work || { skip 'no namespaces for two hosts'; exit 0; }
ok 'two hosts are up' hosts_start 2 || exit
mkdir -p "$HOSTS_DIR/shared/i" && chmod 1777 "$HOSTS_DIR/shared/i"
on 1 guest_disks g 1 /mnt/sr/i >/dev/null
on 1 guest_define g - /mnt/sr/i/g-0.qcow2
on 1 vxe vm-list >/dev/null
UUID=$(on 1 virsh domuuid g)
SNAP=$(on 1 vxe vm-snapshot uuid="$UUID" new-name-label=s1)
ok 'a guest counts on h1' on 1 guest_start g
move() { on "$1" virsh -q migrate --live --p2p --persistent --undefinesource --unsafe g "qemu+tcp://h$2/$HOST_MODE"; }
ok '... and goes to h2 by virsh' move 1 2
exits 7 'h1: vm-snapshot is refused' on 1 vxe vm-snapshot uuid="$UUID" new-name-label=s2
exits 7 'h1: snapshot-revert, too' on 1 vxe snapshot-revert snapshot-uuid="$SNAP"
is '... and the guest is on one host' "$(on 1 virsh -q list --all --name | grep -cx g)" 0
ok 'the guest comes back' move 2 1
ok '... and counts' on 1 guest_counts g
ok 'h1: vm-snapshot is done' on 1 vxe vm-snapshot uuid="$UUID" new-name-label=s2
ok '... and the guest counts on' on 1 guest_counts g
