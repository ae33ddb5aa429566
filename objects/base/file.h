/* SPDX-License-Identifier: MIT */
/* What every writer of a file needs; errno says what failed. */
#pragma once

#include <stddef.h>

#include "objects/base/mem.h"

/* All of it: a device that is filling up takes a part first, and says why not before the rest. */
int fd_write(int fd, const void *data, size_t n) _must_check_;

/* Without this a power cut takes the names along that the directory got last. */
int dir_sync(const char *dir) _must_check_;
