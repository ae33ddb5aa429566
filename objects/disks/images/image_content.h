/* SPDX-License-Identifier: MIT */
/* The content of whole images: make, copy, grow. Offline. */
#pragma once

#include "backends/content/content.h"
#include "objects/base/error.h"

#include <stdint.h>

struct image_source {
	struct content *of; /* may be /proc/self/fd/N of an open file; its chain is read, too */
	const char *format; /* "raw", "qcow2", "vpc" */
	/* Of an internal snapshot in it, its key ((content_snapshots())): that content; measured only. NULL: none. */
	const char *snapshot;
	int fd;	       /* that N, which the child inherits; -1: none */
	bool alone;    /* QEMU's lock keeps others from opening it for writing meanwhile */
	bool held;     /* the caller does that, with content_hold(); merged only */
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
/* Offline: grows the image to @size bytes, which must not be less than its size now; synced. */
int image_grow(
	struct content *c, const char *format, int64_t size, struct vxe_error *err) _must_check_;
