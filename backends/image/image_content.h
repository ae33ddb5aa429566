/* SPDX-License-Identifier: MIT */
/* The content of whole images: made, copied, poured, grown. Offline. */
#pragma once

#include "objects/base/error.h"

#include <stdint.h>

/* A new, empty raw image. */
int image_make_raw(const char *path, int64_t virtual_size, struct vxe_error *err) _must_check_;

struct image_source {
	const char *path;   /* may be /proc/self/fd/N of an open file; its chain is read, too */
	const char *format; /* "raw", "qcow2", "vpc" */
	int fd;		    /* that N, which the child shall inherit; -1: none */
	/* Asked while the work goes on; true ends it with TASK_CANCELLED. May be NULL. */
	bool (*cancelled)(void *ctx);
	/* Told of the bytes that are there, together with @cancelled. May be NULL. */
	void (*progress)(void *ctx, int64_t done);
	void *ctx;
};
/*
 * A new image (qcow2 or raw) at @path with the source's content and @size bytes, never fewer than
 * the source has (VDI_TOO_SMALL is the caller's to say). Made as a draft, synced, then named.
 */
int image_make_copy(const struct image_source *from, const char *path, const char *format,
	int64_t size, struct vxe_error *err) _must_check_;
/* The source's content into an open file, which is emptied first; sparse, synced by the caller. */
int image_write_to(const struct image_source *from, int fd, const char *format,
	struct vxe_error *err) _must_check_;
/* An unnamed file in the directory, gone with its last descriptor. */
int image_scratch(const char *dir, struct vxe_error *err) _must_check_;
/* All that can be read from @from goes to @to; zeros become holes when @sparse. */
int image_pour(int from, int to, bool sparse, bool (*cancelled)(void *ctx), void *ctx,
	struct vxe_error *err) _must_check_;
/* Refuses a VHD that is a difference to another one, and what is no VHD: VXE_FOREIGN_IMAGE. */
int vhd_vet(const char *path, int64_t *virtual_size, struct vxe_error *err) _must_check_;
/* Whether the first MiB holds nothing but zeros: no file system, no partition table. */
#define IMAGE_BLANK_BYTES (1UL << 20)
int image_is_blank(const char *path, bool *ret, struct vxe_error *err) _must_check_;
/* Offline: the image becomes @size bytes, which must not be fewer than now; synced. */
int image_grow(
	const char *path, const char *format, int64_t size, struct vxe_error *err) _must_check_;
