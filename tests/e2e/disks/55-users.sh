#!/bin/bash
# SPDX-License-Identifier: MIT
# Who uses a file is answered from an index. Each change that makes or ends a use is seen by the next command, right
# after it, and nothing that did not change is read again.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

small_guest web 1
stamp_disks "$UUID" 51 1M
snapshot "$UUID" s0
stamp_disks "$UUID" 52 2M
snapshot "$UUID" s1 && S1=$SNAP
MIDDLE=$(vdi_files "$S1")
stamp_disks "$UUID" 53 3M
keep_content web "$UUID"

# plan: what the removal of s1 would do. The debug program: its time is a user's.
plan() { VXE_LOG=debug plain snapshot-uninstall uuid="$S1" dry-run=true >plan.out 2>plan.err; }
reads() { plan && grep -c 'hv: xml' plan.err; }
# The plan names NAME as one that needs the layer.
seen() { plan && grep -qE "^later: $MIDDLE \(needed by .*$1" plan.out; }
free_again() { plan && grep -q '^merge: ' plan.out; }
# index: the file of this store.
STORE=$(plain pool-list --minimal)
index() { find /run/vxe "${XDG_RUNTIME_DIR-/run/vxe}/vxe" -name "users-$STORE" 2>/dev/null; }

ok 'nothing else needs the layer' free_again
is 'there is one index' "$(index | wc -l)" 1
is 'of its owner alone' "$(stat -c %a "$(index)")" 600

# ---- nothing is read twice -----------------------------------------------------------------------

few=$(reads)
for i in 0 1 2 3 4 5 6 7 8 9; do
  guest_disk_make "more$i.qcow2" 1M && guest_define "more$i" - "$PWD/more$i.qcow2"
done
ok 'more domains' test "$(reads)" -ge $((few + 10))
sleep 0.05 # until their times are old enough
plan
is 'their definitions are read no more' "$(reads)" "$few"
unlike 'libvirt is not asked for every domain' "$(cat plan.err)" 'asked for every domain'
strace -o trace -e trace=openat "$VXE_PLAIN" snapshot-uninstall uuid="$S1" dry-run=true >/dev/null 2>&1
is 'nor are their images' "$(grep -c 'more[0-9].qcow2' trace)" 0

# ---- definitions ---------------------------------------------------------------------------------

guest_define other - "$MIDDLE"
ok 'a define is seen' seen 'domain .*\(other\)'
virsh -q undefine other
ok '... an undefine' free_again
elsewhere=${MIDDLE%?}Q
cp "$MIDDLE" "$elsewhere"
guest_define other - "$elsewhere"
ok 'a domain with another file is none' free_again
sleep 0.05
plan
guest_define other "$(virsh domuuid other)" "$MIDDLE"
ok 'an edit that changes one letter' seen 'domain .*\(other\)'
guest_define other "$(virsh domuuid other)" "$elsewhere"
ok '... and back' free_again
ln "$MIDDLE" link.qcow2
guest_define other "$(virsh domuuid other)" "$PWD/link.qcow2"
ok 'a hard link as its disk' seen 'domain .*\(other\)'
rm link.qcow2 && cp "$elsewhere" link.qcow2
ok 'another file under that name' free_again
ln -sf "$MIDDLE" link.qcow2
ok 'a symbolic link' seen 'domain .*\(other\)'
rm link.qcow2
if [ "$HOST_MODE" = system ]; then
  mkdir bound && guest_define other "$(virsh domuuid other)" "$PWD/bound/${MIDDLE##*/}"
  ok 'a path to nothing' free_again
  mount --bind "${MIDDLE%/*}" bound
  ok 'a mount makes it the layer' seen 'domain .*\(other\)'
  umount bound
  ok '... until it goes' free_again
  cp "$elsewhere" bound.qcow2 && guest_define other "$(virsh domuuid other)" "$PWD/bound.qcow2"
  ok 'another file' free_again
  mount --bind "$MIDDLE" bound.qcow2
  ok 'the layer is mounted over it' seen 'domain .*\(other\)'
  umount bound.qcow2
  ok '... until it goes' free_again
  rm bound.qcow2
