#!/bin/bash
# SPDX-License-Identifier: MIT
# How much of an image's tables QEMU may cache (<metadata_cache>) is a setting of the disk, which stays when the disk gets
# another layer. libvirt drops it then.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

CACHE=131072
# cache_of VM [OPTION]: what the definition says; with an empty option, what the guest has.
cache_of() {
  virsh dumpxml "$1" ${2+$2} >now.xml
  xmllint --xpath 'string(//disk[target/@dev="vda"]/driver/metadata_cache/max_size)' now.xml
}
# kept WHAT: the definition still says so.
kept() { is "... $1 keeps the cache in the definition" "$(cache_of web --inactive)" $CACHE; }
# with_cache VM: its first disk has a cache of that size.
with_cache() {
  virsh dumpxml --inactive "$1" >edit.xml
  sed -i "0,/<driver name='qemu' type='qcow2'[^>]*\/>/s##<driver name='qemu' type='qcow2'><metadata_cache><max_size unit='bytes'>$CACHE</max_size></metadata_cache></driver>#" edit.xml
  virsh -q define edit.xml >/dev/null
}

small_guest web 1
ok 'a disk with a small cache' with_cache web
kept 'libvirt'

# ---- the guest is off

snapshot "$UUID" off && off=$SNAP
kept 'a snapshot of a halted VM'
ok 'a revert' vxe snapshot-revert snapshot-uuid="$off"
kept 'it'
clone=$(vxe vm-clone uuid="$UUID" new-name-label=copy)
kept 'a clone'
is '... which has it, too' "$(cache_of "$clone" --inactive)" $CACHE

# ---- it runs

guest_start web
snapshot "$UUID" on && on=$SNAP
kept 'a snapshot of a running VM'
is '... the guest has it for the new layer' "$(cache_of web)" $CACHE
ok 'the snapshot goes: the guest leaves its layer' vxe snapshot-uninstall uuid="$on" force=true
kept 'a merge'
ok 'the disk becomes one file' vxe vdi-flatten uuid="$(vdi_of "$UUID")"
kept 'vdi-flatten'
ok 'a snapshot of the disk' vxe vdi-snapshot uuid="$(vdi_of "$UUID")"
kept 'it'
ok 'a checkpoint' vxe vm-checkpoint uuid="$UUID" new-name-label=point && point=$OUT
kept 'it'
ok 'suspended' vxe vm-suspend uuid="$UUID"
kept 'vm-suspend'
ok 'resumed' vxe vm-resume uuid="$UUID"
kept 'vm-resume'
virsh dumpxml --inactive web | sed '/<metadata_cache>/,/<.metadata_cache>/d' >none.xml
ok 'somebody takes it out of the definition' virsh -q define none.xml
ok 'a snapshot' vxe vm-snapshot uuid="$UUID" new-name-label=without
is '... puts nothing into the definition' "$(cache_of web --inactive)" ''
ok 'the guest counts on' guest_counts web
ok 'back to the checkpoint' vxe snapshot-revert snapshot-uuid="$point"
kept 'it'
ok 'resumed' vxe vm-resume uuid="$UUID"
ok 'the guest counts on' guest_counts web
virsh -q destroy web

# ---- a raw image has no tables

qemu-img convert -f qcow2 -O raw web-0.qcow2 low.raw
guest_xml low - "$PWD/low.raw" | sed "s/type='qcow2'/type='raw'/" >low.xml
ok 'a VM on a raw image' virsh -q define low.xml && low=$(virsh domuuid low)
cp low.raw before.raw
snapshot "$low" s && s=$SNAP
ok 'its layer has a cache' with_cache low
ok 'the snapshot goes' vxe snapshot-uninstall uuid="$s" force=true
is '... the VM is on its raw image again' "$(source_of low vda)" "$PWD/low.raw"
is '... without a cache' "$(cache_of low --inactive)" ''
ok '... which holds what it held' cmp low.raw before.raw
ok 'vxe check is clean' vxe check
