#!/bin/bash
# SPDX-License-Identifier: MIT
# A header that does not say the format of its backing file: QEMU would look into that file, where a guest can have
# written a header that names any file of the host. No command reads, copies or merges such a chain.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/ways.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

SECRET='the key of the host'
# keeps_secret WHAT FILE...: none of the files holds it.
keeps_secret() { is "$1" "$(LC_ALL=C grep -lF -- "$SECRET" "${@:2}" 2>/dev/null)" ''; }
# no_format FILE: the header extension with the format gets a type that nobody knows.
no_format() {
  local at
  at=$(LC_ALL=C grep -obUaP '\xe2\x79\x2a\xca' "$1" | head -n 1 | cut -d: -f1) &&
    printf '\x12\x34\x56\x78' | forced "$1" dd of="$1" bs=1 seek="$at" conv=notrunc status=none
}
# evil_base FILE: a raw disk, in which a guest has written a header that names the host's file.
evil_base() {
  qemu-img create -q -f qcow2 -F raw -b "$PWD/secret" evil.qcow2 4M &&
    cp evil.qcow2 "$1" && truncate -s 4M "$1"
}
# evil_guest NAME: a halted guest on NAME.qcow2, whose base is NAME.raw. Sets UUID, TOP, DISK.
evil_guest() {
  evil_base "$1.raw"
  TOP=$PWD/$1.qcow2
  qemu-img create -q -f qcow2 -F raw -b "$1.raw" "$TOP" 4M && no_format "$TOP" &&
    guest_define "$1" - "$TOP" && UUID=$(virsh domuuid "$1") && plain vm-list uuid="$UUID" >/dev/null &&
    DISK=$(vdi_of "$UUID")
}
# refuses WHAT CMD...: it names the file, its base and what to do.
refuses() {
  not_ok "$1 is refused" "${@:2}"
  like '... the file is named' "$ERR" "$TOP"
  like '... its base, too' "$ERR" "$(basename "${TOP%.qcow2}.raw")"
  like '... and the way out' "$ERR" 'qemu-img rebase -u'
  keeps_secret '... nothing has the secret' out.* "$HOST_IMAGES"/*.qcow2
  rm -f out.*
}


yes "$SECRET" | head -c 4M >secret
SR=''
evil_guest web
SR=$(plain vdi-param-get uuid="$DISK" param-name=sr-uuid)
qemu-img convert -f qcow2 -O raw "$TOP" seen.raw
is 'QEMU alone reads it' "$(head -c ${#SECRET} seen.raw)" "$SECRET"
rm seen.raw
ok 'vxe check runs' eval 'vxe check >check.txt; true'
like 'vxe check names the header' "$(cat check.txt)" "web.qcow2: its header does not say the format of its backing file"

# ---- all that reads, or builds on it --------------------------------------------------------------

for format in raw qcow2 vhd; do
  refuses "vdi-export to $format" vxe vdi-export uuid="$DISK" filename=out.$format format=$format
done
refuses 'vm-export' vxe vm-export uuid="$UUID" filename=out.xva
refuses 'vm-copy' vxe vm-copy uuid="$UUID" new-name-label=copy
refuses 'vm-clone' vxe vm-clone uuid="$UUID" new-name-label=clone
refuses 'vdi-copy' vxe vdi-copy uuid="$DISK" sr-uuid="$SR"
refuses 'vdi-flatten' vxe vdi-flatten uuid="$DISK"
refuses 'vdi-resize' vxe vdi-resize uuid="$DISK" disk-size=8MiB
refuses 'vm-snapshot' vxe vm-snapshot uuid="$UUID" new-name-label=s
refuses 'vdi-snapshot' vxe vdi-snapshot uuid="$DISK"
refuses 'vdi-clone' vxe vdi-clone uuid="$DISK"
is 'the VM still has its disk' "$(source_of web vda)" "$TOP"

# ---- the way out of the message -------------------------------------------------------------------

wrong VXE_FORMAT_MISSING 'vdi-export once more' vdi-export uuid="$DISK" filename=out.raw format=raw
leads VXE_FORMAT_MISSING 1
again VXE_FORMAT_MISSING vxe vdi-export uuid="$DISK" filename=out.raw format=raw
ok '... as the guest sees it' cmp out.raw web.raw
keeps_secret '... without the secret' out.raw
rm -f out.*
ok 'snapshot' snapshot "$UUID" s
ok 'check is clean' vxe check

# ---- a snapshot whose layer has lost the format ---------------------------------------------------

LEAF=$(source_of web vda)
stamp "$LEAF" 7 2M
cp --preserve=all "$TOP" good.qcow2
no_format "$TOP" && touch -r good.qcow2 "$TOP"
FROZEN=$(vdi_of "$SNAP")
refuses 'vdi-export of the snapshot' vxe vdi-export uuid="$FROZEN" filename=out.raw format=raw
refuses 'snapshot-export-to-template' vxe snapshot-export-to-template snapshot-uuid="$SNAP" filename=out.xva
refuses 'snapshot-copy' vxe snapshot-copy uuid="$SNAP" new-name-label=copy
refuses 'snapshot-clone' vxe snapshot-clone uuid="$SNAP" new-name-label=clone
refuses 'snapshot-revert' vxe snapshot-revert snapshot-uuid="$SNAP"
refuses 'vdi-flatten of the leaf' vxe vdi-flatten uuid="$DISK"
refuses 'vm-export' vxe vm-export uuid="$UUID" filename=out.xva
ok 'the snapshot goes' vxe snapshot-uninstall uuid="$SNAP" force=true
is '... its layer is not merged' "$(source_of web vda)" "$LEAF"
is '... no byte of the leaf is in it' "$(cmp "$TOP" good.qcow2 | wc -l)" 1
run vxe sr-coalesce sr-uuid="$SR"
like '... and it is said why' "$OUT$ERR" 'does not say the format of its backing file'
run vxe check
like '... by check, too' "$OUT" 'web.qcow2: its header does not say the format of its backing file'
