#!/bin/bash
# SPDX-License-Identifier: MIT
# Snapshots that libvirt keeps itself, made by virsh: shown, used and ended by vxe. No byte of a disk is copied. What only
# libvirt can do is refused by name (VXE_SNAPSHOT_INSIDE, VXE_SNAPSHOT_HIDDEN).
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

# of FIELD NAME: a field of the VM's snapshot with that name.
of() { vxe snapshot-list snapshot-of="$UUID" name-label="$2" params="$1" --minimal; }
names() { vxe snapshot-list snapshot-of="$UUID" params=name-label --minimal | tr , '\n' | sort | tr '\n' ' '; }

# ---- outside of the image: a halted guest ---------------------------------------------------------------

small_guest off 2
stamp_disks "$UUID" 11 1M
keep_content one "$UUID"
ok 'virsh makes a snapshot' virsh -q snapshot-create-as off one 'before <the> change' --disk-only --atomic
stamp_disks "$UUID" 12 1M
keep_content two "$UUID"
ok 'and one more' virsh -q snapshot-create-as off two --disk-only --atomic
stamp_disks "$UUID" 13 1M
keep_content now "$UUID"
is 'both are snapshots of the VM' "$(names)" 'one two '
is 'with its description' "$(of name-description one)" 'before <the> change'
is 'and its time' "$(date -d "$(of snapshot-time one | sed 's/T/ /')" +%s)" \
  "$(virsh snapshot-dumpxml off one | sed -n 's/.*<creationTime>\(.*\)<.*/\1/p')"
is 'and its parent' "$(of parent two)" "$(of uuid one)"
is 'the first has none' "$(of parent one)" '<not in database>'
is "what the VM has now is based on the last one" "$(vxe vm-param-get uuid="$UUID" param-name=parent)" "$(of uuid two)"
is 'libvirt keeps them' "$(of snapshot-info one | grep -o 'libvirt: [a-z]*')" 'libvirt: external'
one=$(of uuid one) two=$(of uuid two)
ok 'the first holds what it held' has_content one "$one"
ok 'the second, too' has_content two "$two"
ok 'the VM has what it has' has_content now "$UUID"
is 'its disk says so' \
  "$(vxe vdi-list uuid="$(vdi_of "$one")" params=sm-config --minimal | grep -o 'libvirt: [a-z]*')" 'libvirt: external'
is 'libvirt has both' "$(virsh -q snapshot-list off --name | sort | tr '\n' ' ')" 'one two '
ok 'vxe check is clean' vxe check

ok 'a copy' vxe snapshot-copy uuid="$one" new-name-label=copied
ok 'has its content' has_content one "$OUT"
ok 'a clone' vxe snapshot-clone uuid="$one" new-name-label=cloned
ok 'has its content' has_content one "$OUT"
ok 'a template' vxe snapshot-export-to-template snapshot-uuid="$one" filename=t.xva
ok 'comes back' vxe vm-import filename=t.xva
ok 'with its content' has_content one "$OUT"
ok 'the snapshot holds what it held' has_content one "$one"

ok 'a revert to the first' vxe snapshot-revert uuid="$one"
ok 'brings its content' has_content one "$UUID"
stamp_disks "$UUID" 14 1M
ok 'the first holds what it held' has_content one "$one"
ok 'the second, too' has_content two "$two"
ok 'a revert to the second' vxe snapshot-revert uuid="$two"
ok 'brings its content' has_content two "$UUID"
is 'and is the parent' "$(vxe vm-param-get uuid="$UUID" param-name=parent)" "$two"
is 'libvirt lists none, as a clone needs their layers' "$(virsh -q snapshot-list off --name)" ''
ok 'vxe check is clean' vxe check

# ---- one that virsh makes or forgets meanwhile --------------------------------------------------------------

ok 'a snapshot of ours' snapshot "$UUID" ours
ours=$SNAP
ok 'virsh makes one more' virsh -q snapshot-create-as off three --disk-only --atomic
is 'it is listed' "$(names)" 'one ours three two '
is 'on top of ours' "$(of parent three)" "$ours"
stamp_disks "$UUID" 15 1M
ok 'it holds what it held' has_content two "$(of uuid three)"
ok 'virsh forgets it' virsh -q snapshot-delete off three --metadata
is 'it has gone' "$(names)" 'one ours two '
ok 'the guest starts' guest_start off
ok 'it counts' guest_counts off
virsh -q destroy off
ok 'the snapshots hold what they held' has_content one "$one"
ok 'and ours' has_content two "$ours"
ok 'vxe check is clean' vxe check

