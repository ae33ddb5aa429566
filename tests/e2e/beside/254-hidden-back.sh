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
