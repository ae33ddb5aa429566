/* SPDX-License-Identifier: MIT */
/* The content of an image, read and written through a child that alone understands the format. */
#pragma once

#include "backends/xva/xva.h"

struct xva_image;
/* Through a child that alone understands the format; @size is checked. */
int image_io_open(struct xva_image **ret, const char *path, const char *format, int64_t size,
	bool writable, struct vxe_error *err) _must_check_;
/*
 * How much from @offset on is of one kind: *zero when it reads as zeros without being looked at.
 */
int image_io_extent(struct xva_image *i, int64_t offset, int64_t *length, bool *zero,
	struct vxe_error *err) _must_check_;
/* One read of several that are under way; it and its buffer outlive the image or the read. */
struct image_read {
	int64_t number; /* the caller's */
	size_t n;
	void *buf;
	bool done;
	int error; /* errno */
};
/* Asks for @r->n bytes at @offset; image_io_await() returns when they are there. */
int image_io_begin(struct xva_image *i, struct image_read *r, int64_t offset,
	struct vxe_error *err) _must_check_;
int image_io_await(struct xva_image *i, struct image_read *r, struct vxe_error *err) _must_check_;
int image_io_write(struct xva_image *i, const void *buf, size_t n, int64_t offset,
	struct vxe_error *err) _must_check_;
/* Syncs what was written and waits for the child. */
int image_io_finish(struct xva_image *i, struct vxe_error *err) _must_check_;
void image_io_free(struct xva_image *i); /* accepts NULL; what was written may be lost */
DEFINE_CLEANUP(struct xva_image *, image_io_free)
