#!/bin/bash
# SPDX-License-Identifier: MIT
# A floppy that the guest cannot write to is a medium, as a CD is: an archive only names it. One that is written to is not
# left out of an archive: the export is refused.
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
exits 7 'a VM with a floppy that is written to is not exported' vxe vm-export uuid="$UUID" filename=two.xva
like '... the floppy is named' "$ERR" 'written.img'
not_ok '... nothing is left' test -e two.xva
ok 'vxe check is clean' vxe check