fi
virsh -q undefine other
definitions=$(ls -d /etc/libvirt/qemu "${XDG_CONFIG_HOME-$HOME/.config}/libvirt/qemu" 2>/dev/null | while read -r dir; do
  [ ! -e "$dir/more0.xml" ] || echo "$dir"
done)
sed -i.old "s#'$PWD/more0.qcow2'#'$MIDDLE'#" "$definitions/more0.xml"
ok 'an edit of the file, which libvirt will read when it starts' seen 'domain .*\(more0\)'
mv "$definitions/more0.xml.old" "$definitions/more0.xml"
ok '... and back' free_again

# ---- running domains -----------------------------------------------------------------------------

sed "s#<uuid>.*</uuid>##; s#<name>[^<]*#<name>passing#; s#<source file='[^']*'/>#<source file='$MIDDLE'/><readonly/>#" more1.xml >passing.xml
ok 'a domain without a definition starts' virsh -q create --paused passing.xml
plan
like '... and is seen' "$(cat plan.out)" "later: $MIDDLE .*VM passing"
virsh -q destroy passing
ok '... until it stops' free_again

# ---- images --------------------------------------------------------------------------------------

overlay() { qemu-img create -q -f qcow2 -b "$MIDDLE" -F qcow2 "$1"; }
mkdir -m 0777 pool
virsh -q pool-define-as folder dir --target "$PWD/pool" >/dev/null && virsh -q pool-start folder
sr=$(vxe sr-create name-label=more type=file device-config:location="$PWD/sr")
for place in "$PWD" "$PWD/pool" "$PWD/sr"; do
  ok "nothing in ${place#"$PWD"}" free_again
  overlay "$place/new.qcow2"
  ok '... an overlay' seen "${place}/new.qcow2"
  mv "$place/new.qcow2" "$place/renamed.qcow2"
  ok '... which gets another name' seen "${place}/renamed.qcow2"
  qemu-img rebase -u -b '' "$place/renamed.qcow2"
  ok '... and is none any more' free_again
  sleep 0.05
  plan
  qemu-img rebase -u -b "$MIDDLE" -F qcow2 "$place/renamed.qcow2"
  ok '... a header that is changed in place' seen "${place}/renamed.qcow2"
  rm "$place/renamed.qcow2"
done
mkdir far
overlay far/away.qcow2
ok 'an overlay in a folder of no SR, pool or domain is not seen' free_again
mv far/away.qcow2 pool/
ok '... until it is moved to one' seen "$PWD/pool/away.qcow2"
mv pool/away.qcow2 far/
guest_define other - "$PWD/far/away.qcow2"
ok '... or a domain has it' seen "$PWD/far/away.qcow2"
virsh -q undefine other
virsh -q pool-destroy folder && virsh -q pool-undefine folder

# ---- without an index, or with a wrong one ---------------------------------------------------------

sleep 0.05
plan
cp "$(index)" old
overlay user.qcow2
guest_define other - "$elsewhere"
for what in delete truncate garbage stale foreign; do
  file=$(index)
  case $what in
    delete) rm "$file" ;;
    truncate) truncate -s $(($(stat -c %s "$file") / 2)) "$file" ;;
    garbage) head -c 5000 /dev/urandom >"$file" ;;
    stale) cat old >"$file" ;;
    foreign) chmod 0666 "$file" ;;
  esac
  ok "$what: the overlay is seen" seen "$PWD/user.qcow2"
  ok '... again' seen "$PWD/user.qcow2"
done
rm user.qcow2
virsh -q undefine other
rm "$elsewhere"
ok 'then the layer is free' free_again

# ---- what the index is for -------------------------------------------------------------------------

overlay user.qcow2
stamp user.qcow2 99 512k
leaf=$(vdi_files "$UUID")
qemu-img convert -f qcow2 -O raw user.qcow2 theirs.raw
ok 's1 goes' vxe snapshot-uninstall uuid="$S1" force=true
qemu-img convert -f qcow2 -O raw user.qcow2 now.raw
ok 'the overlay has its content' cmp now.raw theirs.raw
ok '... and the layer stays' test -e "$leaf"
ok 'the VM has its content' has_content web "$UUID"
rm user.qcow2
ok 'sr-coalesce' vxe sr-coalesce
ok 'the layer is merged' test ! -e "$leaf"
ok 'and the VM has its content' has_content web "$UUID"
vxe sr-forget uuid="$sr" >/dev/null 2>&1
ok 'vxe check is clean' vxe check
