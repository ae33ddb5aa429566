#!/bin/bash
# SPDX-License-Identifier: MIT
# A definition that gives a disk other layers than the headers of its files: the guest reads those of the definition. No
# command of vxe takes them away, and none reads the others in their place (VXE_CHAIN_DIFFERS).
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/chain.sh"
chain_files

# ---- a definition that is written keeps them -------------------------------------------------------

# shape NAME BYTE XML: what the guest reads is the same before and after a command that writes the definition.
shape() {
  local was
  define "$3"
  was=$(below)
  isnt "$1: it stands in libvirt's definition" "$was" ''
  ok "$1: the VM gets a description" vxe vm-param-set uuid="$UUID" name-description="$1"
  is "$1: ... and has it" "$(virsh desc g)" "$1"
  is "$1: the definition still says what is below the disk" "$(below)" "$was"
  [ -z "$2" ] || guest_reads "$1" "$2"
}
shape 'another base' 2 "$N"
shape 'a base of another format' 2 "$(layer n.raw raw)"
shape 'more layers' 3 "$(layer mid.qcow2 qcow2 "$(layer low.qcow2 qcow2)")"
shape 'the rest by the headers' 3 "$(layer mid.qcow2 qcow2 '')"
shape 'nothing below' '' '<backingStore/>'
shape 'a volume' '' "<backingStore type='volume'><format type='qcow2'/><source pool='p' volume='n.qcow2'/><backingStore/></backingStore>"
shape 'a server' '' "<backingStore type='network'><format type='raw'/><source protocol='nbd' name='x'><host name='localhost' port='1'/></source><backingStore/></backingStore>"
shape 'a device' '' "<backingStore type='block'><format type='raw'/><source dev='/dev/null'/><backingStore/></backingStore>"

# What the headers say, too, may go: snapshots make it stale.
define "$(layer o.qcow2 qcow2)"
ok 'the same as the headers: the VM gets a description' vxe vm-param-set uuid="$UUID" name-description=same
is 'the definition does not say it any more' "$(below)" ''
guest_reads 'the same' 1

# ---- nothing is read or captured by the headers ------------------------------------------------------

define "$N"
VDI=$(vdi_of "$UUID")
note_everything
refused() { # WHAT COMMAND...
  exits 7 "$1 is refused" vxe "${@:2}"
  like "$1: ... with both files" "$ERR" "definition: $PWD/n.qcow2 .*header: $PWD/o.qcow2 .*$PWD/top.qcow2"
  like "$1: ... and a way out" "$ERR" "vm-adopt-disks uuid=$UUID keep=definition"
}
refused vm-snapshot vm-snapshot uuid="$UUID" new-name-label=s
refused vm-clone vm-clone uuid="$UUID" new-name-label=c
refused vm-copy vm-copy uuid="$UUID" new-name-label=c
refused vm-export vm-export uuid="$UUID" filename=g.xva
refused vdi-export vdi-export uuid="$VDI" filename=g.raw format=raw
refused vdi-copy vdi-copy uuid="$VDI" sr-uuid="$(plain sr-list name-label='Local storage' --minimal)"
refused vdi-snapshot vdi-snapshot uuid="$VDI"
refused vdi-flatten vdi-flatten uuid="$VDI"
refused 'is-a-template' vm-param-set uuid="$UUID" is-a-template=true
unchanged 'nothing has changed'
run vxe check
like 'vxe check names it' "$OUT" "disk vda: below $PWD/top.qcow2 .* its header says $PWD/o.qcow2"
like '... and a way out' "$OUT" 'vm-adopt-disks'

ok 'the guest runs on them' guest_start g
refused 'a snapshot of the running VM' vm-snapshot uuid="$UUID" new-name-label=s
refused vm-checkpoint vm-checkpoint uuid="$UUID" new-name-label=s
refused vm-suspend vm-suspend uuid="$UUID"
# Somebody takes it out of the definition: the guest still reads them, until it stops.
virsh -q dumpxml --inactive g | sed '/<backingStore/,/<.backingStore>/d' >without.xml
virsh -q define without.xml
is 'only the running guest has them now' "$(below)" ''
refused 'a snapshot of a guest that was started on them' vm-snapshot uuid="$UUID" new-name-label=s
like 'vxe check names it' "$(vxe check)" "disk vda: below $PWD/top.qcow2 .* in its live XML"
virsh -q destroy g

# ---- the way out -------------------------------------------------------------------------------------

for keep in records definition; do
  define "$N"
  wrong VXE_CHAIN_DIFFERS "keep=$keep" vm-snapshot uuid="$UUID" new-name-label="$keep"
  if [ $keep = definition ]; then
    leads VXE_CHAIN_DIFFERS 1
  else
    ok '... the header counts' vxe vm-adopt-disks uuid="$UUID" keep=records
  fi
  again VXE_CHAIN_DIFFERS snapshot "$UUID" "$keep"
  guest_reads "$keep" $([ $keep = definition ] && echo 2 || echo 1)
  vxe snapshot-uninstall uuid="$SNAP" --force >/dev/null
done
