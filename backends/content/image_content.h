/* SPDX-License-Identifier: MIT */
/* The content of whole images: make, copy, grow. Offline. */
#pragma once

#include "backends/content/content.h"
#include "objects/base/error.h"

#include <stdint.h>

/* A new, empty raw image. */
int image_make_raw(const char *path, int64_t virtual_size, struct vxe_error *err) _must_check_;

struct image_source {
	struct content *of; /* may be /proc/self/fd/N of an open file; its chain is read, too */
	const char *format; /* "raw", "qcow2", "vpc" */
	/* Of an internal snapshot in it, its key (qcow2_table.h): that content; measured only. NULL: none. */
	const char *snapshot;
	int fd;	       /* that N, which the child inherits; -1: none */
	bool alone;    /* QEMU's lock keeps others from opening it for writing meanwhile */
	bool held;     /* the caller does that, with image_hold(); merged only */
	int64_t speed; /* bytes written per second at most; 0: as fast as possible */
	/* Called during the work; true ends the work with TASK_CANCELLED. May be NULL. */
	bool (*cancelled)(void *ctx);
	/* Gets the number of bytes written so far, together with @cancelled. May be NULL. */
	void (*progress)(void *ctx, int64_t done);
	void *ctx;
};
/*
 * Makes a new image (qcow2 or raw) at @path with the source's content and @size bytes. If the
 * source is larger, the image is, too (the caller reports VDI_TOO_SMALL). The image is a draft
 * until it is synced; then it gets its name.
 */
int image_make_copy(const struct image_source *from, const char *path, const char *format,
	int64_t size, struct vxe_error *err) _must_check_;
/* The disk space that a qcow2 image with the source's content takes, at most. */
int image_measure(
	const struct image_source *from, int64_t *ret, struct vxe_error *err) _must_check_;
/*
 * The same as a qcow2 image on the backing file @base_name, which must be one of the files below the
 * source: holds only what differs from it.
 */
int image_make_difference(const struct image_source *from, const char *path, const char *base_name,
	const char *base_format, int64_t size, struct vxe_error *err) _must_check_;
/*
 * Merges the source (qcow2, a file) down into its backing file @base, which is synced; both files stay. As image_commit(),
 * but with the source's speed, progress (of the bytes in the source) and cancelled.
 */
int image_commit_watched(const struct image_source *from, struct content *base,
	const char *base_format, struct vxe_error *err) _must_check_;
/* Empties an open file and writes the source's content into it, sparse; the caller syncs it. */
int image_write_to(const struct image_source *from, int fd, const char *format,
	struct vxe_error *err) _must_check_;
/* An unnamed file in the directory; it disappears when its last descriptor is closed. */
int image_scratch(const char *dir, struct vxe_error *err) _must_check_;
/* Copies everything from @from to @to; with @sparse, zeros become holes. */
int image_pour(int from, int to, bool sparse, bool (*cancelled)(void *ctx), void *ctx,
	struct vxe_error *err) _must_check_;
/*
 * Refuses a file that is not a VHD, and a VHD that is a difference to another file:
 * VXE_FOREIGN_IMAGE.
 */
int vhd_vet(struct content *c, int64_t *virtual_size, struct vxe_error *err) _must_check_;
/* True if the first MiB holds only zeros: no file system, no partition table. */
#define IMAGE_BLANK_BYTES (1UL << 20)
int image_is_blank(const char *path, bool *ret, struct vxe_error *err) _must_check_;
/* Offline: grows the image to @size bytes, which must not be less than its size now; synced. */
int image_grow(
	struct content *c, const char *format, int64_t size, struct vxe_error *err) _must_check_;
