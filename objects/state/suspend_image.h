/* SPDX-License-Identifier: MIT */
/*
 * Suspend images: the memory of a guest, as a VDI of type suspend over a node of kind memory. The
 * node is frozen as soon as it is complete; several VDIs may name it (a checkpoint's, and that of
 * the VM that was reverted to it).
 */
#pragma once

#include "objects/classes/storage/sr.h"
#include "objects/classes/vm/vm_loaded.h"
#include "objects/engine/op.h"

/*
 * Plans a new image for the running VM: records, and its path as extra "memory-path" (its node is
 * extra "memory", its VDI extra "image"). Fails: VM_NO_SUSPEND_SR, SR_SUSPEND_SPACE_INSUFFICIENT,
 * SR_NOT_ATTACHED.
 */
int image_plan(struct session *s, struct txn *t, const struct vm_loaded *l, bool snapshot,
	struct plan *p, struct vxe_error *err) _must_check_;
/* The same records and extras for an image that comes from elsewhere, in that SR. */
void image_plan_records(const struct sr *sr, bool snapshot, struct plan *p);
/* Devices whose state no image can hold: VM_HAS_PCI_ATTACHED, VM_NON_SUSPENDABLE. */
int image_check_devices(const struct vm_loaded *l, struct vxe_error *err) _must_check_;
/* Another name for the memory that @of holds: a VDI that is put into the plan; *ret: its UUID. */
void image_plan_copy(const struct vdi *of, bool snapshot, struct plan *p, char **ret);
/* The file of the VM's image: complete, or SUSPEND_IMAGE_NOT_ACCESSIBLE, VM_HAS_NO_SUSPEND_VDI. */
int image_find(struct txn *t, const struct vm *vm, char **path, struct vxe_error *err) _must_check_;

/* 1: the planned image is complete. */
int image_is_complete(struct op *op, struct vxe_error *err) _must_check_;
/* Takes its write bits, syncs it, and notes its size in the result. */
int image_seal(struct op *op, struct vxe_error *err) _must_check_;
/* Undo: the file goes. */
int image_drop(struct op *op, struct vxe_error *err) _must_check_;
/* A full file system, said by libvirt in words, becomes SR_SUSPEND_SPACE_INSUFFICIENT. */
void image_explain(struct op *op, struct vxe_error *err);
