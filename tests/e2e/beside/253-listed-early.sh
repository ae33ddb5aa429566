#!/bin/bash
# SPDX-License-Identifier: MIT
# vxe lists a snapshot of virsh before the guest has switched to its layer: what it cannot judge yet it judges again.
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
kill -CONT "$(guest_pid web)"
wait $VIRSH_PID
is 'the guest switches' $? 0
is 'both are listed' "$(names)" 'e0 e1 '
is '... the disk is known now' "$(missing e1)" false
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
ok 'and forth again' virsh -q define after.xml
names >/dev/null
is '... its disk is known' "$(missing e2)" false
ok 'vxe check is clean' vxe check
