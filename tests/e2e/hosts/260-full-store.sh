#!/bin/bash
# SPDX-License-Identifier: MIT
# The file system of the store is full, or nearly: whatever free space is left, a command is refused and everything is as
# before, or it is done and says so. A snapshot can be deleted there, too.
# own store: what is full is the file system of its folder
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

[ "$HOST_MODE" = system ] || skip_all 'full file systems: no mounts in session mode'

PAGE=4096
NL=$'\n'
# leave PAGES: fills the store's file system until so many pages are free.
leave() {
  rm -f "$VXE_STORE/.fill"
  local free
  free=$(stat -f -c %a "$VXE_STORE")
  fallocate -l $(((free - $1) * PAGE)) "$VXE_STORE/.fill"
}
# An empty log begins with zeros. Another one has what the database lacks.
empty_log() {
  [ -s "$VXE_STORE/vxe.db-wal" ] || return
  ok 'the log is empty' cmp -n 32 "$VXE_STORE/vxe.db-wal" /dev/zero && : >"$VXE_STORE/vxe.db-wal"
}
libvirt_has() { virsh -q 'list --all --name; domblklist web'; }
snapshots() { plain snapshot-list snapshot-of="$UUID" --minimal | tr , '\n' | grep -c .; }

# with_room WHAT CMD...: the command with each number of free pages, until it is done. What it says is compared with what
# libvirt has at that moment: the next command of vxe would complete it. BARE: the log has no space of its own, as an
# earlier vxe left it.
with_room() {
  local what=$1 pages before wrong=''
  REFUSED=0
  shift
  for pages in 0 2 8 16 32 64 128 256 512; do
    [ -z "${BARE-}" ] || empty_log
    leave $pages
    before=$(libvirt_has)
    run "$VXE_PLAIN" "$@"
    [ "$STATUS" != 0 ] || break
    REFUSED=$((REFUSED + 1))
    [ "$(libvirt_has)" = "$before" ] || wrong+="$pages pages: status $STATUS, but it is done: $ERR$NL"
    [[ $ERR == *'no space'* ]] || wrong+="$pages pages: it says $ERR$NL"
    [[ $ERR != *'by the next command'* ]] || wrong+="$pages pages: something is left: $ERR$NL"
    rm "$VXE_STORE/.fill"
    plain check >check.out 2>&1 || wrong+="$pages pages: $(cat check.out)$NL"
    [ "$(libvirt_has)" = "$before" ] || wrong+="$pages pages: done by the next command$NL"
  done
  is "$what: refused and as before, or done" "$wrong" ''
  is "... done in the end" "$STATUS" 0
}

mkdir -p "$VXE_STORE" && mount -t tmpfs -o size=16m,mode=0700 tmpfs "$VXE_STORE" || exit 1
small_guest web 1
stamp_disks "$UUID" 17
snapshot "$UUID" one
ONE=$SNAP
keep_content one "$ONE"
stamp_disks "$UUID" 33
keep_content now "$UUID"

diag 'a halted guest'
for BARE in 1 ''; do
  with_room snapshot-revert snapshot-revert uuid="$ONE"
  [ -z "$BARE" ] || isnt '... not at once, if the log has no space' "$REFUSED" 0
  rm "$VXE_STORE/.fill"
  ok 'the VM has the content of the snapshot' has_content one "$UUID"
  stamp_disks "$UUID" 49
done

CLONE=$(vxe vm-clone uuid="$UUID" new-name-label=clone)

diag 'a running guest'
guest_start web || exit 1
BARE=1 with_room vm-snapshot vm-snapshot uuid="$UUID" new-name-label=two
rm "$VXE_STORE/.fill"
is 'the snapshot is on record' "$(snapshots)" 2
ok 'the guest goes on' guest_counts web

diag 'not a page is left for many commands'
TWO=$(plain snapshot-list name-label=two --minimal)
ok 'the log has its space again' vxe vm-param-set uuid="$UUID" name-description=y
leave 0
exits 0 'a snapshot is deleted' vxe snapshot-uninstall uuid="$TWO" force=true
exits 0 'vxe check is clean' vxe check
rm "$VXE_STORE/.fill"
BARE=1 with_room vm-uninstall vm-uninstall uuid="$CLONE" force=true
not_ok '... it is gone' virsh dominfo clone
rm "$VXE_STORE/.fill"
ok 'the log has its space again' vxe vm-param-set uuid="$UUID" name-description=x
leave 0
STATUS=0 n=0
while [ $n -lt 8 ] && [ "$STATUS" = 0 ]; do
  n=$((n + 1))
  before=$(libvirt_has)
  run "$VXE_PLAIN" vm-snapshot uuid="$UUID" new-name-label="n$n"
done
ok "... and snapshots are taken ($n)" test $n -gt 1
[ "$STATUS" = 0 ] || is 'the one that is refused is not taken' "$(libvirt_has)" "$before"
rm "$VXE_STORE/.fill"
exits 0 'vxe check is clean' vxe check
ok 'the guest goes on' guest_counts web
ok 'the first snapshot holds what it held' has_content one "$ONE"
virsh -q destroy web
vxe vm-uninstall uuid="$UUID" force=true >/dev/null
umount "$VXE_STORE"
