#!/bin/bash
# SPDX-License-Identifier: MIT
# UEFI variables and TPM state: snapshots have them, a revert restores them byte by byte, libvirt starts the guest with
# them, and they are removed with their VM or snapshot.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

uefi_is_there() { compgen -G '/usr/share/qemu/firmware/*edk2-x86_64*.json' && [ -e /usr/share/OVMF ]; }
tpm_is_there() { command -v swtpm && command -v swtpm_setup; }
requires uefi_is_there 'package ovmf is needed'
requires tpm_is_there 'packages swtpm and swtpm-tools are needed'

# The folders of libvirt for them; private to the host in either mode.
if [ "$HOST_MODE" = system ]; then
  STATE=/var/lib/libvirt SWTPM=/var/lib/libvirt/swtpm
else
  STATE=$XDG_CONFIG_HOME/libvirt SWTPM=$XDG_CONFIG_HOME/libvirt/qemu/swtpm
fi
nvram() { echo "$STATE/qemu/nvram/$1_VARS.fd"; }
tpm() { echo "$SWTPM/$1/tpm2/tpm2-00.permall"; }

# uefi_define NAME UUID DISK: the guest's XML, with UEFI and a TPM.
uefi_define() {
  mkdir -p "$HOST_DIR/s" && chmod 1777 "$HOST_DIR/s"
  GUEST_EXTRA="<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>" \
    guest_xml "$@" | sed "s#<os>#<os firmware='efi'>#; s#machine='pc'#machine='q35'#" >"$1.xml" &&
    virsh -q define "$1.xml" >/dev/null
}

# How long the guest's QEMU has waited for a processor so far, in seconds.
waited() { cat "/proc/$(guest_pid u)"/task/*/schedstat | awk '{ ns += $2 } END { print int(ns / 1e9) }'; }
# The firmware writes at its start; waits until nothing changes for two seconds, beside other work longer.
calm() {
  local before began behind
  before=$(sha256sum "$NVRAM" "$TPM" 2>&1)
  began=$(waited)
  sleep 2
  behind=$(($(waited) - began))
  sleep $((behind > 10 ? 10 : behind))
  [ "$before" = "$(sha256sum "$NVRAM" "$TPM" 2>&1)" ] && [ -s "$NVRAM" ] && [ -s "$TPM" ]
}
keep() { cp "$NVRAM" "nvram.$1" && cp "$TPM" "tpm.$1"; }
kept() { cmp "$NVRAM" "nvram.$1" && cmp "$TPM" "tpm.$1"; }
# Changes a byte near the end of each, in an unused place; only the copies are compared.
change() {
  printf '%s' "$1" | dd of="$NVRAM" bs=1 seek=540000 conv=notrunc status=none &&
    printf '%s' "$1" | dd of="$TPM" bs=1 seek=3000 conv=notrunc status=none
}
# of_then FILE NOW KEPT: the captured file equals KEPT or, as the guest runs, the present file.
of_then() { cmp -s "$1" "$3" || { cmp "$1" "$2" && cp "$1" "$3"; }; }
owners() { stat -c '%U:%G %a' "$NVRAM" "$TPM"; }
# Files of snapshots.
captured() { find "$HOST_IMAGES" -name "*.$1" | wc -l; }
runs() { guest_is u running; }

guest_disk_make u.qcow2 "$DISK_SIZE" && guest_install u.qcow2
uefi_define u - "$PWD/u.qcow2"
UUID=$(virsh domuuid u) NVRAM=$(nvram u) TPM=$(tpm "$UUID")

# ---- before the first start -----------------------------------------------------------------------

ok 'a snapshot of a guest that never ran' vxe vm-snapshot uuid="$UUID" new-name-label=never
is 'there is nothing to capture' "$(captured nvram) $(captured tpm)" '0 0'

# ---- of a running guest -----------------------------------------------------------------------------

ok 'start' vxe vm-start uuid="$UUID"
ok 'the firmware has made its variables' wait_until 60 calm
keep first
ok 'snapshot, running' snapshot "$UUID" first
first=$SNAP
is 'each has a file' "$(captured nvram) $(captured tpm)" '1 1'
ok 'UEFI variables, byte by byte' \
  of_then "$(find "$HOST_IMAGES" -name "*.nvram")" "$NVRAM" nvram.first
ok 'TPM state, byte by byte' of_then "$(find "$HOST_IMAGES" -name "*.tpm")" "$TPM" tpm.first
is 'nobody writes to them' "$(find "$HOST_IMAGES" -name '*.nvram' -o -name '*.tpm' |
  xargs stat -c %a | sort -u)" 400
ok 'the guest runs on' runs
ok 'vxe check is clean' vxe check

# A running guest has both files. One that cannot be found is not left out silently.
for file in "$NVRAM" "$TPM"; do
  lacks=${file##*/}
  mv "$file" lost
  for command in vm-snapshot vm-checkpoint; do
    not_ok "no $command without $lacks" vxe $command uuid="$UUID" new-name-label=without
    like '... which is named' "$ERR" "$file"
  done
  is '... and nothing is made' "$(vxe snapshot-list name-label=without --minimal)" ''
  wrong VXE_FIRMWARE_MISSING '... with the way out' vm-snapshot uuid="$UUID" new-name-label=without
  again VXE_FIRMWARE_MISSING vxe vm-snapshot uuid="$UUID" new-name-label=without ignore-firmware=true
  like '... with a word about it' "$ERR" "$file"
  ok '... and it goes' vxe snapshot-uninstall uuid="$OUT" force=true
  mv lost "$file"
  ok 'the guest runs on' runs