# ---- their end ------------------------------------------------------------------------------------------

files=$(vdi_files "$one" | sort)
ok 'the first goes' vxe snapshot-uninstall uuid="$one" force=true
is 'it is listed no more' "$(names)" 'ours two '
is 'libvirt lists none' "$(virsh -q snapshot-list off --name)" ''
for f in $files; do
  ok "its file $f stays, as vxe did not make it" test -f "$f"
done
ok 'the second holds what it held' has_content two "$two"
ok 'the second goes' vxe snapshot-destroy uuid="$two"
is 'libvirt has none' "$(virsh -q snapshot-list off --name)" ''
is 'ours is left' "$(names)" 'ours '
ok 'and holds what it held' has_content two "$ours"
ok 'vxe check is clean' vxe check

# ---- a running guest, with its memory --------------------------------------------------------------------

small_guest run 1
ok 'the guest counts' guest_start run
ok 'virsh makes a checkpoint' virsh -q snapshot-create-as run mem --live \
  --memspec "file=$PWD/run.mem,snapshot=external" --diskspec vda,snapshot=external
at=$(guest_counter run)
# libvirt lists it before it has written the memory, and begins the file with another word until then.
word() { printf %s "$1" | forced run.mem dd of=run.mem conv=notrunc status=none; }
memory() { plain vdi-param-get uuid="$(of suspend-VDI-uuid mem)" param-name="$1"; }
word LibvirtQemudPart
is 'memory that is being written is missing for now' "$(memory missing)" true
word LibvirtQemudSave
is '... then it is there' "$(memory missing)" false
ok '... with its size' test "$(memory virtual-size)" -ge "$(stat -c %s run.mem)"
ok 'the guest goes on' guest_counts run
ok 'virsh makes one of the disk' virsh -q snapshot-create-as run disk --disk-only --atomic
is 'both are listed' "$(names)" 'disk mem '
is 'one with memory' "$(of power-state mem)" suspended
is 'one without' "$(of power-state disk)" halted
is 'the guest ran' "$(of snapshot-info mem | grep -o 'power-state-at-snapshot: [A-Za-z]*')" 'power-state-at-snapshot: Running'
mem=$(of uuid mem)
ok 'the guest counts' guest_counts run
ok 'a revert of the running guest to the memory' vxe snapshot-revert uuid="$mem"
is 'suspends it' "$(vxe vm-param-get uuid="$UUID" param-name=power-state)" suspended
ok 'it is resumed' vxe vm-resume uuid="$UUID"
ok 'it counts' guest_counts run
ok 'from where it was' test "$(guest_counter run)" -ge $((at > 200 ? at - 200 : 0))
ok 'the file with the memory stays' test -s run.mem
ok 'a second revert' vxe snapshot-revert uuid="$mem"
ok 'is resumed' vxe vm-resume uuid="$UUID"
ok 'and counts' guest_counts run
ok 'a snapshot of ours' snapshot "$UUID" ours
ok 'vxe check is clean' vxe check
ok 'the checkpoint goes' vxe snapshot-uninstall uuid="$mem" force=true
ok 'the file with the memory stays' test -s run.mem
is 'libvirt has forgotten it' "$(virsh -q snapshot-list run --name | tr '\n' ' ')" 'disk '
virsh -q destroy run
ok 'vxe check is clean' vxe check

# ---- a layer of vxe's, which libvirt's document names ---------------------------------------------------------

small_guest named 1
vxe vm-list >/dev/null
ok 'a snapshot of ours' snapshot "$UUID" ours
stamp_disks "$UUID" 51 1M
keep_content named "$UUID"
layer=$(source_of named vda)
ok 'virsh makes a snapshot on its layer' virsh -q snapshot-create-as named theirs --disk-only \
  --diskspec "vda,file=$PWD/named-1.qcow2"
theirs=$(of uuid theirs)
ok 'ours goes' vxe snapshot-uninstall uuid="$SNAP" force=true
like 'the list says what waits' "$OUT" "named-0.qcow2 .*libvirt's own snapshot names the layer above"
ok 'the layer is there' test -f "$layer"
is "as libvirt's document says" "$(virsh snapshot-dumpxml named theirs | grep -c "<source file='$layer'")" 1
ok 'it holds what it held' has_content named "$theirs"
virsh -q snapshot-dumpxml named theirs --security-info >theirs.xml
virsh -q snapshot-delete named theirs --metadata
ok 'when libvirt has lost it, the document fits' vxe vm-adopt-snapshot vm=named filename=theirs.xml
ok 'and it holds what it held' has_content named "$(of uuid theirs)"
ok 'it ends' vxe snapshot-uninstall uuid="$(of uuid theirs)" force=true
ok 'sr-coalesce' vxe sr-coalesce
ok 'then the layer goes' test ! -e "$layer"
ok 'the VM has its content' has_content named "$UUID"
ok 'vxe check is clean' vxe check

