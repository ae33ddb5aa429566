#!/bin/bash
# SPDX-License-Identifier: MIT
# vxe names a frozen layer that another program has written to (VXE_LAYER_CHANGED) and does not read it: not for a
# revert, a copy, a clone or an export.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

counted_past() { [ "$(guest_counter web)" -gt $(($1 + 100)) ]; }

# refused WHAT CMD...: refused with the name of BASE, the changed layer.
refused() {
  exits 7 "$@"
  like 'naming the layer' "$ERR" "$BASE"
}

# ---- virsh snapshot-revert writes to a layer that is frozen by now ---------------------------------------

small_guest web 1
BASE=$PWD/web-0.qcow2
ok 'the guest counts' guest_start web
virsh -q destroy web
early=$(counter_of "$BASE")
ok "a snapshot of virsh's" virsh -q snapshot-create-as web old
virsh -q snapshot-dumpxml web old >old.xml
virsh -q start web
ok 'it goes on from there' wait_until 20 counted_past "$early"
virsh -q destroy web
late=$(counter_of "$BASE")
ok 'it was written to' test "$late" -gt "$early"
ok 'a snapshot of ours, in spite of the other one' vxe vm-snapshot uuid="$UUID" new-name-label=ours force=true
ours=$OUT
vdi=$(vdi_of "$ours")
keep_content late "$ours"
virsh dumpxml --inactive web >leaf.xml
cp -p "$BASE" kept.qcow2
ok 'libvirt has forgotten its own, and gets it back by hand' virsh -q snapshot-create web old.xml --redefine
if [ "$(id -u)" != 0 ]; then # a libvirtd of root's is not held by a file's mode
  not_ok 'its mode keeps a libvirtd of an ordinary user off' virsh -q snapshot-revert web old
  chmod u+w "$BASE"
fi
ok 'virsh snapshot-revert writes to the frozen layer' virsh -q snapshot-revert web old
is 'which has the early counter now' "$(counter_of "$BASE")" "$early"
ok 'the definition is put back' virsh -q define leaf.xml
refused 'a revert is refused' vxe snapshot-revert uuid="$ours"
refused 'a clone' vxe snapshot-clone uuid="$ours" new-name-label=clone
refused 'a copy' vxe snapshot-copy uuid="$ours" new-name-label=copy
refused 'a VM of it' vxe vm-install template-uuid="$ours" new-name-label=new
refused 'an archive' vxe snapshot-export-to-template snapshot-uuid="$ours" filename=a.xva
refused 'an image' vxe vdi-export uuid="$vdi" filename=a.raw format=raw
exits 1 'vxe check' vxe check
like 'names it' "$OUT" 'changed.*web-0.qcow2'
not_ok 'nothing was written' ls a.xva a.raw
ok 'with force=true it is read all the same' vxe vdi-export uuid="$vdi" filename=a.raw format=raw force=true
like 'and said' "$ERR" "$BASE was changed since it was frozen"

# ---- the file comes back from a backup, with its time --------------------------------------------------------

cat kept.qcow2 >"$BASE"
touch -r kept.qcow2 "$BASE"
ok 'a revert' vxe snapshot-revert uuid="$ours"
ok 'the disk has the content of the snapshot' has_content late "$UUID"
is 'and its counter' "$(counter_of "$(vdi_files "$UUID")")" "$late"
run vxe check
unlike 'no layer is changed' "$OUT" 'it was changed'

# ---- what is there now is taken as it is -----------------------------------------------------------------------

chmod u+w "$BASE"
stamp "$BASE" 77 3M
refused 'after a write' vxe snapshot-clone uuid="$ours" new-name-label=clone
ok 'vdi-update takes it as it is' vxe vdi-update uuid="$vdi" force=true
ok 'a clone' vxe snapshot-clone uuid="$ours" new-name-label=clone
run vxe check
unlike 'no layer is changed' "$OUT" 'it was changed'
touch -d '2001-01-01' "$BASE"
ok 'what was changed may go' vxe snapshot-uninstall uuid="$ours" force=true

# ---- a layer that a domain has as its disk -------------------------------------------------------------------------

small_guest two 1
BASE=$PWD/two-0.qcow2
ok 'a snapshot' snapshot "$UUID" s
ok 'a domain that writes to the frozen layer' guest_define thief - "$BASE"
refused 'a clone' vxe snapshot-clone uuid="$SNAP" new-name-label=clone
like 'naming the domain' "$ERR" thief
ln -s "$BASE" other.qcow2
virsh -q undefine thief
guest_define thief - "$PWD/other.qcow2"
refused 'under another name, too' vxe snapshot-clone uuid="$SNAP" new-name-label=clone
ok 'a pool of the folder' virsh -q pool-define-as volumes dir --target "$PWD"
virsh dumpxml --inactive thief | sed -e "s|<disk type='file'|<disk type='volume'|" \
  -e "s|<source file='[^']*'|<source pool='volumes' volume='two-0.qcow2'|" >volume.xml
ok 'it is given as a volume' virsh -q define volume.xml
refused 'as a volume, too' vxe snapshot-clone uuid="$SNAP" new-name-label=clone
like 'naming the domain' "$ERR" thief
refused 'a revert' vxe snapshot-revert uuid="$SNAP"
virsh -q undefine thief
ok 'without it a clone is made' vxe snapshot-clone uuid="$SNAP" new-name-label=clone
ok 'merges, chmod and chown leave no layer changed' vxe snapshot-uninstall uuid="$SNAP" force=true
chown 0:0 "$BASE" 2>/dev/null
run vxe check
unlike 'so says check' "$OUT" 'changed.*two'
