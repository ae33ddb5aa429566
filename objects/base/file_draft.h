/* SPDX-License-Identifier: MIT */
/*
 * Drafts: a file is made under another name beside its own, and gets its own name when it is complete and synced. So
 * every file with the name of an image is complete.
 */
#pragma once

#include "objects/base/error.h"

#include <stdbool.h>

/*
 * The name beside @path under which its file is made. It depends only on @path, so an undo finds
 * what a killed process left. Owned.
 */
char *draft_path(const char *path);
/* The path that the file gets when it is complete; the path itself if it is not a draft's. Owned. */
char *draft_final(const char *path);
/* True if @name, the last part of a path, is a draft's name. */
bool is_draft(const char *name);
/*
 * Gives the draft its final name and never replaces a file; errno gives the reason. Uses a hard link where the file
 * system cannot rename in this way.
 */
int draft_rename(const char *draft, const char *path) _must_check_;
/* As dir_sync(), with VXE_IMAGE_FAILED. */
int draft_sync_dir(const char *dir, struct vxe_error *err) _must_check_;
/* Opens for reading, never blocking on a FIFO or a device; the descriptor or -1 with VXE_IMAGE_FAILED. */
int file_open(const char *path, struct vxe_error *err) _must_check_;
