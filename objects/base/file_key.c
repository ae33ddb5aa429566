/* SPDX-License-Identifier: MIT */
/*
 * The identity of a file behind a path. Links, hard links, linked folders, mounts and ".." give one
 * file several names, so comparing names is not enough.
 */
#include "objects/base/file_key.h"

#include "objects/base/far/far_file.h"

#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINKS_MAX 40 /* most symbolic links that are followed, as in the kernel */

char *path_dir(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return xstrdup(".");
	return slash == path ? xstrdup("/") : xstrndup(path, (size_t)(slash - path));
}

static char *key_at(const char *path, int links);

/*
 * The key of a symbolic link whose target does not exist: the key that the target would have. NULL if that cannot be
 * told.
 */
static char *key_of_link(const char *path, int links)
{
	char target[PATH_MAX];
	ssize_t n = far_readlink(path, target, sizeof(target) - 1);

	if (n <= 0 || links >= LINKS_MAX)
		return NULL;
	target[n] = '\0';
	_cleanup_free_ char *dir = path_dir(path);
	_cleanup_free_ char *at =
		target[0] == '/' ? xstrdup(target) : xasprintf("%s/%s", dir, target);

	return key_at(at, links + 1);
}

char *file_key_of_name(const char *path)
{
	_cleanup_free_ char *dir = path_dir(path);
	struct stat st;

	if (far_stat(dir, &st) == 0)
		return xasprintf("in:%lx:%lx/%s", (unsigned long)st.st_dev,
			(unsigned long)st.st_ino, strrchr(path, '/') + 1);
	return xasprintf("at:%s", path);
}

static char *key_at(const char *path, int links)
{
	struct stat st;

	if (far_stat(path, &st) < 0) {
		char *key = key_of_link(path, links);

		return key ? key : file_key_of_name(path);
	}
	if (S_ISBLK(st.st_mode)) /* several device nodes may be the same device */
		return xasprintf("block:%lx", (unsigned long)st.st_rdev);
	return xasprintf("file:%lx:%lx", (unsigned long)st.st_dev, (unsigned long)st.st_ino);
}

char *file_key(const char *path)
{
	return path[0] == '/' ? key_at(path, 0) : xasprintf("name:%s", path);
}

bool file_same_dir(const char *a, const char *b)
{
	_cleanup_free_ char *x = path_dir(a), *y = path_dir(b);

	return file_is_same(x, y);
}

bool file_is_same(const char *a, const char *b)
{
	if (!a || !b || str_eq(a, b))
		return a && b;
	_cleanup_free_ char *x = file_key(a), *y = file_key(b);

	return str_eq(x, y);
}

/* ---- names in the headers of images ---------------------------------------------------------- */

/* True if QEMU takes the name for a protocol and not for a path: a colon stands before the first slash. */
static bool is_protocol(const char *name)
{
	return name[strcspn(name, ":/")] == ':';
}

char *named_path(const char *path, const char *name)
{
	if (str_is_empty(name) || is_protocol(name))
		return NULL;
	_cleanup_free_ char *dir = path_dir(path);
	char *full = name[0] == '/' ? xstrdup(name) : xasprintf("%s/%s", dir, name);

	/*
	 * Removes "//" and "/./" from the path, so that equal names compare equal. ".." stays, because it may follow
	 * a symbolic link.
	 */
	char *to = full;

	for (const char *from = full; *from;) {
		if (from[0] == '/' && from[1] == '/')
			from++;
		else if (from[0] == '/' && from[1] == '.' && from[2] == '/')
			from += 2;
		else
			*to++ = *from++;
	}
	*to = '\0';
	return full;
}

char *name_for_header(const char *file)
{
	return is_protocol(file) ? xasprintf("./%s", file) : xstrdup(file);
}

bool file_is_device(const char *path)
{
	struct stat st;

	if (far_stat(path, &st) == 0)
		return S_ISBLK(st.st_mode);
	return str_starts(path, "/dev/") && !str_starts(path, "/dev/shm/");
}
