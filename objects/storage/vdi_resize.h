/* SPDX-License-Identifier: MIT */
/* Changes the size of a disk. */
#pragma once

#include "objects/session/session.h"

/* Grows the disk; with @online, a running VM may have it. */
int vdi_resize(struct session *s, const char *uuid, int64_t size, bool online,
	struct vxe_error *err) _must_check_;
