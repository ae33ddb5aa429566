#!/bin/bash
# SPDX-License-Identifier: MIT
# vxe understands changes made by virsh, or refuses and names the file.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

at_vda() { virsh domblklist "$1" | awk '$1 == "vda" { print $2 }'; }

# ---- virsh snapshot-create-as and blockcommit, before any snapshot of ours -------------------------

small_guest web 1
vdi=$(vdi_of "$UUID")
guest_start web || exit 1
ok 'virsh snapshot-create-as' \
  virsh -q snapshot-create-as web theirs --disk-only --atomic --no-metadata
is 'the VDI is the same' "$(vdi_of "$UUID")" "$vdi"
act "$UUID"
is 'their commit into their own file stays possible' "$(stat -c %A web-0.qcow2 | cut -c3)" w
ok 'vxe check is clean' vxe check
ok 'vm-snapshot on top of it' vxe vm-snapshot uuid="$UUID" new-name-label=s0
s0=$OUT
is 'its disk is their overlay' "$(vdi_files "$s0")" "$PWD/web-0.theirs"
for f in web-0.theirs web-0.qcow2; do
  is "$f has no write bits now" "$(stat -c %A $f | tr -d 'rx-')" ''
done
is 'the VDI is the same' "$(vdi_of "$UUID")" "$vdi"
is 'it stands for what the guest writes to' "$(vdi_file "$vdi")" "$(at_vda web)"
ok 'the guest counts' guest_counts web
ok 'vxe check is clean' vxe check
keep_content s0 "$s0"

# ---- with a snapshot of ours below: their own layer comes and goes ---------------------------------

ours=$(at_vda web)
ok 'virsh snapshot-create-as' \
  virsh -q snapshot-create-as web more --disk-only --atomic --no-metadata
ok 'virsh blockcommit of their layer' virsh -q blockcommit web vda --shallow --active --pivot
rm -- *.more # virsh leaves it; on our layer it would hold that
is 'the guest is on our layer again' "$(at_vda web)" "$ours"
ok 'vm-snapshot after it' vxe vm-snapshot uuid="$UUID" new-name-label=s1
s1=$OUT
is 'its disk is our layer' "$(vdi_files "$s1")" "$ours"
ok 'snapshot s0 holds what it held' has_content s0 "$s0"
ok 'it goes' vxe snapshot-uninstall uuid="$s1" force=true

# A layer that vxe has recorded, then a commit of it.
virsh -q snapshot-create-as web third --disk-only --atomic --no-metadata
ok 'vm-snapshot over their layer' vxe vm-snapshot uuid="$UUID" new-name-label=s2
ok 'it goes' vxe snapshot-uninstall uuid="$OUT" force=true
ok 'the guest counts' guest_counts web
ok 'snapshot s0 holds what it held' has_content s0 "$s0"
ok 'vxe check is clean' vxe check

# ---- a commit into what a snapshot holds -------------------------------------------------------------

held=$(vdi_files "$s0")
not_ok 'write bits keep virsh from committing into a snapshot' \
  virsh -q blockcommit web vda --base "$held" --active --pivot
virsh -q blockjob web vda --abort >/dev/null 2>&1
ok 'the guest counts' guest_counts web
ok 'snapshot s0 holds what it held' has_content s0 "$s0"

virsh -q destroy web
chmod u+w "$held"
top=$(source_of web vda)
keep_content web "$UUID"
# As tools of root would do it.
qemu-img commit -q -f qcow2 -b "$held" "$top"
virsh dumpxml --inactive web | sed "s|$top|$held|" >web.xml
virsh -q define web.xml >/dev/null
note_everything
exits 7 'vm-snapshot is refused' vxe vm-snapshot uuid="$UUID" new-name-label=no
like 'with the file named' "$ERR" "$held"
unchanged 'nothing has changed'
exits 7 'vm-start is refused, too' vxe vm-start uuid="$UUID"
virsh dumpxml --inactive web | sed "s|$held|$top|" >web.xml
virsh -q define web.xml >/dev/null
ok 'with the disk back it works' vxe vm-snapshot uuid="$UUID" new-name-label=again
ok 'the VM has its content' has_content web "$UUID"
ok 'vm-uninstall' vxe vm-uninstall uuid="$UUID" force=true
is 'no layer is left' "$(images_made)" 0

# ---- virsh edit -----------------------------------------------------------------------------------------

GUEST_EXTRA="<interface type='user'><mac address='52:54:00:00:00:01'/></interface>
<interface type='user'><mac address='52:54:00:00:00:02'/></interface>" small_guest box 1
macs() { vxe vif-list vm-uuid="$UUID" params=MAC --minimal | tr , '\n' | sort | paste -sd,; }
is 'two VIFs' "$(macs)" \
  52:54:00:00:00:01,52:54:00:00:00:02
