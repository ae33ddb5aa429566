#!/bin/bash
# SPDX-License-Identifier: MIT
# Bitmaps of backup programs in layers that are merged: what they have recorded goes along, under a running guest (libvirt
# does it) and while the VM is off, and the next incremental backup has all that the guest has written.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

leaf() { source_of "$1" vda; }
# bitmaps FILE: the names of its bitmaps, with what QEMU says of each.
bitmaps() {
  qemu-img info -U --output=json "$1" | jq -r '."format-specific".data.bitmaps // [] |
    map(.name + ":" + (.flags | join("+"))) | sort | join(" ")'
}
# recorded FILE NAME: what the bitmap has, as "OFFSET+LENGTH ...".
recorded() {
  local socket=$PWD/nbd.sock
  rm -f "$socket"
  qemu-nbd -f qcow2 -r -B "$2" -k "$socket" "$1" &
  wait_until 10 test -S "$socket" &&
    nbdinfo --map="qemu:dirty-bitmap:$2" "nbd+unix:///?socket=$socket" |
      awk '$4 == "dirty" { printf "%s%s+%s", sep, $1, $2; sep = " " }'
  wait $!
}
# incremental VM CHECKPOINT: the backup since then, on top of full.raw, is what the paused guest has on its disk.
incremental() {
  local file
  cat >backup.xml <<XML
<domainbackup><incremental>$2</incremental><disks><disk name='vda' type='file'><driver type='qcow2'/>
<target file='$PWD/out/inc.qcow2'/></disk></disks></domainbackup>
XML
  rm -f out/inc.qcow2
  virsh -q suspend "$1" && virsh -q backup-begin "$1" backup.xml >/dev/null &&
    wait_until 20 no_job "$1" && file=$(virsh -q domblklist "$1" | awk '{ print $2 }') &&
    qemu-img convert -U -f qcow2 -O raw "$file" now.raw &&
    qemu-img rebase -q -u -f qcow2 -b "$PWD/out/full.raw" -F raw out/inc.qcow2 &&
    qemu-img convert -f qcow2 -O raw out/inc.qcow2 then.raw && cmp then.raw now.raw
  local status=$?
  rm -f out/inc.qcow2
  virsh -q resume "$1"
  return $status
}
no_job() { virsh domjobinfo "$1" | grep -q 'Job type: *None'; }

# ---- the VM is off --------------------------------------------------------------------------------

small_guest off 1
BASE=$(leaf off)
stamp "$BASE" 1 2M
snapshot "$UUID" s1
LEAF=$(leaf off)
qemu-img bitmap --add -f qcow2 "$LEAF" b1
stamp "$LEAF" 2 3M 128k
qemu-img bitmap --disable -f qcow2 "$LEAF" b1
qemu-img bitmap --add -f qcow2 -g 32k "$LEAF" b2
stamp "$LEAF" 3 1M 64k
keep_content off "$UUID"
ok 'the snapshot goes' vxe snapshot-uninstall uuid="$SNAP" force=true
is '... and nothing waits' "$ERR" ''
is '... the VM is on its file' "$(leaf off)" "$BASE"
is '... nothing is left of the layer' "$([ -e "$LEAF" ] || echo gone)" gone
ok '... every byte is there' has_content off "$UUID"
is '... the bitmaps are there, as they were' "$(bitmaps "$BASE")" 'b1: b2:auto'
is '... the first has what was written first' "$(recorded "$BASE" b1)" '3145728+131072'
is '... and the second what was written then' "$(recorded "$BASE" b2)" '1048576+65536'
ok '... the image is sound' qemu-img check -q -f qcow2 "$BASE"
ok 'check is clean' vxe check

# A layer of two names: the file below has a bitmap of that name, and records what comes in.
snapshot "$UUID" s2
LEAF=$(leaf off)
qemu-img bitmap --add -f qcow2 -g 64k "$LEAF" b2
stamp "$LEAF" 4 2M 64k
snapshot "$UUID" s3 && S3=$SNAP
stamp "$(leaf off)" 5 0 64k
keep_content off "$UUID"
keep_content s3 "$S3"
ok 'a layer in the middle goes' vxe snapshot-uninstall uuid="$(plain snapshot-list name-label=s2 --minimal)" force=true
is '... and nothing waits' "$ERR" ''
ok '... every byte is there' has_content off "$UUID"
ok '... in the snapshot, too' has_content s3 "$S3"
is '... both records are one' "$(recorded "$BASE" b2)" '1048576+65536 2097152+65536'
ok 'vdi-merge' vxe snapshot-uninstall uuid="$S3" force=true
is '... the VM is on its file' "$(leaf off)" "$BASE"
is '... which records what came in' "$(recorded "$BASE" b2)" '0+65536 1048576+65536 2097152+65536'
ok 'check is clean' vxe check

