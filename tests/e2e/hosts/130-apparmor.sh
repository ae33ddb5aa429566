#!/bin/bash
# SPDX-License-Identifier: MIT
# Where AppArmor is on, libvirt's virt-aa-helper lists the files that a guest's QEMU may open. Each file that vxe makes
# below a guest's disks is permitted: the upper one for writing, those below for reading, and nothing else of vxe's. The
# list is only printed here, so no kernel with AppArmor is needed.
. "$TESTS/lib/e2e.sh"

HELPER=/usr/lib/libvirt/virt-aa-helper
[ -x $HELPER ] || skip_all "no virt-aa-helper"
guest_make web 2
guest_start web
first=$(vxe vm-snapshot vm=web new-name-label=first)
vxe vm-snapshot vm=web new-name-label=second >/dev/null
uuid=$(virsh domuuid web)

# list [FLAG...]: the rules for the domain as it is now
list() {
  virsh dumpxml web | "$HELPER" --dryrun --replace --uuid "libvirt-$uuid" "$@" 2>&1
}
# chain DISK: its files, the upper one first
chain() { qemu-img info -U --backing-chain "$(virsh -q domblklist web | awk -v d="$1" '$1 == d { print $2 }')" | sed -n 's/^image: //p'; }
# permitted WHAT: the files of both disks are in the list, and no other qcow2
permitted() {
  local disk file mode rules want=''
  rules=$(list) || { ok "$1: a list" false && return; }
  for disk in vda vdb; do
    mode=rwk
    for file in $(chain $disk); do
      want+="\"$file\" $mode,"$'\n'
      mode=rk
    done
  done
  is "$1" "$(sed -n 's/^ *\("[^"]*\.qcow2" r.*\)/\1/p' <<<"$rules" | sort)" "$(sort <<<"${want%$'\n'}")"
}

is 'three files are in a chain' "$(chain vda | wc -l)" 3
permitted 'a guest on overlays'
vxe snapshot-uninstall uuid="$first" --force
is 'two files, after a merge under the running guest' "$(chain vda | wc -l)" 2
permitted '... are permitted'
ok 'a checkpoint' vxe vm-checkpoint vm=web new-name-label=memory
permitted 'the guest after it'
ok 'a revert' vxe snapshot-revert snapshot-uuid="$(vxe snapshot-list name-label=memory --minimal)"
ok '... to its memory' vxe vm-resume vm=web
permitted 'the guest from memory'

# With what libvirt adds before a merge under the running guest. (Its "deny ... w" of the same file stays in the list:
# docs/packages.md.)
layer=$(chain vda | tail -n 1)
is 'a merge may write to the lower layer' "$(list -f "$layer" | grep -cF "\"$layer\" rwk,")" 1
