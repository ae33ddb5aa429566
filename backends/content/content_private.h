/* SPDX-License-Identifier: MIT */
/* Shared by the files of this room. */
#pragma once

#include "backends/content/content.h"
#include "backends/content/qcow2_layout.h"
#include "objects/base/file_draft.h"
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

/* Closes its descriptor: it gets another name, or is removed and would keep its room. */
void content_close(struct content *c);

/*
 * A kind of content: how its bytes are reached. A kind is a row in content_kind.c, with functions in a file of its own;
 * docs/architecture.md says how to add one. Functions that return -1 without an error to fill leave the reason in errno.
 * All slots are filled.
 */
struct content_kind {
	/* ---- its places, and their names for others: text only --------------------------------- */
	/* The place is of this kind, whether something lies there or not; kinds are asked in the order of their rows. */
	bool (*mine)(const char *place);
	void (*name)(const char *place, struct content_name *ret);
	char *(*named)(
		const char *at, const struct content_name *name); /* NULL: none of this kind */
	char *(*qemu_file)(const char *place, bool held);	  /* content_qemu_file() */
	/* ---- what is asked of a place ------------------------------------------------------------ */
	int (*look)(const char *place, struct content_stat *ret, struct vxe_error *err);
	int (*open)(const char *place); /* any descriptor by which the slots below know it */
	int (*open_writing)(const char *place);
	int (*free_space)(const char *place, int64_t *ret);
	int (*create)(const char *place);
	int (*give_name)(const char *draft, const char *place); /* never replaces an image */
	int (*lengthen)(
		const char *place, off_t end); /* of a raw one, if QEMU cannot: to at least @end */
	int (*remove)(const char *place, struct vxe_error *err); /* 1; 0: nothing lay there */
	int (*sync_name)(const char *place,
		struct vxe_error *err); /* makes, names and removals last from then on */
	/* ---- what is asked of an open one -------------------------------------------------------- */
	bool (*is_at)(int fd, const char *place); /* it still lies there, and nothing else */
	ssize_t (*pread)(int fd, void *buf, size_t n, off_t offset);
	ssize_t (*pwrite)(int fd, const void *buf, size_t n, off_t offset);
	int (*extend)(int fd, off_t size);
	int (*in_use)(int fd, enum content_use what); /* 1, 0 */
	int (*hold)(int fd);		  /* until @fd is closed no QEMU can open it for writing */
	int (*mode)(int fd, mode_t *ret); /* 1; 0: write bits mean nothing there */
	int (*set_mode)(int fd, mode_t mode);
	int (*own)(int fd, uid_t uid, gid_t gid);
	bool (*has_hole)(int fd, off_t end);
	int (*fill)(int fd, off_t end); /* what has a hole before @end; @fd is open for writing */
	int (*sync)(int fd);
};
/* Of what lies at @place, or would. */
const struct content_kind *content_kind_at(const char *place);
/* A further row: vxe has none, but a program of tests that is linked with one. */
extern const struct content_kind content_kind_more __attribute__((weak));
struct json_object;
/*
 * The place of the export that QEMU's options for a node name (driver, export, and server as an object or as "server.path"), as
 * content_named(); NULL: none that vxe knows. Owned.
 */
char *export_named(const char *at, struct json_object *options);
