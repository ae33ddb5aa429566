/* SPDX-License-Identifier: MIT */
/* The content of an image, read and written through a child that understands its format. */
#pragma once

#include "backends/xva/xva.h"

struct xva_image;
/* Starts the child; checks that the image has @size, one to be written in whole sectors. @snapshot: as in struct xva_disk, when reading. */
int image_io_open(struct xva_image **ret, struct content *of, const char *format, int64_t size,
	bool writable, const char *snapshot, struct vxe_error *err) _must_check_;
/*
 * The length of the part from @offset on that is of one kind: *zero when it is known to read as
 * zeros.
 */
int image_io_extent(struct xva_image *i, int64_t offset, int64_t *length, bool *zero,
	struct vxe_error *err) _must_check_;
/*
 * One of several concurrent reads; the struct and its buffer must stay valid until the read or the
 * image ends.
 */
struct image_read {
	int64_t number; /* free for the caller */
	size_t n;
	void *buf;
	bool done;
	int error; /* errno */
};
/* Starts reading @r->n bytes at @offset; image_io_await() returns when they have arrived. */
int image_io_begin(struct xva_image *i, struct image_read *r, int64_t offset,
	struct vxe_error *err) _must_check_;
int image_io_await(struct xva_image *i, struct image_read *r, struct vxe_error *err) _must_check_;
/* Writes that may not have ended; the buffers must stay as they are until image_io_settle() or the image's end. */
struct image_writes {
	size_t left;
	int error; /* errno of one that failed */
};
/* Hands @n bytes to the child, which writes them while the caller goes on. */
int image_io_write(struct xva_image *i, struct image_writes *w, const void *buf, size_t n,
	int64_t offset, struct vxe_error *err) _must_check_;
/* Waits for the writes; a failure is the first one's. */
int image_io_settle(
	struct xva_image *i, struct image_writes *w, struct vxe_error *err) _must_check_;
/* Syncs everything written, all of which must be settled, and waits for the child. */
int image_io_finish(struct xva_image *i, struct vxe_error *err) _must_check_;
void image_io_free(struct xva_image *i); /* accepts NULL; unsynced data may be lost */
DEFINE_CLEANUP(struct xva_image *, image_io_free)
