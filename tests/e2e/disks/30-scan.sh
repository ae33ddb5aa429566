#!/bin/bash
# SPDX-License-Identifier: MIT
# A scan during other operations: the files that they are making belong to them, and no disk is recorded twice.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

# The files that VDIs name, one a line; a snapshot shares its file with nobody here.
files_on_record() {
  local vdi
  for vdi in $(plain vdi-list managed=true params=uuid --minimal | tr , ' '); do
    plain vdi-param-get uuid="$vdi" param-name=sm-config param-key=file
  done
}
twice() { files_on_record | sort | uniq -d; }
disks() { plain vdi-list managed=true params=uuid --minimal | tr , '\n' | grep -c .; }

# ---- an import ---------------------------------------------------------------------------------------

small_guest web 1
qemu-io -f qcow2 -c 'write -q -P 65 1M 3M' web-0.qcow2 >/dev/null
keep_content web "$UUID"
vxe vm-export uuid="$UUID" filename=web.xva >/dev/null
vxe vm-list >/dev/null
sr=$(plain sr-list name-label='Local storage' --minimal)
before=$(disks)
mkfifo pipe

# import_slowly: sends half of the archive, so that a scan sees the unfinished image; then the rest.
has_image() { [ -n "$(find "$HOST_IMAGES" -name '*.qcow2' -size +64k)" ]; }
import_half() {
  "$VXE" vm-import filename=pipe >imported &
  VXE_PID=$!
  exec 8>pipe
  head -c 3000000 web.xva >&8
  wait_until 20 has_image
}
import_half
ok 'sr-scan while an import is at work' vxe sr-scan uuid="$sr"
is 'takes in nothing' "$(disks)" "$before"
ok 'vxe check finds nothing lost' vxe check
tail -c +3000001 web.xva >&8
exec 8>&-
wait "$VXE_PID"
is 'the import succeeds' $? 0
new=$(cat imported)
ok 'sr-scan' vxe sr-scan uuid="$sr"
is 'its disk is on record once' "$(disks)" $((before + 1))
is 'no file is on record twice' "$(twice)" ''
ok 'the disk holds what was exported' has_content web "$new"
ok 'it goes' vxe vm-uninstall uuid="$new" force=true
is 'with its file' "$(find "$HOST_IMAGES" -name '*.qcow2' | wc -l)" 0

# ---- an import that dies -----------------------------------------------------------------------------

import_half
vxe_dies
exec 8>&-
ok 'sr-scan after kill -9 of an import' vxe sr-scan uuid="$sr"
is 'no record of its rest' "$(disks)" "$before"
ok 'vxe check recovers' vxe check
is 'no file is left' "$(find "$HOST_IMAGES" -name '*.qcow2' | wc -l)" 0
ok 'sr-scan' vxe sr-scan uuid="$sr"
is 'nor a record' "$(disks)" "$before"

# ---- snapshots of a running guest --------------------------------------------------------------------

guest_start web
(while [ ! -e stop ]; do "$VXE_PLAIN" sr-scan uuid="$sr" >/dev/null 2>&1; done) &
scans=$!
for i in 1 2 3 4 5 6; do
  snapshot "$UUID" "s$i" || break
done
touch stop
wait "$scans"
ok 'sr-scan' vxe sr-scan uuid="$sr"
is 'six snapshots beside scans make six disks' "$(disks)" $((before + 6))
is 'no file is on record twice' "$(twice)" ''
ok 'vxe check is clean' vxe check
ok 'the guest is shut down' vxe vm-shutdown uuid="$UUID" --force
leaf=$(vdi_files "$UUID")
is 'its leaf has one disk' "$(files_on_record | grep -cx "$leaf")" 1
ok 'and boots from it' guest_start web
