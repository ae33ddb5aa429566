#!/bin/bash
# SPDX-License-Identifier: MIT
# Jobs that another program has begun on a running guest: a copy, merges, a backup and a save by virsh. vm-snapshot and
# its relatives refuse at once and name the job; the job goes on and ends well, its bytes are compared. A vxe that was
# killed beside one is recovered without ending it and without waiting for it, and vm-shutdown --force waits for none.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/state.sh"

# A guest that writes to vda; vdb has 24 MiB in its middle layer and 8 MiB in its leaf.
guest_disk_make web-0.qcow2 4M && guest_install web-0.qcow2
guest_disk_make b0.qcow2 48M
guest_disk_make b1.qcow2 48M -b "$PWD/b0.qcow2" -F qcow2 && stamp b1.qcow2 5 1M 24M
guest_disk_make b2.qcow2 48M -b "$PWD/b1.qcow2" -F qcow2 && stamp b2.qcow2 6 30M 8M
guest_define web - "$PWD/web-0.qcow2" "$PWD/b2.qcow2"
UUID=$(virsh domuuid web)
plain vm-list uuid="$UUID" --minimal >/dev/null
keep_content held "$UUID"
guest_start web

job() { virsh blockjob web vdb 2>&1; }
# The disk that no program writes to, as the guest sees it.
whole() { qemu-img convert -U -f qcow2 -O raw "$1" now.raw && tail -c +65537 now.raw | cmp - <(tail -c +65537 held.raw1); }
is_ready() { virsh dumpxml web | grep -q "<mirror.* ready='yes'"; }
no_job() { [[ $(job) == *'No current block job'* ]]; }
faster() { virsh -q blockjob web vdb --bandwidth 0; }
# stays KIND: the job of that kind is still there.
stays() { [[ $(job) == *"$1"* ]] || { job; false; }; }
snapshots() { plain snapshot-list --minimal; }

# refuses WHAT REGEX CMD...: at once, and nothing of it is left.
refuses() {
  local start=$SECONDS what=$1 regex=$2
  shift 2
  patience 8
  fails VXE_BUSY 6 "$regex" "$what: ${1} is refused" vxe "$@"
  result $((SECONDS - start > PATIENCE)) "... at once ($((SECONDS - start)) s)"
  like '... and says where to look' "$ERR" 'virsh (domjobinfo|blockjob)'
  is '... no snapshot' "$(snapshots)" ''
}

# ---- copies and merges by virsh --------------------------------------------------------------------

ok 'virsh copies a disk' virsh -q blockcopy web vdb "$PWD/copy.qcow2" --transient-job --bandwidth 1
refuses 'a copy' 'block copy.* vdb' vm-snapshot uuid="$UUID" new-name-label=s
ok '... the copy goes on' stays 'Block Copy'
refuses 'a copy' 'block copy.* vdb' vm-checkpoint uuid="$UUID" new-name-label=s
refuses 'a copy' 'block copy.* vdb' vm-suspend uuid="$UUID"
refuses 'a copy' 'block copy.* vdb' vdi-flatten uuid="$(vdi_of "$UUID" 1)"
ok '... the copy goes on' stays 'Block Copy'
ok 'a snapshot without that disk is made' vxe vm-snapshot uuid="$UUID" new-name-label=a ignore-vdi-uuids="$(vdi_of "$UUID" 1)"
ok '... and goes' vxe snapshot-uninstall uuid="$OUT" --force
ok 'a change of the VM is made' vxe vm-param-set uuid="$UUID" name-description=x
ok '... the copy goes on' stays 'Block Copy'
faster
ok '... until it is complete' wait_until 60 is_ready
virsh -q blockjob web vdb --abort
ok '... it has every byte' whole copy.qcow2
rm -f copy.qcow2

ok 'virsh merges a layer' virsh -q blockcommit web vdb --top "$PWD/b1.qcow2" --base "$PWD/b0.qcow2" --bandwidth 1
refuses 'a merge' 'block commit.* vdb' vm-snapshot uuid="$UUID" new-name-label=s
ok '... it goes on' stays 'Block Commit'
faster
ok '... to its end' wait_until 60 no_job
ok '... and nothing is lost' whole b2.qcow2

ok 'virsh merges the leaf' virsh -q blockcommit web vdb --active --bandwidth 1
refuses 'a merge of the leaf' 'block commit.* vdb' vm-snapshot uuid="$UUID" new-name-label=s
ok '... it goes on' stays 'Active Block Commit'
faster
ok '... to its end' wait_until 60 is_ready
ok '... the guest uses the base' virsh -q blockjob web vdb --pivot
ok '... and nothing is lost' whole b0.qcow2
ok 'now there is a snapshot' vxe vm-snapshot uuid="$UUID" new-name-label=s
snap=$OUT
ok '... of the same content' whole "$(vdi_files "$snap" | tail -n 1)"
ok '... and it goes' vxe snapshot-uninstall uuid="$snap" --force

# ---- killed, and then a job begins -------------------------------------------------------------------

