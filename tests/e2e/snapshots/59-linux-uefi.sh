#!/bin/bash
# shellcheck disable=SC2034 # LINUX_*, for the library
# SPDX-License-Identifier: MIT
# A real Linux with UEFI and a TPM: a revert restores, and a clone copies, the data that the guest itself writes to the
# firmware's variables and to the TPM's permanent memory.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/linux.sh"

uefi_is_there() { compgen -G '/usr/share/qemu/firmware/*edk2-x86_64*.json' && [ -e /usr/share/OVMF ]; }
tpm_is_there() { command -v swtpm && command -v swtpm_setup; }
requires linux_is_there 'the Linux guest is not built: make deps'
requires uefi_is_there 'package ovmf is needed'
requires tpm_is_there 'packages swtpm and swtpm-tools are needed'

# For secure boot only a loader is signed, not Debian's kernel.
LINUX_MACHINE=q35 LINUX_OS="firmware='efi'" LINUX_CMDLINE=quiet
LINUX_FIRMWARE="<firmware><feature enabled='no' name='secure-boot'/></firmware>"
LINUX_EXTRA="<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>"

GUID=8be4df61-93ca-11d2-aa0d-00e0980300ff
VARS=/sys/firmware/efi/efivars
# is_up NAME [LINE]: booted since then; its agent answers.
is_up() {
  wait_until "$LINUX_WAIT" linux_said "$1" '^UP ' "${2-1}" && wait_until 60 agent_answers "$1" ||
    { linux_log "$1" | tail -n 20; false; }
}
# A variable is four bytes of attributes, and its value.
set_variable() { inside "$1" "printf '\\\\007\\\\000\\\\000\\\\000$3' >$VARS/$2-$GUID"; }
variable() { inside "$1" "tail -c +5 $VARS/$2-$GUID"; }
tpm() { inside "$1" "load tpm-$2"; }

ok 'a Linux guest with UEFI and a TPM' linux_make u
UUID=$(virsh domuuid u)
ok 'start' vxe vm-start uuid="$UUID"
ok 'it boots' is_up u
ok 'it sets a variable' set_variable u VxeOne first
ok 'it writes to its TPM' tpm u 'write 11'
is 'the variable is there' "$(variable u VxeOne)" first
is 'so is the number' "$(tpm u read)" 11
ok 'snapshot' snapshot "$UUID" first
ok 'it sets another' set_variable u VxeTwo second
ok 'and another number' tpm u 'write 22'
is 'both are there' "$(variable u VxeOne) $(variable u VxeTwo) $(tpm u read)" 'first second 22'
golden=$(vxe snapshot-clone uuid="$SNAP" new-name-label=golden) || result 1 'a template of the snapshot'
installed=$(vxe vm-install template-uuid="$golden" new-name-label=i) || result 1 'a VM of the template'
clone=$(vxe vm-clone uuid="$installed" new-name-label=c) || result 1 'a clone of the VM'

# The clone, which is the third copy, and the reverted guest boot at the same time.
line=$(($(linux_lines u) + 1))
ok 'revert' vxe snapshot-revert uuid="$SNAP"
ok 'start' vxe vm-start uuid="$UUID"
ok 'the clone starts' vxe vm-start uuid="$clone"
# has_the_first WHAT NAME
has_the_first() {
  is "$1: the first variable is as it was" "$(variable "$2" VxeOne)" first
  not_ok "$1: the second is not there" inside "$2" "test -e $VARS/VxeTwo-$GUID"
  is "$1: the TPM has the number from then" "$(tpm "$2" read)" 11
}
ok 'it boots' is_up u "$line"
has_the_first 'reverted' u
ok 'the clone boots' is_up c
has_the_first 'the clone' c
ok 'the clone sets a variable' set_variable c VxeFour fourth
ok '... and a number' tpm c 'write 44'
not_ok 'the other has no such variable' inside u "test -e $VARS/VxeFour-$GUID"
is '... and its own number' "$(tpm u read)" 11
ok 'the firmware takes new ones' set_variable u VxeThree third
ok 'vxe check is clean' vxe check
ok 'uninstall of the clone' vxe vm-uninstall uuid="$clone" force=true
ok '... of the VM' vxe vm-uninstall uuid="$installed" force=true
ok '... of the template' vxe template-uninstall template-uuid="$golden" force=true
