/* SPDX-License-Identifier: MIT */
/* Changes the header and the write bits of one layer. */
#include "objects/disks/node_ops.h"

#include "objects/disks/images/image_merge.h"
#include "backends/content/content.h"

int layer_set_mode(
	struct session *s, const char *path, bool freeze, int64_t *mode, struct vxe_error *err)
{
	struct content *c = content_of(s, path);
	mode_t found = 0;

	if (!freeze)
		return content_thaw(c, (mode_t)*mode, err);
	if (content_freeze(c, &found, err) < 0)
		return -1;
	*mode = found;
	return 0;
}

int layer_set_base(struct session *s, const char *path, const char *base, const char *format,
	struct vxe_error *err)
{
	return image_set_backing(content_of(s, path), base, format, err);
}
