/* SPDX-License-Identifier: MIT */
/* Shared by qcow2.c and the image_*.c files only. */
#pragma once

#include "backends/content/image.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

/* VXE_IMAGE_FAILED(path, the text); the second adds strerror(errno) after a colon. */
#define image_fail(err, path, ...) (image_fill((err), (path), __VA_ARGS__), vxe_failed())
void image_fill(struct vxe_error *err, const char *path, const char *fmt, ...) _printf_(3, 4);
/* By errno; @path could not be created, so its folder is named. */
#define image_fail_create(err, path) (image_fill_create((err), (path)), vxe_failed())
void image_fill_create(struct vxe_error *err, const char *path);
#define image_fail_errno(err, path, what)                                                          \
	image_fail((err), (path), "%s: %s", (what), strerror(errno))

/*
 * The descriptor of what lies there, for reading; borrowed, and valid until the next call for another content. Its offset is
 * anywhere. On failure errno tells why, too.
 */
int content_fd(struct content *c, struct vxe_error *err) _must_check_;
/* What lies at another place, in the same table. */
struct content *content_near(const struct content *c, const char *place);
/* Opens for reading, never blocking on a FIFO or a device; the descriptor or -1. */
int image_open(const char *path, struct vxe_error *err) _must_check_;

static inline uint32_t qcow2_get32(const unsigned char *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return be32toh(v);
}

static inline uint64_t qcow2_get64(const unsigned char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return be64toh(v);
}

#define QCOW2_MAGIC 0x514649fbu /* "QFI\xfb" */
#define QCOW2_NAME_MAX 1023
#define QCOW2_FORMAT_MAX 15
#define QCOW2_BACKING_FORMAT 0xe2792acau /* the header extension */
/* Writes an image without content into an empty file that is open for writing. Not synced. */
int qcow2_write_empty(int fd, const struct image_overlay *o, struct vxe_error *err) _must_check_;

int image_sync_dir(const char *dir, struct vxe_error *err) _must_check_;

/*
 * The name beside @path under which an image is made until it is complete. It depends only on
 * @path, so an undo finds what a killed process left.
 */
char *image_draft_path(const char *path);

/* Checks that the header of @c names @base in that format. */
int image_check_backing(struct content *c, const char *base, const char *base_format,
	struct vxe_error *err) _must_check_;
/* Checks that the header of @child now names this backing file. */
int image_check_names(struct content *child, const char *base_name, const char *base_format,
	struct vxe_error *err) _must_check_;
/* rename(2) that never replaces a file; errno gives the reason. */
int image_rename_new(const char *from, const char *to) _must_check_;
