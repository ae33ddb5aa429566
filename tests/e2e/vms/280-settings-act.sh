#!/bin/bash
# SPDX-License-Identifier: MIT
# A setting does what it says: on-boot=reset is refused, with the way to the same; an archive that brings it, or what has
# no effect, is imported with a word; the clock is in the definition, reaches QEMU and stays through copies, archives and
# reverts.
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

vxe vm-export uuid="$kiosk" filename=kiosk.xva || diag 'no export'
grep -aq '<name>on_boot</name><value>persist</value>' kiosk.xva
is 'the archive says that the disk persists' $? 0
sed -i 's#<name>on_boot</name><value>persist</value>#<name>on_boot</name><value>reset</value>  #' kiosk.xva
exits 0 'an archive with a disk that is reset' vxe vm-import filename=kiosk.xva
like '... says that it keeps what is written' "$ERR" 'The disk .* was reset at each start of its VM .on-boot=reset.; here it keeps'
made=$OUT
is '... as it is shown' "$(vxe vdi-param-get uuid="$(vdi_of "$made")" param-name=on-boot)" persist
ok '... and has its content' has_content kiosk "$made"
ok 'vxe check is clean' vxe check

# ---- what an archive brings ----------------------------------------------------------------------------------

echo "<interface type='user'><mac address='52:54:00:00:28:00'/><model type='virtio'/></interface>" >card.xml
virsh -q attach-device kiosk card.xml --config
exits 0 'settings of XenServer' vxe vm-param-set uuid="$kiosk" platform:secureboot=true bios-strings:bios-vendor=Xen
vif=$(vxe vif-list vm-uuid="$kiosk" --minimal)
exits 0 '... of a card, too' vxe vif-param-set uuid="$vif" locking-mode=locked
vxe vm-export uuid="$kiosk" filename=settings.xva >/dev/null
exits 0 'an archive that brings them' vxe vm-import filename=settings.xva
like '... says what has no effect' "$ERR" "platform:secureboot has no effect here: <os> of the definition counts .'virsh edit'.[.]"
like '... of the VM' "$ERR" 'bios-strings:bios-vendor has no effect here: <sysinfo>'
like '... and of its card' "$ERR" 'Card 0: locking-mode has no effect here: vxe filters no traffic'
unlike '... and nothing else' "$ERR" '(acpi|order|mode|type) has no effect.*<(readonly|disk)'
made=$OUT
is '... which are kept' "$(vxe vm-param-get uuid="$made" param-name=platform param-key=secureboot)" true
ok 'xe imports it' ./xe vm-import filename=settings.xva
unlike '... without a word of that' "$ERR" 'no effect'
for vm in "$made" "$OUT"; do vxe vm-uninstall uuid="$vm" --force; done
vxe vm-param-remove uuid="$kiosk" param-name=platform param-key=secureboot
vxe vif-destroy uuid="$vif"

# ---- the clock ----------------------------------------------------------------------------------------------

# clock VM: the definition's clock, "utc" or "variable N".
clock() {
  virsh dumpxml --inactive "$1" | sed -n "s/.*<clock offset='\([a-z]*\)'.*adjustment='\([0-9-]*\)'.*/\1 \2/p
    t
    s/.*<clock offset='\([a-z]*\)'.*/\1/p" | head -n 1
}
offset() { vxe vm-param-get uuid="$1" param-name=platform param-key=timeoffset; }
# ahead VM: by how many seconds the clock with which QEMU was started is ahead of UTC, to the minute.
ahead() {
  local base
  base=$(tr '\0' '\n' <"/proc/$(guest_pid "$1")/cmdline" | sed -n 's/^base=\([0-9T:-]*\).*/\1/p')
  echo $((($(date -u -d "$base" +%s) - $(date +%s) + 30) / 60 * 60))
}
# shows VM OFFSET WHAT: record and definition.
shows() { is "$3" "$(clock "$1") / $(offset "$1")" "variable $2 / $2"; }

