/* SPDX-License-Identifier: MIT */
/* What the files of this room share. */
#pragma once

#include "backends/content/content.h"
#include "backends/content/qcow2_layout.h"
#include "objects/base/file_draft.h"
#include "objects/base/image_error.h"

#include <fcntl.h>

#define MODE_BITS 07777

struct content_kind;
/* An open descriptor, with the functions that work on it. */
struct content_open {
	const struct content_kind *kind;
	int fd;
};
/*
 * Opens what lies there, if it is not open, or something else lies there now. Borrowed, and valid until the next call for
 * another content. Its offset is anywhere. On failure errno tells why, too.
 */
int content_open(struct content *c, struct content_open *ret, struct vxe_error *err) _must_check_;
/*
 * Reads all @n bytes at @offset; returns NULL, or the text of an error, valid until the next call of a C library
 * function.
 */
const char *read_exactly(
	const struct content_open *o, void *buf, size_t n, uint64_t offset) _must_check_;

/* As content_read(), for content that is open. */
int header_read(const struct content_open *o, const char *place, struct content_header *ret,
	struct vxe_error *err) _must_check_;

/* Closes its descriptor, before it is renamed, or because it is removed and would keep its space. */
void content_close(struct content *c);

/*
 * A kind of content: how its bytes are reached. A kind is a row in content_kind.c, with functions in a file of its own;
 * docs/architecture.md says how to add one. Functions that return -1 without an error to fill leave the reason in errno.
 * All slots are filled.
 */
struct content_kind {
	/* ---- its places, and their names for others: text only --------------------------------- */
	/*
	 * True if the place is of this kind, whether something lies there or not. The kinds are asked in the order of
	 * their rows.
	 */
	bool (*mine)(const char *place);
	void (*name)(const char *place, struct content_name *ret);
	char *(*named)(
		/* the place that @name means to the image at @at; NULL: none of this kind */
		const char *at, const struct content_name *name);
	char *(*qemu_file)(const char *place, bool held); /* for content_qemu_file() */
	/* ---- what is asked of a place ------------------------------------------------------------ */
	int (*look)(const char *place, struct content_stat *ret, struct vxe_error *err);
	/* returns any descriptor by which the functions below know the content */
	int (*open)(const char *place);
	int (*open_writing)(const char *place);
	int (*free_space)(const char *place, int64_t *ret);
	int (*create)(const char *place);
	/* gives the draft its name; never replaces an image */
	int (*give_name)(const char *draft, const char *place);
	int (*lengthen)(const char *place,
		off_t end); /* makes a raw image at least @end bytes long, if QEMU cannot */
	int (*remove)(
		const char *place, struct vxe_error *err); /* returns 1; 0 if nothing lay there */
	int (*sync_name)(const char *place,
		/* after this, names that were made and removed last, also through a power cut */
		struct vxe_error *err);
	/* ---- what is asked of an open one -------------------------------------------------------- */
	bool (*is_at)(
		int fd, const char *place); /* true if this very content still lies at the place */
	ssize_t (*pread)(int fd, void *buf, size_t n, off_t offset);
	ssize_t (*pwrite)(int fd, const void *buf, size_t n, off_t offset);
	int (*extend)(int fd, off_t size);
	int (*in_use)(int fd, enum content_use what); /* returns 1 if it is in use so, else 0 */
	int (*hold)(int fd);		  /* no QEMU can open it for writing until @fd is closed */
	int (*mode)(int fd, mode_t *ret); /* returns 1; 0 if write bits mean nothing there */
	int (*set_mode)(int fd, mode_t mode);
	int (*own)(int fd, uid_t uid, gid_t gid);
	bool (*has_hole)(int fd, off_t end);
	int (*fill)(int fd, off_t end); /* fills holes before @end; @fd is open for writing */
	int (*sync)(int fd);
};
/* The kind of what lies, or would lie, at the place. */
const struct content_kind *content_kind_at(const char *place);
/* One more row, which vxe does not have: programs of tests are linked with one. */
extern const struct content_kind content_kind_more __attribute__((weak));
struct json_object;
/*
 * The place of the export that QEMU's options for a node name (driver, export, and server as an object or as "server.path"), as
 * content_named(); NULL: none that vxe knows. Owned.
 */
char *export_named(const char *at, struct json_object *options);
