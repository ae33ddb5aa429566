#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034,SC2154 # crash.sh uses and sets them
# vxe is killed at every failpoint of the operations on disks that no VM has. A guest runs all the time;
# what the disk holds is compared, and so are the guest's.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/crash.sh"

vdis() { plain vdi-list name-label=kill --minimal | tr , ' '; }

# What state() says of them; UUIDs differ from one run to the next.
others() {
  local vdi file
  plain vdi-list name-label=kill params=name-label,virtual-size | grep .
  for vdi in $(vdis); do
    file=$(plain vdi-param-get uuid="$vdi" param-name=sm-config param-key=file)
    echo "holds $(qemu-img convert -U -f qcow2 -O raw "$file" kill.raw && cksum <kill.raw)"
  done
}

# What a scenario made goes; there is a fresh disk, with NEW.
be() {
  local vdi
  be_running || return
  for vdi in $(vdis); do plain vdi-destroy uuid="$vdi" || return; done
  [ -z "$1" ] || plain "${CREATE[@]}" >/dev/null
}

# kill_op OPERATION NEW WORDS: at every point of it; NEW: there is a disk before.
kill_op() {
  local name=${1//-/_}
  eval "${name}_prepare() { be $2; }; ${name}_command() { eval 'CMD=($3)'; }; ${name}_reset() { :; }"
  points "$1" && crash_scenario "$name" "${POINTS[@]}"
}

crash_guest c
SR=$(plain pool-list params=default-SR --minimal)
head -c 1M /dev/urandom >import.raw
CREATE=(vdi-create sr-uuid="$SR" name-label=kill virtual-size=1MiB type=user)
kill_op vdi-create '' '"${CREATE[@]}"'
kill_op vdi-resize new 'vdi-resize uuid=$(vdis) disk-size=2MiB'
kill_op vdi-import new 'vdi-import uuid=$(vdis) filename=import.raw'
kill_op vdi-copy new 'vdi-copy uuid=$(vdis) sr-uuid=$SR'
kill_op vdi-destroy new 'vdi-destroy uuid=$(vdis)'
be ''
# shellcheck disable=SC2086 # words
crash_summary $KILLED_BY_38
