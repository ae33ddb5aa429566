/* SPDX-License-Identifier: MIT */
/* Reads and writes the content of an image through a child that knows its format. */
#pragma once

#include "backends/xva/xva.h"

struct xva_image;
/* Starts the child; checks that the image has @size, one to be written in whole sectors. @snapshot: as in struct xva_disk, when reading. */
int image_io_open(struct xva_image **ret, struct content *of, const char *format, int64_t size,
	bool writable, const char *snapshot, struct vxe_error *err) _must_check_;
/* The length of the part from @offset on that is of one kind; *zero: it surely reads as zeros. */
int image_io_extent(struct xva_image *i, int64_t offset, int64_t *length, bool *zero,
	struct vxe_error *err) _must_check_;
/*
 * A read, of which several may be under way. The struct and its buffer must stay until it, or the image, has ended.
 */
struct image_read {
	int64_t number; /* for the caller's use */
	size_t n;
	void *buf;
	bool done;
	int error; /* errno of a failure */
};
/* Begins to read @r->n bytes at @offset; image_io_await() returns when they are there. */
int image_io_begin(struct xva_image *i, struct image_read *r, int64_t offset,
	struct vxe_error *err) _must_check_;
int image_io_await(struct xva_image *i, struct image_read *r, struct vxe_error *err) _must_check_;
/*
 * Writes that may be under way; their buffers must not change until image_io_settle(), or until the image is closed.
 */
struct image_writes {
	size_t left;
	int error; /* errno of a write that has failed */
};
/* Gives @n bytes to the child, which writes them while the caller goes on. */
int image_io_write(struct xva_image *i, struct image_writes *w, const void *buf, size_t n,
	int64_t offset, struct vxe_error *err) _must_check_;
/* Waits for the writes; the error is that of the first that failed. */
int image_io_settle(
	struct xva_image *i, struct image_writes *w, struct vxe_error *err) _must_check_;
/* When all writes are settled: syncs everything, and waits for the child's end. */
int image_io_finish(struct xva_image *i, struct vxe_error *err) _must_check_;
void image_io_free(struct xva_image *i); /* accepts NULL; what was not synced may be lost */
DEFINE_CLEANUP(struct xva_image *, image_io_free)
