/* SPDX-License-Identifier: MIT */
/* The size of a disk. */
#pragma once

#include "objects/session/session.h"

/* Grows the disk, that of a running VM when @online. */
int vdi_resize(struct session *s, const char *uuid, int64_t size, bool online,
	struct vxe_error *err) _must_check_;
