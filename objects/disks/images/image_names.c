/* SPDX-License-Identifier: MIT */
/* How children of QEMU's programs are told which image to open. */
#include "objects/disks/images/images_private.h"

#include "objects/base/str.h"

char *image_alone(struct content *c)
{
	_cleanup_free_ char *file = content_qemu_file(c, false);

	return xasprintf("json:{\"driver\":\"qcow2\",\"backing\":null,\"file\":%s}", file);
}

char *image_held(struct content *c)
{
	_cleanup_free_ char *file = content_qemu_file(c, true);

	return xasprintf("json:{\"driver\":\"qcow2\",\"file\":%s}", file);
}
