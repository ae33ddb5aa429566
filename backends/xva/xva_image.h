/* SPDX-License-Identifier: MIT */
/* Reads and writes the content of a disk image through a child process (qemu-nbd) that knows the image's format. */
#pragma once

#include "backends/xva/xva.h"

struct xva_image;
/*
 * Starts qemu-nbd for the image @of, and checks that the image has @size bytes, or, if @writable, @size rounded up to
 * whole sectors. @snapshot: key of an internal snapshot that is read instead of the present content; NULL: none.
 */
int image_io_open(struct xva_image **ret, struct content *of, const char *format, int64_t size,
	bool writable, const char *snapshot, struct vxe_error *err) _must_check_;
/* *length: the number of bytes from @offset on that are of one kind; *zero: these bytes surely read as zeros. */
int image_io_extent(struct xva_image *i, int64_t offset, int64_t *length, bool *zero,
	struct vxe_error *err) _must_check_;
/*
 * A read from an image that runs in the background; several may be under way. The struct and its buffer must stay
 * until the read has ended, or the image is closed.
 */
struct image_read {
	int64_t number; /* for the caller's use */
	size_t n;
	void *buf;
	bool done;
	int error; /* errno of a failure */
};
/* Begins to read @r->n bytes at @offset of the image; image_io_await() waits until the bytes are there. */
int image_io_begin(struct xva_image *i, struct image_read *r, int64_t offset,
	struct vxe_error *err) _must_check_;
int image_io_await(struct xva_image *i, struct image_read *r, struct vxe_error *err) _must_check_;
/*
 * A group of writes to an image that run in the background; their buffers must not change until image_io_settle() has
 * returned, or the image is closed.
 */
struct image_writes {
	size_t left;
	int error; /* errno of the first write that has failed */
};
/* Gives @n bytes for @offset of the image to qemu-nbd, which writes them while the caller goes on. */
int image_io_write(struct xva_image *i, struct image_writes *w, const void *buf, size_t n,
	int64_t offset, struct vxe_error *err) _must_check_;
/* Waits until all writes of the group have ended; @err is that of the first write that failed. */
int image_io_settle(
	struct xva_image *i, struct image_writes *w, struct vxe_error *err) _must_check_;
/*
 * Closes an image that was written, when image_io_settle() has waited for all writes: syncs it, and waits until
 * qemu-nbd has ended.
 */
int image_io_finish(struct xva_image *i, struct vxe_error *err) _must_check_;
/* Ends qemu-nbd and frees @i (may be NULL); writes that image_io_finish() has not synced may be lost. */
void image_io_free(struct xva_image *i);
DEFINE_CLEANUP(struct xva_image *, image_io_free)
