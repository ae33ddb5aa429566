/* SPDX-License-Identifier: MIT */
/*
 * The identity of a file behind a path. Links, hard links, linked folders, mounts and ".." give one
 * file several names, so comparing names is not enough.
 */
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "objects/base/file_key.h"

#include "backends/content/image_private.h"

#define LINKS_MAX 40 /* as the kernel */

static char *key_at(const char *path, int links);

/* For a link to a file that does not exist: the key of that file. */
static char *key_of_link(const char *path, int links)
{
	char target[PATH_MAX];
	ssize_t n = readlink(path, target, sizeof(target) - 1);

	if (n <= 0 || links >= LINKS_MAX)
		return NULL;
	target[n] = '\0';
	_cleanup_free_ char *dir = image_dir(path);
	_cleanup_free_ char *at =
		target[0] == '/' ? xstrdup(target) : xasprintf("%s/%s", dir, target);

	return key_at(at, links + 1);
}

char *image_place(const char *path)
{
	_cleanup_free_ char *dir = image_dir(path);
	struct stat st;

	if (stat(dir, &st) == 0)
		return xasprintf("in:%lx:%lx/%s", (unsigned long)st.st_dev,
			(unsigned long)st.st_ino, strrchr(path, '/') + 1);
	return xasprintf("at:%s", path);
}

static char *key_at(const char *path, int links)
{
	struct stat st;

	if (stat(path, &st) < 0) {
		char *key = key_of_link(path, links);

		return key ? key : image_place(path);
	}
	if (S_ISBLK(st.st_mode)) /* several device nodes may be the same device */
		return xasprintf("block:%lx", (unsigned long)st.st_rdev);
	return xasprintf("file:%lx:%lx", (unsigned long)st.st_dev, (unsigned long)st.st_ino);
}

char *image_key(const char *path)
{
	return path[0] == '/' ? key_at(path, 0) : xasprintf("name:%s", path);
}

bool image_same_dir(const char *a, const char *b)
{
	_cleanup_free_ char *x = image_dir(a), *y = image_dir(b);

	return image_is_same(x, y);
}

bool image_is_same(const char *a, const char *b)
{
	if (!a || !b || str_eq(a, b))
		return a && b;
	_cleanup_free_ char *x = image_key(a), *y = image_key(b);

	return str_eq(x, y);
}
