/* SPDX-License-Identifier: MIT */
/* The identity of a file behind a path, independent of links and folders. */
#pragma once

#include "objects/base/str.h"

/* The folder of @path, "." if it has none; owned. */
char *path_dir(const char *path);

/*
 * A text that identifies the file or device behind an absolute path: two paths have the same key if
 * they lead to the same file, through whatever links, folders, mounts or "..". If the file does not
 * exist, the key is made of its folder and its name. A name that is not a path is its own key.
 * Owned.
 */
char *file_key(const char *path);
/*
 * A key made of the folder and the name of @path, even if the file exists. This key stays the same when the file is
 * made.
 */
char *file_key_of_name(const char *path);
/* True if both files lie (or would lie, if they do not exist) in the same folder. */
bool file_same_dir(const char *a, const char *b);
/* True if both paths lead to the same file (by file_key()); false if one of them is NULL. */
bool file_is_same(const char *a, const char *b);

/* ---- names in the headers of images ---------------------------------------------------------- */

/*
 * The absolute path of the file that the header of the image @path names @name, a backing file for example. NULL:
 * there is no name, or it begins with a protocol. Owned.
 */
char *named_path(const char *path, const char *name);
/*
 * The text by which an image's header names the backing file @file, absolute or relative, so that QEMU takes it for a
 * path; owned.
 */
char *name_for_header(const char *file);
/*
 * True for a block device, or a symbolic link to one. A path that does not exist now (a logical volume that is not
 * active) counts as a device if it is in /dev.
 */
bool file_is_device(const char *path);
