/* SPDX-License-Identifier: MIT */
/*
 * Guard overlays. While a VM is Suspended its disks are frozen, and its definition names an empty overlay (guard) on
 * each. If somebody starts the domain without vxe, the guest writes to the overlays, so the memory image always fits
 * the frozen disks. A resumed VM goes on with the guards as its disks, so an empty guard proves that the memory image
 * has not been resumed. A guard is not the content of any VDI: only the VBD names it.
 */
#pragma once

#include "objects/classes/vm/vm_loaded.h"
#include "objects/engine/op.h"

/*
 * What leads out of it if a guard of a Suspended VM was written to (@touched), or is not the file of the disk @disk
 * (may be NULL) of its definition: two ways, of which the user chooses one. If both are true, the guest has gone on
 * with a file above the guard, which is the newest, and only the way that keeps this is named.
 */
const char *guard_ways_out(
	const struct session *s, const char *guard, const struct spec_disk *disk, bool touched);
/*
 * Fails with VXE_DISK_CHANGED if a Suspended VM runs, or if one of its guard overlays, which keep its disks as they
 * were, was written to; the error names guard_ways_out(). Does nothing for VMs that are not Suspended.
 */
int guards_check(struct session *s, const struct vm_loaded *l, struct vxe_error *err) _must_check_;
/* *ret: the guard overlay was written to, or has another size than it was made with (@size). */
int guard_is_touched(
	struct content *c, int64_t size, bool *ret, struct vxe_error *err) _must_check_;

/*
 * Plans a new guard overlay on a frozen disk: in the plan's disk (target, vdi, vbd, old_*, new_*), with a record for
 * the overlay, and with its UUID in the VBD.
 */
int guard_plan(struct session *s, struct txn *t, const struct vm_disk *d, struct plan *p,
	struct vxe_error *err) _must_check_;
/*
 * Plans a new guard overlay for the VDI @vdi on the layer @base, and fills in the plan's @disk; *ret is the record of
 * the overlay.
 */
int guard_plan_on(struct session *s, struct txn *t, const struct vdi *vdi, const struct node *base,
	struct plan *p, struct plan_disk *disk, struct node **ret,
	struct vxe_error *err) _must_check_;

/* Adds the disks of a VM to the plan: each moves from its frozen layer to the guard overlay on that. */
int guards_plan_disks(struct txn *t, const struct vm_loaded *l, struct plan *p,
	struct vxe_error *err) _must_check_;
/* The plan members of all operations that save or restore a VM's memory. */
extern const struct plan_member memory_members[];
/*
 * Plans the result of a resume: the guard overlays become ordinary layers of the disks, the memory image is dropped,
 * and the VM is no longer Suspended. Uses the plan's disks and its members "vm", "image", "memory".
 */
void guards_release(struct plan *p);
/*
 * Stores in the plan what guards_release() needs; @released (may be NULL) gets the layers and the memory image that
 * nothing names afterwards.
 */
int guards_note(struct txn *t, const struct vm_loaded *l, struct plan *p, struct strv *released,
	struct vxe_error *err) _must_check_;