# A name with a comma, and vxe dies.
guest_disk_make 'a,b.qcow2' 4M
guest_define comma - "$PWD/a,b.qcow2"
UUID=$(virsh domuuid comma)
qemu-img bitmap --add -f qcow2 'a,b.qcow2' b
snapshot "$UUID" s
LEAF=$(leaf comma)
qemu-img bitmap --add -f qcow2 "$LEAF" b
stamp "$LEAF" 7 1M 64k
keep_content comma "$UUID"
(VXE_FAILPOINT=coalesce-commit:switch=die vxe snapshot-uninstall uuid="$SNAP" force=true >/dev/null 2>&1) 2>/dev/null
is 'vxe has died before the VM is on its file' "$(leaf comma)" "$LEAF"
ok '... the next command merges' vxe sr-coalesce
is '... the VM is on its file' "$(leaf comma)" "$PWD/a,b.qcow2"
ok '... every byte is there' has_content comma "$UUID"
is '... and what was recorded' "$(recorded 'a,b.qcow2' b)" '1048576+65536'

# A raw file below takes no bitmap.
truncate -s 4M base.raw
guest_define raw - "$PWD/base.raw"
virsh -q dumpxml raw | sed "s/type='qcow2'/type='raw'/" >raw.xml && virsh -q define raw.xml
UUID=$(virsh domuuid raw)
snapshot "$UUID" s
LEAF=$(leaf raw)
qemu-img bitmap --add -f qcow2 "$LEAF" b
stamp "$LEAF" 8 1M 64k
ok 'a raw file takes over the content' vxe snapshot-uninstall uuid="$SNAP" force=true
is '... the VM is on it' "$(leaf raw)" "$PWD/base.raw"
is '... byte by byte' "$(od -An -tu1 -j1048576 -N1 base.raw | tr -d ' ')" 8
is '... and the lost bitmap is named once' "$(grep -c "^lost: 1 bitmaps in $LEAF" <<<"$ERR")" 1
ok 'check is clean' vxe check

# While the guest runs libvirt merges: it leaves the bitmap out, and so it is said.
snapshot "$UUID" s
LEAF=$(leaf raw)
qemu-img bitmap --add -f qcow2 "$LEAF" b
virsh -q start raw
ok 'a raw file under a running guest' vxe snapshot-uninstall uuid="$SNAP" force=true
is '... the guest is on it' "$(leaf raw)" "$PWD/base.raw"
diag "$OUT $ERR"
is '... and the lost bitmap is named once' "$(grep -c "^lost: 1 bitmaps in $LEAF" <<<"$ERR")" 1
virsh -q destroy raw
ok 'check is clean' vxe check

# ---- a checkpoint of virsh's ----------------------------------------------------------------------

mkdir out
chmod 0777 out
guest_make web 1
BASE=$(leaf web)
UUID=$(virsh domuuid web)
guest_start web
virsh -q suspend web
virsh -q checkpoint-create-as web c1 >/dev/null
qemu-img convert -U -f qcow2 -O raw "$BASE" out/full.raw
virsh -q resume web
snapshot "$UUID" s1
guest_counts web
ok 'the snapshot of the running guest goes' vxe snapshot-uninstall uuid="$SNAP" force=true
is '... and nothing is lost' "$ERR" ''
is '... the guest is on its file' "$(leaf web)" "$BASE"
ok '... the backup since the checkpoint is complete' incremental web c1
snapshot "$UUID" s2
guest_counts web
virsh -q destroy web
keep_content web "$UUID"
ok 'the snapshot goes while the VM is off' vxe snapshot-uninstall uuid="$SNAP" force=true
is '... and nothing is lost' "$ERR" ''
is '... the VM is on its file' "$(leaf web)" "$BASE"
ok '... every byte is there' has_content web "$UUID"
is '... virsh lists the checkpoint' "$(virsh -q checkpoint-list web --name | xargs)" c1
guest_start web
ok '... the backup since the checkpoint is complete' incremental web c1
ok 'check is clean' vxe check
virsh -q checkpoint-delete web c1 --metadata
