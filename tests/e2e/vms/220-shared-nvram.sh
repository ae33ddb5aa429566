#!/bin/bash
# SPDX-License-Identifier: MIT
# Two domains on one file of UEFI variables: no command on one of them removes or replaces it under the other, in
# whatever way the other one names it.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

VARS=/usr/share/OVMF/OVMF_VARS_4M.fd CODE=/usr/share/OVMF/OVMF_CODE_4M.fd
ovmf_is_there() { [ -e $VARS ] && [ -e $CODE ]; }
requires ovmf_is_there 'package ovmf is needed'

# The folder in which libvirt chooses a place for them; private to the host in either mode.
NVRAM_DIR=/var/lib/libvirt/qemu/nvram
[ "$HOST_MODE" = system ] || NVRAM_DIR=$XDG_CONFIG_HOME/libvirt/qemu/nvram
mkdir -p "$NVRAM_DIR"

# uefi_define NAME [NVRAM]: without a file libvirt chooses the place. GUEST_MIB as in guest.sh.
uefi_define() {
  local nvram=${2:+"<nvram>$2</nvram>"}
  [ -e "$1.qcow2" ] || { guest_disk_make "$1.qcow2" "$DISK_SIZE" && guest_install "$1.qcow2"; } || return
  guest_xml "$1" "${UUID_OF[$1]--}" "$PWD/$1.qcow2" |
    sed "s#machine='pc'#machine='q35'#; s#hvm</type>#&<loader readonly='yes' type='pflash'>$CODE</loader>$nvram#" \
      >"$1.xml" && virsh -q define "$1.xml" >/dev/null && UUID_OF[$1]=$(virsh domuuid "$1")
}
declare -A UUID_OF
mkdir -p "$HOST_DIR/s" && chmod 1777 "$HOST_DIR/s"
# Changes a byte in an unused place.
change() { printf '%s' "$1" | dd of="$NVRAM" bs=1 seek=530000 conv=notrunc status=none; }

NVRAM=$PWD/shared.fd
cp $VARS "$NVRAM" && chmod 0666 "$NVRAM"
ln -s "$NVRAM" link.fd
ok 'two domains on one file, one by a link' eval 'uefi_define da "$NVRAM" && uefi_define db "$PWD/link.fd"'
change a && cp "$NVRAM" then
ok 'a snapshot of the first' snapshot "${UUID_OF[da]}" then
snap=$SNAP
change b && cp "$NVRAM" now

exits 1 'vxe check' vxe check
like '... names the file and the other one' "$OUT" "VM ${UUID_OF[da]}.*its UEFI variables are in $NVRAM, which the domain db uses, too"
like '... of each' "$OUT" "VM ${UUID_OF[db]}.*its UEFI variables are in $PWD/link.fd, which the domain da uses, too"

# ---- revert ------------------------------------------------------------------------------------------

refuses() {
  exits 7 "$1" vxe snapshot-revert uuid="$snap"
  like '... names the file and its user' "$ERR" "$NVRAM.*domain ${UUID_OF[db]} \\(db\\)"
  like '... and the way out' "$ERR" 'virsh edit'
  ok '... the file stays' cmp "$NVRAM" now
}
refuses 'no revert replaces the other one'"'"'s variables'
ok 'the other one runs' virsh -q start --paused db
refuses 'no revert while it runs'
exits 7 'nor does a start reset them' vxe vm-start uuid="${UUID_OF[da]}" reset-nvram=true
like '... names the user' "$ERR" "domain ${UUID_OF[db]} \\(db\\)"
ok '... the file stays' cmp "$NVRAM" now
wrong VXE_FIRMWARE_SHARED 'the way out is named' snapshot-revert uuid="$snap"
leads VXE_FIRMWARE_SHARED 2 SNAPSHOT="$snap"
like '... says that the file stays' "$ERR" "$NVRAM.*stays"
ok '... it does' cmp "$NVRAM" now
is '... the other one runs on' "$(virsh domstate db)" paused
ok 'it stops' virsh -q destroy db
cp "$NVRAM" own.fd && chmod 0666 own.fd
ok '... a copy for the other one' uefi_define db "$PWD/own.fd"
again VXE_FIRMWARE_SHARED vxe snapshot-revert uuid="$snap"
ok '... brings the file back' cmp "$NVRAM" then
cp now "$NVRAM"
uefi_define db "$PWD/link.fd"

# ---- uninstall ---------------------------------------------------------------------------------------

ok 'uninstall of the first' vxe vm-uninstall uuid="${UUID_OF[da]}" force=true
like '... says that the file stays' "$OUT" "kept: $NVRAM \\(used by domain ${UUID_OF[db]} \\(db\\)\\)"
ok '... it does' cmp "$NVRAM" now
ok '... the other one starts with it' virsh -q start --paused db
ok 'it stops' virsh -q destroy db
ok 'vxe check is clean' vxe check

# ---- a file that no definition names: libvirt chooses it by the name --------------------------------------

NVRAM=$NVRAM_DIR/dc_VARS.fd
ok 'a domain whose file libvirt chooses' uefi_define dc
cp $VARS "$NVRAM"
unset 'UUID_OF[da]'
ok 'another names it' uefi_define da "$NVRAM"
change c && cp "$NVRAM" now
ok 'uninstall of that' vxe vm-uninstall uuid="${UUID_OF[da]}" force=true
like '... says that the file stays' "$OUT" "kept: $NVRAM \\(used by domain ${UUID_OF[dc]} \\(dc\\)\\)"
ok '... it does' cmp "$NVRAM" now
ok 'uninstall of its owner' vxe vm-uninstall uuid="${UUID_OF[dc]}" force=true
like '... lists it' "$OUT" "remove: $NVRAM \\(UEFI variables\\)"
not_ok '... it goes' test -e "$NVRAM"

# ---- a new VM is given no file that somebody will use ------------------------------------------------------

ok 'a definition names a file that is not there yet' uefi_define dc "$NVRAM_DIR/copy_VARS.fd"
clone=$(vxe vm-clone uuid="${UUID_OF[db]}" new-name-label=copy)
unlike 'a clone gets another one' "$(virsh dumpxml "$clone")" "$NVRAM_DIR/copy_VARS.fd<"
ok 'uninstall' vxe vm-uninstall uuid="$clone" force=true

# A killed clone had made its file; libvirt, or somebody, has taken it for a domain since.
NVRAM=$PWD/late_VARS.fd
VXE_FAILPOINT=vm-clone:capture-files:after=die plain vm-clone uuid="${UUID_OF[db]}" new-name-label=late >/dev/null 2>&1
ok 'a killed clone leaves a file' test -e "$NVRAM"
ok 'a domain takes it' uefi_define dd "$NVRAM"
change d && cp "$NVRAM" now
ok 'recovery' vxe check
like '... says that the file stays' "$ERR" "$NVRAM stays, because domain ${UUID_OF[dd]} \(dd\) uses it"
ok '... it does' cmp "$NVRAM" now
ok 'uninstall' vxe vm-uninstall uuid="${UUID_OF[dd]}" force=true
not_ok '... takes it along' test -e "$NVRAM"
ok 'uninstall' vxe vm-uninstall uuid="${UUID_OF[dc]}" force=true
ok 'uninstall' vxe vm-uninstall uuid="${UUID_OF[db]}" force=true
not_ok 'the last user takes the file along' test -e "$PWD/link.fd"
ok 'vxe check is clean' vxe check