# ---- below a suspended guest ---------------------------------------------------------------------------------

small_guest asleep 1
vxe vm-list >/dev/null
ok 'the guest counts' guest_start asleep
ok 'virsh makes a snapshot' virsh -q snapshot-create-as asleep under --disk-only --diskspec "vda,file=$PWD/asleep-1.qcow2"
ok 'the guest is suspended' vxe vm-suspend uuid="$UUID"
keep_content asleep "$UUID"
ok 'a snapshot of ours' snapshot "$UUID" ours
is 'freezes the layers below, too' "$(stat -c %A asleep-0.qcow2 asleep-1.qcow2 | grep -c w)" 0
ok 'vxe check is clean' vxe check
ok 'the guest is resumed' vxe vm-resume uuid="$UUID"
ok 'it counts' guest_counts asleep
ok 'ours holds what it held' has_content asleep "$SNAP"
virsh -q destroy asleep

# ---- a merge by virsh, and libvirt's list that does not follow -----------------------------------------------

small_guest line 1
stamp_disks "$UUID" 21 1M
ok 'virsh makes a snapshot' virsh -q snapshot-create-as line gone --disk-only --atomic
is 'it is listed' "$(names)" 'gone '
gone=$(of uuid gone)
ok 'the guest runs' guest_start line
ok 'virsh merges the layer' virsh -q blockcommit line vda --active --pivot
ok 'the guest counts' guest_counts line
ok 'a snapshot of ours' snapshot "$UUID" after
exits 7 'a revert to what has been overwritten is refused' vxe snapshot-revert uuid="$gone"
ok 'it goes' vxe snapshot-destroy uuid="$gone"
is 'libvirt has forgotten it' "$(virsh -q snapshot-list line --name)" ''
ok 'the guest counts' guest_counts line
virsh -q destroy line
ok 'vxe check is clean' vxe check


# ---- inside the image: libvirt alone goes back to them --------------------------------------------------------------

small_guest in 2
stamp_disks "$UUID" 31 1M
keep_content a "$UUID"
ok 'virsh makes a snapshot' virsh -q snapshot-create-as in a
stamp_disks "$UUID" 32 1M
keep_content b "$UUID"
ok 'and one more' virsh -q snapshot-create-as in b
stamp_disks "$UUID" 33 1M
is 'both are listed' "$(names)" 'a b '
is 'libvirt keeps them' "$(of snapshot-info a | grep -o 'libvirt: [a-z]*')" 'libvirt: internal'
a=$(of uuid a) b=$(of uuid b)
note_everything
exits 7 'a clone is refused' vxe snapshot-clone uuid="$a" new-name-label=x
exits 7 'a template is not made of it' vxe vm-install template-uuid="$a" new-name-label=x
for c in vdi-copy vdi-clone vdi-export vdi-snapshot; do
  not_ok "$c of its disk is refused" vxe $c uuid="$(vdi_of "$a")" filename=x.raw \
    sr-uuid="$(vxe vdi-list uuid="$(vdi_of "$UUID")" params=sr-uuid --minimal)"
done
unchanged 'and nothing has changed'
ok 'a revert' vxe snapshot-revert uuid="$a"
ok 'brings its content' has_content a "$UUID"
is 'the VM is based on it' "$(vxe vm-param-get uuid="$UUID" param-name=parent)" "$a"
ok 'a revert to the other one' vxe snapshot-revert uuid="$b"
ok 'brings its content' has_content b "$UUID"
ok 'virsh goes back' virsh -q snapshot-revert in a
is 'the VM is based on that' "$(names >/dev/null && vxe vm-param-get uuid="$UUID" param-name=parent)" "$a"
ok 'the first goes' vxe snapshot-uninstall uuid="$a" force=true
is 'libvirt has the other one' "$(virsh -q snapshot-list in --name | tr '\n' ' ')" 'b '
is 'so have the images' "$(qemu-img snapshot -l in-1.qcow2 | awk 'NR > 2 { print $2 }')" b
ok 'virsh deletes that' virsh -q snapshot-delete in b
is 'nothing is listed' "$(names)" ' '
ok 'vxe check is clean' vxe check

# ---- with the memory, of a running guest -------------------------------------------------------------------------

