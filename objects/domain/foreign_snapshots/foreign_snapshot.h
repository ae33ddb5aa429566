/* SPDX-License-Identifier: MIT */
/*
 * Snapshots that libvirt keeps itself, in the operations that delete or hide them: as a step before the records
 * change, libvirt forgets the snapshot, or deletes an internal one from its image. If the operation is undone,
 * libvirt gets the snapshot's document back.
 */
#pragma once

#include "objects/classes/vm/vm.h"
#include "objects/classes/vm/vm_loaded.h"
#include "objects/engine/op.h"

/*
 * The snapshot in libvirt's list @found that belongs to the record @snapshot, borrowed; NULL: libvirt does not list
 * it.
 */
const struct hv_snapshot *kept_find(const struct hv_snapshots *found, const struct vm *snapshot);
/* The plan members of operations that make libvirt forget or delete snapshots. */
extern const struct plan_member kept_members[];
/*
 * If libvirt keeps the snapshot: plans that libvirt forgets it, or deletes its content if it is an internal one.
 * @whole: its VM is deleted with it. Fails with VXE_SNAPSHOT_HIDDEN(snapshot, file) when the VM no longer writes to
 * the image that holds the internal snapshot.
 */
int kept_plan(struct session *s, struct txn *t, const struct vm *snapshot, bool whole,
	struct plan *p, struct vxe_error *err) _must_check_;
/*
 * Plans for an operation that freezes layers of the VM that libvirt forgets the internal snapshots that it lists,
 * because a revert by libvirt would rewrite a layer. Their records are marked as hidden (VM_KEPT_HIDDEN), and
 * internal snapshots are no reason to refuse the freezing any more (plan.keeps_inside), unless one has no record.
 * @names gets the names of those that were not hidden before.
 */
int kept_plan_hide(struct session *s, struct txn *t, const struct vm_loaded *l, struct plan *p,
	struct strv *names, struct vxe_error *err) _must_check_;
/*
 * Plans for an operation that shares or freezes layers of the VM that libvirt forgets its external snapshots of the
 * VM, because when it deletes one or goes back to one, it merges and removes files that others need. Their records
 * are marked as hidden (VM_KEPT_APART). Looks for new snapshots first, so no transaction may be open. Does nothing if
 * @vm is NULL. @names gets the names of those that were not hidden before; NULL: not wanted.
 */
int kept_plan_apart(struct session *s, const char *vm, struct plan *p, struct strv *names,
	struct vxe_error *err) _must_check_;
/* Tells the user that libvirt does not list the snapshots @names now; says nothing if there are none. */
void kept_tell_apart(struct session *s, const struct strv *names);
/*
 * The names of the snapshots that libvirt lists and that kept_plan_hide() and kept_plan_apart() would make it forget
 * for the first time; changes nothing.
 */
int kept_would_hide(
	struct session *s, const char *vm, struct strv *names, struct vxe_error *err) _must_check_;
/*
 * Step that makes libvirt forget the snapshots that the plan names. Before that, libvirt gets the documents of hidden
 * snapshots back that are to be deleted, and deletes internal ones from their images; only kept_plan() plans deletions.
 * Afterwards the later snapshots are defined again as they were, because libvirt changes them when it forgets one; and
 * one becomes the current one (a libvirt that reverts to external snapshots needs one). Fails with VXE_TRY_AGAIN if
 * virsh has made a snapshot since the plan.
 */
int step_forget_kept(struct op *op, struct vxe_error *err);
/*
 * Undo of step_forget_kept(): libvirt gets the documents of its snapshots back; content that was deleted from an image
 * is lost.
 */
int step_put_back_kept(struct op *op, struct vxe_error *err);
/*
 * Reverts to an internal snapshot, as an operation of its own (kept-revert) in place of snapshot-revert's steps:
 * libvirt reverts the VM, with its memory if the snapshot has some; then the VM is running, paused or shut off, as it
 * was at the snapshot. It is one call of libvirt: if vxe dies meanwhile, libvirt goes on with it. Fails: VXE_SNAPSHOT_HIDDEN, VXE_MANAGED_SAVE and others.
 */
int kept_revert(struct session *s, const struct vm *snapshot, struct vxe_error *err) _must_check_;
/* Makes the snapshot the current one of its domain in libvirt, if libvirt keeps it. Never fails. */
void kept_is_current(struct session *s, const char *snapshot);
