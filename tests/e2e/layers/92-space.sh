#!/bin/bash
# SPDX-License-Identifier: MIT
# The disk space that a command needs is computed from its plan, for all files on a file system together, before
# anything is touched: one byte too little, and everything is as before; exactly enough, and the command does its work.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/memory.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/state.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"

[ "$HOST_MODE" = system ] || skip_all 'small file systems: no mounts in session mode'

EMPTY=262144 # a new overlay: header, table of refcounts, their block, L1 table
PAGE=4096

# leave BYTES: fills the file system until that many bytes are free.
leave() {
  rm -f full/.fill
  fallocate -l $(($(stat -f -c '%a * %S' full) - $1)) full/.fill
}
measured() {
  local file sum=0
  for file in $(vdi_files "$1"); do
    sum=$((sum + $(qemu-img measure -U --output=json -O qcow2 -f qcow2 "$file" | sed -n 's/.*"required": \([0-9]*\).*/\1/p')))
  done
  echo $sum
}
# has_written: the guest, into each of its new overlays: from then on it writes in place, and takes no more space.
has_written() {
  local file
  for file in $(virsh domblklist web --details | awk '$2 == "disk" { print $4 }'); do
    [ "$(stat -c %s "$file")" -gt $EMPTY ] || return
  done
}
pages() { echo $((($1 + PAGE - 1) / PAGE * PAGE)); }

# just_fits CODE BYTES WHAT CMD...: refused with a page less, done with BYTES.
just_fits() {
  local code=$1 bytes
  bytes=$(pages "$2")
  local what=$3
  shift 3
  leave $((bytes - PAGE))
  state_note
  refused "$code" 1 "[0-9]+ bytes are needed and $((bytes - PAGE)) bytes are free in $PWD/full" \
    "$what, a page too little" "$@"
  leave "$bytes"
  exits 0 "$what, exactly enough" "$@"
  rm full/.fill
}

mkdir full && mount -t tmpfs -o size=96m,mode=0755 tmpfs full
qemu-img create -q -f qcow2 full/a.qcow2 16M
qemu-img create -q -f qcow2 full/b.qcow2 16M
guest_install full/a.qcow2
guest_define web - "$PWD/full/a.qcow2" "$PWD/full/b.qcow2"
UUID=$(virsh domuuid web)
stamp full/b.qcow2 55 2M 3M
sr=$(vxe sr-create name-label=small type=file device-config:location="$PWD/full/sr")
vxe vm-param-set uuid="$UUID" suspend-SR-uuid="$sr"
guest_start web
PID=$(guest_pid web)
vxe vm-pause uuid="$UUID" # nothing is written meanwhile

diag 'a guest with two disks on one file system'
just_fits SR_BACKEND_FAILURE_44 $((2 * EMPTY)) 'vm-snapshot' vxe vm-snapshot uuid="$UUID" new-name-label=one
one=$OUT
vxe vm-unpause uuid="$UUID"
ok 'the guest goes on' guest_counts web
is '... in the same process' "$(guest_pid web)" "$PID"
keep_content one "$one"

memory=$(($(virsh dumpxml web | sed -n "s/.*<currentMemory unit='KiB'>\([0-9]*\)<.*/\1/p") * 1024))
need=$((memory + (16 << 20) + 2 * EMPTY))
ok 'the guest has written into its overlays' wait_until 20 has_written
leave $((need - PAGE))
fails SR_SUSPEND_SPACE_INSUFFICIENT 1 "$need bytes are needed and $((need - PAGE)) bytes are free" \
  'vm-checkpoint, a page too little: memory and disks together' vxe vm-checkpoint uuid="$UUID" new-name-label=two
fails SR_SUSPEND_SPACE_INSUFFICIENT 1 "$need bytes are needed and $((need - PAGE)) bytes are free" \
  'vm-suspend, too' vxe vm-suspend uuid="$UUID"
