/* SPDX-License-Identifier: MIT */
/* Snapshots and clones of one disk. */
#pragma once

#include "objects/session/session.h"

/* vdi-snapshot: makes a read-only disk with the content of this moment; also of a running VM's disk. */
int vdi_snapshot(
	struct session *s, const char *uuid, char **ret, struct vxe_error *err) _must_check_;
/* vdi-clone: makes an independent disk that shares the present layers of the given disk. Names may be NULL. */
int vdi_clone(struct session *s, const char *uuid, const char *name_label,
	const char *name_description, char **ret, struct vxe_error *err) _must_check_;
