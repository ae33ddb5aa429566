#!/bin/bash
# SPDX-License-Identifier: MIT
# A floppy that the guest cannot write to is a medium, as a CD is: an archive only names it. One that is written to is a
# disk of the VM: the archive has its content.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

floppy() { # FILE [MORE]
  echo "<disk type='file' device='floppy'><driver name='qemu' type='raw'/><source file='$PWD/$1'/><target dev='fda' bus='fdc'/>${2-}</disk>"
}
# medium WHAT VM VDI: the drive of that VM.
medium() { is "$1" "$(plain vbd-list vm-uuid="$2" type=Floppy params=vdi-uuid --minimal)" "$3"; }

for file in read.img written.img; do truncate -s 1440K $file && printf 'on %s' $file | dd of=$file conv=notrunc status=none; done
GUEST_EXTRA=$(floppy read.img '<readonly/>') small_guest one 1
stamp one-0.qcow2 21
ONE=$UUID
keep_content one "$ONE"
DISK=$(plain vbd-list vm-uuid="$ONE" type=Floppy params=vdi-uuid --minimal)

ok 'a VM with a read-only floppy is exported' vxe vm-export uuid="$ONE" filename=one.xva
ok '... its records' vxe vm-export uuid="$ONE" filename=records.xva metadata=true
snapshot "$ONE" s
ok '... its snapshot' vxe snapshot-export-to-template snapshot-uuid="$SNAP" filename=snap.xva
for file in one.xva snap.xva; do
  ok "$file is imported" vxe vm-import filename=$file && copy=$OUT
  ok '... with what the disk held' has_content one "$copy"
  medium '... and the floppy' "$copy" "$DISK"
done
ok 'the VM is imported once more' vxe vm-import filename=one.xva && copy=$OUT
like '... its floppy is read-only' "$(virsh dumpxml --inactive "$copy" | tr -d '\n')" "device='floppy'.*read.img.*<readonly/>"
ok '... it starts' vxe vm-start uuid="$copy"
ok '... and stops' vxe vm-shutdown uuid="$copy" force=true
ok 'the VM goes, its disks stay' vxe vm-destroy uuid="$ONE"
ok 'its records are imported' vxe vm-import filename=records.xva metadata=true preserve=true
medium '... with the floppy' "$OUT" "$DISK"
ok '... and the disk' has_content one "$OUT"
is 'the floppy holds what it held' "$(head -c 11 read.img)" 'on read.img'

# ---- on another host -------------------------------------------------------------------------------------

for x in $(virsh -q list --all --uuid); do virsh -q undefine "$x" >/dev/null; done
chmod -R u+w "$HOST_IMAGES" && rm -rf "$HOST_IMAGES" read.img && store_new
ok 'where the floppy is not, the archive is imported' vxe vm-import filename=one.xva && copy=$OUT
like '... which says so' "$ERR" 'The floppy read.img is not on this host; the drive is empty'
is '... the drive is there, empty' "$(plain vbd-list vm-uuid="$copy" type=Floppy params=empty --minimal)" true
ok '... the disk holds what it held' has_content one "$copy"

# ---- a floppy that is written to -----------------------------------------------------------------------

GUEST_EXTRA=$(floppy written.img) small_guest two 1
TWO=$UUID
# floppy_of VM: the content of its floppy, as far as that was written.
floppy_of() {
  local file
  file=$(virsh dumpxml --inactive "$1" | tr -d '\n' | sed -n "s/.*device='floppy'[^/]*\/>[^<]*<source file='\([^']*\)'.*/\1/p")
  qemu-img convert -U -O raw "$file" floppy.raw && head -c 14 floppy.raw
}
is '(the floppy of the VM)' "$(floppy_of "$TWO")" 'on written.img'
ok 'a VM with a floppy that is written to is exported' vxe vm-export uuid="$TWO" filename=two.xva
ok '... its records' vxe vm-export uuid="$TWO" filename=two-records.xva metadata=true
snapshot "$TWO" s
ok '... its snapshot' vxe snapshot-export-to-template snapshot-uuid="$SNAP" filename=two-snap.xva
like '... which says that it is the floppy of now' "$ERR" 'written.img is exported as it is now'
ok '(the snapshot goes)' vxe snapshot-uninstall uuid="$SNAP" force=true
ok 'it is imported' vxe vm-import filename=two.xva && copy=$OUT
is '... with what was on the floppy' "$(floppy_of "$copy")" 'on written.img'
like '... to which it writes' "$(plain vbd-list vm-uuid="$copy" type=Floppy params=mode --minimal)" RW
ok '... it starts' vxe vm-start uuid="$copy"
run vxe vm-export uuid="$copy" filename=running.xva
isnt 'while the guest may write, it is not exported' "$STATUS" 0
not_ok '... nothing is left' test -e running.xva
ok '... and stops' vxe vm-shutdown uuid="$copy" force=true
ok 'it goes with its floppy' vxe vm-uninstall uuid="$copy" force=true
is '... that of the first stays' "$(floppy_of "$TWO")" 'on written.img'
exits 0 'the snapshot is imported' vxe vm-import filename=two-snap.xva
ok 'the first goes, its disks stay' vxe vm-destroy uuid="$TWO"
ok 'its records are imported' vxe vm-import filename=two-records.xva metadata=true preserve=true
is '... with the floppy' "$(floppy_of "$OUT")" 'on written.img'
like '... to which it writes' "$(plain vbd-list vm-uuid="$OUT" type=Floppy params=mode --minimal)" RW
ok 'vxe check is clean' vxe check
