#!/bin/bash
# SPDX-License-Identifier: MIT
# Chains on which libvirt starts no guest. How many layers that takes depends on its version: vxe makes no chain that is
# too long, check names one that others have made, and one command leads out, running or not.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/state.sh"

most=$(chain_most)
# libvirt of every version has a limit of 200 of its own.
case $most in 22) usual=20 never=27 ;; *) usual=40 never=201 ;; esac

# deepen NAME FROM TO: the disk of NAME is made of layers with these numbers.
deepen() {
  local i below=$1-0.qcow2
  [ "$2" = 2 ] || below=$1-at$(($2 - 1)).qcow2
  for ((i = $2; i <= $3; i++)); do
    qemu-img create -q -u -f qcow2 -F qcow2 -b "$below" "$1-at$i.qcow2" "$DISK_SIZE"
    below=$1-at$i.qcow2
  done
  guest_define "$1" "$(virsh domuuid "$1")" "$PWD/$below"
}
new_guest() {
  small_guest "$1" 1
  qemu-io -f qcow2 -c 'write -q -P 7 2M 64k' "$1-0.qcow2" >/dev/null
}
# keeps NAME: the disk has what was written to its lowest layer.
keeps() { qemu-io -r -U -f qcow2 -c 'read -P 7 2M 64k' "$(source_of "$1" vda)" | grep -q 'read 65536'; }

# ---- vxe makes none

new_guest web
web=$UUID
deepen web 2 "$usual"
vxe vm-list >/dev/null
leaf=$(vdi_of "$web")
sr=$(plain vdi-param-get uuid="$leaf" param-name=sr-uuid)
note_everything
fails SR_BACKEND_FAILURE_109 1 "$usual layers; other-config:max-chain-depth of the SR $sr allows $usual" \
  'a snapshot of as many layers as usual' vxe vm-snapshot uuid="$web" new-name-label=x
unchanged 'nothing has changed'
for bad in 200 $((most + 1)) many; do
  fails INVALID_VALUE 2 "other-config:max-chain-depth.*from 1 to $most" "a limit of '$bad'" \
    vxe sr-param-set uuid="$sr" other-config:max-chain-depth="$bad"
done
vxe sr-param-set uuid="$sr" other-config:max-chain-depth="$most"
ok 'the limit may be the most that libvirt bears' vxe vm-snapshot uuid="$web" new-name-label=one
ok '... another key beside it' vxe sr-param-set uuid="$sr" other-config:folder=/a

# ---- a running guest

new_guest live
live=$UUID
deepen live 2 "$most"
ok 'a guest starts on the most' guest_start live
virsh -q snapshot-create-as live a --disk-only --no-metadata
virsh -q snapshot-create-as live b --disk-only --no-metadata
vxe vm-list >/dev/null
disk=$(vdi_of "$live")
run vxe check
like 'check names a disk on more' "$OUT" "VDI $disk.*it has $((most + 2)) layers, libvirt [0-9.]* starts a guest on $most at most: 'vxe vdi-flatten uuid=$disk'"
files=$(images | sort)
for command in vm-suspend 'vm-reboot force=true' 'vm-snapshot new-name-label=x'; do
  # shellcheck disable=SC2086 # words
  fails SR_BACKEND_FAILURE_109 1 "$((most + 2)) layers; .*disk $disk" "${command%% *}" vxe $command uuid="$live"
done
is 'the guest runs on' "$(guest_state live)" running
is '... and no file is left' "$(images | sort)" "$files"
ok 'vdi-flatten leads out, beside the guest' vxe vdi-flatten uuid="$disk"
ok '... it runs on' guest_counts live
ok '... with its content' keeps live
ok '... and restarts' vxe vm-reboot uuid="$live" force=true
run vxe check
unlike 'check is content with it' "$OUT" "$disk"

# ---- a guest that does not start any more

new_guest off
off=$UUID
deepen off 2 $never
vxe vm-list >/dev/null
disk=$(vdi_of "$off")
fails SR_BACKEND_FAILURE_109 1 "$never layers; libvirt [0-9.]* starts a guest on $most at most, and says: .*; disk $disk" \
  'a start says that it is the layers' vxe vm-start uuid="$off"
like '... and names the command' "$ERR" "vxe vdi-flatten uuid=DISK"
ok 'vdi-flatten leads out' vxe vdi-flatten uuid="$disk"
ok '... with the content' keeps off
ok '... and the guest starts' vxe vm-start uuid="$off"
ok '... and counts' guest_counts off
