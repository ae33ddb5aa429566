/* SPDX-License-Identifier: MIT */
/* What the source files in backends/content, which access disk images, share. */
#pragma once

#include "backends/content/content.h"
#include "backends/content/qcow2_layout.h"
#include "objects/base/far/far_file.h"
#include "objects/base/file_draft.h"
#include "objects/base/image_error.h"

#include <fcntl.h>

#define MODE_BITS 07777

struct content_kind;
/* Who may use an image. */
struct content_rights {
	uid_t uid;
	gid_t gid;
	mode_t mode; /* with an ACL the bits of the group are its mask, not the rights of the group */
	char *acl;   /* as the kernel gives it; NULL: there is none */
	size_t n_acl;
};
/* The open descriptor of an image, with the functions for its kind. */
struct content_open {
	const struct content_kind *kind;
	int fd;
};
/*
 * Opens the image, if it is not open, or if another file is at its path now. The descriptor is borrowed, and valid
 * until the next call for another image; its file offset may be anything. On failure errno tells why, too.
 */
int content_open(struct content *c, struct content_open *ret, struct vxe_error *err) _must_check_;
/*
 * As content_open(), for an image on a far mount of which only bytes are asked: pread() of the result's kind is its only
 * function. The caller closes the descriptor, which may be open after a failure, too. On failure errno tells why.
 */
int content_open_far(const char *place, struct content_open *ret) _must_check_;
/*
 * Reads all @n bytes at @offset of an open image; returns NULL, or the text of an error, valid until the next call
 * of a C library function.
 */
const char *read_exactly(
	const struct content_open *o, void *buf, size_t n, uint64_t offset) _must_check_;

/* Reads the qcow2 header of an image that is open; otherwise as content_read(). */
int header_read(const struct content_open *o, const char *place, struct content_header *ret,
	struct vxe_error *err) _must_check_;

/*
 * Closes the image's descriptor, before the image is renamed, or because it is removed and would keep its disk
 * space.
 */
void content_close(struct content *c);

/*
 * A kind of image, such as a file or a block device: the functions that reach its bytes. A kind is a row of the
 * table in content_kind.c, with functions in a file of its own; docs/architecture.md says how to add one. Functions
 * that return -1 without an error to fill leave the reason in errno. No function pointer is NULL.
 */
struct content_kind {
	/* ---- its places, and their names for others: text only --------------------------------- */
	/*
	 * True if an image at @place is of this kind, whether it exists or not. The kinds are asked in the order of
	 * their rows.
	 */
	bool (*mine)(const char *place);
	void (*name)(const char *place, struct content_name *ret);
	char *(*named)(
		/* the place of the image that @name means in the header of the image @at; NULL: none of this kind */
		const char *at, const struct content_name *name);
	char *(*qemu_file)(const char *place, bool held); /* for content_qemu_file() */
	/* ---- what is asked of a place ------------------------------------------------------------ */
	int (*look)(const char *place, struct content_stat *ret, struct vxe_error *err);
	/* returns a descriptor that stands for the image in the functions below */
	int (*open)(const char *place);
	int (*open_writing)(const char *place);
	int (*free_space)(const char *place, int64_t *ret);
	int (*create)(const char *place);
	/* renames a new image from its temporary to its final name; never replaces an image */
	int (*give_name)(const char *draft, const char *place);
	int (*lengthen)(const char *place,
		off_t end); /* makes a raw image at least @end bytes long, if QEMU cannot */
	/* removes the image: returns 1, or 0 if it did not exist */
	int (*remove)(const char *place, struct vxe_error *err);
	int (*sync_name)(const char *place,
		/* syncs the folder, so that files made and removed in it stay so after a power cut */
		struct vxe_error *err);
	/* ---- what is asked of an open one -------------------------------------------------------- */
	/* true if the open image is still the one at @place */
	bool (*is_at)(int fd, const char *place);
	ssize_t (*pread)(int fd, void *buf, size_t n, off_t offset);
	ssize_t (*pwrite)(int fd, const void *buf, size_t n, off_t offset);
	int (*extend)(int fd, off_t size);
	/* returns 1 if a process uses the image as @what says, else 0 */
	int (*in_use)(int fd, enum content_use what);
	/* locks the image: no QEMU can open it for writing until @fd is closed */
	int (*hold)(int fd);
	/* reads the mode: returns 1, or 0 if the image's write bits mean nothing */
	int (*mode)(int fd, mode_t *ret);
	int (*set_mode)(int fd, mode_t mode);
	int (*own)(int fd, uid_t uid, gid_t gid);
	/* reads owner and ACL, not the mode */
	int (*rights)(int fd, struct content_rights *ret);
	/* gives the image this ACL, or with NULL none; it is no failure to take one away where there are none */
	int (*set_acl)(int fd, const char *acl, size_t n);
	bool (*has_hole)(int fd, off_t end);
	/* allocates disk space for holes before @end; @fd is open for writing */
	int (*fill)(int fd, off_t end);
	int (*sync)(int fd);
};
/* The kind of the image at @place, which need not exist. */
const struct content_kind *content_kind_at(const char *place);
/* One more kind of image, which vxe itself does not have: programs of tests are linked with one. */
extern const struct content_kind content_kind_more __attribute__((weak));
/* The functions of content_kind for images that are files of this machine: rights and set_acl. */
int local_rights(int fd, struct content_rights *ret);
int local_set_acl(int fd, const char *acl, size_t n);
/* Gives the new image of @d, whose descriptor is @fd, the rights of d->like. */
int rights_give(const struct content_draft *d, const struct content_kind *kind, int fd,
	struct vxe_error *err) _must_check_;
struct json_object;
/*
 * The place of the server's export that QEMU's options for a block node describe (driver, export, and server as an
 * object or as "server.path"), as content_named() gives it; NULL: no export that vxe knows. Owned.
 */
char *export_named(const char *at, struct json_object *options);
