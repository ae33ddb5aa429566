#!/bin/bash
# SPDX-License-Identifier: MIT
# What --dry-run says is what is done: the files that are made and removed, the records and the definitions that change, of
# commands whose files depend on what comes before or after them.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/dry.sh"

says() { like "... the plan says $1" "$PLAN" "$1"; }
leaf() { source_of "$1" vda; }

small_guest web 1
web=$UUID
snapshot "$web" s1 && S1=$SNAP
stamp "$(leaf web)" 2
snapshot "$web" s2
stamp "$(leaf web)" 3

# ---- a revert that keeps the present state --------------------------------------------------------

does 'snapshot-revert keep=true' snapshot-revert uuid="$S1" keep=true
says 'first: a snapshot of the present state'
says 'remove: the overlays of the first operation'
does 'snapshot-revert' snapshot-revert uuid="$S1"
guest_start web
does 'snapshot-revert keep=true of a running VM' snapshot-revert uuid="$S1" keep=true
guest_start web
vxe vm-suspend uuid="$web"
does 'snapshot-revert keep=true of a suspended VM' snapshot-revert uuid="$S1" keep=true

# ---- flatten, merges ------------------------------------------------------------------------------

stamp "$(leaf web)" 4
disk=$(vdi_of "$web")
old=$(leaf web)
does 'vdi-flatten' vdi-flatten uuid="$disk"
says "remove: $old "
snapshot "$web" s3
guest_start web
old=$(leaf web)
does 'vdi-flatten of a running VM' vdi-flatten uuid="$disk"
says "remove: $old "
vxe vm-pause uuid="$web"
does 'vm-unpause' vm-unpause uuid="$web"
virsh -q destroy web
does 'vm-copy' vm-copy uuid="$web" new-name-label=copy
copy=$OUT
does 'vm-clone' vm-clone uuid="$copy" new-name-label=clone
clone=$OUT

# ---- what is uninstalled --------------------------------------------------------------------------

snapshot "$copy" s4
snapshot "$copy" s5
guest_start copy
does 'snapshot-uninstall under a running guest' snapshot-uninstall uuid="$SNAP" force=true
snapshot "$copy" s6
does 'vm-uninstall of a running VM' vm-uninstall uuid="$copy" force=true
does 'vm-uninstall of its clone' vm-uninstall uuid="$clone" force=true

small_guest two 1
two=$UUID
vxe vm-clone uuid="$two" new-name-label=three >/dev/null
three=$(plain vm-list name-label=three --minimal)
snapshot "$three" s7
does 'vm-uninstall of two VMs on one file, with snapshots' vm-uninstall uuid="$three" force=true
vxe vm-clone uuid="$two" new-name-label=twin >/dev/null
vxe vm-clone uuid="$two" new-name-label=twin >/dev/null
does 'vm-uninstall of several' vm-uninstall name-label=twin --multiple force=true
does 'snapshot-uninstall with children' snapshot-uninstall uuid="$S1" children=true force=true
small_guest many 1
many=$UUID
snapshot "$many" m1 && M1=$SNAP
for i in 2 3; do
  stamp "$(leaf many)" $i
  snapshot "$many" m$i
done
does 'snapshot-uninstall of the children' snapshot-uninstall uuid="$M1" children=only force=true
guest_start many
snapshot "$many" m4
vxe vm-suspend uuid="$many"
does 'vm-shutdown of a suspended VM' vm-shutdown uuid="$many" --force
does 'vm-uninstall with its snapshots' vm-uninstall uuid="$many" force=true
ok 'check is clean' vxe check
