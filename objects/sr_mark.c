/* SPDX-License-Identifier: MIT */
/* The marker of an SR, written whole or not at all. */
#include "objects/sr_mark.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "objects/base/uuid.h"

#define SR_DIR_MODE 0711 /* QEMU, as another user, passes through; nobody lists it */

static int fail(struct vxe_error *err, const char *path)
{
	return vxe_fail(err, VXE_IMAGE_FAILED, path, strerror(errno));
}

int sr_mark_read(const char *dir, char **ret, struct vxe_error *err)
{
	_cleanup_free_ char *path = xasprintf("%s/" SR_MARK, dir);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	char text[UUID_TEXT_LEN + 1] = "";

	*ret = NULL;
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : fail(err, path);
	if (read(fd, text, UUID_TEXT_LEN) < 0)
		return fail(err, path);
	if (uuid_is_valid(text))
		*ret = xstrdup(text);
	return 0;
}

static int make_dirs(const char *dir, struct vxe_error *err)
{
	_cleanup_free_ char *path = xstrdup(dir);

	for (char *slash = strchr(path + 1, '/');; slash = strchr(slash + 1, '/')) {
		if (slash)
			*slash = '\0';
		if (mkdir(path, SR_DIR_MODE) < 0 && errno != EEXIST && errno != EROFS)
			return fail(err, path);
		if (!slash)
			break;
		*slash = '/';
	}
	return 0;
}

/* A new directory's mode is cut by the umask; one that was there keeps its own. */
static int make_dir(const char *dir, struct vxe_error *err)
{
	struct stat st;

	if (stat(dir, &st) == 0)
		return 0;
	if (make_dirs(dir, err) < 0)
		return -1;
	return chmod(dir, SR_DIR_MODE) < 0 ? fail(err, dir) : 0;
}

static int write_synced(int fd, const char *text)
{
	size_t n = strlen(text);

	return write(fd, text, n) == (ssize_t)n && fsync(fd) == 0 ? 0 : -1;
}

static int sync_dir(const char *dir)
{
	_cleanup_close_ int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -1 : fsync(fd);
}

/* Under its final name at once and whole; who comes second keeps the first one's marker. */
static int write_mark(const char *dir, const char *uuid, struct vxe_error *err)
{
	_cleanup_free_ char *path = xasprintf("%s/" SR_MARK, dir);
	_cleanup_free_ char *tmp = xasprintf("%s.%s.tmp", path, uuid);
	_cleanup_free_ char *line = xasprintf("%s\n", uuid);
	_cleanup_close_ int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0)
		return fail(err, tmp);
	int r = write_synced(fd, line) < 0 || (link(tmp, path) < 0 && errno != EEXIST) ||
				sync_dir(dir) < 0
			? fail(err, path)
			: 0;
	unlink(tmp);
	return r;
}

int sr_mark_make(const char *dir, const char *uuid, char **ret, struct vxe_error *err)
{
	_cleanup_free_ char *found = NULL;

	if (make_dir(dir, err) < 0 || sr_mark_read(dir, &found, err) < 0)
		return -1;
	if (!found) {
		if (write_mark(dir, uuid, err) < 0 || sr_mark_read(dir, &found, err) < 0)
			return -1;
		if (!found)
			return vxe_fail(err, VXE_IMAGE_FAILED, dir, "its " SR_MARK " is damaged");
	}
	*ret = TAKE(found);
	return 0;
}
