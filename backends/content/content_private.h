/* SPDX-License-Identifier: MIT */
/* Shared by the files of this room. */
#pragma once

#include "backends/content/content.h"
#include "backends/content/qcow2_layout.h"
#include "objects/base/draft.h"
#include "objects/base/image_error.h"

#include <fcntl.h>

#define MODE_BITS 07777

struct content_kind;
/* What is open, with the functions for it. */
struct content_open {
	const struct content_kind *kind;
	int fd;
};
/*
 * Opens what lies there, if it is not open, or something else lies there now. Borrowed, and valid until the next call for
 * another content. Its offset is anywhere. On failure errno tells why, too.
 */
int content_open(struct content *c, struct content_open *ret, struct vxe_error *err) _must_check_;
/* Reads all @n bytes at @offset; returns NULL, or an error text, which stays valid until the next call into libc. */
const char *read_exactly(
	const struct content_open *o, void *buf, size_t n, uint64_t offset) _must_check_;

/* As content_read(), of an open one. */
int header_read(const struct content_open *o, const char *place, struct content_header *ret,
	struct vxe_error *err) _must_check_;

/*
 * A kind of content: how its bytes are reached. A kind is a row in content_kind.c, with functions in a file of its own;
 * docs/architecture.md says how to add one. Functions that return -1 without an error to fill leave the reason in errno.
 */
struct content_kind {
	const char *driver; /* QEMU's, of the "file" of a blockdev */
	/* What is asked of a place. */
	int (*look)(const char *place, struct content_stat *ret, struct vxe_error *err);
	int (*open)(const char *place);
	int (*open_writing)(const char *place);
	int (*free_space)(const char *place, int64_t *ret);
	int (*create)(const char *place);
	int (*remove)(const char *place, struct vxe_error *err);
	int (*sync_name)(const char *place,
		struct vxe_error *err); /* makes and removals last from then on */
	/* What is asked of an open one. */
	ssize_t (*pread)(int fd, void *buf, size_t n, off_t offset);
	int (*lock)(int fd, int command, struct flock *lock);
	int (*mode)(int fd, mode_t *ret); /* 1; 0: write bits mean nothing there */
	int (*set_mode)(int fd, mode_t mode);
	bool (*has_hole)(int fd, off_t end);
	int (*fill)(int fd, off_t end); /* what has a hole before @end; @fd is open for writing */
	int (*sync)(int fd);
};
/* Of what lies at @place, or would. */
const struct content_kind *content_kind_at(const char *place);
