#!/bin/bash
# SPDX-License-Identifier: MIT
# libvirt goes back to external snapshots of its own from 9.9 on, and deletes them with their files: vxe follows, and no
# layer that something of vxe's needs is taken away. libvirt 9.0 only deletes, and goes back to none.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

# of FIELD NAME: a field of the VM's snapshot with that name.
of() { plain snapshot-list snapshot-of="$UUID" name-label="$2" params="$1" --minimal; }
names() { plain snapshot-list snapshot-of="$UUID" params=name-label --minimal "$@" | tr , '\n' | grep . | sort | tr '\n' ' '; }
kept() { virsh -q snapshot-list "$1" --name | grep . | sort | tr '\n' ' '; }
kind() { of snapshot-info "$1" | grep -o 'libvirt: [a-z-]*'; }
libvirt_since 9.9 && CAN=1 || CAN=''
# can WHAT CMD...: passes where libvirt can, and fails elsewhere.
can() { if [ -n "$CAN" ]; then ok "$@"; else not_ok "$@"; fi; }
# next_second: a new layer is named by the time; libvirt refuses the second one of a second.
next_second() {
  local now
  now=$(date +%s)
  wait_until 5 test_past "$now"
}
test_past() { [ "$(date +%s)" != "$1" ]; }
# theirs NAME: a snapshot of virsh's; the content of before is kept as NAME, and new data follow.
DATA=0
theirs() {
  keep_content "$1" "$UUID"
  ok "virsh makes $1" virsh -q snapshot-create-as "$G" "$1" --disk-only --atomic
  stamp_disks "$UUID" $((DATA += 2)) ${DATA}M 256k
}
guest() {
  DISK_SIZE=16M small_guest "$1" "${2-2}"
  G=$1
  stamp_disks "$UUID" $((DATA = 2)) 1M
}

# ---- virsh alone: vxe follows ----------------------------------------------------------------------------

guest tree
theirs s1
theirs s2
keep_content now "$UUID"
is 'both are listed' "$(names)" 's1 s2 '
s1=$(of uuid s1) s2=$(of uuid s2)
can 'virsh goes back to the first' virsh -q snapshot-revert tree s1
if [ -n "$CAN" ]; then
  ok 'the VM has its content' has_content s1 "$UUID"
  is 'and is based on it' "$(names >/dev/null && plain vm-param-get uuid="$UUID" param-name=parent)" "$s1"
else
  ok 'the VM has what it had' has_content now "$UUID"
fi
ok 'the first holds what it held' has_content s1 "$s1"
ok 'the second, too' has_content s2 "$s2"
ok 'a command that acts on the VM' act "$UUID"
ok 'vxe check is clean' vxe check
if [ -n "$CAN" ]; then
  stamp_disks "$UUID" 60 2M
  theirs s3
  is 'a branch' "$(names)" 's1 s2 s3 '
  is 'on the first' "$(of parent s3) $(of parent s2)" "$s1 $s1"
  ok 'which holds what it held' has_content s3 "$(of uuid s3)"
  ok 'virsh goes back to the other branch' virsh -q snapshot-revert tree s2
  ok 'the VM has its content' has_content s2 "$UUID"
  for s in s1 s2 s3; do ok "$s holds what it held" has_content $s "$(of uuid $s)"; done
  ok 'vxe check is clean' vxe check
  ok 'an archive of the VM' vxe vm-export uuid="$UUID" filename=tree.xva
  ok 'comes back' vxe vm-import filename=tree.xva
  ok 'with the content' has_content s2 "$OUT"
  ok 'vxe goes back to the third' vxe snapshot-revert uuid="$(of uuid s3)"
  ok 'the VM has its content' has_content s3 "$UUID"
  for s in s1 s2 s3; do ok "$s holds what it held" has_content $s "$(of uuid $s)"; done
  is 'libvirt knows that' "$(virsh snapshot-current tree --name)" s3
  next_second
  ok 'virsh goes back to the second' virsh -q snapshot-revert tree s2
  ok 'the VM has its content' has_content s2 "$UUID"
  for s in s1 s2 s3; do ok "$s holds what it held" has_content $s "$(of uuid $s)"; done
  next_second
  ok 'and to the first' virsh -q snapshot-revert tree s1
  ok 'the VM has its content' has_content s1 "$UUID"
  for s in s1 s2 s3; do ok "$s holds what it held" has_content $s "$(of uuid $s)"; done
  ok 'vxe check is clean' vxe check
  ok 'virsh deletes a leaf of another branch' virsh -q snapshot-delete tree s3
  is 'it is listed no more' "$(names)" 's1 s2 '
  for s in s1 s2; do ok "$s holds what it held" has_content $s "$(of uuid $s)"; done
  ok 'the VM has its content' has_content s1 "$UUID"
  ok 'vxe check is clean' vxe check
  ok 'virsh deletes the other one' virsh -q snapshot-delete tree s2
  ok 'and the last one, which is merged' virsh -q snapshot-delete tree s1
  is 'none is listed' "$(names)" ''
  ok 'the VM has its content' has_content s1 "$UUID"
  ok 'a command that acts on the VM' act "$UUID"
  ok 'vxe check is clean' vxe check
