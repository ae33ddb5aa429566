/* SPDX-License-Identifier: MIT */
/* Steps that make, grow and remove whole images. */
#pragma once

#include "objects/classes/storage/node.h"
#include "objects/classes/storage/sr.h"
#include "objects/engine/op.h"

extern const struct plan_member image_members[];
/*
 * Plans a new file for the plan's next disk: puts the node's record and the members for
 * step_make_image() into the plan. @source NULL: an empty image.
 */
struct image_plan {
	const struct sr *sr;
	const char *format; /* "qcow2" or "raw" */
	int64_t size;
	const char *source, *source_format;
	int fd; /* N of a source /proc/self/fd/N; -1: none */
};
/*
 * The node, which is in the plan, too; the caller owns it. Fails: SR_NOT_ATTACHED.
 */
int plan_image(struct session *s, struct plan *p, const struct image_plan *i, struct node **ret,
	struct vxe_error *err) _must_check_;
/*
 * Removes an image that the operation has made, and its draft. No record names it yet; but if somebody uses it
 * nevertheless, it stays: VXE_DEPENDENTS.
 */
int op_remove_image(struct op *op, const char *path, struct vxe_error *err) _must_check_;
int step_make_image(struct op *op, struct vxe_error *err);
int step_remove_image(struct op *op, struct vxe_error *err); /* its undo */
/* An undo that removes the plan's new images even if they were written to: nobody else uses them yet. */
int step_drop_images(struct op *op, struct vxe_error *err);
/*
 * Grows the plan's first disk to its virtual size: with qemu-img, or in the QEMU that has it open. That size is the commit
 * point, for which probe_grown() looks.
 */
int step_grow_image(struct op *op, struct vxe_error *err);
int probe_grown(struct op *op, struct vxe_error *err);
