/* SPDX-License-Identifier: MIT */
/* Functions for everything that writes files; after a failure errno says why. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "objects/base/mem.h"

/*
 * Writes all @n bytes. A device that becomes full first accepts a part, and reports the error only
 * when the rest is written.
 */
int fd_write(int fd, const void *data, size_t n) _must_check_;

/* Free bytes for an unprivileged user in the file system of @path. */
int file_free_space(const char *path, int64_t *ret) _must_check_;

/* Writes the folder's entries to the disk. Without this call a power cut loses the names that were added last. */
int dir_sync(const char *dir) _must_check_;

/*
 * Writes the file @path with this text, completely or not at all, and syncs the file and its folder. With @replace an
 * existing file is replaced; without, an existing file stays, which is no failure. The text is first written to a
 * temporary file PATH.01234567 with a unique name, because other processes may make the same file at this moment, or
 * put a symbolic link there. file_drop_drafts() removes temporary files that a killed process left; it must be called
 * when nobody writes the file.
 */
int file_put(const char *path, const char *text, mode_t mode, bool replace) _must_check_;
void file_drop_drafts(const char *path);
/* Removes the file, and syncs its folder; ENOENT is no failure. */
int file_remove(const char *path) _must_check_;
/* True if there is no such folder, or nothing is in it. */
bool dir_is_empty(const char *dir);
