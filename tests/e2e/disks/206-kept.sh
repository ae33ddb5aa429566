#!/bin/bash
# SPDX-License-Identifier: MIT
# Disks that are no files: images of a process, which QEMU reaches by NBD over a Unix socket (tests/kind). Layers,
# snapshots, reverts, merges, flattening, clones, copies and archives do with them what they do with files.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/kept.sh"

file_of() { vdi_file "$(vdi_of "$1" "${2-0}")"; }
# clean WHAT: vxe finds nothing wrong, and no draft is left.
clean() {
  ok "$1: check is clean" plain check
  is '... no draft is left' "$(keep list | grep -c vxe-tmp)" 0
}

# ---- the SR ------------------------------------------------------------------------------------------------

mkdir empty
not_ok 'no SR without a keeper' vxe sr-create name-label=none type=kept device-config:location="$PWD/empty"
ok 'the keeper serves' keeper_start
ok 'its SR' vxe sr-create name-label=kept type=kept device-config:location="$K"
SR=$OUT
ok 'a guest with two disks in it' kept_guest web 2
is 'its VDIs are those of the SR' "$(vxe vbd-list vm-uuid="$UUID" params=vdi-uuid --minimal | tr , '\n' | sort)" \
  "$(vxe vdi-list sr-uuid="$SR" --minimal | tr , '\n' | sort)"
is 'the folder has no image' "$(find "$K" -name '*.qcow2')" ''
stamp_disks "$UUID" 11
keep_content zero "$UUID"

# ---- halted ------------------------------------------------------------------------------------------------

ok 'a snapshot' snapshot "$UUID" a
A=$SNAP
is 'the disk has a layer' "$(layers_below "$(file_of "$UUID")")" 2
like 'which names the one below by its place' "$(qemu-img info -U "$(file_of "$UUID")")" 'backing file: nbd.unix:///'
not_ok 'the layer of the snapshot is frozen' stamp "$(file_of "$A")" 99
stamp_disks "$UUID" 21 2M
keep_content a "$UUID"
ok 'another' snapshot "$UUID" b
B=$SNAP
stamp_disks "$UUID" 31
keep_content b "$UUID"
ok 'the first holds what it held' has_content zero "$A"
ok 'the second, too' has_content a "$B"
ok 'a revert' vxe snapshot-revert snapshot-uuid="$A"
ok '... gives its content' has_content zero "$UUID"
ok 'a revert to the other' vxe snapshot-revert snapshot-uuid="$B"
ok '... gives its content' has_content a "$UUID"
stamp_disks "$UUID" 41
keep_content now "$UUID"
ok 'the first goes' vxe snapshot-uninstall uuid="$A" force=true
is '... its layer is merged' "$(layers_below "$(file_of "$UUID")")" 2
ok '... the VM has its content' has_content now "$UUID"
ok '... the second, too' has_content a "$B"
clean 'halted'

# ---- a larger layer on a smaller one --------------------------------------------------------------------------

ok 'the disk becomes larger' vxe vdi-resize uuid="$(vdi_of "$UUID")" disk-size=8MiB
stamp "$(file_of "$UUID")" 51 6M 1M
keep_content large "$UUID"
ok 'the second goes' vxe snapshot-uninstall uuid="$B" force=true
is '... one layer is left' "$(layers_below "$(file_of "$UUID")")" 1
ok '... with all content' has_content large "$UUID"
is '... as large' "$(qemu-img info -U --output=json "$(file_of "$UUID")" | jq '."virtual-size"')" $((8 << 20))
is 'two images' "$(kept_images | wc -l)" 2

# A raw image is as long as it is: QEMU cannot make the export longer.
keep create small.raw && keep size small.raw $((4 << 20))
stamp "$K/small.raw" 61 1M 64k raw
ok 'the SR is searched' vxe sr-scan uuid="$SR"
guest_xml small - "$K/small.raw" | sed "s/type='qcow2'/type='raw'/" >small.xml
ok 'a guest on a raw image' virsh -q define small.xml
SMALL=$(virsh domuuid small)
ok 'a snapshot of it' snapshot "$SMALL" s
ok 'the disk becomes larger' vxe vdi-resize uuid="$(vdi_of "$SMALL")" disk-size=8MiB
stamp "$(file_of "$SMALL")" 62 6M 64k
keep_content small "$SMALL"
ok 'the snapshot goes' vxe snapshot-uninstall uuid="$SNAP" force=true
is '... the disk is the raw image' "$(file_of "$SMALL")" "$K/small.raw"
ok '... with all content' qemu-img compare -q -f raw -F raw small.raw0 "$K/small.raw"
ok 'the guest goes' vxe vm-uninstall uuid="$SMALL" force=true
keep remove small.raw
ok 'its image has gone' vxe sr-scan uuid="$SR"

# ---- running -------------------------------------------------------------------------------------------------

