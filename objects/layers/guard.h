/* SPDX-License-Identifier: MIT */
/*
 * Guard overlays. While a VM is Suspended its disks are frozen, and its definition names an empty
 * overlay on each: whoever starts it beside vxe writes there, so the memory image always fits the
 * disks that it was taken with. A resume goes on in the guards, so one that is still empty proves
 * that the image has not run. A guard is no VDI's content: only the VBD names it.
 */
#pragma once

#include "objects/classes/vm/vm_loaded.h"
#include "objects/engine/op.h"

#define GUARD_WAYS_OUT                                                                             \
	"either 'vm-resume discard-changes=true', which drops what was written since the VM was "  \
	"suspended, or 'vm-shutdown --force', which keeps that and drops the memory image"

/*
 * VXE_DISK_CHANGED, with both ways out, when a Suspended VM runs or one of its guards is not as it
 * was made. Other VMs pass.
 */
int guards_check(const struct vm_loaded *l, struct vxe_error *err) _must_check_;
/* True when something was written to the file, or it is not the @size that it was made with. */
int guard_is_touched(const char *path, int64_t size, bool *ret, struct vxe_error *err) _must_check_;

/*
 * A new guard on the disk, which is frozen: the plan's disk (target, vdi, vbd, old_*, new_*), the
 * guard's record and the VBD's name for it.
 */
int guard_plan(struct session *s, struct txn *t, const struct vm_disk *d, struct plan *p,
	struct vxe_error *err) _must_check_;
/* The same on @base, for the VDI and VBD; @disk is the plan's, @ret the guard's record. */
int guard_plan_on(struct session *s, struct txn *t, const struct vdi *vdi, const struct node *base,
	struct plan *p, struct plan_disk *disk, struct node **ret,
	struct vxe_error *err) _must_check_;

/* The plan's disks are the VM's, from the frozen layers to the guards that there are. */
int guards_plan_disks(struct txn *t, const struct vm_loaded *l, struct plan *p,
	struct vxe_error *err) _must_check_;
/*
 * Result: the disks go on in their guards, which are ordinary layers then; the image is dropped and
 * the VM no longer Suspended. By the plan's disks and its extra "vm", "image", "memory".
 */
void guards_release(struct plan *p);
/*
 * Notes in the plan what guards_release() needs, and in @released (may be NULL) the layers and the
 * image that become free.
 */
int guards_note(struct txn *t, const struct vm_loaded *l, struct plan *p, struct strv *released,
	struct vxe_error *err) _must_check_;

/* ---- libvirt's autostart: off while Suspended ------------------------------------------------- */

/*
 * Notes what it is now and what it shall be: extra "autostart-before", "autostart-after".
 */
int autostart_plan(
	struct session *s, struct plan *p, bool after, struct vxe_error *err) _must_check_;
/* The same for a domain that is made; of a Suspended VM *later says what it shall be one day. */
void autostart_plan_new(const struct vm *vm, struct plan *p, bool *later);
/* Steps; without such a note they do nothing, nor without a domain. */
int step_autostart(struct op *op, struct vxe_error *err);
int step_autostart_before(struct op *op, struct vxe_error *err); /* its undo */