small_guest ram 1
ok 'the guest counts' guest_start ram
ok 'virsh makes a snapshot' virsh -q snapshot-create-as ram then
at=$(guest_counter ram)
ok 'the guest goes on' guest_counts ram
is 'it is listed, with its memory' "$(of power-state then)" suspended
ok 'the plan of a revert' vxe snapshot-revert uuid="$(of uuid then)" start=paused --dry-run --verbose
like 'says who reverts' "$OUT" 'libvirt reverts to its own snapshot'
ok 'a revert that pauses the guest' vxe snapshot-revert uuid="$(of uuid then)" start=paused
is 'pauses it' "$(vxe vm-param-get uuid="$UUID" param-name=power-state)" paused
ok 'a revert' vxe snapshot-revert uuid="$(of uuid then)"
is 'the guest runs' "$(vxe vm-param-get uuid="$UUID" param-name=power-state)" running
ok 'it counts' guest_counts ram
ok 'from where it was' test "$(guest_counter ram)" -ge $((at > 200 ? at - 200 : 0))
then=$(of uuid then)
ok 'a snapshot of ours that hides it' vxe vm-snapshot uuid="$UUID" new-name-label=ours force=true
ours=$OUT
exits 7 'a revert to it is refused now' vxe snapshot-revert uuid="$then"
like 'naming the image' "$ERR" "$PWD/ram-0.qcow2"
exits 7 'and its end' vxe snapshot-uninstall uuid="$then" force=true
ok 'ours goes' vxe snapshot-uninstall uuid="$ours" force=true
ok 'the guest counts' guest_counts ram
ok 'it goes, too' vxe snapshot-destroy uuid="$then"
is 'libvirt has none' "$(virsh -q snapshot-list ram --name)" ''
is 'neither has the image' "$(qemu-img snapshot -U -l ram-0.qcow2)" ''
ok 'the guest counts' guest_counts ram
virsh -q destroy ram
ok 'vxe check is clean' vxe check

# ---- a VM with all of them ends ------------------------------------------------------------------------------------

small_guest end 1
ok 'virsh makes a snapshot' virsh -q snapshot-create-as end one --disk-only --atomic
ok 'and one more' virsh -q snapshot-create-as end two --disk-only --atomic
is 'both are listed' "$(names)" 'one two '
exits 7 'the VM alone does not go' vxe vm-destroy uuid="$UUID"
like 'because of them' "$ERR" 'snapshot-list'
is 'libvirt has both' "$(virsh -q snapshot-list end --name | sort | tr '\n' ' ')" 'one two '
ok 'with its snapshots it goes' vxe vm-uninstall uuid="$UUID" force=true
not_ok 'libvirt has no such domain' virsh -q dominfo end
is 'nothing is listed' "$(names)" ' '
ok 'vxe check is clean' vxe check

# ---- a domain that somebody undefines with libvirt's list of them -----------------------------------------------------

small_guest lost 1
stamp_disks "$UUID" 61 1M
keep_content lost "$UUID"
ok 'virsh makes a snapshot' virsh -q snapshot-create-as lost one --disk-only --atomic
stamp_disks "$UUID" 62 1M
is 'it is listed' "$(names)" 'one '
one=$(of uuid one)
ok 'virsh undefines the domain' virsh -q undefine lost --snapshots-metadata
ok 'vm-list' vxe vm-list
is 'the snapshot stays' "$(names)" 'one '
is "and is one of vxe's" "$(of snapshot-info one | grep -c libvirt:)" 0
ok 'with its content' has_content lost "$one"
ok 'a revert makes the domain again' vxe snapshot-revert uuid="$one"
is 'the snapshot is there' "$(names)" 'one '
ok 'and the VM has its content' has_content lost "$UUID"
ok 'it goes' vxe snapshot-uninstall uuid="$one" force=true
ok 'vxe check is clean' vxe check

# ---- of another store ----------------------------------------------------------------------------------------------------

small_guest other 1
ok 'a snapshot of ours' snapshot "$UUID" ours
ok 'and one of virsh' virsh -q snapshot-create-as other one --disk-only --atomic
one=$(of uuid one)
virsh dumpxml --inactive other | sed 's/\(<vxe:vm [^>]*store="\)[^"]*/\111111111-2222-4333-8444-555555555555/' >marked.xml
ok 'another store marks the domain' virsh -q define marked.xml
exits 7 'the end of the snapshot is refused' vxe snapshot-destroy uuid="$one"
is 'libvirt has it' "$(virsh -q snapshot-list other --name)" 'one'
