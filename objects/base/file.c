/* SPDX-License-Identifier: MIT */
#include "objects/base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "objects/base/far/far_file.h"
#include "objects/base/str.h"
#include "objects/base/uuid.h"

int fd_write(int fd, const void *data, size_t n)
{
	for (const char *p = data; n;) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -1;
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

int dir_sync(const char *dir)
{
	_cleanup_close_ int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	if (fsync(fd) == 0)
		return 0;
	/* Some file systems (FUSE, network) cannot sync folders. */
	return errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP ? 0 : -1;
}

#define DRAFT_DIGITS 8

static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? xstrndup(path, slash == path ? 1 : (size_t)(slash - path)) : xstrdup(".");
}

/* Gives the draft its name. */
static int publish(const char *draft, const char *path, bool replace)
{
	_cleanup_free_ char *dir = folder_of(path);
	int r = replace ? rename(draft, path) : link(draft, path);

	if (r < 0 && !replace && errno == EEXIST)
		r = 0;
	return r < 0 ? -1 : dir_sync(dir);
}

int file_put(const char *path, const char *text, mode_t mode, bool replace)
{
	_cleanup_free_ char *unique = uuid_new();
	_cleanup_free_ char *draft = xasprintf("%s.%.*s", path, DRAFT_DIGITS, unique);
	_cleanup_close_ int fd = far_answers(path) < 0
		? -1
		: open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return -1;
	int r = fd_write(fd, text, strlen(text)) < 0 || fchmod(fd, mode) < 0 || fsync(fd) < 0
		? -1
		: publish(draft, path, replace);
	int saved = errno;

	if (r < 0 || !replace)
		(void)unlink(draft);
	errno = saved;
	return r;
}

void file_drop_drafts(const char *path)
{
	_cleanup_free_ char *dir = folder_of(path);
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	_cleanup_dir_ DIR *d = far_answers(dir) < 0 ? NULL : opendir(dir);
	const struct dirent *e;
	size_t n = strlen(name);

	while (d && (e = readdir(d)))
		if (str_starts(e->d_name, name) && e->d_name[n] == '.' &&
			strlen(e->d_name + n + 1) == DRAFT_DIGITS)
			(void)unlinkat(dirfd(d), e->d_name, 0);
}

int file_remove(const char *path)
{
	_cleanup_free_ char *dir = folder_of(path);

	if (far_answers(path) < 0 || unlink(path) < 0)
		return errno == ENOENT ? 0 : -1;
	return dir_sync(dir);
}

static void note_entry(void *ctx, const struct far_name *name)
{
	bool *any = ctx;

	*any |= !str_eq(name->name, ".") && !str_eq(name->name, "..");
}

bool dir_is_empty(const char *dir)
{
	struct stat st;
	bool any = false;

	return far_list(dir, &st, note_entry, &any) < 0 ? errno == ENOENT : !any;
}

int file_free_space(const char *path, int64_t *ret)
{
	struct statfs fs;

	if (far_statfs(path, &fs) < 0)
		return -1;
	/*
	 * Network file systems without a limit report absurd sizes; ramfs and some FUSE file systems report none.
	 * Both count as unlimited.
	 */
	if (!fs.f_blocks ||
		__builtin_mul_overflow(fs.f_bavail, fs.f_frsize ? fs.f_frsize : fs.f_bsize, ret))
		*ret = INT64_MAX;
	return 0;
}
