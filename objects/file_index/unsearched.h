/* SPDX-License-Identifier: MIT */
/*
 * Folders with images that a search could not look into, because their file system is dead or does not answer. Whatever file
 * is asked for, an image there may be an overlay on it.
 */
#pragma once

#include "objects/file_index/index_entry.h"

/*
 * Begins a search: no folder is left out yet. Starts to ask the file systems of all folders of images, so that those that do
 * not answer are waited for together.
 */
int unsearched_begin(struct look *l, struct vxe_error *err) _must_check_;
/* Notes that the folder @dir cannot be searched, because of @error, an errno; not if it does not exist. */
void unsearched_note(const struct look *l, const char *dir, int error);
/*
 * As unsearched_note() for a name in the folder of which lstat() has said @error; not if it has just gone. False: @error is 0.
 */
bool unsearched_file(const struct look *l, const char *dir, int error);
/* Notes that the image @path cannot be read, as unsearched_note() of its folder. */
void unsearched_image(const struct look *l, const char *path, int error);
/* Adds to @ret a text for each folder that the search has left out: why, and which domain has a file there. */
void unsearched_texts(const struct look *l, struct strv *ret);
void unsearched_clear(struct users *u);
