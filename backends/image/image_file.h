/* SPDX-License-Identifier: MIT */
/* Image files as files: identity, size, write bits, locks, syncing. Paths are absolute. */
#pragma once

#include "objects/base/error.h"

#include <stdint.h>
#include <sys/types.h>

/* What a header shall say of a file's name, absolute or relative; owned by the caller. */
char *image_backing_name(const char *file);
/* The absolute path that a header's backing name means for the file at @path. NULL for protocols. */
char *image_backing_path(const char *path, const char *backing);

struct image_file {
	bool exists;
	int64_t size, allocated; /* bytes */
	mode_t mode;
	uid_t uid;
	gid_t gid;
	bool block; /* a block device */
	dev_t dev;  /* identity of what exists, for comparing; of a device: its number, and 0 */
	ino_t ino;
	int64_t written; /* ns; its last change, to be compared with that of the same or another file */
};
int image_stat(const char *path, struct image_file *ret, struct vxe_error *err) _must_check_;
/*
 * A block device, or a link to one. What is not there now (a volume that is not active) is one when
 * it would lie among devices.
 */
bool image_is_device(const char *path);
/* A file is made under a name of its own until it is complete: the path that it gets then. Owned. */
char *image_final_path(const char *path);
/* True for the last component of such a name. */
bool image_is_draft(const char *name);
/* Virtual size: of the header for qcow2, of the file or device for raw. */
int image_virtual_size(
	const char *path, const char *format, int64_t *ret, struct vxe_error *err) _must_check_;
/* Takes the write bits of all (returns the old mode) or sets @mode; synced. No-op on devices. */
int image_freeze(const char *path, mode_t *old_mode, struct vxe_error *err) _must_check_;
int image_thaw(const char *path, mode_t mode, struct vxe_error *err) _must_check_;
/* True when some process holds one of QEMU's locks on the image. */
int image_locked(const char *path, bool *ret, struct vxe_error *err) _must_check_;
/*
 * True when some process has the image open for writing. A QEMU that has none for its guest's disks
 * may: what was added to it and never used, what a merge that was ended wrote to.
 */
int image_has_writer(const char *path, bool *ret, struct vxe_error *err) _must_check_;
int image_sync(
	const char *path, struct vxe_error *err) _must_check_; /* the file, then its directory */
int image_unlink(const char *path, struct vxe_error *err) _must_check_; /* ENOENT is no error */
/* Free bytes for an unprivileged user of the file system that holds @dir. */
int image_free_space(const char *dir, int64_t *ret, struct vxe_error *err) _must_check_;
