#!/bin/bash
# SPDX-License-Identifier: MIT
# A command of vxe that has read libvirt's list of snapshots or the folder of an SR, and stands; meanwhile another command
# or virsh changes what it has read. What it then puts on record is no older state than the one that is there: no
# record of a snapshot goes that is in libvirt's list, no document that only vxe has, and no disk gets a second record.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/crash.sh" # stand_at
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

of() { plain snapshot-list snapshot-of="$UUID" name-label="$2" params="$1" --minimal; }
names() { plain snapshot-list snapshot-of="$UUID" params=name-label --minimal | tr , '\n' | sort | paste -sd' '; }
vdis_of() { plain vbd-list vm-uuid="$1" type=Disk params=vdi-uuid --minimal | tr , '\n' | sort; }
files_on_record() { plain vdi-list managed=true is-a-snapshot=false params=sm-config --minimal | tr , '\n' | grep -o 'file: [^;]*'; }
twice() { files_on_record | sort | uniq -d; }
lose() { virsh -q snapshot-dumpxml "$1" "$2" --security-info >"$2.xml" && virsh -q snapshot-delete "$1" "$2" --metadata; }

small_guest off 2
stamp_disks "$UUID" 11 1M
keep_content ext "$UUID"
ok 'virsh makes a snapshot' virsh -q snapshot-create-as off ext --disk-only --atomic
stamp_disks "$UUID" 12 1M
keep_content now "$UUID"
is 'it is listed' "$(names)" ext
sr=$(plain vdi-param-get uuid="$(vdi_of "$UUID")" param-name=sr-uuid)

# ---- libvirt gets it back while a scan knows that it is lost ----------------------------------------------

lose off ext
stand_at adopt-snapshots:read:after sr-scan uuid="$sr"
ok 'libvirt gets it back beside a scan' vxe vm-adopt-snapshot vm=off filename=ext.xml
snap=$OUT
plain vm-param-set uuid="$snap" other-config:kept=mine
had=$(vdis_of "$snap")
ok 'the scan ends' go_on
is 'its record is there, with what was set' "$(plain vm-param-get uuid="$snap" param-name=other-config)" 'kept: mine'
is 'with its disks' "$(vdis_of "$snap")" "$had"
ok 'it holds what it held' has_content ext "$snap"

# ---- a scan beside the adoption that stands ----------------------------------------------------------------

lose off ext
plain vm-list >/dev/null
stand_at adopt-snapshots:read:after vm-adopt-snapshot vm=off filename=ext.xml
ok 'a scan' vxe sr-scan uuid="$sr"
ok 'the adoption ends' go_on
is 'it is listed' "$(names)" ext
ok 'it holds what it held' has_content ext "$(of uuid ext)"
is 'no file is on record twice' "$(twice)" ''

# ---- libvirt loses it after the scan has read its list -------------------------------------------------------

lose off ext
virsh -q snapshot-create off ext.xml --redefine >/dev/null
stand_at adopt-snapshots:read:after sr-scan uuid="$sr"
virsh -q snapshot-delete off ext --metadata
is 'it is listed no more' "$(names)" ''
ok 'the scan ends' go_on
is 'nor afterwards' "$(names)" ''
is 'no file is on record twice' "$(twice)" ''
ok 'the VM has what it has' has_content now "$UUID"
ok 'libvirt gets it back' vxe vm-adopt-snapshot vm=off filename=ext.xml
ok 'it holds what it held' has_content ext "$OUT"
ok 'it ends' vxe snapshot-uninstall uuid="$(of uuid ext)" force=true
ok 'the VM has what it has' has_content now "$UUID"
ok 'the VM goes' vxe vm-uninstall uuid="$UUID" force=true # the next scans stand at their own VMs
ok 'vxe check is clean' vxe check

# ---- one inside the images is hidden after the scan has read its list ------------------------------------------

small_guest in 1
stamp_disks "$UUID" 21 1M
ok 'virsh makes one inside' virsh -q snapshot-create-as in inside
is 'it is listed' "$(names)" inside
stamp_disks "$UUID" 22 1M
sr=$(plain vdi-param-get uuid="$(vdi_of "$UUID")" param-name=sr-uuid)
lose in inside
virsh -q snapshot-create in inside.xml --redefine >/dev/null
stand_at adopt-snapshots:read:after sr-scan uuid="$sr"
ok 'a snapshot of vxe hides it' snapshot "$UUID" ours
ok 'the scan ends' go_on
like 'it is hidden' "$(of snapshot-info inside)" 'libvirt: hidden'
ok 'its document is there' vxe snapshot-dumpxml uuid="$(of uuid inside)" security-info=true
ok 'the snapshot goes' vxe snapshot-uninstall uuid="$SNAP" force=true
vxe snapshot-dumpxml uuid="$(of uuid inside)" security-info=true >again.xml
ok 'libvirt gets it back' vxe vm-adopt-snapshot vm=in filename=again.xml
ok 'and goes back to it' virsh -q snapshot-revert in inside
is 'to what it held' "$(byte_of "$(source_of in vda)" 1M)" 21
ok 'vxe check is clean' vxe check
virsh -q snapshot-delete in inside
ok 'the VM goes' vxe vm-uninstall uuid="$UUID" force=true

