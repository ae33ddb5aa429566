# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# For tests of what virsh and qemu-img do without vxe. Sourced after disks.sh.

# keep KEY FILE: keeps what the image holds.
keep() { qemu-img convert -U -f qcow2 -O raw "$2" "$1.then"; }
# holds KEY FILE: the image holds that, byte by byte.
holds() { qemu-img convert -U -f qcow2 -O raw "$2" "$1.now" && cmp "$1.now" "$1.then"; }
# external NAME SNAPSHOT: virsh puts the guest NAME on new layers, NAME-0.SNAPSHOT ...
external() { virsh -q snapshot-create-as "$1" "$2" --disk-only --atomic; }
# two_layers NAME: a halted guest with an external snapshot s, whose content is kept as NAME. The guest has 22 on its layer.
two_layers() { small_guest "$1" 1 && stamp "$1-0.qcow2" 21 && keep "$1" "$1-0.qcow2" && external "$1" s && stamp "$1-0.s" 22; }
# writes NAME: the guest goes on, until it has written to its disks.
writes() {
  local from
  guest_counts "$1" && from=$(guest_counter "$1") && wait_until 20 is_beyond "$1" $((from + 4 * GUEST_STEP))
}
is_beyond() { [ "$(guest_counter "$1")" -gt "$2" ]; }
names() { virsh -q snapshot-list "$1" --name | grep . | sort | paste -sd' '; }
memory() { virsh dumpxml --inactive "$1" | sed -n 's/.*<memory [^>]*>\(.*\)<.*/\1/p'; }
off() { virsh -q destroy "$1"; }
gone() { [ ! -e "$1" ]; }
# qemu_says NAME WHAT REGEX: why the start that has just failed did. libvirt does not always read it before QEMU has ended.
qemu_says() {
  local logs=/var/log/libvirt/qemu
  [ "$HOST_MODE" = system ] || logs=$XDG_CACHE_HOME/libvirt/qemu/log
  like "$2" "$ERR$(tail -n 4 "$logs/$1.log")" "$3"
}
