/* SPDX-License-Identifier: MIT */
/* vdi-merge: merges layers of a disk on request, also such as vxe did not make. */
#pragma once

#include "objects/session/session.h"

struct vdi_merge_args {
	/*
	 * Each names a layer, by the UUID of one of its VDIs or by the path of its file. NULL: the lowest layer as
	 * base, the disk's own layer as top.
	 */
	const char *base, *top;
	int64_t speed; /* speed limit in bytes per second; 0: none */
};
/*
 * Merges the layers of a disk from args->top down into the layer args->base and removes their files, whoever made them;
 * what a guest or a snapshot reads stays the same. Each layer is merged by an operation of its own: after a failure in
 * between, the layers below the failed one are merged, and the rest is as before. With a base or a top, nothing begins
 * unless all of it can be merged; without both, as much as possible is merged, and ui.notice names the layers that
 * stay. Does nothing to a disk without layers below it.
 *
 * Fails: VXE_LAYER_STAYS(file, reason), VXE_DEPENDENTS(file, user), OPERATION_NOT_ALLOWED (no such base or top),
 * SR_BACKEND_FAILURE_44, VDI_NOT_MANAGED, TASK_CANCELLED.
 */
int vdi_merge(struct session *s, const char *uuid, const struct vdi_merge_args *args,
	struct vxe_error *err) _must_check_;
