# shellcheck shell=bash
# shellcheck disable=SC2034 # for tests
# SPDX-License-Identifier: MIT
# For tests of the state bits in headers: disks with lazy refcounts, whose QEMU is killed. Sourced after disks.sh.

# marks FILE: the low byte of the incompatible features; 1: dirty, 2: corrupt.
marks() { od -An -j79 -N1 -tu1 "$1" | tr -d ' '; }
# mark FILE OCTAL
mark() { printf "\\$2" | forced "$1" dd of="$1" bs=1 seek=79 conv=notrunc status=none; }
# killed FILE [PATTERN AT LENGTH]: a QEMU was killed that had written that to it.
killed() {
  (! forced "$1" qemu-io -f qcow2 -c "write -q -P ${2-5} ${3-8M} ${4-4M}" -c flush -c abort "$1" >/dev/null) 2>/dev/null
}
# reads PATTERN AT LENGTH FILE
reads() { ! qemu-io -r -U -f qcow2 -c "read -q -P $1 $2 $3" "$4" 2>&1 | grep .; }
leaf() { source_of "$1" vda; }
# later FILE: what the guest writes after killed().
later() { stamp "$1" 6 12M 4M; }
# is_whole FILE: what killed() and later() have written is there.
is_whole() {
  ok '... what was written before is there' reads 5 8M 4M "$1"
  ok '... and what was written later' reads 6 12M 4M "$1"
  ok '... the image is sound' qemu-img check -q -U -f qcow2 "$1"
}
# lazy_guest NAME: a halted guest on a disk with lazy refcounts. Sets UUID, DISK, F.
lazy_guest() {
  F=$PWD/$1.qcow2
  guest_disk_make "$F" 64M -o lazy_refcounts=on && guest_define "$1" - "$F" &&
    UUID=$(virsh domuuid "$1") && plain vm-list uuid="$UUID" >/dev/null && DISK=$(vdi_of "$UUID")
}
