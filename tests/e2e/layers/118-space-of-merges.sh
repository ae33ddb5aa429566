#!/bin/bash
# SPDX-License-Identifier: MIT
# The space that a merge needs is asked before it begins, and said beforehand: by a dry run, by the list of an uninstall, and
# by check. Nothing then leads to stopping the VM.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

[ "$HOST_MODE" = system ] || skip_all 'small file systems: no mounts in session mode'
leaf() { source_of "$1" vda; }
# leave BYTES: fills the file system until that many bytes are free. A guest may take some of them between the two lines.
leave() {
  rm -f full/.fill
  for _ in {1..50}; do
    fallocate -l $(($(stat -f -c '%a * %S' full) - $1)) full/.fill 2>>fill.err && return
  done
}

mkdir full && mount -t tmpfs -o size=32m,mode=0755 tmpfs full
guest_disk_make full/web.qcow2 16M
guest_install full/web.qcow2
guest_define web - "$PWD/full/web.qcow2"
UUID=$(virsh domuuid web)
BASE=$PWD/full/web.qcow2
snapshot "$UUID" s1
stamp_disks "$UUID" 5 4M 4M
LEAF=$(leaf web)
LACK="[0-9]+ bytes are needed and [0-9]+ bytes are free in $PWD/full"

for how in running off; do
  [ $how = off ] || guest_start web
  leave 1048576
  run vxe snapshot-uninstall uuid="$SNAP" --dry-run
  like "$how: the dry run says that there is too little space" "$OUT" "later: $BASE .$LACK"
  unlike '... and no merge' "$OUT" 'merge: '
  keep_content web "$UUID"
  ok 'the snapshot goes' vxe snapshot-uninstall uuid="$SNAP" force=true
  like '... and says what its layer waits for' "$OUT" "later: $BASE .$LACK"
  unlike '... not that the VM is to be stopped' "$OUT$ERR" 'stop the VM'
  ok 'sr-coalesce' vxe sr-coalesce
  like '... does, too' "$OUT" "waits: $BASE .$LACK"
  ok 'check is clean' vxe check
  like '... and says it' "$ERR" "Waits to be merged or removed: $BASE .$LACK"
  unlike '... without the VM' "$ERR" 'stop the VM'
  is '... nothing is merged' "$(leaf web)" "$LEAF"
  [ $how = off ] || ok '... the guest goes on' guest_counts web
  rm full/.fill
  ok 'with space again' vxe sr-coalesce
  is '... it is' "$(leaf web)" "$BASE"
  [ $how = off ] || ok '... the guest goes on' guest_counts web
  virsh -q destroy web 2>/dev/null
  [ $how = running ] || ok '... every byte is there' has_content web "$UUID"
  ok 'check is clean' vxe check
  is '... nothing waits' "$ERR" ''
  rm -f full/*.raw
  snapshot "$UUID" s2
  if [ $how = running ]; then stamp_disks "$UUID" 6 10M 4M; else stamp_disks "$UUID" 7 14M 2M; fi
  LEAF=$(leaf web)
done

# ---- others take the space meanwhile --------------------------------------------------------------

guest_start web
VXE_FAILPOINT=coalesce-commit:check=stop "$VXE" snapshot-uninstall uuid="$SNAP" force=true >out 2>&1 &
VXE_PID=$!
wait_until 20 stands $VXE_PID
leave 4096
kill -CONT $VXE_PID
wait $VXE_PID
is 'the snapshot goes all the same' $? 0
like '... its layer waits, and it is said why' "$(cat out)" "later: $BASE .$LACK"
unlike '... and nothing is said of stopping the VM' "$(cat out)" 'stop the VM'
rm full/.fill
ok '... the guest goes on' guest_counts web
ok 'with space again' vxe sr-coalesce
is '... it is merged' "$(leaf web)" "$BASE"
ok 'check is clean' vxe check
virsh -q destroy web
virsh -q undefine web
umount full
