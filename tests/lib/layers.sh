# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# The layers of the one disk of the guest web: as QEMU has them, as headers name them, as a start would find them.
# Sourced after e2e.sh.

running_layers() { virsh -q dumpxml web | sed -n "/<disk /,/<\/disk>/s/.*<source file='\([^']*\)'.*/\1/p"; }
next_layers() { layers_of "$(virsh -q domblklist web --inactive | awk '{ print $2 }')"; }
layers_of() {
  qemu-img info -U --backing-chain --output=json "$1" | jq -r '.[].filename'
}

# whole WHAT
whole() {
  is "$1: the headers name the layers that QEMU has" "$(layers_of "$(virsh -q domblklist web | awk '{ print $2 }')")" \
    "$(running_layers)"
  is '... and so does the definition' "$(next_layers)" "$(running_layers)"
}
