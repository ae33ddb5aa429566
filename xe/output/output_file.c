/* SPDX-License-Identifier: MIT */
/*
 * Files that get their name when they are complete. Until then they have no name, so nothing is
 * left behind if vxe dies; if the file system cannot do that, they have a random name.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "objects/base/file.h"
#include "xe/output/io.h"

#define PRIVATE_MODE 0600

static char *directory(const char *path)
{
	const char *slash = strrchr(path, '/');

	return !slash		? xstrdup(".")
		: slash == path ? xstrdup("/")
				: xstrndup(path, (size_t)(slash - path));
}

static int open_named(const char *dir, struct io_draft *d)
{
	const char *slash = strrchr(d->path, '/');

	d->temp = xasprintf("%s/.%.200s.XXXXXX", dir, slash ? slash + 1 : d->path);
	int fd = mkostemp(d->temp, O_CLOEXEC);

	if (fd < 0)
		free(TAKE(d->temp));
	return fd;
}

static int open_new(struct io_draft *d)
{
	_cleanup_free_ char *dir = directory(d->path);
	struct stat st;

	if (lstat(d->path, &st) == 0) {
		errno = EEXIST;
		return -1;
	}
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, PRIVATE_MODE);

	if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL))
		fd = open_named(dir, d);
	return fd;
}

int io_draft_open(void *ctx, const char *path, struct io_draft *ret)
{
	struct io_draft d = { .path = xstrdup(path) };

	(void)ctx;
	d.fd = open_new(&d);
	if (d.fd < 0) {
		free(d.path);
		return -1;
	}
	*ret = d;
	return 0;
}

/* Gives the file its name by a link, which never replaces an existing file. */
static int give_name(const struct io_draft *d)
{
	char self[64];

	if (d->temp)
		return link(d->temp, d->path);
	snprintf(self, sizeof(self), "/proc/self/fd/%d", d->fd);
	return linkat(AT_FDCWD, self, AT_FDCWD, d->path, AT_SYMLINK_FOLLOW);
}

int io_draft_keep(void *ctx, struct io_draft *d)
{
	(void)ctx;
	if (fsync(d->fd) < 0 || give_name(d) < 0)
		return -1;
	_cleanup_free_ char *dir = directory(d->path);

	return dir_sync(dir);
}

void io_draft_drop(void *ctx, struct io_draft *d)
{
	(void)ctx;
	if (d->temp)
		(void)unlink(d->temp);
	if (d->fd >= 0)
		close(d->fd);
	free(d->temp);
	free(d->path);
	*d = (struct io_draft){ .fd = -1 };
}

/* ---- either ----------------------------------------------------------------------------------- */

int io_open(const struct io *io, const char *path, struct io_draft *ret)
{
	if (*path)
		return io->draft_open(io->ctx, path, ret);
	*ret = (struct io_draft){ .fd = io->out_fd(io->ctx) };
	return ret->fd < 0 ? -1 : 0;
}

int io_keep(const struct io *io, struct io_draft *d)
{
	return d->path ? io->draft_keep(io->ctx, d) : 0;
}

void io_drop(const struct io *io, struct io_draft *d)
{
	io->draft_drop(io->ctx, d);
}