# ---- virsh makes one after the scan has looked at the domains -----------------------------------------------------

small_guest new 1
stamp_disks "$UUID" 31 1M
plain vm-list >/dev/null
sr=$(plain vdi-param-get uuid="$(vdi_of "$UUID")" param-name=sr-uuid)
vdi=$(vdi_of "$UUID")
keep_content new "$UUID"
stand_at sr-scan:adopt:after sr-scan uuid="$sr"
ok 'virsh makes a snapshot' virsh -q snapshot-create-as new ext --disk-only --atomic \
  --diskspec "vda,file=$PWD/new-1.qcow2"
stamp "$(source_of new vda)" 32
ok 'the scan ends' go_on
is 'it is listed' "$(names)" ext
is 'the disk is the same' "$(vdi_of "$UUID")" "$vdi"
is 'and is on the new file' "$(plain vdi-param-get uuid="$vdi" param-name=sm-config param-key=file)" "$(source_of new vda)"
is 'which no other disk has' "$(files_on_record | grep -c "$(source_of new vda)")" 1
is 'no file is on record twice' "$(twice)" ''
ok 'it holds what it held' has_content new "$(of uuid ext)"
ok 'a snapshot' snapshot "$UUID" s
ok 'vxe check is clean' vxe check

# ---- files that a VM uses, of which no record tells yet ---------------------------------------------------------------

stamp "$(source_of new vda)" 33
keep_content more "$UUID"
ok 'virsh puts the disk on another file' virsh -q snapshot-create-as new --disk-only --no-metadata \
  --diskspec "vda,file=$PWD/new-2.qcow2"
ok 'a scan' vxe sr-scan uuid="$sr"
is 'finds no other disk' "$(files_on_record | grep -c new-2.qcow2)" 1
is 'the disk is the same' "$(vdi_of "$UUID")" "$vdi"
ok 'it has its content' has_content more "$UUID"
ok 'qemu-img makes an image on it' qemu-img create -q -f qcow2 -b "$PWD/new-2.qcow2" -F qcow2 new-3.qcow2
ok 'which a scan finds' vxe sr-scan uuid="$sr"
is 'as a disk of nobody' "$(files_on_record | grep -c new-3.qcow2)" 1
ok 'virsh puts the disk on it' virsh -q snapshot-create-as new --disk-only --no-metadata --reuse-external \
  --diskspec "vda,file=$PWD/new-3.qcow2"
stamp "$PWD/new-3.qcow2" 34 3M
plain vm-param-set uuid="$UUID" name-description=look
is 'then it is the disk of the VM alone' "$(files_on_record | grep -c new-3.qcow2)" 1
ok 'a snapshot' snapshot "$UUID" t
is 'no file is on record twice' "$(twice)" ''
is 'the disk is the same' "$(vdi_of "$UUID")" "$vdi"
is 'the snapshot has the image' "$(vdi_files "$SNAP")" "$PWD/new-3.qcow2"
is 'with what was written to it' "$(byte_of "$(source_of new vda)" 3M)" 34
ok 'vxe check is clean' vxe check
ok 'qemu-img makes one more' qemu-img create -q -f qcow2 -b "$(source_of new vda)" -F qcow2 new-4.qcow2
ok 'which a scan finds' vxe sr-scan uuid="$sr"
ok 'and another one on it' qemu-img create -q -f qcow2 -b "$PWD/new-4.qcow2" -F qcow2 new-5.qcow2
virsh dumpxml --inactive new | sed "s|'$(source_of new vda)'|'$PWD/new-5.qcow2'|" >new.xml
ok 'on which virsh puts the disk' virsh -q define new.xml
stamp "$PWD/new-5.qcow2" 35 3M
ok 'a snapshot' snapshot "$UUID" u
is 'neither is a disk of nobody' "$(files_on_record | grep -c 'new-[45].qcow2')" 0
is 'the snapshot has the upper one' "$(vdi_files "$SNAP")" "$PWD/new-5.qcow2"
is 'with what was written to it' "$(byte_of "$(source_of new vda)" 3M)" 35
ok 'vxe check is clean' vxe check
