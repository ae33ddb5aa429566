/* SPDX-License-Identifier: MIT */
/*
 * Snapshots that libvirt keeps itself, in the operations that end or hide them: libvirt forgets the snapshot, or deletes what it
 * holds inside an image, as a step before the records go. If the operation is undone, libvirt gets its document back.
 */
#pragma once

#include "objects/classes/vm/vm.h"
#include "objects/classes/vm/vm_loaded.h"
#include "objects/engine/op.h"

/* The recorded snapshot in libvirt's list, borrowed; NULL: libvirt does not list it. */
const struct hv_snapshot *kept_find(const struct hv_snapshots *found, const struct vm *snapshot);
/* The plan members of operations that have these steps. */
extern const struct plan_member kept_members[];
/*
 * Adds the snapshot to the plan, if libvirt keeps it. The content of an internal one is deleted, too. @whole: its VM ends
 * with it. VXE_SNAPSHOT_HIDDEN(snapshot, file) when the VM no longer writes to the image that holds it.
 */
int kept_plan(struct session *s, struct txn *t, const struct vm *snapshot, bool whole,
	struct plan *p, struct vxe_error *err) _must_check_;
/*
 * For an operation that freezes layers of the VM: libvirt forgets the internal snapshots that it lists, because a revert
 * by libvirt would rewrite a layer. Their records become hidden (VM_KEPT_HIDDEN), and internal snapshots are no reason to
 * refuse the freezing any more (plan.keeps_inside), unless one has no record. @names gets those that have not been hidden before.
 */
int kept_plan_hide(struct session *s, struct txn *t, const struct vm_loaded *l, struct plan *p,
	struct strv *names, struct vxe_error *err) _must_check_;
/*
 * For an operation that shares or freezes layers of the VM: libvirt forgets its external snapshots of the VM, because when it
 * deletes one or goes back to one, it merges and removes files that others need. Their records become hidden (VM_KEPT_APART).
 * Looks for new ones first, so no transaction may be open. @vm NULL: nothing; @names as above, NULL: not wanted.
 */
int kept_plan_apart(struct session *s, const char *vm, struct plan *p, struct strv *names,
	struct vxe_error *err) _must_check_;
/* Tells the user that libvirt does not list these snapshots now; says nothing if there are none. */
void kept_tell_apart(struct session *s, const struct strv *names);
/* The names of the snapshots that such an operation would hide and that are not hidden yet; changes nothing. */
int kept_would_hide(
	struct session *s, const char *vm, struct strv *names, struct vxe_error *err) _must_check_;
/* Has libvirt forget the snapshots that the plan names, or delete what they hold inside images. */
int step_forget_kept(struct op *op, struct vxe_error *err);
int step_put_back_kept(struct op *op,
	struct vxe_error
		*err); /* the undo of step_forget_kept(): libvirt gets the documents back */
/*
 * snapshot-revert to an internal snapshot: libvirt does it, with the memory if the snapshot has some; then the VM runs,
 * is paused or off, as it was then. One call of libvirt's: if vxe dies meanwhile, libvirt goes on with it. Fails:
 * VXE_SNAPSHOT_HIDDEN, VXE_MANAGED_SAVE and others.
 */
int kept_revert(struct session *s, const struct vm *snapshot, struct vxe_error *err) _must_check_;
/* Tells libvirt that the VM is based on the snapshot now, if libvirt keeps that snapshot. Never fails. */
void kept_is_current(struct session *s, const char *snapshot);
