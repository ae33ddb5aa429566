/* SPDX-License-Identifier: MIT */
/* vdi-flatten: makes a disk independent of its layers. */
#pragma once

#include "objects/session/session.h"

struct vdi_flatten_args {
	const char *base; /* UUID of a VDI on whose layer the disk is to lie; NULL: on none */
	int64_t speed;	  /* speed limit in bytes per second; 0: none */
};
/*
 * Gives the disk, also a running VM's, a file of its own without a backing file, or with the layer of the VDI
 * base as its backing file. Its content stays. Then merges and removes the layers that nobody needs any more.
 * Does nothing to a disk that is so already. Fails: OPERATION_NOT_ALLOWED (it does not lie on @base), VDI_IN_USE
 * (its VM is suspended, several VMs run with it), SR_BACKEND_FAILURE_44, VXE_INTERNAL_SNAPSHOTS, TASK_CANCELLED.
 */
int vdi_flatten(struct session *s, const char *uuid, const struct vdi_flatten_args *args,
	struct vxe_error *err) _must_check_;
