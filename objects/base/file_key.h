/* SPDX-License-Identifier: MIT */
/* The identity of a file behind a path, independent of links and folders. */
#pragma once

#include "objects/base/str.h"

/*
 * A text that identifies the file or device behind an absolute path: two paths have the same key if
 * they lead to the same file, through whatever links, folders, mounts or "..". If the file does not
 * exist, the key is made of its folder and its name. A name that is not a path is its own key.
 * Owned.
 */
char *image_key(const char *path);
/*
 * The key made of the folder and the name, even if the file exists. It stays the same when the file
 * is made.
 */
char *image_place(const char *path);
/* Both are (or would be) in the same folder. */
bool image_same_dir(const char *a, const char *b);
/* Both lead to the same file (image_key()); false if one is NULL. */
bool image_is_same(const char *a, const char *b);
