/* SPDX-License-Identifier: MIT */
/* Functions for everything that writes files; after a failure errno says why. */
#pragma once

#include <stddef.h>

#include "objects/base/mem.h"

/*
 * Writes all @n bytes. A device that becomes full first accepts a part, and reports the error only
 * when the rest is written.
 */
int fd_write(int fd, const void *data, size_t n) _must_check_;

/* Without this call, a power cut loses the names that were added to the directory last. */
int dir_sync(const char *dir) _must_check_;
