#!/bin/bash
# SPDX-License-Identifier: MIT
# Snapshots that virsh keeps inside an image are hidden from libvirt while layers of vxe are above the image. As soon as the
# VM writes to it again libvirt has them back, in the same operation: virsh lists them, goes back to them, and protects
# them from 'virsh undefine'.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

kept() { virsh -q snapshot-list "$1" --name | grep . | sort | tr '\n' ' '; }
hidden() { plain snapshot-list snapshot-of="$UUID" in-libvirt=false internal=true params=name-label --minimal; }
uninstall() { vxe snapshot-uninstall uuid="$1" force=true; }

# ---- a halted VM with two disks -----------------------------------------------------------------------------

small_guest off 2
stamp_disks "$UUID" 11 1M
keep_content a "$UUID"
ok 'virsh makes a snapshot' virsh -q snapshot-create-as off a 'the <first>'
stamp_disks "$UUID" 21 1M
keep_content b "$UUID"
ok '... and one on it' virsh -q snapshot-create-as off b
stamp_disks "$UUID" 31 1M
# On a terminal vxe asks first.
printf -v words '%q ' "$VXE" vm-snapshot uuid="$UUID" new-name-label=asked
echo no | SHELL=/bin/bash script -qefc "$words" screen >/dev/null
like 'a terminal is asked' "$(cat screen)" "virsh will not list these snapshots.*: [ab], [ab].*Type 'yes' to continue.*Aborted"
is '... and nothing is hidden' "$(kept off)$(plain snapshot-list name-label=asked --minimal)" 'a b '
ok 'a snapshot of ours' vxe vm-snapshot uuid="$UUID" new-name-label=ours
ours=$OUT
like '... says which it hides' "$ERR" 'libvirt no longer lists.*: a, b'
is 'libvirt lists none' "$(kept off)" ''
ok 'vxe check is clean' vxe check
like '... and names what is hidden' "$ERR" "libvirt does not list its snapshot a of VM $UUID, which $PWD/off-[01].qcow2 holds"
stamp_disks "$UUID" 41 2M
keep_content now "$UUID"
ok 'ours goes' uninstall "$ours"
is 'libvirt lists both' "$(kept off)" 'a b '
is '... none is hidden' "$(hidden)" ''
is '... with its parent' "$(virsh -q snapshot-parent off b)" a
is '... and its description' "$(virsh snapshot-dumpxml off a | xmllint --xpath 'string(//description)' -)" 'the <first>'
is '... the current one is that of before' "$(virsh snapshot-current off --name)" b
ok 'the VM has what it had' has_content now "$UUID"
not_ok 'virsh undefine protects them' virsh -q undefine off
ok 'virsh goes back to the first' virsh -q snapshot-revert off a
ok '... which brings its content' has_content a "$UUID"
ok 'and to the second' virsh -q snapshot-revert off b
ok '... likewise' has_content b "$UUID"
ok 'one more of ours' vxe vm-snapshot uuid="$UUID" new-name-label=again
again=$OUT
unlike '... which does not say it again' "$ERR" 'no longer lists'

# ---- killed between the merge and the giving back --------------------------------------------------------------

VXE_FAILPOINT=coalesce-commit:give-back=die plain snapshot-uninstall uuid="$again" force=true >/dev/null 2>&1
ok 'the next command ends what was begun' act "$UUID"
run vxe sr-coalesce
is 'libvirt lists both' "$(kept off)" 'a b '
is '... none is hidden' "$(hidden)" ''
ok 'the VM has what it had' has_content b "$UUID"
ok 'virsh goes back to the first' virsh -q snapshot-revert off a
ok '... which brings its content' has_content a "$UUID"
ok 'vxe check is clean' vxe check
unlike '... and nothing is hidden' "$ERR" 'does not list'

# ---- what was left hidden ------------------------------------------------------------------------------------------

