#!/bin/bash
# SPDX-License-Identifier: MIT
# Somebody's incremental backups (virsh checkpoint-create, backup-begin) beside vxe: whatever vxe does between a checkpoint
# and the next increment, libvirt refuses the increment, or it has every byte that was written since.
# limit 3600
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"

on() { guest_on "$@"; }
off() { guest_off "$@"; }
put() { guest_put "$@"; }
gone() { snapshot_gone "$@"; }

# ---- acts: on the domain $1, which is $UUID -----------------------------------------------------------

disk() { vdi_of "$UUID"; }
runs() { virsh -q resume "$1" && guest_counts "$1"; }

act_nothing() { :; }
act_flatten() { vxe vdi-flatten uuid="$(disk)"; }
act_flatten_base() { vxe vdi-flatten uuid="$(disk)" base="$(vdi_of "$S1")"; }
act_flatten_off() { off "$1" && act_flatten && on "$1"; }
act_merge_top() { gone "$S2"; }
act_merge_middle() { gone "$S1"; }
act_merge_both() { gone "$S1" && gone "$S2"; }
act_merge_middle_off() { off "$1" && gone "$S1" && on "$1"; }
act_merge_both_off() { off "$1" && gone "$S2" && gone "$S1" && on "$1"; }
act_merge_flatten() { gone "$S1" && act_flatten; }
act_restart_flatten() { off "$1" && on "$1" && act_flatten; }
act_snapshot() { snapshot "$UUID" s3; }
act_snapshot_off() { off "$1" && snapshot "$UUID" s3 && on "$1" && put "$1" 20 2560k; }
act_snapshot_off_gone() { act_snapshot_off "$1" && gone "$SNAP"; }
act_snapshot_off_gone_off() { act_snapshot_off "$1" && off "$1" && gone "$SNAP" && on "$1"; }
act_snapshot_off_flatten() { act_snapshot_off "$1" && act_flatten; }
act_snapshot_off_middle() { act_snapshot_off "$1" && gone "$S2"; }
act_snapshot_off_all() { act_snapshot_off "$1" && gone "$S1" && gone "$S2" && gone "$SNAP"; }
act_revert() { vxe snapshot-revert snapshot-uuid="$S2" && on "$1" && put "$1" 21 2560k; }
act_revert_merged() { act_revert "$1" && gone "$S2" && gone "$S1"; }
act_revert_merged_off() { act_revert "$1" && off "$1" && gone "$S2" && gone "$S1" && on "$1"; }
act_revert_flatten() { act_revert "$1" && act_flatten; }
act_suspend() { runs "$1" && vxe vm-suspend uuid="$UUID" && vxe vm-resume uuid="$UUID"; }
act_suspend_shutdown() { runs "$1" && vxe vm-suspend uuid="$UUID" && vxe vm-shutdown uuid="$UUID" force=true && on "$1"; }
act_checkpoint() { runs "$1" && MEMORY=$(vxe vm-checkpoint uuid="$UUID" new-name-label=memory) && put "$1" 22 2560k; }
act_checkpoint_revert() { act_checkpoint "$1" && vxe snapshot-revert snapshot-uuid="$MEMORY" && vxe vm-resume uuid="$UUID"; }
act_checkpoint_revert_gone() { act_checkpoint_revert "$1" && gone "$MEMORY"; }
act_clone_off() { off "$1" && vxe vm-clone uuid="$UUID" new-name-label="$1-2" && on "$1"; }
act_copy_off() { off "$1" && vxe vm-copy uuid="$UUID" new-name-label="$1-2" && on "$1"; }
act_export() { vxe vm-export uuid="$UUID" filename="$1.xva" live=true; }
act_import_disk() { off "$1" && truncate -s 4M in.raw && vxe vdi-import uuid="$(disk)" filename=in.raw format=raw && on "$1"; }
act_resize() { off "$1" && vxe vdi-resize uuid="$(disk)" disk-size=8MiB && on "$1" && put "$1" 23 6M; }
act_resize_merge() { act_resize "$1" && gone "$S2" && gone "$S1"; }
act_resize_merge_off() { act_resize "$1" && off "$1" && gone "$S2" && gone "$S1" && on "$1"; }
act_resize_flatten() { act_resize "$1" && act_flatten; }
act_template() {
  off "$1" && vxe vm-param-set uuid="$UUID" is-a-template=true &&
    vxe template-param-set uuid="$UUID" is-a-template=false && on "$1"
}
act_vdi_snapshot() { vxe vdi-snapshot uuid="$(disk)"; }
act_vdi_snapshot_off() { off "$1" && vxe vdi-snapshot uuid="$(disk)" && on "$1"; }
act_vdi_clone_off() { off "$1" && vxe vdi-clone uuid="$(disk)" && on "$1"; }