fi

# ---- merged in the middle, under a running guest ---------------------------------------------------------

guest line 1
theirs m1
theirs m2
theirs m3
is 'three are listed' "$(names)" 'm1 m2 m3 '
ok 'the guest counts' guest_start line
ok 'virsh deletes the one in the middle' virsh -q snapshot-delete line m2
is 'two are listed' "$(names)" 'm1 m3 '
for s in m1 m3; do ok "$s holds what it held" has_content $s "$(of uuid $s)"; done
ok 'virsh deletes the first' virsh -q snapshot-delete line m1
ok 'the third holds what it held' has_content m3 "$(of uuid m3)"
ok 'the guest goes on' guest_counts line
ok 'vxe check is clean' vxe check
ok 'a snapshot of ours' snapshot "$UUID" ours
ok 'the guest goes on' guest_counts line
virsh -q destroy line
ok 'a revert to the third' vxe snapshot-revert uuid="$(of uuid m3)"
ok 'brings its content' has_content m3 "$UUID"
ok 'ours goes' vxe snapshot-uninstall uuid="$SNAP" force=true

# ---- with the memory -------------------------------------------------------------------------------------

guest ram 1
ok 'the guest counts' guest_start ram
ok 'virsh makes a snapshot with memory' virsh -q snapshot-create-as ram mem --live \
  --memspec "file=$PWD/ram.mem,snapshot=external" --diskspec vda,snapshot=external
mem=$(of uuid mem)
at=$(counter_of "$(vdi_files "$mem")")
keep_content mem "$mem"
ok 'the guest goes on' guest_counts ram
next_second
can 'virsh goes back to it' virsh -q snapshot-revert ram mem
ok 'the guest counts' guest_counts ram
[ -z "$CAN" ] || ok '... from where it was' test "$(guest_counter ram)" -lt $((at + 100000))
is 'the VM runs' "$(plain vm-param-get uuid="$UUID" param-name=power-state)" running
ok 'the snapshot holds what it held' has_content mem "$mem"
ok 'and has its memory' test -s ram.mem
ok 'a snapshot of ours' snapshot "$UUID" ours
ok 'vxe goes back to the memory' vxe snapshot-revert uuid="$mem"
ok 'it is resumed' vxe vm-resume uuid="$UUID"
ok 'the guest counts' guest_counts ram
ok 'ours goes' vxe snapshot-uninstall uuid="$SNAP" force=true
ok 'vxe check is clean' vxe check
is 'libvirt lists its snapshot again' "$(kept ram)" 'mem '
virsh -q destroy ram

# ---- below a snapshot of ours ----------------------------------------------------------------------------

guest below
theirs b1
theirs b2
keep_content ours "$UUID"
ok 'a snapshot of ours' vxe vm-snapshot uuid="$UUID" new-name-label=ours
ours=$OUT
like '... says what libvirt does not list' "$ERR" 'external snapshots.*: b1, b2'
is 'vxe lists all' "$(names)" 'b1 b2 ours '
is 'libvirt lists none' "$(kept below)" ''
is '... as vxe says' "$(kind b1) $(kind b2) $(names in-libvirt=true)" 'libvirt: hidden-external libvirt: hidden-external '
is '... and that they are external' "$(names external=true)" 'b1 b2 ours '
stamp_disks "$UUID" 70 3M
keep_content later "$UUID"
not_ok 'virsh does not go back' virsh -q snapshot-revert below b1
not_ok 'and deletes none' virsh -q snapshot-delete below b2
for s in b1 b2 ours; do ok "$s holds what it held" has_content $s "$(of uuid $s)"; done
ok 'vxe goes back to one' vxe snapshot-revert uuid="$(of uuid b1)"
ok 'the VM has its content' has_content b1 "$UUID"
for s in b1 b2 ours; do ok "$s holds what it held" has_content $s "$(of uuid $s)"; done
ok 'virsh makes one more' virsh -q snapshot-create-as below b3 --disk-only --atomic
is 'vxe lists all' "$(names)" 'b1 b2 b3 ours '
next_second
can 'virsh goes back to that' virsh -q snapshot-revert below b3
for s in b1 b2 ours; do ok "$s holds what it held" has_content $s "$(of uuid $s)"; done
ok 'the VM has its content' has_content b1 "$UUID"
ok 'vxe goes back to ours' vxe snapshot-revert uuid="$ours"
ok 'the VM has its content' has_content ours "$UUID"
not_ok 'virsh does not delete its new one' virsh -q snapshot-delete below b3
ok 'vxe ends it' vxe snapshot-uninstall uuid="$(of uuid b3)" force=true
for s in b1 b2 ours; do ok "$s holds what it held" has_content $s "$(of uuid $s)"; done
ok 'vxe check finds no problem' vxe check
ok 'ours goes' vxe snapshot-uninstall uuid="$ours" force=true
ok 'the VM has its content' has_content ours "$UUID"
is 'libvirt lists its own' "$(kept below)" 'b1 b2 '
is '... one as the current one' "$(virsh snapshot-current below --name)" b2
for s in b1 b2; do ok "$s holds what it held" has_content $s "$(of uuid $s)"; done
next_second
can 'virsh goes back to the first' virsh -q snapshot-revert below b1
next_second
can 'and to the second' virsh -q snapshot-revert below b2
for s in b1 b2; do ok "$s holds what it held" has_content $s "$(of uuid $s)"; done
[ -z "$CAN" ] || ok 'the VM has its content' has_content b2 "$UUID"
ok 'vxe check is clean' vxe check

