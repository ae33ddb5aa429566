#!/bin/bash
# SPDX-License-Identifier: MIT
# A revert when the snapshot's disks were detached, moved to another VM or destroyed meanwhile, or when a disk was
# added.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

detach() { virsh -q detach-disk "$1" "$2" --config; }

small_guest web 2
web=$UUID
first=$(vdi_of "$web" 0) second=$(vdi_of "$web" 1)
stamp_disks "$web" 81
keep_content origin "$web"
snapshot "$web" s
s=$SNAP
stamp_disks "$web" 91

# ---- detached ------------------------------------------------------------------------------------

leaf=$(vdi_file "$second")
ok 'virsh detach-disk' detach web vdb
act "$web"
is 'the VDI is attached to nothing' \
  "$(vxe vbd-list vdi-uuid="$second" vm-uuid="$web" --minimal)" ''
ok 'it is still there' vxe vdi-param-get uuid="$second" param-name=uuid
ok 'revert' vxe snapshot-revert uuid="$s"
is 'the disk is attached again, under its UUID' "$(vdi_of "$web" 1)" "$second"
ok 'the VM has the content of the snapshot' has_content origin "$web"
not_ok 'what the detached disk held has gone' test -e "$leaf"
ok 'vxe check is clean' vxe check

# ---- now another VM's -----------------------------------------------------------------------------

stamp_disks "$web" 101
leaf=$(vdi_file "$second")
detach web vdb
act "$web"
guest_define other - "$leaf"
other=$(virsh domuuid other)
is 'the VDI is the other VM'"'"'s' "$(vdi_of "$other")" "$second"
ok 'revert' vxe snapshot-revert uuid="$s"
is 'the other VM has its VDI' "$(vdi_of "$other")" "$second"
is 'with the file' "$(source_of other vda)" "$leaf"
is 'and its content' "$(byte_of "$leaf" 1M)" 102
new=$(vdi_of "$web" 1)
isnt 'the VM has a new VDI' "$new" "$second"
like 'a real one' "$new" '^[0-9a-f-]{36}$'
is 'the first disk has its VDI' "$(vdi_of "$web" 0)" "$first"
ok 'the VM has the content of the snapshot' has_content origin "$web"
ok 'vxe check is clean' vxe check
stamp_disks "$web" 111
is 'writes to one do not reach the other' "$(byte_of "$leaf" 1M)" 102

# ---- destroyed --------------------------------------------------------------------------------------

# The VM does not own an adopted disk, which stays when the VM is removed; it owns a disk that a revert attached.
snapshot "$other" so
detach other vda
act "$other"
vxe snapshot-revert uuid="$SNAP"
leaf=$(vdi_file "$second")
is 'the other VM has its disk again' "$(source_of other vda)" "$leaf"
ok 'the other VM goes, with the VDI' vxe vm-uninstall uuid="$other" force=true
not_ok 'the VDI is gone' vxe vdi-param-get uuid="$second" param-name=uuid
not_ok 'its file, too' test -e "$leaf"
detach web vdb
act "$web"
ok 'revert' vxe snapshot-revert uuid="$s"
is 'the VDI is there again under its UUID' "$(vdi_of "$web" 1)" "$second"
ok 'the VM has the content of the snapshot' has_content origin "$web"
ok 'vxe check is clean' vxe check

# ---- a disk that came later ---------------------------------------------------------------------------

ok 'vm-disk-add' vxe vm-disk-add uuid="$web" disk-size=4MiB device=2
added=$(vdi_of "$web" 2)
file=$(vdi_file "$added")
is 'the definition names it' "$(source_of web vdc)" "$file"
stamp "$file" 121
ok 'revert' vxe snapshot-revert uuid="$s"
is 'the added disk is attached to nothing' "$(vxe vbd-list vdi-uuid="$added" --minimal)" ''
is 'the definition does not name it' "$(source_of web vdc)" ''
is 'it has its content' "$(byte_of "$(vdi_file "$added")" 1M)" 121
ok 'the VM has the content of the snapshot' has_content origin "$web"
ok 'vxe check is clean in the end' vxe check