# ---- the walk ----------------------------------------------------------------------------------------

# walk ACT [END]: END: refused or right; which, is said, if it is not given.
walk() {
  local end=wrong
  backup_begin "$1" && run "act_$1" "$1" && [ "$STATUS" = 0 ] && put "$1" 13 3584k
  result $? "$1 is done" || show_run
  rm -f backup.err
  backup_next "$1" >cmp.out 2>&1
  case $? in 0) end=right ;; 2) end=refused ;; *) diag "$(cat cmp.out)" ;; esac
  like "... the next increment is right or refused: $end" "$end" "^${2-(right|refused)}\$"
  virsh -q checkpoint-delete "$1" c1 --metadata >/dev/null 2>&1
  off "$1"
}

walk flatten refused
like '... for this reason' "$(cat backup.err)" "missing or broken bitmap 'c1'"
like '... and vxe has said so' "$ERR" 'incremental backups.*must be a full one'

# The program begins again, with a checkpoint of the same name.
backup_begin again
ok 'a disk is flattened' act_flatten again
ok 'the checkpoint can be deleted' virsh -q checkpoint-delete again c1
ok '... and made again' virsh -q checkpoint-create-as again c1
qemu-img convert -U -f qcow2 -O raw "$(source_of again vda)" out/full.raw
put again 6 2M
ok 'the next increment is right' backup_next again

# A domain with a checkpoint goes: libvirt forgets the checkpoint, and the dry run says so.
off again
goes='^lost: .*checkpoints c1 of domain .*a full one'
for act in vm-destroy 'vm-uninstall force=true' 'vm-param-set is-a-template=true'; do
  # shellcheck disable=SC2086 # words
  ok "the dry run of $act" vxe $act uuid="$UUID" --dry-run
  is '... names what is lost' "$(grep -c "$goes" <<<"$OUT$ERR")" 1
done
ok 'a VM with a checkpoint becomes a template' vxe vm-param-set uuid="$UUID" is-a-template=true
ok '... and a VM' vxe template-param-set uuid="$UUID" is-a-template=false
is '... of which libvirt has no checkpoint' "$(virsh -q checkpoint-list again --name | xargs)" ''
ok '... the dry run loses none' vxe vm-destroy uuid="$UUID" --dry-run
unlike '... and so says nothing' "$OUT$ERR" 'checkpoints'
ok '... check is clean' vxe check
on again
virsh -q checkpoint-delete again c1 --metadata 2>/dev/null
virsh -q checkpoint-create-as again c2 >/dev/null
off again
ok 'a VM with a checkpoint is uninstalled' vxe vm-uninstall uuid="$UUID" force=true
is '... libvirt has no such domain' "$(virsh -q list --all --name | grep -c '^again$')" 0

[ -z "$LONG" ] || walk flatten_base refused
[ -z "$LONG" ] || walk resize_flatten refused
[ -z "$LONG" ] || walk nothing right
for f in $([ -z "$LONG" ] || declare -F | sed -n 's/^declare -f act_//p' | grep -vx 'flatten\|flatten_base\|resize_flatten\|nothing'); do
  walk "$f"
done