(VXE_FAILPOINT=vm-snapshot:make-overlays:after=die plain vm-snapshot uuid="$UUID" new-name-label=k) 2>/dev/null
ok 'after a vxe that was killed virsh copies the disk' \
  virsh -q blockcopy web vdb "$PWD/copy2.qcow2" --transient-job --bandwidth 1
ok '... the next command undoes the snapshot' vxe vm-param-set uuid="$UUID" name-description=y
ok '... the copy goes on' stays 'Block Copy'
faster
ok '... until it is complete' wait_until 60 is_ready
virsh -q blockjob web vdb --abort
ok '... it has every byte' whole copy2.qcow2

# ---- a backup ------------------------------------------------------------------------------------

backup() {
  printf "<domainbackup mode='pull'><server transport='unix' socket='%s'/>
<disks><disk name='vdb' backup='yes' type='file'><scratch file='%s'/></disk><disk name='vda' backup='no'/></disks></domainbackup>" \
    "$HOST_DIR/s/nbd" "$PWD/scratch" >backup.xml
  virsh -q backup-begin web backup.xml
}
in_backup() { virsh domjobinfo web | grep -q 'Operation: *Backup' && stays Backup; }
# quick WHAT CMD...: is done, and not after minutes.
quick() {
  local start=$SECONDS
  patience 20
  ok "$@"
  result $((SECONDS - start > PATIENCE)) "... without waiting ($((SECONDS - start)) s)"
}
ok 'a backup begins' backup
refuses 'a backup' 'backup' vm-snapshot uuid="$UUID" new-name-label=s
refuses 'a backup' 'backup' vm-suspend uuid="$UUID"
ok '... the backup goes on' in_backup
ok 'a change of the VM is made' vxe vm-param-set uuid="$UUID" name-description=z
(VXE_FAILPOINT=vm-snapshot:make-overlays:after=die plain vm-snapshot uuid="$UUID" new-name-label=k) 2>/dev/null
quick 'after a vxe that was killed the next command is done' vxe vm-param-set uuid="$UUID" name-description=x
ok '... the backup goes on' in_backup
ok 'what it reads is the disk' qemu-img convert -f raw -O raw "nbd+unix:///vdb?socket=$HOST_DIR/s/nbd" backup.raw
ok '... to the last byte' cmp <(tail -c +65537 backup.raw) <(tail -c +65537 held.raw1)
(VXE_FAILPOINT=vm-snapshot:make-overlays:after=die plain vm-snapshot uuid="$UUID" new-name-label=k) 2>/dev/null
quick 'vm-shutdown --force is done at once, too' vxe vm-shutdown uuid="$UUID" --force
is '... the guest is off' "$(guest_state web)" 'shut off'
ok 'vxe check is clean' vxe check

# ---- a save ----------------------------------------------------------------------------------------

# The program that writes the memory for libvirt does not begin before the file "hold" or the guest is gone.
hold_saves() {
  local helper
  for helper in /usr/{lib/libvirt,libexec}/libvirt_iohelper; do
    [ -x "$helper" ] || continue
    cp "$helper" helper && chmod 0755 helper && install -m 0755 /dev/null held.sh && mount --bind held.sh "$helper" || return
    printf '#!/bin/sh\nwhile [ -e %s ] && [ -e %s ]; do sleep 0.05; done\nexec %s "$@"\n' \
      "$PWD/hold" "$(libvirt_run)/web.pid" "$PWD/helper" >held.sh
    HELPER=$helper && return
  done
  false
}
save() {
  : >hold
  virsh -q save web "$PWD/saved" >save.out 2>&1 &
  SAVES=$!
  wait_until 20 in_save
}
in_save() { virsh domjobinfo web | grep -q 'Operation: *Save'; }
killed() { (VXE_FAILPOINT=vm-snapshot:make-overlays:after=die plain vm-snapshot uuid="$UUID" new-name-label=k) 2>/dev/null; }

if [ "$HOST_MODE" != system ] || ! hold_saves; then
  skip 'a save cannot be held up here'
  exit 0
fi
guest_start web
ok 'virsh saves the guest' save
refuses 'a save' 'a save by another' vm-snapshot uuid="$UUID" new-name-label=s
refuses 'a save' 'a save by another' vm-unpause uuid="$UUID"
killed
refuses 'a vxe that was killed, and a save' 'a save by another' vm-param-set uuid="$UUID" name-description=v
ok '... the save goes on' in_save
rm hold
ok '... to its end' wait "$SAVES"
ok 'then the next command is done' vxe vm-param-set uuid="$UUID" name-description=v
virsh -q restore saved
ok 'what was saved goes on' guest_counts web
rm -f saved
ok 'virsh saves the guest' save
killed
quick 'vm-shutdown --force is done at once, too' vxe vm-shutdown uuid="$UUID" --force
is '... the guest is off' "$(guest_state web)" 'shut off'
rm hold
wait "$SAVES"
umount "$HELPER"
ok 'vxe check is clean' vxe check
