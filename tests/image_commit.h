/* SPDX-License-Identifier: MIT */
#pragma once

#include "objects/disks/images/image_content.h"

/* Merges @top (qcow2) down into its backing file @base, while nobody watches. */
static inline int image_commit(
	struct content *top, struct content *base, const char *base_format, struct vxe_error *err)
{
	const struct image_source from = { .of = top, .format = "qcow2", .fd = -1 };

	return image_commit_watched(&from, base, base_format, err);
}
