#!/bin/bash
# SPDX-License-Identifier: MIT
# A clone of one disk of a running guest: its switch names the guest's own disk alone, the guest runs on, and the clone has
# the content of that instant and goes its own way.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

small_guest web 2
vxe vm-list >/dev/null
disk=$(vdi_of "$UUID" 0) other=$(vdi_of "$UUID" 1)
stamp "$(vdi_file "$disk")" 7 2M
before=$(vdi_file "$other")
ok 'the guest starts' guest_start web
ok 'its disk is cloned' env VXE_LOG=debug "$VXE" vdi-clone uuid="$disk" new-name-label=twin
twin=$OUT
is '... the switch is that of one disk' "$(grep -o 'hv: switch_start .*' <<<"$ERR" | awk '{ print $4 }')" vda
is '... the other disk keeps its file' "$(vdi_file "$other")" "$before"
ok '... the guest counts on' guest_counts web
is '... the clone has what was written before' "$(byte_of "$(vdi_file "$twin")" 2M)" 7
vxe vm-shutdown uuid="$UUID" --force
keep_content web "$UUID"
stamp "$(vdi_file "$twin")" 9 2M
ok 'a change of the clone is none of the VM' has_content web "$UUID"
qemu-img convert -f qcow2 -O raw "$(vdi_file "$twin")" twin.raw
stamp "$(vdi_file "$disk")" 8 2M
qemu-img convert -f qcow2 -O raw "$(vdi_file "$twin")" again.raw
ok 'a change of the VM is none of the clone' cmp twin.raw again.raw
ok 'the clone goes' vxe vdi-destroy uuid="$twin"
ok 'the guest boots' guest_start web
ok 'vxe check is clean' vxe check
finish
