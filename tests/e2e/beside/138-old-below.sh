#!/bin/bash
# SPDX-License-Identifier: MIT
# Somebody defines an old document, whose disk is a layer below the one that the guest writes to now, and no snapshot needs
# that layer: it looks as after a commit by virsh, but nothing was committed. It is refused, and every byte stays.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

small_guest web 1
snap=$(vxe vm-snapshot vm=web new-name-label=s)
ok 'the disk gets a file of its own' vxe vdi-flatten uuid="$(vdi_of "$UUID")"
vxe snapshot-uninstall snapshot-uuid="$snap" force=true
below=$(vdi_files "$UUID")
virsh dumpxml --inactive web >old.xml
guest_start web
ok 'virsh makes a layer' virsh -q snapshot-create-as web --no-metadata --disk-only --atomic \
  --diskspec vda,snapshot=external,file="$PWD/theirs.qcow2"
guest_counts web
ok 'vxe takes it over' vxe vm-param-set uuid="$UUID" name-description=x
virsh dumpxml --inactive web >now.xml
ok 'an old document is defined, while the guest runs' virsh -q define old.xml
exits 7 'a snapshot is refused' vxe vm-snapshot vm=web new-name-label=no
like '... what has changed is said' "$ERR" 'disks were changed outside vxe'
ok 'the guest goes on' guest_counts web
ok '... and the document of now is defined again' virsh -q define now.xml
ok 'vxe check is clean' vxe check
vxe vm-shutdown uuid="$UUID" --force
stamp theirs.qcow2 44 2M
keep_content now "$UUID"
leaf=$(vdi_files "$UUID")
is '... the guest writes to it' "$leaf" "$PWD/theirs.qcow2"
isnt '... and not to the layer below' "$leaf" "$below"

ok 'an old document is defined' virsh -q define old.xml
exits 7 'a snapshot is refused' vxe vm-snapshot vm=web new-name-label=no
like '... what has changed is said' "$ERR" 'disks were changed outside vxe'
like '... and the file of now' "$ERR" "$leaf"
not_ok '... so is a start' vxe vm-start vm=web
ok 'vdi-list and sr-coalesce change nothing' vxe sr-coalesce
ok '... the file is there' test -s "$leaf"
ok 'vm-adopt-disks goes back' vxe vm-adopt-disks uuid="$UUID" keep=records
ok '... and the disk holds what it held' has_content now "$UUID"
is '... also the last write' "$(byte_of "$leaf" 2M)" 44
ok 'vxe check is clean' vxe check

# ---- a commit by virsh is followed as before

guest_start web
ok 'virsh makes a layer again' virsh -q snapshot-create-as web --no-metadata --disk-only --atomic \
  --diskspec vda,snapshot=external,file="$PWD/more.qcow2"
guest_counts web
ok 'vxe takes it over' vxe vm-param-set uuid="$UUID" name-description=y
ok 'virsh commits it' virsh -q blockcommit web vda --active --shallow --pivot --wait
ok 'vxe follows' vxe vm-param-set uuid="$UUID" name-description=z
is '... the guest writes to the layer below' "$(vdi_files "$UUID")" "$leaf"
ok '... and counts' guest_counts web
vxe vm-shutdown uuid="$UUID" --force
is '... with the byte' "$(byte_of "$leaf" 2M)" 44
ok 'vxe check is clean' vxe check
