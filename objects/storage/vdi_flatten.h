/* SPDX-License-Identifier: MIT */
/* vdi-flatten: makes a disk independent of its layers. */
#pragma once

#include "objects/session/session.h"

struct vdi_flatten_args {
	/* UUID of the VDI whose layer becomes the disk's backing file; NULL: the disk gets no backing file */
	const char *base;
	int64_t speed; /* speed limit in bytes per second; 0: none */
};
/*
 * Gives a disk, also one of a running VM, a file of its own without a backing file, or with the layer of the VDI
 * args->base as its backing file. The disk's content stays. Then merges and removes the layers that nobody needs any
 * more. Does nothing if the disk is already like that. Fails: OPERATION_NOT_ALLOWED (the disk does not lie on that
 * base), VDI_IN_USE (the disk's VM is suspended, or several VMs run with it), SR_BACKEND_FAILURE_44,
 * VXE_INTERNAL_SNAPSHOTS, TASK_CANCELLED.
 */
int vdi_flatten(struct session *s, const char *uuid, const struct vdi_flatten_args *args,
	struct vxe_error *err) _must_check_;
