#!/bin/bash
# SPDX-License-Identifier: MIT
# other-config:owner says which disks go with a VM. What another VM, template or snapshot has, too, or as its memory, stays,
# and a snapshot owns the disks that were snapshotted, not those to which it refers.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

# has_disk VM: it has the disk D, by its records and its definition, with its bytes.
has_disk() {
  [ "$(plain vbd-list vm-uuid="$1" vdi-uuid="$D" --minimal)" ] && virsh dumpxml "$1" | grep -qF "$(vdi_file "$D")" && stays
}
stays() { [ "$(byte_of "$(vdi_file "$D")" 0)" = 7 ]; }
owner() { plain vbd-param-set uuid="$1" other-config:owner=; }
keys() { plain vbd-param-get uuid="$1" param-name=other-config; }

ln -s "$VXE" xe
small_guest a 1 && A=$UUID
small_guest b 1 && B=$UUID
plain vm-list >/dev/null
sr=$(plain pool-list params=default-SR --minimal)
D=$(plain vdi-create sr-uuid="$sr" name-label=data virtual-size=1MiB)
stamp "$(vdi_file "$D")" 7 0

# ---- another VM has it, too --------------------------------------------------------------------------

owner "$(plain vbd-create vm-uuid="$A" vdi-uuid="$D" device=2)"
owner "$(plain vbd-create vm-uuid="$B" vdi-uuid="$D" device=3)"
ok 'a dry run' vxe vm-uninstall uuid="$A" --dry-run
like '... says that the disk stays' "$OUT" "kept: VDI $D \(data\), which b has, too"
unlike '... and does not list it' "$OUT" 'WARNING'
run ./xe vm-uninstall uuid="$A" </dev/null
like 'xe lists it, and warns' "$OUT" "VDI: $D \(data\)  \*\* WARNING: disk is shared by other VMs"
file=$PWD/a-0.qcow2
ok 'the VM goes' vxe vm-uninstall uuid="$A" force=true
ok '... the disk stays, and the other VM has it' has_disk "$B"
is '... the VM is gone' "$(virsh -q list --all --name | xargs)$(plain vbd-list vm-uuid="$A" --minimal)" b
ok '... and its own file is not of vxe' test -f "$file"
ok 'vxe check is clean' vxe check
ok 'sr-coalesce' vxe sr-coalesce
ok '... the disk is there' has_disk "$B"

if [ -n "$LONG" ]; then
  # an archive of records alone: the twin owns what the archive says
  ok 'records are exported' vxe vm-export uuid="$B" metadata=true filename=b.xva
  ok '... and imported' vxe vm-import filename=b.xva metadata=true
  twin=$OUT
  ok 'the twin has the disk' has_disk "$twin"
  ok 'the twin goes' vxe vm-uninstall uuid="$twin" force=true
  ok '... the disks stay' has_disk "$B"
  ok '... all' test -f "$(vdi_file "$(vdi_of "$B")")"
fi

# a template
plain vm-param-set uuid="$B" is-a-template=true
small_guest c 1 && C=$UUID
plain vm-list >/dev/null
owner "$(plain vbd-create vm-uuid="$C" vdi-uuid="$D" device=2)"
ok 'a VM whose disk a template has goes' vxe vm-uninstall uuid="$C" force=true
ok '... the template is a VM again' vxe template-param-set uuid="$B" is-a-template=false
ok '... with the disk' has_disk "$B"
vxe vbd-destroy uuid="$(plain vbd-list vm-uuid="$B" vdi-uuid="$D" --minimal)"

# ---- a snapshot refers to it -------------------------------------------------------------------------

R=$(plain vbd-create vm-uuid="$B" vdi-uuid="$D" device=2 mode=RO)
is 'a disk that is only read has no owner' "$(keys "$R")" ''
for s in s1 s2; do snapshot "$B" $s && declare "$s=$SNAP"; done
own=$(plain vbd-list vm-uuid="$s1" userdevice=2 --minimal)
is '... nor has it one in a snapshot' "$(keys "$own")" ''
like '... which owns its other disks' "$(keys "$(plain vbd-list vm-uuid="$s1" userdevice=0 --minimal)")" 'owner'
vxe vbd-destroy uuid="$R"
ok 'a snapshot that refers to it goes' vxe snapshot-uninstall uuid="$s1" force=true
ok '... the disk stays' stays
owner "$(plain vbd-list vm-uuid="$s2" vdi-uuid="$D" --minimal)"
ok 'one whose record says that it owns it' vxe snapshot-uninstall uuid="$s2" --dry-run
like '... plans to keep it' "$OUT" "kept: VDI $D \(data\), which the snapshot only uses"
ok '... gives it back to the VM' vxe snapshot-revert uuid="$s2"
ok '... which has it' has_disk "$B"
ok '... and goes' vxe snapshot-uninstall uuid="$s2" force=true
ok '... without it' has_disk "$B"

[ -n "$LONG" ] || exit 0

# ---- virsh snapshots another disk of the VM ------------------------------------------------------------

owner "$(plain vbd-list vm-uuid="$B" vdi-uuid="$D" --minimal)"
vxe vbd-destroy uuid="$(plain vbd-list vm-uuid="$B" vdi-uuid="$D" --minimal)"
owner "$(plain vbd-create vm-uuid="$B" vdi-uuid="$D" device=2)"
virsh -q snapshot-create-as b v --disk-only --diskspec vda,snapshot=external --diskspec vdc,snapshot=no >/dev/null
v=$(plain snapshot-list name-label=v --minimal)
is 'the disk that virsh leaves out is not its snapshot'\''s' "$(keys "$(plain vbd-list vm-uuid="$v" vdi-uuid="$D" --minimal)")" ''
vxe vbd-destroy uuid="$(plain vbd-list vm-uuid="$B" vdi-uuid="$D" --minimal)"
ok 'the snapshot goes' vxe snapshot-uninstall uuid="$v" force=true
ok '... the disk stays' stays

# ---- memory ----------------------------------------------------------------------------------------

vxe vbd-create vm-uuid="$B" vdi-uuid="$D" device=2 >/dev/null
guest_start b
P=$(plain vm-checkpoint uuid="$B" new-name-label=p) || exit
M=$(plain snapshot-param-get uuid="$P" param-name=suspend-VDI-uuid)
small_guest d 1 && E=$UUID
plain vm-list >/dev/null
owner "$(plain vbd-create vm-uuid="$E" vdi-uuid="$M" device=2 mode=RO)"
exits 7 'a disk that is the memory of a checkpoint is not removed' vxe vm-disk-remove uuid="$E" device=2
like '... as which it is named' "$ERR" "memory of the checkpoint $P \(p\)"
ok 'a VM that owns it goes' vxe vm-uninstall uuid="$E" force=true
ok 'the checkpoint is reverted to' vxe snapshot-revert uuid="$P"
ok '... and goes on' vxe vm-resume uuid="$B"
ok 'vxe check is clean' vxe check