is 'a VM has the clock of UTC' "$(clock "$kiosk")" utc
exits 1 '... of which its record says nothing' vxe vm-param-get uuid="$kiosk" param-name=platform param-key=timeoffset
state_note
refused INVALID_VALUE 2 "field: platform:timeoffset${NL}value: two hours" 'a time that is none' \
  vxe vm-param-set uuid="$kiosk" platform:timeoffset='two hours'
ok 'two hours ahead' vxe vm-param-set uuid="$kiosk" platform:timeoffset=7200
is '... without a word' "$ERR" ''
shows "$kiosk" 7200 '... in the definition'
vxe vm-start uuid="$kiosk" --paused || diag 'no start'
is '... and for QEMU' "$(ahead kiosk)" 7200
vxe vm-shutdown uuid="$kiosk" --force
ok 'a snapshot' snapshot "$kiosk" ahead
ok 'xe sets it, too' ./xe vm-param-set uuid="$kiosk" platform:timeoffset=-3600
shows "$kiosk" -3600 '... in the definition'
ok 'a clone' vxe vm-clone uuid="$kiosk" new-name-label=clone
shows "$OUT" -3600 '... has it'
ok 'a revert' vxe snapshot-revert uuid="$SNAP"
shows "$kiosk" 7200 '... brings the other back'
vxe vm-start uuid="$kiosk" --paused || diag 'no start'
is '... for QEMU, too' "$(ahead kiosk)" 7200
vxe vm-shutdown uuid="$kiosk" --force
ok 'a VM of the snapshot' vxe vm-install template-uuid="$SNAP" new-name-label=installed
shows "$OUT" 7200 '... has it'
vxe vm-export uuid="$kiosk" filename=ahead.xva >/dev/null
ok 'an archive' vxe vm-import filename=ahead.xva
shows "$OUT" 7200 '... brings it'
sed -i 's#<name>hardware</name>#<name>HARDWARE</name>#' ahead.xva
exits 0 'an archive of XenServer, which describes no definition' vxe vm-import filename=ahead.xva
unlike '... says nothing of Windows' "$ERR" virtio
shows "$OUT" 7200 '... brings it, too'
vxe vm-param-set uuid="$kiosk" platform:viridian=true
vxe vm-export uuid="$kiosk" filename=windows.xva >/dev/null
vxe vm-param-remove uuid="$kiosk" param-name=platform param-key=viridian
exits 0 'a Windows of vxe, with its definition' vxe vm-import filename=windows.xva
unlike '... comes as it was' "$ERR" virtio
sed -i 's#<name>hardware</name>#<name>HARDWARE</name>#' windows.xva
exits 0 'a Windows of XenServer' vxe vm-import filename=windows.xva
like '... needs drivers, or another bus' "$ERR" 'needs the virtio-win drivers. Without them it boots from a SATA disk'
ok 'xe imports it' ./xe vm-import filename=windows.xva
unlike '... without a word' "$ERR" virtio

# Somebody edits the definition: what it says is shown, and a clock that no number can tell stays.
virsh dumpxml --inactive kiosk | sed "s/adjustment='7200'/adjustment='60'/" >edited.xml
virsh -q define edited.xml
ok 'a definition that was edited' vxe vm-param-set uuid="$kiosk" name-description=x
shows "$kiosk" 60 '... counts'
sed -i "s/<clock offset=.*adjustment='60'[^>/]*/<clock offset='localtime'/" edited.xml
virsh -q define edited.xml
ok 'local time of the host stays when something else is set' vxe vm-param-set uuid="$kiosk" name-description=y
exits 1 '... and is no number' vxe vm-param-get uuid="$kiosk" param-name=platform param-key=timeoffset
is '... as it is' "$(clock kiosk)" localtime
vxe vm-export uuid="$kiosk" filename=local.xva >/dev/null
ok '... in an archive' vxe vm-import filename=local.xva
is '... as well' "$(clock "$OUT")" localtime
ok 'until it is set' vxe vm-param-set uuid="$kiosk" platform:timeoffset=0
is '... to UTC' "$(clock kiosk) $(offset "$kiosk")" 'utc 0'
ok 'vxe check is clean' vxe check
