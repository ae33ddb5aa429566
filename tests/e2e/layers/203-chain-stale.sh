#!/bin/bash
# SPDX-License-Identifier: MIT
# A snapshot of virsh's leaves the layers of a disk in the definition, as the headers have them. What vxe merges and
# removes afterwards does not make that wrong: the guest starts, and reads what it wrote.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

below() { virsh -q dumpxml --inactive web | sed -n '/<backingStore/,/<target/{/<target/d;p}'; }
bytes() { for at in 1M 2M 3M; do byte_of "$(virsh -q domblklist web | awk '{ print $2 }')" $at; done | xargs; }

small_guest web 1
stamp "$PWD/web-0.qcow2" 1 1M
snapshot "$UUID" s1 && S1=$SNAP
stamp "$(source_of web vda)" 2 2M
guest_start web
ok 'virsh takes a snapshot of the running guest' virsh -q snapshot-create-as web e1 --disk-only --atomic
virsh -q destroy web
TOP=$(virsh -q domblklist web | awk '{ print $2 }')
stamp "$TOP" 3 3M
isnt 'the layers stand in the definition' "$(below)" ''
is 'the content' "$(bytes)" '1 2 3'
virsh -q snapshot-delete web e1 --metadata
plain snapshot-list >/dev/null
ok 'the snapshot of vxe goes, with a layer in the middle' vxe snapshot-uninstall uuid="$S1" force=true
diag "$OUT"
is 'the content is the same' "$(bytes)" '1 2 3'
ok 'the guest starts' guest_start web
virsh -q destroy web
is 'with the same content' "$(bytes)" '1 2 3'
ok 'a snapshot of the halted VM' vxe vm-snapshot uuid="$UUID" new-name-label=s2
is 'the definition has no layers any more' "$(below)" ''
ok 'which goes, with all that is left over' vxe snapshot-uninstall uuid="$(plain snapshot-list name-label=s2 --minimal)" force=true
ok 'the guest starts' guest_start web
virsh -q destroy web
is 'with the same content' "$(bytes)" '1 2 3'
is 'vxe check is content' "$(vxe check)" 'No problems found.'
