/* SPDX-License-Identifier: MIT */
/* Which file a path means, by whatever links and folders it leads there. */
#pragma once

#include "objects/base/str.h"

/*
 * What a path stands for, as a text to compare and to look up: two absolute paths with one key are
 * one file or device, by whatever links, folders, mounts or ".." they lead there. Of a file that is
 * not there (yet): its folder and the name in it. Names that are no paths are themselves. Owned.
 */
char *image_key(const char *path);
/* The folder, and the name in it: also of what is there. It stays the same when the file comes. */
char *image_place(const char *path);
/* Both lie (or would lie) in one folder. */
bool image_same_dir(const char *a, const char *b);
/* Both lead to one file (image_key()); false where one is NULL. */
bool image_is_same(const char *a, const char *b);