done
is 'as many files as before' "$(captured nvram) $(captured tpm)" '1 1'
ok 'stop' vxe vm-shutdown uuid="$UUID" force=true

# ---- revert -------------------------------------------------------------------------------------------

owners=$(owners)
change a
keep second
ok 'snapshot, halted' snapshot "$UUID" second
second=$SNAP
change b
ok 'revert to the first' vxe snapshot-revert uuid="$first"
ok 'both are as they were' kept first
is 'owner and mode, too' "$(owners)" "$owners"
ok 'revert to the second' vxe snapshot-revert uuid="$second"
ok 'both are as they were then' kept second
ok 'revert to the first again' vxe snapshot-revert uuid="$first"
ok 'both are as they were' kept first
ok 'start' vxe vm-start uuid="$UUID"
ok 'libvirt and QEMU take them' wait_until 30 calm
ok 'it runs' runs
ok 'revert of the running guest' vxe snapshot-revert uuid="$first"
ok 'both are as they were' kept first
ok 'the one from before the first start has none' vxe snapshot-revert snapshot-uuid="$(
  vxe snapshot-list name-label=never params=uuid --minimal)"
ok 'what there was stays' kept first
ok 'vxe check is clean' vxe check

# ---- clones and templates ------------------------------------------------------------------------------

# files_of UUID: sets NVRAM and TPM.
files_of() {
  local name
  name=$(virsh domname "$1")
  NVRAM=$(virsh dumpxml --inactive "$1" | sed -n 's#.*<nvram[^>]*>\(.*\)</nvram>.*#\1#p')
  [ -n "$NVRAM" ] || NVRAM=$(nvram "$name")
  TPM=$(tpm "$1")
}
# In ring all each of them is started, otherwise one.
starts() { vxe vm-start uuid="$1" && wait_until 30 calm && vxe vm-shutdown uuid="$1" force=true; }

change c
clone=$(vxe vm-clone uuid="$UUID" new-name-label=clone)
keep third
files_of "$clone"
ok 'a clone has both, of its own' kept third
ok 'and starts with them' starts "$clone"
template=$(vxe snapshot-clone uuid="$first" new-name-label=golden)
is 'a template of a snapshot shares its files' "$(captured nvram) $(captured tpm)" '2 2'
ok 'it becomes a VM' vxe template-param-set uuid="$template" is-a-template=false
files_of "$template"
ok 'which has both, of its own' kept first
[ -z "$LONG" ] || ok 'and starts with them' starts "$template"
installed=$(vxe vm-install template-uuid="$first" new-name-label=installed)
files_of "$installed"
ok 'a VM installed from the snapshot has both, of its own' kept first
[ -z "$LONG" ] || ok 'and starts with them' starts "$installed"
gone_tpm=$TPM
for vm in "$clone" "$template" "$installed"; do ok 'uninstall' vxe vm-uninstall uuid="$vm" force=true; done
not_ok 'the TPM state of a clone is gone' test -e "$gone_tpm"
NVRAM=$(nvram u) TPM=$(tpm "$UUID")
ok 'the original has its own' kept third
ok 'vxe check is clean' vxe check

# ---- archives ------------------------------------------------------------------------------------------

ok 'vm-export' vxe vm-export uuid="$UUID" filename=u.xva compress=zstd
imported=$(vxe vm-import filename=u.xva)
files_of "$imported"
ok 'an imported VM has both, of its own' kept third
[ -z "$LONG" ] || ok 'and starts with them' starts "$imported"
ok 'uninstall' vxe vm-uninstall uuid="$imported" force=true
not_ok 'the TPM state of it is gone' test -e "$TPM"
ok 'a snapshot goes out' vxe snapshot-export-to-template snapshot-uuid="$first" filename=first.xva
template=$(vxe vm-import filename=first.xva)
is 'the template has files of its own' "$(captured nvram) $(captured tpm)" '3 3'
ok 'it becomes a VM' vxe template-param-set uuid="$template" is-a-template=false
files_of "$template"
ok 'which has both' kept first
[ -z "$LONG" ] || ok 'and starts with them' starts "$template"
ok 'uninstall' vxe vm-uninstall uuid="$template" force=true
is 'the files of the template have gone' "$(captured nvram) $(captured tpm)" '2 2'
NVRAM=$(nvram u) TPM=$(tpm "$UUID")
ok 'the original has its own' kept third
ok 'vxe check is clean' vxe check

