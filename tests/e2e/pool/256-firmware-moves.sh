#!/bin/bash
# SPDX-License-Identifier: MIT
# UEFI variables and TPM state of a guest that goes to another host, running and halted: the bytes of the last host are those
# of the next one, whatever lies there of an earlier time.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/migration.sh"
uefi_is_there() { compgen -G '/usr/share/qemu/firmware/*edk2-x86_64*.json' && [ -e /usr/share/OVMF ]; }
tpm_is_there() { command -v swtpm && command -v swtpm_setup; }
requires uefi_is_there 'package ovmf is needed'
requires tpm_is_there 'packages swtpm and swtpm-tools are needed'

migration_ready || exit
# In the folders of each host.
if [ "$HOST_MODE" = system ]; then
  STATE=/var/lib/libvirt SWTPM=/var/lib/libvirt/swtpm
else
  STATE=$XDG_CONFIG_HOME/libvirt SWTPM=$XDG_CONFIG_HOME/libvirt/qemu/swtpm
fi
cat >"$HOSTS_DIR/shared/firmware.sh" <<'END'
cd /mnt/own
calm() {
  before=$(sha256sum "$NVRAM" "$TPM" 2>&1) && sleep 2 && [ "$before" = "$(sha256sum "$NVRAM" "$TPM" 2>&1)" ] &&
    [ -s "$NVRAM" ] && [ -s "$TPM" ]
}
# Bytes in an unused place near the end of each.
mark() {
  printf '%s' "$1" | dd of="$NVRAM" bs=1 seek=540000 conv=notrunc status=none &&
    printf '%s' "$1" | dd of="$TPM" bs=1 seek=3000 conv=notrunc status=none
}
marks() { for f in "$NVRAM:540000" "$TPM:3000"; do dd if="${f%:*}" bs=1 skip="${f#*:}" count="$1" status=none; echo; done; }
keep() { cp "$NVRAM" "/mnt/sr/nvram.$1" && cp "$TPM" "/mnt/sr/tpm.$1"; }
kept() { cmp "$NVRAM" "/mnt/sr/nvram.$1" && cmp "$TPM" "/mnt/sr/tpm.$1"; }
old_tpm() { mkdir -p "${TPM%/*}" && cp "/mnt/sr/tpm.$1" "$TPM" && chown -R --reference="$(dirname "${TPM%/*}")" "${TPM%/*}"; }
"$@"
END
files() { on "$1" env NVRAM="$NVRAM" TPM="$TPM" bash /mnt/sr/firmware.sh "${@:2}"; }

on 1 guest_disks u 1 /mnt/sr/images >/dev/null
on 1 eval 'mkdir -p "$HOST_DIR/s" && GUEST_EXTRA="<tpm model=\"tpm-crb\"><backend type=\"emulator\" version=\"2.0\"/></tpm>" \
  guest_xml u - /mnt/sr/images/u-0.qcow2 | sed "s#<os>#<os firmware=\"efi\">#; s#machine=.pc.#machine=\"q35\"#" >u.xml &&
  virsh -q define u.xml'
U=$(on 1 plain vm-list name-label=u --minimal)
NVRAM=$STATE/qemu/nvram/u_VARS.fd TPM=$SWTPM/$U/tpm2/tpm2-00.permall
ok 'a guest with UEFI and a TPM' on 1 vxe vm-start vm=u
ok '... has both' wait_until 60 files 1 calm
ok '... stops' on 1 vxe vm-shutdown vm=u --force

# goes FROM TO MARK: halted, its files get the mark; it starts, and goes on TO, running.
goes() {
  ok "h$1: the files change" files "$1" mark "$3"
  ok '... it starts' on "$1" vxe vm-start vm=u
  ok '... and has read them' wait_until 60 files "$1" calm
  is '... the mark is there' "$(files "$1" marks ${#3})" "$3
$3"
  files "$1" keep "$3"
  ok "... it goes to h$2" on "$1" vxe vm-migrate vm=u host="h$2"
  is '... the mark is there' "$(files "$2" marks ${#3})" "$3
$3"
  ok '... and the UEFI variables that it left' files "$1" cp "$NVRAM" /mnt/sr/left
  diag "note all bytes: $(files "$2" cmp "$NVRAM" /mnt/sr/left 2>&1) $(files "$2" kept "$3" 2>&1)"
  is '... its TPM state has left' "$(files "$1" ls "$TPM" 2>/dev/null)" ''
  ok '... it ends' on "$2" vxe vm-shutdown vm=u --force
  is '... and leaves the bytes' "$(files "$2" marks ${#3})" "$3
$3"
}

goes 1 2 first-mark
ok 'of an earlier time: UEFI variables' files 1 test -s "$NVRAM"
files 1 old_tpm first-mark
goes 2 1 second-one

# ---- halted ------------------------------------------------------------------------------------------------

files 1 mark third-time
files 1 keep third-time
ok 'it starts on h2' on 1 vxe vm-start vm=u on=h2
is '... with the bytes of h1' "$(files 2 marks 10)" 'third-time
third-time'
ok '... is at home there' on 2 vxe vm-shutdown vm=u --force
files 2 mark fourth-one
ok 'it starts on h1' on 2 vxe vm-start vm=u on=h1
is '... with those of h2' "$(files 1 marks 10)" 'fourth-one
fourth-one'
ok 'it goes' on 1 vxe vm-migrate vm=u host=h2
is '... with its files' "$(files 2 marks 10)" 'fourth-one
fourth-one'
for i in 1 2; do ok "h$i: vxe check is clean" on $i vxe check; done
database_end
