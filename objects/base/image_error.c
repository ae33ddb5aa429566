/* SPDX-License-Identifier: MIT */
#include "objects/base/image_error.h"

#include "objects/base/far/far_file.h"
#include "objects/base/file_key.h"

#include <stdarg.h>

void image_fill(struct vxe_error *err, const char *path, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	_cleanup_free_ char *message = xvasprintf(fmt, ap);
	va_end(ap);
	vxe_fail(err, VXE_IMAGE_FAILED, path, message);
}

void image_fill_create(struct vxe_error *err, const char *path)
{
	const char *why = far_why(errno);

	if (errno == EEXIST) {
		image_fill(err, path, "cannot be created: %s", why);
		return;
	}
	_cleanup_free_ char *dir = path_dir(path);

	image_fill(err, dir, "no file can be created in it: %s", why);
}
