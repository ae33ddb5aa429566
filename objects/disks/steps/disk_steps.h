/* SPDX-License-Identifier: MIT */
/* The step functions that make overlays and freeze files; disks.h says what each does. */
#pragma once

#include "objects/engine/op.h"

int step_make_overlays(struct op *op, struct vxe_error *err);
int step_remove_overlays(
	struct op *op, struct vxe_error *err); /* the undo of step_make_overlays() */
/*
 * Has QEMU close an image that libvirt gave to the domain's QEMU before libvirt died, if no disk uses the image.
 * Returns 1: QEMU has closed it; 0: somebody uses it.
 */
int op_close_unused(struct op *op, const char *path, struct vxe_error *err) _must_check_;
int step_freeze(struct op *op, struct vxe_error *err);
int step_thaw(struct op *op, struct vxe_error *err); /* the undo of step_freeze() */
int step_freeze_halted(struct op *op, struct vxe_error *err);
int step_freeze_with_below(struct op *op, struct vxe_error *err);
