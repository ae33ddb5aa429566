/* SPDX-License-Identifier: MIT */
/* vdi-merge: merges layers of a disk on request, also such as vxe did not make. */
#pragma once

#include "objects/session/session.h"

struct vdi_merge_args {
	/* A VDI of the layer, or the path of its file. NULL: the lowest layer, and the disk's own. */
	const char *base, *top;
	int64_t speed; /* speed limit in bytes per second; 0: none */
};
/*
 * The content of the layers from @top down goes into the layer @base, and their files go, whoever made them; what a
 * guest or a snapshot reads stays the same. Each layer is a merge of its own: after a failure in between those below it
 * are merged, and the rest is as before. With a base or a top, all of it or nothing begins; without both, as much as
 * can be merged, and ui.notice names the layers that stay. Does nothing to a disk without layers.
 *
 * Fails: VXE_LAYER_STAYS(file, reason), VXE_DEPENDENTS(file, user), OPERATION_NOT_ALLOWED (no such base or top),
 * SR_BACKEND_FAILURE_44, VDI_NOT_MANAGED, TASK_CANCELLED.
 */
int vdi_merge(struct session *s, const char *uuid, const struct vdi_merge_args *args,
	struct vxe_error *err) _must_check_;