# ---- a clone of one --------------------------------------------------------------------------------------

guest base
theirs c1
theirs c2
ok 'a clone of the second' vxe snapshot-clone uuid="$(of uuid c2)" new-name-label=clone
clone=$OUT
ok 'holds its content' has_content c2 "$clone"
not_ok 'virsh does not delete it' virsh -q snapshot-delete base c2
not_ok 'virsh goes not back' virsh -q snapshot-revert base c1
for s in c1 c2; do ok "$s holds what it held" has_content $s "$(of uuid $s)"; done
ok 'the clone holds its content' has_content c2 "$clone"
vxe snapshot-dumpxml uuid="$(of uuid c1)" security-info=true >c1.xml
ok 'virsh takes the document of one back' virsh -q snapshot-create base c1.xml --redefine
exits 1 'vxe check names the danger' vxe check
like '... and the snapshot' "$OUT" 'libvirt lists its snapshot c1.*snapshot-revert'
ok 'a snapshot of ours' snapshot "$UUID" again
ok '... hides it again' test -z "$(kept base)"
ok '... and goes' vxe snapshot-uninstall uuid="$SNAP" force=true
ok 'vxe check is clean' vxe check
ok 'the clone goes' vxe template-uninstall template-uuid="$clone" force=true
ok 'sr-coalesce' vxe sr-coalesce
is 'libvirt lists its own' "$(kept base)" 'c1 c2 '
ok 'vxe check is clean' vxe check

# ---- killed ----------------------------------------------------------------------------------------------

guest die
theirs d1
theirs d2
keep_content now "$UUID"
is 'both are listed' "$(names)" 'd1 d2 '
# after WHAT: whatever has become of the operation, vxe and libvirt agree, and every byte is there.
after() {
  ok "$1: vxe check is clean" vxe check
  is '... vxe knows what libvirt lists' "$(names in-libvirt=true)" "$(kept die)"
  [ -z "$(kept die)" ] || is '... one is the current one' "$(virsh snapshot-current die --name)" d2
  for s in d1 d2; do ok "... $s holds what it held" has_content $s "$(of uuid $s)"; done
  ok '... and the VM' has_content now "$UUID"
  vxe snapshot-list snapshot-of="$UUID" name-label=mine --minimal | tr , '\n' | grep . | while read -r s; do
    vxe snapshot-uninstall uuid="$s" force=true >/dev/null
  done
  for s in $(vxe template-list name-label=mine --minimal | tr , ' '); do
    vxe template-uninstall template-uuid="$s" force=true >/dev/null
  done
  vxe sr-coalesce >/dev/null
  is '... libvirt lists its own' "$(kept die)" 'd1 d2 '
}
for point in forget-kept forget-kept:after switch:after; do
  VXE_FAILPOINT=vm-snapshot:$point=die vxe vm-snapshot uuid="$UUID" new-name-label=mine >/dev/null 2>&1
  after "killed at vm-snapshot:$point"
done
for point in forget-kept:after define:after; do
  VXE_FAILPOINT=vm-clone:$point=die vxe snapshot-clone uuid="$(of uuid d2)" new-name-label=mine >/dev/null 2>&1
  after "killed at vm-clone:$point"
done
for s in d1 d2; do ok "$s goes" vxe snapshot-uninstall uuid="$(of uuid $s)" force=true; done