stamp_disks "$UUID" 61
keep_content box "$UUID"
snapshot "$UUID" s
guest_disk_make extra.qcow2 "$DISK_SIZE"
stamp extra.qcow2 77 0
virsh dumpxml --inactive box | awk -v disk="$(guest_disk_xml "$PWD/extra.qcow2" 1)" '
  /<memory / { sub(/>[0-9]*</, ">98304<") }
  /<currentMemory / { sub(/>[0-9]*</, ">98304<") }
  /<title>/ { next }
  /<\/uuid>/ { print; print "<title>edited</title>"; next }
  /<interface / { hold = "" ; inside = 1 }
  inside { hold = hold "\n" $0 }
  /<\/interface>/ { inside = 0; if (hold !~ /00:02/) print hold; next }
  inside { next }
  /<\/devices>/ { print disk }
  { print }' >box.xml
ok 'virsh define of the edited domain' virsh -q define box.xml
ok 'a command that acts takes note' act "$UUID"
is 'the VM has the new name' "$(vxe vm-list name-label=edited --minimal)" "$UUID"
is 'the new memory' "$(vxe vm-param-get uuid="$UUID" param-name=memory-static-max)" \
  $((96 * 1024 * 1024))
is 'one VIF' "$(macs)" 52:54:00:00:00:01
is 'a second disk' "$(vdi_file "$(vdi_of "$UUID" 1)")" "$PWD/extra.qcow2"
extra=$(vdi_of "$UUID" 1)
ok 'a snapshot has both disks' vxe vm-snapshot uuid="$UUID" new-name-label=both
both=$OUT
is 'two files' "$(vdi_files "$both" | grep -c .)" 2
ok 'vxe check is clean' vxe check
ok 'revert to the time before' vxe snapshot-revert uuid="$SNAP"
is 'the old memory' "$(virsh dumpxml --inactive box | sed -n 's/.*<memory[^>]*>\(.*\)<.*/\1/p')" 65536
is 'the old VIFs' "$(macs)" \
  52:54:00:00:00:01,52:54:00:00:00:02
ok 'the old content' has_content box "$UUID"
is 'the second disk is detached' "$(vxe vbd-list vm-uuid="$UUID" vdi-uuid="$extra" --minimal)" ''
is 'and keeps its content' "$(byte_of "$(vdi_file "$extra")" 0)" 77
ok 'revert to the edited one' vxe snapshot-revert uuid="$both"
is 'the disk is attached again' "$(vdi_of "$UUID" 1)" "$extra"
is 'with its content' "$(byte_of "$(vdi_file "$extra")" 0)" 77
ok 'vxe check is clean in the end' vxe check

# ---- the first command after a snapshot of virsh is one on the disk -------------------------------

# unseen NAME: a VM whose disk virsh has put on a layer, with 77 on it, that no command has seen. Sets DISK.
unseen() {
  small_guest "$1" 1
  DISK=$(vdi_of "$UUID")
  virsh -q snapshot-create-as "$1" s --disk-only --atomic --no-metadata && stamp "$1-0.s" 77 2M || exit 1
}
at_2m() { byte_of "$(vdi_file "$1")" 2M; }

unseen export
ok 'vdi-export' vxe vdi-export uuid="$DISK" filename=out.raw format=raw
is '... reads what virsh put above' "$(byte_of out.raw 2M raw)" 77
unseen copy
ok 'vdi-copy' vxe vdi-copy uuid="$DISK" sr-uuid="$(plain vdi-param-get uuid="$DISK" param-name=sr-uuid)"
is '... copies it' "$(at_2m "$OUT")" 77
unseen into
ok 'vdi-create' vxe vdi-create sr-uuid="$(plain vdi-param-get uuid="$DISK" param-name=sr-uuid)" name-label=into virtual-size="$DISK_SIZE"
into=$OUT
ok 'vdi-copy into a disk' vxe vdi-copy uuid="$DISK" into-vdi-uuid="$into"
is '... copies it' "$(at_2m "$into")" 77
for what in snapshot clone; do
  unseen "$what"
  ok "vdi-$what" vxe "vdi-$what" uuid="$DISK"
  is '... has it' "$(at_2m "$OUT")" 77
  is "... and the VM is where its VDI is" "$(at_vda "$what")" "$(vdi_file "$DISK")"
  is '... with it' "$(byte_of "$(at_vda "$what")" 2M)" 77
done
unseen resize
ok 'vdi-resize' vxe vdi-resize uuid="$DISK" disk-size=8MiB
is '... makes the file larger that the VM has' \
  "$(qemu-img info --output=json resize-0.s | jq '."virtual-size"')" $((8 << 20))
unseen import
head -c "$(plain vdi-param-get uuid="$DISK" param-name=virtual-size)" /dev/zero | tr '\0' X >in.raw
ok 'vdi-import' vxe vdi-import uuid="$DISK" filename=in.raw format=raw
is '... gives the VM its content' "$(byte_of "$(at_vda import)" 2M)" 88
ok 'vxe check is clean' vxe check
