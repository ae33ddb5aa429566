/* SPDX-License-Identifier: MIT */
/*
 * Drafts: a file is made under a temporary name in its folder, and gets its final name when it is complete and
 * synced. So every file with the name of an image is complete.
 */
#pragma once

#include "objects/base/error.h"

#include <stdbool.h>

/*
 * The temporary name, in the same folder, under which the file @path is made. The name depends only on @path, so an
 * undo finds what a killed process left. Owned.
 */
char *draft_path(const char *path);
/*
 * The path that a file with the temporary name @path gets when it is complete; @path itself if that is no temporary
 * name. Owned.
 */
char *draft_final(const char *path);
/* True if @name, the last part of a path, is the temporary name of a file that is being made. */
bool is_draft(const char *name);
/*
 * Renames a complete file from its temporary name to @path, and never replaces a file there; errno gives the reason
 * of a failure. Uses a hard link where the file system cannot rename in this way.
 */
int draft_rename(const char *draft, const char *path) _must_check_;
/* As dir_sync(), with VXE_IMAGE_FAILED. */
int draft_sync_dir(const char *dir, struct vxe_error *err) _must_check_;
/*
 * Opens a file for reading, never blocking on a FIFO or a device; returns the descriptor, or -1 with
 * VXE_IMAGE_FAILED.
 */
int file_open(const char *path, struct vxe_error *err) _must_check_;
