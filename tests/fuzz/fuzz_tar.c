/* SPDX-License-Identifier: MIT */
/* Whole archives, compressed or not: a document, then the blocks of two small disks. */
#include "tests/fuzz/fuzz.h"

#include <fcntl.h>

#include "backends/xva/xva_private.h"
#include "objects/base/file.h"

extern const struct xva_ops xva_module_ops; /* the module itself: it is linked */

static void notice(void *ctx, const char *text)
{
	(void)ctx;
	assert(*text);
}

static void read_archive(const char *path, unsigned flags)
{
	static const struct xva_disk disks[] = { { "Ref:2", NULL, "raw", 1536, NULL },
		{ "Ref:3", NULL, "raw", 512, NULL } };
	const struct xva_reading how = {
		.disks = disks, .n = ARRAY_LEN(disks), .flags = flags, .notice = notice
	};
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct xva *x = NULL;
	int r = xva_module_ops.open(&x, fd, NULL, &err);

	fuzz_outcome(r, &err);
	if (r < 0)
		return;
	assert(xva_module_ops.document(x));
	r = xva_module_ops.read(x, &how, &err);
	fuzz_outcome(r, &err);
	xva_module_ops.close(x);
}

void fuzz_tar(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file(data, size);

	read_archive(path, 0);
	read_archive(path, XVA_FORCE);
}
