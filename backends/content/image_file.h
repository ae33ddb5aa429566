/* SPDX-License-Identifier: MIT */
/* Image files as files: identity, size, write bits, locks, syncing. Paths are absolute. */
#pragma once

#include "backends/content/content.h"
#include "objects/base/error.h"

#include <stdint.h>
#include <sys/stat.h>

/* The text by which a header names this file, absolute or relative; owned by the caller. */
char *image_backing_name(const char *file);
/*
 * The absolute path of the backing file that the header of @path names @backing. NULL for
 * protocols.
 */
char *image_backing_path(const char *path, const char *backing);

/* A frozen file has none of these. */
#define WRITE_BITS (S_IWUSR | S_IWGRP | S_IWOTH)

struct image_file {
	bool exists;
	int64_t size, allocated; /* bytes */
	mode_t mode;
	uid_t uid;
	gid_t gid;
	bool block; /* a block device */
	dev_t dev;  /* identity of an existing file; of a device: its number, and 0 */
	ino_t ino;
	int64_t written; /* time of the last change, ns, for comparing with other files */
};
int image_stat(const char *path, struct image_file *ret, struct vxe_error *err) _must_check_;
/*
 * True for a block device, or a link to one. A path that does not exist now (a volume that is not
 * active) counts as a device if its folder is one of devices.
 */
bool image_is_device(const char *path);
/* A file has a draft name until it is complete; returns the path that it gets then. Owned. */
char *image_final_path(const char *path);
/* True if @name, the last part of a path, is a draft name. */
bool image_is_draft(const char *name);
/* Virtual size: of the header for qcow2, of the file or device for raw. */
int image_virtual_size(
	struct content *c, const char *format, int64_t *ret, struct vxe_error *err) _must_check_;
/*
 * Removes all write bits (and returns the old mode), or sets @mode; synced. Does nothing on
 * devices.
 */
int image_freeze(struct content *c, mode_t *old_mode, struct vxe_error *err) _must_check_;
/*
 * Fails if image_freeze() would, because the file is somebody else's: root is nobody on an export with root_squash.
 * Changes nothing but the time of the inode.
 */
int image_check_freezable(struct content *c, struct vxe_error *err) _must_check_;
int image_thaw(struct content *c, mode_t mode, struct vxe_error *err) _must_check_;
/* True when a process holds one of QEMU's locks on the image. */
int image_locked(struct content *c, bool *ret, struct vxe_error *err) _must_check_;
/*
 * True when a process has the image open for writing. This can be a QEMU whose guest has no disk on
 * it: the image was added to QEMU and never used, or was the target of a cancelled merge.
 */
int image_has_writer(struct content *c, bool *ret, struct vxe_error *err) _must_check_;
/*
 * A descriptor; until it is closed no QEMU can open the image for writing, but one that asks for no locks
 * (image_source.held). VXE_IMAGE_FAILED when somebody has it open for writing, or the file system has no such locks.
 */
int image_hold(struct content *c, struct vxe_error *err) _must_check_;
int image_sync(
	struct content *c, struct vxe_error *err) _must_check_; /* the file, then its directory */
int image_unlink(struct content *c, struct vxe_error *err) _must_check_; /* ENOENT is no error */
/* Free bytes for an unprivileged user in the file system of @dir. */
int image_free_space(const char *dir, int64_t *ret, struct vxe_error *err) _must_check_;
