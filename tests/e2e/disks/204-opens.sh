#!/bin/bash
# SPDX-License-Identifier: MIT
# A command opens each image once, and asks all that it wants to know of that file: seen by strace. The programs of QEMU that
# a command starts open it themselves, and are not counted.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

# The images that vxe itself opened during the command: number and name. What is only looked at, as libvirt sees it, is not open.
opened() {
  awk '/execve\(.*"[^"]*qemu-/ { child[$1] = 1 } !($1 in child) && / open(at2?)?\(/ && !/O_PATH/' trace |
    grep -oE '"[^"]*\.(qcow2|img)"' | sed 's|.*/||; s/"//g' | sort | uniq -c
}
# once NAME COMMAND...
once() {
  local what=$1
  shift
  ok "$what" strace -f -o trace -e trace=open,openat,openat2,execve "$VXE_PLAIN" "$@"
  is "... which opens no image twice" "$(opened | awk '$1 > 1')" ''
  ok '... and opens some' test -n "$(opened)"
}

small_guest web 1
once 'vm-snapshot, halted' vm-snapshot uuid="$UUID" new-name-label=a
A=$("$VXE" snapshot-list name-label=a --minimal)
once 'vm-snapshot, the second' vm-snapshot uuid="$UUID" new-name-label=b
B=$("$VXE" snapshot-list name-label=b --minimal)
is 'the guest is on the second layer' "$(qemu-img info -U "$(source_of web vda)" --backing-chain | grep -c '^image:')" 3
once 'snapshot-revert' snapshot-revert uuid="$A"
ok 'a third snapshot' vxe vm-snapshot uuid="$UUID" new-name-label=c
once 'snapshot-uninstall, which removes' snapshot-uninstall uuid="$B" force=true
once 'snapshot-uninstall, which merges' snapshot-uninstall uuid="$A" force=true
once 'vm-export' vm-export uuid="$UUID" filename=x.xva
once 'vdi-flatten' vdi-flatten uuid="$(vdi_of "$UUID")"
guest_start web
once 'vm-snapshot, running' vm-snapshot uuid="$UUID" new-name-label=d
once 'snapshot-revert, running' snapshot-revert uuid="$("$VXE" snapshot-list name-label=d --minimal)"
exits 0 'check is clean' "$VXE" check
