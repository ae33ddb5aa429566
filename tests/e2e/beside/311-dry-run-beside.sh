#!/bin/bash
# SPDX-License-Identifier: MIT
# Dry runs beside what other programs have done and no command has taken over yet: a dry run shows the plan for it, and
# writes nothing, neither records nor bits of files. Lists beside snapshots of virsh write nothing when nothing has changed.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

# blind ARG...: vxe with another text for the same libvirt, whose folders it does not know.
blind() { VXE_CONNECT="qemu:///$HOST_MODE?" vxe "$@"; }
# dry WHAT ARG...: the dry run passes and changes nothing.
dry() {
  local what=$1 before
  shift
  before=$(store_sum)
  ok "$what" "${DRY_BY-vxe}" "$@" --dry-run
  is '... nothing is written' "$(store_sum)" "$before"
}
# puts ARG...: how many records a command writes.
puts() { VXE_LOG=debug "$@" 2>&1 >/dev/null | grep -c 'store: put'; }

small_guest legacy 1
small_guest app 1
virsh -q snapshot-create-as legacy clean

# ---- a snapshot of virsh

plain vm-list >/dev/null
is 'a list writes nothing again' "$(puts vxe vm-list)" 0
is '... nor where libvirt has to be asked each time' "$(blind vm-list >/dev/null; puts blind vm-list)" 0
for DRY_BY in vxe blind; do
  dry 'a revert to it' snapshot-revert vm=legacy snapshot=clean
  like '... has a plan' "$OUT" 'revert'
  dry 'a start of another VM' vm-start vm=app
  dry 'a snapshot' vm-snapshot vm=legacy new-name-label=x
  dry 'an uninstall' vm-uninstall vm=app
  exits 3 'a name that there is not' "$DRY_BY" vm-start vm=ap --dry-run
done
unset DRY_BY

# ---- not taken over yet

virsh -q snapshot-create-as app later
dry 'a new snapshot of virsh' snapshot-revert vm=app snapshot=later
small_guest fresh 1
fresh=$UUID
dry 'a new VM' vm-snapshot vm=fresh new-name-label=x
like '... is in the plan' "$OUT" 'fresh-0.qcow2'
dry '... by its UUID' vm-start uuid="$fresh"
dry '... under a filter' vm-snapshot name-label:glob='fres*' new-name-label=x --multiple
virsh -q desc fresh --config changed
virsh -q setmaxmem fresh 96M --config
dry 'a changed definition' vm-memory-limits-set vm=fresh static-min=64MiB dynamic-min=64MiB dynamic-max=96MiB static-max=96MiB
virsh -q domrename app was-app
virsh -q domrename fresh app
dry 'a swap of names' vm-uninstall vm=app
is '... names the VM that virsh calls so' "$(sed -n 's/^VM : \([^ ]*\) (\(.*\))$/\1 \2/p' <<<"$OUT")" "$fresh app"
virsh -q undefine app
exits 3 'a VM that is gone' vxe vm-start vm=app --dry-run
isnt '... in a dry run alone' "$(puts vxe vm-list name-label=was-app)" 0

# ---- a layer of virsh

small_guest third 1
snapshot "$UUID" ours
below=$(source_of third vda)
virsh -q snapshot-create-as third e1 --disk-only --atomic --diskspec vda,file="$PWD/e1.qcow2"
mode=$(stat -c %a "$below")
dry 'a layer of virsh that nobody has seen' vm-snapshot vm=third new-name-label=x
like '... is in the plan' "$OUT" 'e1.qcow2'
is '... the file below, which vxe has made, keeps its mode' "$(stat -c %a "$below")" "$mode"
ok 'the command itself' vxe vm-snapshot vm=third new-name-label=x
isnt '... takes its write bits' "$(stat -c %a "$below")" "$mode"
ok 'vxe check is clean' vxe check