like '... a line says so' "$ERR" "${NL}detail: $need bytes are needed and $((need - PAGE)) bytes are free"
is 'no image is left' "$(images_of_memory)" ''
wrong SR_SUSPEND_SPACE_INSUFFICIENT 'the same' vm-suspend uuid="$UUID"
leads SR_SUSPEND_SPACE_INSUFFICIENT 1 VM="$UUID" SR="$(plain sr-list name-label='Local storage' --minimal)"
again SR_SUSPEND_SPACE_INSUFFICIENT vxe vm-suspend uuid="$UUID"
ok 'it goes on' vxe vm-resume uuid="$UUID"
PID=$(guest_pid web)
vxe vm-param-set uuid="$UUID" suspend-SR-uuid="$sr"
rm full/.fill
ok 'the guest goes on' guest_counts web
is '... in the same process' "$(guest_pid web)" "$PID"
leave "$need"
exits 0 'vm-checkpoint, exactly enough' vxe vm-checkpoint uuid="$UUID" new-name-label=two
two=$OUT
ok 'the guest has written into the next ones' wait_until 20 has_written
leave "$need"
exits 0 'vm-suspend, exactly enough' vxe vm-suspend uuid="$UUID"
rm full/.fill
before=$(serial_lines web)
ok 'the memory comes back' vxe vm-resume uuid="$UUID"
ok '... and goes on' wait_until 20 has_counted_since web "$before"
is '... without a break' "$(breaks web 1)" ''
vxe snapshot-uninstall uuid="$two" force=true >/dev/null
vxe vm-shutdown uuid="$UUID" force=true

diag 'a revert, clones and copies'
stamp_disks "$UUID" 77
keep_content now "$UUID"
just_fits SR_BACKEND_FAILURE_44 $((2 * EMPTY)) 'snapshot-revert' vxe snapshot-revert uuid="$one"
ok 'the VM has the content of the snapshot' has_content one "$UUID"
just_fits SR_BACKEND_FAILURE_44 $((2 * EMPTY)) 'vm-clone' vxe vm-clone uuid="$one" new-name-label=clone
ok 'the clone, too' has_content one "$OUT"
vxe vm-uninstall uuid="$OUT" force=true >/dev/null
stamp_disks "$UUID" 99
keep_content now "$UUID"
just_fits SR_BACKEND_FAILURE_44 $((4 * EMPTY)) 'vm-clone, which must freeze both disks first' \
  vxe vm-clone uuid="$UUID" new-name-label=clone
ok 'the clone has the content of the VM' has_content now "$OUT"
vxe vm-uninstall uuid="$OUT" force=true >/dev/null
just_fits SR_BACKEND_FAILURE_44 "$(measured "$one")" 'vm-copy' vxe vm-copy uuid="$one" new-name-label=copy sr-uuid="$sr"
ok 'the copy has the content of the snapshot' has_content one "$OUT"
vxe vm-uninstall uuid="$OUT" force=true >/dev/null

diag 'disks alone, and archives'
vdi=$(vdi_of "$UUID" 1)
just_fits SR_BACKEND_FAILURE_44 $EMPTY 'vdi-create' vxe vdi-create sr-uuid="$sr" name-label=new virtual-size=4MiB
new=$OUT
just_fits SR_BACKEND_FAILURE_44 $EMPTY 'vdi-snapshot' vxe vdi-snapshot uuid="$new"
vxe vdi-destroy uuid="$OUT"
size=$(qemu-img measure --output=json -O qcow2 -f qcow2 "$(vdi_file "$vdi")" | sed -n 's/.*"required": \([0-9]*\).*/\1/p')
just_fits SR_BACKEND_FAILURE_44 "$size" 'vdi-copy' vxe vdi-copy uuid="$vdi" sr-uuid="$sr"
vxe vdi-destroy uuid="$OUT"
vxe vdi-destroy uuid="$new"
just_fits SR_BACKEND_FAILURE_44 $EMPTY 'vm-disk-add' vxe vm-disk-add uuid="$UUID" disk-size=1MiB device=7 sr-uuid="$sr"
vxe vm-disk-remove uuid="$UUID" device=7
vxe vm-export uuid="$UUID" filename="$PWD/web.xva" >/dev/null
leave $((2 * EMPTY - PAGE))
state_note
refused SR_BACKEND_FAILURE_44 1 "$((2 * EMPTY)) bytes are needed" 'vm-import where not even empty disks fit' \
  vxe vm-import filename="$PWD/web.xva" sr-uuid="$sr"
rm full/.fill
exits 0 'with room it is imported' vxe vm-import filename="$PWD/web.xva" sr-uuid="$sr"
ok '... with the content of the VM' has_content now "$OUT"
vxe vm-uninstall uuid="$OUT" force=true >/dev/null
ok 'vxe check is clean' vxe check
vxe vm-uninstall uuid="$UUID" force=true >/dev/null
vxe pbd-unplug uuid="$(vxe pbd-list sr-uuid="$sr" --minimal)" && vxe sr-destroy uuid="$sr"
umount full
