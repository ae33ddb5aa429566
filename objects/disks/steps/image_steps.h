/* SPDX-License-Identifier: MIT */
/* Steps that make, grow and remove whole images. */
#pragma once

#include "objects/disks/disks.h"

extern const struct plan_member image_members[];
/*
 * Removes an image that the operation has made, or its unfinished temporary file. No record names the image yet; but
 * if somebody uses it nevertheless, it stays: VXE_DEPENDENTS.
 */
int op_remove_image(struct op *op, const char *path, struct vxe_error *err) _must_check_;
int step_make_image(struct op *op, struct vxe_error *err);
int step_remove_image(struct op *op, struct vxe_error *err); /* the undo of step_make_image() */
/*
 * Undo of an operation: removes the plan's new images even if they were written to, because nobody else uses them
 * yet.
 */
int step_drop_images(struct op *op, struct vxe_error *err);
/*
 * Grows the plan's first disk to its new virtual size: with qemu-img, or in the QEMU that has it open. The grown
 * image is the commit point, which probe_grown() looks for.
 */
int step_grow_image(struct op *op, struct vxe_error *err);
int probe_grown(struct op *op, struct vxe_error *err);
