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
 * Plans a new memory image for the running VM: its records, the plan members "memory-path" (its file), "memory" (its
 * node) and "image" (its VDI), and the disk space that it needs. Fails: VM_NO_SUSPEND_SR, SR_NOT_ATTACHED.
 */
int image_plan(struct session *s, struct txn *t, const struct vm_loaded *l, bool snapshot,
	struct plan *p, struct vxe_error *err) _must_check_;
/*
 * Plans a new memory image as image_plan() does, but in the SR @sr, with @bytes bytes whose content comes from
 * elsewhere.
 */
void image_plan_records(const struct sr *sr, int64_t bytes, bool snapshot, struct plan *p);
/* Fails with VM_HAS_PCI_ATTACHED or VM_NON_SUSPENDABLE if the VM has a device whose state cannot be saved. */
int image_check_devices(const struct vm_loaded *l, struct vxe_error *err) _must_check_;
/* Plans another VDI for the memory image that the VDI @of names; *ret is the new VDI's UUID. */
void image_plan_copy(const struct vdi *of, bool snapshot, struct plan *p, char **ret);
/*
 * *path: the file with the VM's saved memory, which must be complete. Fails: SUSPEND_IMAGE_NOT_ACCESSIBLE,
 * VM_HAS_NO_SUSPEND_VDI.
 */
int image_find(struct session *s, struct txn *t, const struct vm *vm, char **path,
	struct vxe_error *err) _must_check_;

/* Makes a file of @bytes bytes, all holes, for a memory image whose content comes from elsewhere. */
int memory_make(struct op *op, const char *path, int64_t bytes, struct vxe_error *err) _must_check_;
/* Puts the XML of another domain into a memory image that nobody uses yet. Fails: VXE_IMAGE_FAILED. */
int memory_bind(
	struct op *op, const char *path, const char *xml, struct vxe_error *err) _must_check_;

/* Returns 1 if the memory image that the plan names is complete. */
int image_is_complete(struct op *op, struct vxe_error *err) _must_check_;
/*
 * Finishes a new memory image: corrects its header (memory_image_correct()), takes its write bits, syncs it, and puts
 * its size into the plan's result.
 */
int image_seal(struct op *op, struct vxe_error *err) _must_check_;
/* Undo of a step that saves a VM's memory: removes the file. */
int image_drop(struct op *op, struct vxe_error *err) _must_check_;
/* How the hypervisor saves or restores the memory in this plan: bits of enum hv_how. */
unsigned image_how(const struct op *op);
/*
 * Turns libvirt's messages about the file system of a memory image into errors: SR_SUSPEND_SPACE_INSUFFICIENT if it
 * is full, VXE_IMAGE_FAILED if it cannot bypass the cache.
 */
void image_explain(struct op *op, struct vxe_error *err);
