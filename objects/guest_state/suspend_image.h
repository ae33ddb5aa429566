/* SPDX-License-Identifier: MIT */
/*
 * Suspend images: the memory of a guest, as a VDI of type suspend with a node of kind memory. The
 * node is frozen as soon as it is complete; several VDIs may name it (a checkpoint's, and that of
 * the VM reverted to the checkpoint).
 */
#pragma once

#include "objects/classes/storage/sr.h"
#include "objects/classes/vm/vm_loaded.h"
#include "objects/engine/op.h"

/*
 * Plans a new image for the running VM: its records, and the members "memory-path" (its file),
 * "memory" (its node) and "image" (its VDI), and asks for its space.
 * Fails: VM_NO_SUSPEND_SR, SR_NOT_ATTACHED.
 */
int image_plan(struct session *s, struct txn *t, const struct vm_loaded *l, bool snapshot,
	struct plan *p, struct vxe_error *err) _must_check_;
/* Plans the same in that SR, for an image of @bytes from another source. */
void image_plan_records(const struct sr *sr, int64_t bytes, bool snapshot, struct plan *p);
/* Refuses devices whose state cannot be saved: VM_HAS_PCI_ATTACHED, VM_NON_SUSPENDABLE. */
int image_check_devices(const struct vm_loaded *l, struct vxe_error *err) _must_check_;
/* Plans another VDI for the memory of @of; *ret: its UUID. */
void image_plan_copy(const struct vdi *of, bool snapshot, struct plan *p, char **ret);
/*
 * The file of the VM's image, which must be complete; SUSPEND_IMAGE_NOT_ACCESSIBLE,
 * VM_HAS_NO_SUSPEND_VDI.
 */
int image_find(struct session *s, struct txn *t, const struct vm *vm, char **path,
	struct vxe_error *err) _must_check_;

/* Makes an empty file for an image that comes from another source. */
int memory_make(struct op *op, const char *path, int64_t bytes, struct vxe_error *err) _must_check_;
/* Gives such an image, which nobody uses yet, the XML of another domain. VXE_IMAGE_FAILED. */
int memory_bind(
	struct op *op, const char *path, const char *xml, struct vxe_error *err) _must_check_;

/* 1: the planned image is complete. */
int image_is_complete(struct op *op, struct vxe_error *err) _must_check_;
/* Removes the image's write bits, syncs it, and records its size in the result. */
int image_seal(struct op *op, struct vxe_error *err) _must_check_;
/* Undo: removes the file. */
int image_drop(struct op *op, struct vxe_error *err) _must_check_;
/* enum hv_how for the memory of the plan. */
unsigned image_how(const struct op *op);
/*
 * Turns libvirt's messages about the file system into errors: SR_SUSPEND_SPACE_INSUFFICIENT when it
 * is full; VXE_IMAGE_FAILED when it cannot bypass the cache.
 */
void image_explain(struct op *op, struct vxe_error *err);
