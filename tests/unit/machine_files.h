/* SPDX-License-Identifier: MIT */
/* A simulated machine: files below a folder that has the places of /proc, /sys and /etc. */
#pragma once

#include "objects/base/mem.h"
#include "objects/base/str.h"
#include "tests/unit/scratch.h"

#include <fcntl.h>
#include <string.h>

static char machine_root[SCRATCH_MAX +
	sizeof("/machine")]; /* set by the test before it writes the first file */

static inline char *below(const char *path)
{
	return xasprintf("%s%s", machine_root, path);
}

static inline void make_folders(const char *path)
{
	_cleanup_free_ char *copy = xstrdup(path);

	for (char *p = copy + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		(void)mkdir(copy, 0755);
		*p = '/';
	}
}

/* The @n bytes of @text become the whole content of the file. */
static inline void put_bytes(const char *path, const char *text, size_t n)
{
	_cleanup_free_ char *full = below(path);

	make_folders(full);
	_cleanup_close_ int fd = open(full, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	cr_assert_eq(write(fd, text, n), (ssize_t)n);
}

static inline void put_file(const char *path, const char *text)
{
	put_bytes(path, text, strlen(text));
}

static inline void put_link(const char *path, const char *target)
{
	_cleanup_free_ char *full = below(path);

	make_folders(full);
	cr_assert_eq(symlink(target, full), 0);
}
