#!/bin/bash
# SPDX-License-Identifier: MIT
# vxe lists a snapshot of virsh before the guest has switched to its layer: what it cannot judge yet it judges again, and
# commands that need the disk say until then who writes to it.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

names() { vxe snapshot-list snapshot-of="$UUID" params=name-label --minimal | tr , '\n' | grep . | sort | tr '\n' ' '; }
of() { plain snapshot-list snapshot-of="$UUID" name-label="$2" params="$1" --minimal; }
# missing NAME: whether the disk of that snapshot is missing.
missing() { plain vdi-param-get uuid="$(vdi_of "$(of uuid "$1")")" param-name=missing; }
listed() { virsh -q snapshot-list web --name | grep -qx "$1"; }
# Another program touches libvirt's folder, so that vxe looks at its list.
touched() { touch "$SNAPSHOTS/web" && names; }
# written NAME FILE: what needs the content of that snapshot's disk names who writes to the file; nothing is made.
written() {
  local uuid disk command before
  uuid=$(of uuid "$1") disk=$(vdi_of "$(of uuid "$1")") before=$(plain vm-list --minimal)
  for command in "vdi-export uuid=$disk filename=x.raw format=raw" "vdi-copy uuid=$disk sr-uuid=$(vxe vdi-list uuid="$disk" params=sr-uuid --minimal)" \
    "vdi-clone uuid=$disk" "vbd-create vm-uuid=$UUID vdi-uuid=$disk device=3 mode=RO" "snapshot-revert uuid=$uuid" \
    "snapshot-clone uuid=$uuid new-name-label=c" "snapshot-copy uuid=$uuid new-name-label=c" \
    "snapshot-export-to-template snapshot-uuid=$uuid filename=x.xva"; do
    # shellcheck disable=SC2086 # words
    exits 6 "${command%% *} of $1" vxe $command
    like '... names who writes to it' "$ERR" "holder: the VM web: it writes to $2, .*the snapshot $1 \('virsh domjobinfo web'\)"
  done
  is '... nothing is made' "$(plain vm-list --minimal) $(echo x.*)" "$before x.*"
}

small_guest web 1
ok 'the guest counts' guest_start web
ok 'virsh makes a snapshot' virsh -q snapshot-create-as web e0 --disk-only --atomic
SNAPSHOTS=$(dirname "$(find / -xdev -path '*/snapshot/web/e0.xml' -print -quit 2>/dev/null)")
SNAPSHOTS=${SNAPSHOTS%/web}
ok 'its folder is known' test -d "$SNAPSHOTS/web"
is 'it is listed' "$(names)" 'e0 '
is '... with its disk' "$(missing e0)" false

# ---- while QEMU has not switched yet -----------------------------------------------------------------------

kill -STOP "$(guest_pid web)"
virsh -q snapshot-create-as web e1 --disk-only --atomic >virsh.out 2>&1 &
VIRSH_PID=$!
ok 'libvirt lists the next one' wait_until 20 listed e1
is 'so does vxe' "$(touched)" 'e0 e1 '
is '... whose disk it cannot know yet' "$(missing e1)" true
exits 1 'vxe check' vxe check
like '... names it' "$OUT" "disk vda of libvirt's snapshot e1 is missing, although its file $PWD/web-0.e0 is there"
written e1 "$PWD/web-0.e0"
like 'the record says so' "$(plain vdi-param-list uuid="$(vdi_of "$(of uuid e1)")")" 'written-by: the VM web'
if [ -n "$LONG" ]; then # a minute
  exits 6 'vm-snapshot waits for libvirt, for a time' vxe vm-snapshot uuid="$UUID" new-name-label=q
  like '... and names the call that it waits for' "$ERR" 'holder: another libvirt call.*DomainSnapshotCreateXML'
fi
kill -CONT "$(guest_pid web)"
wait $VIRSH_PID
is 'the guest switches' $? 0
[ -z "$LONG" ] || act "$UUID"
is 'both are listed' "$(names)" 'e0 e1 '
is '... the disk is known now' "$(missing e1)" false
unlike '... nobody writes to it' "$(plain vdi-param-list uuid="$(vdi_of "$(of uuid e1)")")" written-by
ok '... and it can be exported' vxe vdi-export uuid="$(vdi_of "$(of uuid e1)")" filename=e1.raw format=raw
keep_content e1 "$(of uuid e1)"
ok 'vxe check is clean' vxe check
ok 'the guest goes on' guest_counts web
ok 'a snapshot of ours' vxe vm-snapshot uuid="$UUID" new-name-label=ours
ok 'a revert to that of virsh' vxe snapshot-revert uuid="$(of uuid e1)"
ok '... brings its content' has_content e1 "$UUID"

# ---- gone back by hand, and forth again ----------------------------------------------------------------------

virsh dumpxml --inactive web >now.xml
then=$(vdi_file "$(vdi_of "$(of uuid e1)")")
ok 'virsh makes one more' virsh -q snapshot-create-as web e2 --disk-only --atomic
virsh dumpxml --inactive web >after.xml
ok 'somebody goes back by hand' virsh -q define now.xml
is 'it is listed' "$(names)" 'e0 e1 e2 ours '
is '... without its disk' "$(missing e2)" true
exits 6 '... which cannot be exported' vxe vdi-export uuid="$(vdi_of "$(of uuid e2)")" filename=x.raw format=raw
like '... as the VM writes to it' "$ERR" "holder: the VM web: it writes to $(source_of web vda), "
ok 'and forth again' virsh -q define after.xml
names >/dev/null
is '... its disk is known' "$(missing e2)" false
ok 'vxe check is clean' vxe check
