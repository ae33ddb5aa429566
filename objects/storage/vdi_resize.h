/* SPDX-License-Identifier: MIT */
/* Changes the size of a disk. */
#pragma once

#include "objects/session/session.h"

/* Makes the disk larger; with @online even if a running VM has it. */
int vdi_resize(struct session *s, const char *uuid, int64_t size, bool online,
	struct vxe_error *err) _must_check_;