ok 'the guest counts' guest_start web
ok 'a snapshot' snapshot "$UUID" c
C=$SNAP
ok 'the guest goes on' guest_counts web
keep_content c "$C"
ok 'another' snapshot "$UUID" d
D=$SNAP
ok 'the guest goes on' guest_counts web
is 'three layers' "$(layers_below "$(file_of "$UUID")")" 3
ok 'the first holds what it held' has_content c "$C"
keep_content d "$D"
ok 'the first goes' vxe snapshot-uninstall uuid="$C" force=true
is '... its layer is merged' "$(layers_below "$(file_of "$UUID")")" 2
ok '... the guest goes on' guest_counts web
ok '... the second holds what it held' has_content d "$D"
ok 'a disk stands alone' vxe vdi-flatten uuid="$(vdi_of "$UUID")"
is '... it does' "$(layers_below "$(file_of "$UUID")")" 1
ok '... the guest goes on' guest_counts web
ok 'one more' snapshot "$UUID" e
ok '... goes' vxe snapshot-uninstall uuid="$SNAP" force=true
is '... the layer that the guest writes to is merged' "$(layers_below "$(file_of "$UUID")")" 1
ok '... the guest goes on' guest_counts web
ok 'the guest goes back' vxe snapshot-revert snapshot-uuid="$D"
ok 'it is off' guest_is_off web
ok '... with the content of then' has_content d "$UUID"
ok 'the guest counts' guest_start web
# libvirt reads no header behind NBD: it knows the layers that were made since the guest started, but none below those.
ok 'the snapshot goes' vxe snapshot-uninstall uuid="$D" force=true
like '... its layer waits' "$OUT" 'libvirt does not know the layers below'
is '... for the end of the guest' "$(layers_below "$(file_of "$UUID")")" 2
ok 'the guest ends' vxe vm-shutdown uuid="$UUID" force=true
ok 'the layers are merged' vxe sr-coalesce
is '... all' "$(layers_below "$(file_of "$UUID")")" 1
clean 'running'
is 'two images' "$(kept_images | wc -l)" 2

# ---- clones, copies, archives --------------------------------------------------------------------------------

keep_content now "$UUID"
# made_as WHAT COMMAND...: the VM that COMMAND makes has the content, and can go again.
made_as() {
  local made
  ok "$1" vxe "${@:2}"
  made=$OUT
  ok '... has the content' has_content now "$made"
  is '... in the SR' "$(vxe vdi-param-get uuid="$(vdi_of "$made")" param-name=sr-uuid)" "$SR"
  ok '... the VM has its own' has_content now "$UUID"
  ok '... goes' vxe vm-uninstall uuid="$made" force=true
  is '... with its images' "$(kept_images | wc -l)" 2
}
made_as 'a clone' vm-clone uuid="$UUID" new-name-label=clone
made_as 'a copy' vm-copy uuid="$UUID" new-name-label=copy sr-uuid="$SR"
ok 'an archive' vxe vm-export uuid="$UUID" filename=web.xva
made_as 'an import' vm-import filename=web.xva sr-uuid="$SR"
files=$(vxe sr-create name-label=files type=file device-config:location="$PWD/files")
ok 'a copy as a file' vxe vdi-copy uuid="$(vdi_of "$UUID")" sr-uuid="$files"
copy=$OUT
ok '... is equal' qemu-img compare -q "$(vdi_file "$copy")" "$(file_of "$UUID")"
ok 'and back' vxe vdi-copy uuid="$copy" sr-uuid="$SR"
back=$OUT
ok '... is equal' qemu-img compare -q "$(vdi_file "$copy")" "$(vdi_file "$back")"
ok 'a disk as a file' vxe vdi-export uuid="$back" filename=back.raw format=raw
ok '... is equal' qemu-img compare -q -f raw -F qcow2 back.raw "$(vdi_file "$back")"
printf x | dd of=back.raw bs=1 seek=3000000 conv=notrunc status=none
ok 'and in again' vxe vdi-import uuid="$back" filename=back.raw format=raw
ok '... is equal' qemu-img compare -q -f raw -F qcow2 back.raw "$(vdi_file "$back")"
ok 'a snapshot of a disk' vxe vdi-snapshot uuid="$(vdi_of "$UUID")"
ok '... goes' vxe vdi-destroy uuid="$OUT"
ok 'the disk goes' vxe vdi-destroy uuid="$back"
clean 'copies'

# ---- the end -------------------------------------------------------------------------------------------------

ok 'the VM goes' vxe vm-uninstall uuid="$UUID" force=true
for vdi in $(vxe vdi-list sr-uuid="$SR" --minimal | tr , ' '); do
  ok 'its disk goes' vxe vdi-destroy uuid="$vdi"
done
is 'no image is left' "$(kept_images)" ''
ok 'the SR is detached' vxe pbd-unplug uuid="$(vxe pbd-list sr-uuid="$SR" --minimal)"
ok '... and forgotten' vxe sr-forget uuid="$SR"
kill "$KEEPER"
wait "$KEEPER"
is 'the keeper ends well' "$?" 0
is '... and leaves no socket' "$(find "$K" -type s)" ''
