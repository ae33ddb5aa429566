#!/bin/bash
# SPDX-License-Identifier: MIT
# vm-adopt-disks, where the definition gives a disk other layers than the headers: the headers get them, or the definition
# loses them, as asked; also when it is killed in between.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/chain.sh"

chain_files

# The VM goes, and the record of its disk.
gone() {
  local vdi
  vdi=$(vdi_of "$UUID")
  plain vm-uninstall uuid="$UUID" force=true >/dev/null
  plain vdi-forget uuid="$vdi" 2>/dev/null
  UUID=
}

# ---- the way out: the header gets what the definition says ---------------------------------------------

FROM=$(sha256sum n.qcow2)
define "$N"
VDI=$(vdi_of "$UUID")
note_everything
ok 'a dry run' vxe vm-adopt-disks uuid="$UUID" keep=definition --dry-run
is 'says which header gets what' "$OUT" \
  "vda: the header of $PWD/top.qcow2 gets n.qcow2 (qcow2) in place of o.qcow2 (qcow2)"
unchanged 'and changes nothing'
is '... nor the header' "$(header)" o.qcow2
ok 'the headers go by the definition' vxe vm-adopt-disks uuid="$UUID" keep=definition
is 'the header says it' "$(header)" n.qcow2
is 'the definition does not need to' "$(below)" ''
ok 'a snapshot' vxe vm-snapshot uuid="$UUID" new-name-label=s
guest_reads 'after a snapshot' 2
ok 'vdi-export' vxe vdi-export uuid="$VDI" filename=g.raw format=raw
is 'reads what the guest reads' "$(byte_of g.raw 1M raw)" 2
ok 'vxe check is content' vxe check
gone
is 'the base is as it was' "$(sha256sum n.qcow2)" "$FROM"

# out SHAPE BYTE XML: byte at 1 MiB.
out() {
  define "$3"
  ok "$1: the headers go by the definition" vxe vm-adopt-disks uuid="$UUID" keep=definition
  is "$1: the definition is without it" "$(below)" ''
  is "$1: the same is below" "$(byte_of top.qcow2 1M)" "$2"
  ok "$1: a snapshot" vxe vm-snapshot uuid="$UUID" new-name-label=s
  is "$1: vxe check is content" "$(vxe check)" 'No problems found.'
  gone
}
out 'more layers' 3 "$(layer mid.qcow2 qcow2 "$(layer low.qcow2 qcow2)")"
out 'another format' 2 "$(layer n.raw raw)"
out 'nothing below' 0 '<backingStore/>'

define "$N"
ok 'keep=records' vxe vm-adopt-disks uuid="$UUID" keep=records
is 'the header stays' "$(header)" o.qcow2
is 'the definition is without it' "$(below)" ''
is 'vxe check is content' "$(vxe check)" 'No problems found.'
guest_reads 'then' 1

# A header in the middle that something else reads is not written.
gone
define "$(layer mid.qcow2 qcow2 "$N")"
qemu-img rebase -u -f qcow2 -F qcow2 -b mid.qcow2 top.qcow2
qemu-img create -q -f qcow2 -F qcow2 -b mid.qcow2 other.qcow2
exits 7 'a layer that another image reads' vxe vm-adopt-disks uuid="$UUID" keep=definition
like '... is named with it' "$ERR" "file: $PWD/mid.qcow2.*other.qcow2"
like '... and stays' "$(qemu-img info mid.qcow2)" 'backing file: low.qcow2'
rm other.qcow2
ok 'without that image' vxe vm-adopt-disks uuid="$UUID" keep=definition
like '... its header gets it' "$(qemu-img info mid.qcow2)" 'backing file: n.qcow2'
is '... vxe check is content' "$(vxe check)" 'No problems found.'

# ---- it dies in between --------------------------------------------------------------------------------

for point in write-headers write-headers:after define define:after; do
  gone
  define "$N"
  VXE_FAILPOINT=vm-adopt-disks:$point=die plain vm-adopt-disks uuid="$UUID" keep=definition >/dev/null 2>&1
  like "killed at $point: the base stands in one of both" "$(below)$(header)" n.qcow2
  ok "killed at $point: the next one completes it" vxe vm-adopt-disks uuid="$UUID" keep=definition
  is "killed at $point: the header says it" "$(header) $(below)" 'n.qcow2 '
  is "killed at $point: what is below" "$(byte_of top.qcow2 1M)" 2
  is "killed at $point: vxe check is content" "$(vxe check)" 'No problems found.'
done