# As an older vxe left it: hidden, and the VM writes to the image again.
ok 'one more of ours' vxe vm-snapshot uuid="$UUID" new-name-label=third
ok 'virsh makes another one' virsh -q snapshot-create-as off a
third=$(plain snapshot-list name-label=third --minimal)
other=$(vdi_files "$UUID" | head -n 1)
ok 'which is deleted inside the image alone' qemu-img snapshot -d a "$other"
ok '... in both' qemu-img snapshot -d a "$(vdi_files "$UUID" | tail -n 1)"
run uninstall "$third"
like 'ours goes, and one of two cannot come back' "$ERR" "libvirt does not list its snapshot a of $UUID yet: .*of that name"
is '... the other one does' "$(kept off)" 'a b '
exits 1 'vxe check' vxe check
like '... names it' "$OUT" "does not list its snapshot a, although the VM writes to $PWD/off-[01].qcow2.*vxe sr-coalesce"
ok 'virsh forgets that one' virsh -q snapshot-delete off a --metadata
ok 'sr-coalesce gives it back' vxe sr-coalesce
is '... to libvirt' "$(kept off)$(hidden)" 'a b '
ok 'virsh goes back to it' virsh -q snapshot-revert off a
ok '... which brings its content' has_content a "$UUID"
ok 'vxe check is clean' vxe check

# ---- one of ours after another -------------------------------------------------------------------------------------

# one_by_one GUEST: more of ours, of each kind, over the image with virsh's snapshot "deep" of its first disk.
one_by_one() {
  local each snap made=()
  stamp_disks "$UUID" 51 1M
  keep_content deep "$UUID"
  ok "virsh makes a snapshot of $1" virsh -q snapshot-create-as "$1" deep
  for each in 1 2 3; do
    stamp_disks "$UUID" $((60 + each)) 2M
    keep_content "s$each" "$UUID"
    ok "snapshot $each of ours" vxe vm-snapshot uuid="$UUID" new-name-label="s$each"
    made+=("$OUT")
  done
  is '... libvirt lists none' "$(kept "$1")" ''
  stamp_disks "$UUID" 65 2M
  keep_content last "$UUID"
  ok 'a clone' vxe vm-clone uuid="$UUID" new-name-label=clone
  snap=$OUT
  ok '... has what the VM has' has_content last "$snap"
  ok '... and goes' vxe vm-uninstall uuid="$snap" force=true
  ok 'a snapshot of a disk' vxe vdi-snapshot uuid="$(vdi_of "$UUID")"
  ok '... which goes' vxe vdi-destroy uuid="$OUT"
  ok 'back to the second' vxe snapshot-revert snapshot-uuid="${made[1]}"
  ok '... which brings its content' has_content s2 "$UUID"
  ok 'and one more' vxe vm-snapshot uuid="$UUID" new-name-label=s4
  made+=("$OUT")
  guest_start "$1"
  ok 'one with memory' vxe vm-checkpoint uuid="$UUID" new-name-label=s5
  made+=("$OUT")
  ok 'the guest is suspended' vxe vm-suspend uuid="$UUID"
  ok '... and goes on' vxe vm-resume uuid="$UUID"
  guest_counts "$1"
  virsh -q destroy "$1"
  for each in 1 2 3; do ok "snapshot $each has its content" has_content "s$each" "${made[each - 1]}"; done
  for snap in "${made[@]}"; do uninstall "$snap" >/dev/null; done
  vxe sr-coalesce >/dev/null
}
small_guest own 1
one_by_one own
is 'libvirt lists its own again' "$(kept own)" 'deep '
ok 'virsh goes back to it' virsh -q snapshot-revert own deep
ok '... which brings its content' has_content deep "$UUID"
small_guest theirs 1
virsh -q snapshot-create-as theirs --no-metadata --disk-only --atomic --diskspec vda,snapshot=external,file="$PWD/layer.qcow2"
vxe vm-param-set uuid="$UUID" name-description=x
one_by_one theirs
is 'libvirt lists its own again, in a layer of virsh' "$(kept theirs)" 'deep '
ok 'virsh goes back to it' virsh -q snapshot-revert theirs deep
ok '... which brings its content' has_content deep "$UUID"

# ---- a running guest, with memory ------------------------------------------------------------------------------------

small_guest run 1
ok 'the guest counts' guest_start run
ok 'virsh makes a snapshot' virsh -q snapshot-create-as run then
at=$(guest_counter run)
ok 'a snapshot of ours' snapshot "$UUID" live
ok 'the guest goes on' guest_counts run
is 'libvirt lists none' "$(kept run)" ''
ok 'ours goes' uninstall "$SNAP"
is 'libvirt lists that of before' "$(kept run)" 'then '
ok 'the guest goes on' guest_counts run
ok 'virsh goes back to it' virsh -q snapshot-revert run then
ok '... and the guest counts' guest_counts run
ok '... from then' test "$(guest_counter run)" -ge 0
virsh -q destroy run
ok 'vxe check is clean' vxe check
