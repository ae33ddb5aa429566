/* SPDX-License-Identifier: MIT */
/* How QEMU's programs are told which image to open, and how many bytes of an image they have written. */
#include "objects/disks/images/images_private.h"

char *image_name(const char *place)
{
	_cleanup_content_name_ struct content_name n = { 0 };

	content_name(place, &n);
	return TAKE(n.text);
}

char *image_named(const char *at, const char *name)
{
	_cleanup_free_ char *text = xstrdup(name);
	const struct content_name n = { .text = text };

	return content_named(at, &n);
}

int64_t image_bytes(struct content *c)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	struct content_stat f;

	return content_stat(c, &f, &ignored) < 0 || f.device ? 0 : f.allocated;
}

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
