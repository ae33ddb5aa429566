/* SPDX-License-Identifier: MIT */
/* vbd-create. */
#pragma once

#include "objects/session/session.h"

struct vbd_new {
	/* UUIDs of VM and VDI, and the position; vdi is NULL for an empty drive */
	const char *vm, *device, *vdi;
	bool bootable, unpluggable;
	int mode, type; /* enum vbd_mode, vbd_type */
	bool owner;
};
int vbd_create(struct session *s, const struct vbd_new *args, char **ret,
	struct vxe_error *err) _must_check_;
int vbd_destroy(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