# ---- reset -----------------------------------------------------------------------------------------------

# marked: the byte that change() wrote is in the variables. The firmware itself leaves that place alone.
marked() { [ "$(dd if="$NVRAM" bs=1 skip=540000 count=1 status=none)" = r ]; }
off() { vxe vm-shutdown uuid="$UUID" force=true; }
change r
keep marked
ok 'the variables are marked' marked
ok 'snapshot' snapshot "$UUID" marked
marked=$SNAP
ok 'vm-start' vxe vm-start uuid="$UUID"
ok '... leaves them' marked
off
ok 'vm-start reset-nvram=true' vxe vm-start uuid="$UUID" reset-nvram=true
not_ok '... makes new ones' marked
is '... from the template' "$(stat -c %s "$NVRAM")" "$(stat -c %s nvram.marked)"
ok '... with which the firmware starts' wait_until 30 calm
ok '... it runs' runs
ok '... the TPM keeps its state' grep -q r <(dd if="$TPM" bs=1 skip=3000 count=1 status=none)
off
ok 'snapshot-revert start=running' vxe snapshot-revert uuid="$marked" start=running
ok '... brings the snapshot'"'"'s' marked
ok 'snapshot-revert start=paused reset-nvram=true' vxe snapshot-revert uuid="$marked" start=paused reset-nvram=true
not_ok '... makes new ones' marked
is '... it is paused' "$(virsh domstate u)" paused
ok '... the snapshot keeps its own' of_then "$(find "$HOST_IMAGES" -name '*.nvram' -newer nvram.marked)" "$NVRAM" nvram.marked
off
ok 'snapshot-revert' vxe snapshot-revert uuid="$marked"
ok '... still brings the snapshot'"'"'s' kept marked
exits 7 'reset-nvram=true without a start' vxe snapshot-revert uuid="$first" reset-nvram=true
like '... says what it needs' "$ERR" 'needs start='
ok '... and reverts nothing' kept marked
ok 'start' vxe vm-start uuid="$UUID"
ok 'virsh managedsave' virsh -q managedsave u
exits 7 'refused: reset-nvram=true of a saved VM' vxe vm-start uuid="$UUID" reset-nvram=true
like '... as its memory has them' "$ERR" 'saved memory'
ok '... it goes on' vxe vm-resume uuid="$UUID"
ok '... with its own' marked
point=$(vxe vm-checkpoint uuid="$UUID" new-name-label=point)
exits 7 'refused: reset-nvram=true of a checkpoint' vxe snapshot-revert uuid="$point" start=running reset-nvram=true
like '... as its memory has them' "$ERR" 'memory of this snapshot'
ok '... the guest runs on' runs
guest_disk_make b.qcow2 "$DISK_SIZE" && guest_install b.qcow2 && guest_define b - "$PWD/b.qcow2"
exits 7 'refused: a VM with a BIOS' vxe vm-start vm=b reset-nvram=true
like '... says so' "$ERR" 'no UEFI variables'
is '... is off' "$(virsh domstate b)" 'shut off'
snapshot "$(virsh domuuid b)" bios
exits 7 'refused: its snapshot' vxe snapshot-revert uuid="$SNAP" start=running reset-nvram=true
like '... says so' "$ERR" 'no UEFI variables'
is '... is off' "$(virsh domstate b)" 'shut off'
off
for snap in "$marked" "$point"; do ok 'uninstall' vxe snapshot-uninstall uuid="$snap" force=true; done
ok 'uninstall' vxe vm-uninstall vm=b force=true
ok 'vxe check is clean' vxe check

# ---- a VM that was destroyed --------------------------------------------------------------------------

ok 'destroy' vxe vm-destroy uuid="$UUID"
rm -rf "$NVRAM" "${SWTPM:?}/$UUID"
ok 'revert brings it back' vxe snapshot-revert uuid="$first"
ok 'with both' kept first
ok 'start' vxe vm-start uuid="$UUID"
ok 'libvirt and QEMU take them' wait_until 30 calm
ok 'it runs' runs

# ---- the end ------------------------------------------------------------------------------------------

ok 'destroy a snapshot' vxe snapshot-destroy uuid="$second"
is 'its files go' "$(captured nvram) $(captured tpm)" '1 1'
run vxe vm-uninstall uuid="$UUID" force=true
is 'uninstall' "$STATUS" 0
like 'it lists the file' "$OUT" 'remove: .*\.nvram '
is 'the snapshot'"'"'s files are gone' "$(captured nvram) $(captured tpm)" '0 0'
not_ok 'the UEFI variables are gone' test -e "$NVRAM"
not_ok 'the TPM state is gone' test -e "$SWTPM/$UUID"
ok 'vxe check is clean' vxe check
