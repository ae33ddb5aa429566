#!/bin/bash
# SPDX-License-Identifier: MIT
# A setting does what it says: on-boot=reset is refused, with the way to the same, and an archive that brings it is
# imported with a word.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/state.sh"

ln -s "$VXE" xe

# ---- on-boot ------------------------------------------------------------------------------------------------

small_guest kiosk 1
kiosk=$UUID vdi=$(vdi_of "$UUID") sr=$(vxe sr-list name-label="Existing disks in $PWD" --minimal)
stamp_disks "$kiosk" 11
state_note
refused VXE_ON_BOOT_RESET 7 "vdi: $vdi" 'a disk that is to be reset at each start' \
  vxe vdi-param-set uuid="$vdi" on-boot=reset
like '... has another way' "$ERR" "vxe vm-snapshot uuid=VM new-name-label=clean'.*'vxe snapshot-revert uuid=SNAPSHOT start=running'"
exits 1 'xe refuses it as it does of an SR that cannot' ./xe vdi-param-set uuid="$vdi" on-boot=reset
like '... of which it names the SR' "$ERR" "^The storage repository cannot do this.${NL}sr: $sr"
is 'the disk persists' "$(vxe vdi-param-get uuid="$vdi" param-name=on-boot)" persist
ok 'which can be set' vxe vdi-param-set uuid="$vdi" on-boot=persist
ok 'the way: a snapshot' snapshot "$kiosk" clean
stamp_disks "$kiosk" 12
ok '... and a start that goes back to it' vxe snapshot-revert uuid="$SNAP" start=running
is 'the guest runs' "$(virsh domstate kiosk)" running
vxe vm-shutdown uuid="$kiosk" --force
ok 'from what the disk held' qemu-io -f qcow2 -c 'read -q -P 11 1M 64k' "$(vdi_file "$vdi")"
keep_content kiosk "$kiosk"

vxe vm-export vm=kiosk filename=kiosk.xva || diag 'no export'
grep -aq '<name>on_boot</name><value>persist</value>' kiosk.xva
is 'the archive says that the disk persists' $? 0
sed -i 's#<name>on_boot</name><value>persist</value>#<name>on_boot</name><value>reset</value>  #' kiosk.xva
exits 0 'an archive with a disk that is reset' vxe vm-import filename=kiosk.xva
like '... says that it keeps what is written' "$ERR" 'The disk .* was reset at each start of its VM .on-boot=reset.; here it keeps'
made=$OUT
is '... as it is shown' "$(vxe vdi-param-get uuid="$(vdi_of "$made")" param-name=on-boot)" persist
ok '... and has its content' has_content kiosk "$made"
ok 'vxe check is clean' vxe check
