/* SPDX-License-Identifier: MIT */
/* Copies small state files: writes a draft beside the final name, syncs it, then renames it. */
#include "objects/state/state_file.h"

#include "backends/content/image_file.h"
#include "backends/content/image_private.h"
#include "objects/base/file_key.h"
#include "objects/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CAPTURED_MODE 0400
#define PLACED_MODE 0600
#define DIR_MODE 0711 /* QEMU's user passes through */
#define COPY_TRIES 5
#define CHUNK 65536

/* ---- copying --------------------------------------------------------------------------------- */

static int copy_bytes(int in, const char *from, int out, const char *to, struct vxe_error *err)
{
	_cleanup_free_ char *chunk = xmalloc(CHUNK);
	ssize_t n;

	if (lseek(in, 0, SEEK_SET) < 0 || lseek(out, 0, SEEK_SET) < 0 || ftruncate(out, 0) < 0)
		return image_fail_errno(err, to, "cannot be written");
	while ((n = read(in, chunk, CHUNK)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return image_fail_errno(err, from, "cannot be read");
		if (fd_write(out, chunk, (size_t)n) < 0)
			return image_fail_errno(err, to, "cannot be written");
	}
	return 0;
}

/*
 * A guest may be writing to the file: a copy is consistent only if the file did not change
 * meanwhile.
 */
static int copy_stable(int in, const char *from, int out, const char *to, struct vxe_error *err)
{
	for (int i = 0; i < COPY_TRIES; i++) {
		struct stat before, after;

		if (fstat(in, &before) < 0)
			return image_fail_errno(err, from, "cannot be read");
		if (copy_bytes(in, from, out, to, err) < 0)
			return -1;
		if (fstat(in, &after) < 0)
			return image_fail_errno(err, from, "cannot be read");
		if (before.st_size == after.st_size &&
			before.st_mtim.tv_sec == after.st_mtim.tv_sec &&
			before.st_mtim.tv_nsec == after.st_mtim.tv_nsec)
			return 0;
	}
	return image_fail(err, from, "it keeps changing while it is copied");
}

/*
 * Makes @draft, a complete and synced copy of @from; the caller closes it, and removes it on
 * failure.
 */
static int make_draft(const char *from, const char *draft, const struct stat *like, mode_t mode,
	struct vxe_error *err)
{
	_cleanup_close_ int in = image_open(from, err);

	if (in < 0)
		return -1;
	if (unlink(draft) < 0 && errno != ENOENT) /* left by a killed process */
		return image_fail_errno(err, draft, "cannot be removed");
	_cleanup_close_ int out =
		open(draft, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, PLACED_MODE);
	if (out < 0)
		return image_fail_create(err, draft);
	if (copy_stable(in, from, out, draft, err) < 0)
		return -1;
	/* Only root can change owners; an ordinary user has no files of others. */
	if (like && fchown(out, like->st_uid, like->st_gid) < 0 && errno != EPERM)
		return image_fail_errno(err, draft, "its owner cannot be set");
	if (fchmod(out, like ? like->st_mode & 07777 : mode) < 0)
		return image_fail_errno(err, draft, "its mode cannot be set");
	return fsync(out) < 0 ? image_fail_errno(err, draft, "cannot be synced") : 0;
}

static int give_name(const char *draft, const char *to, bool replace, struct vxe_error *err)
{
	_cleanup_free_ char *dir = path_dir(to);

	if (replace ? rename(draft, to) < 0 : link(draft, to) < 0)
		return image_fail_errno(err, to, "cannot get its name");
	if (!replace)
		(void)unlink(draft); /* a second name does no harm */
	return image_sync_dir(dir, err);
}

static int copy_file(const char *from, const char *to, const struct stat *like, bool replace,
	struct vxe_error *err)
{
	_cleanup_free_ char *draft = image_draft_path(to);

	if (make_draft(from, draft, like, replace ? PLACED_MODE : CAPTURED_MODE, err) == 0 &&
		give_name(draft, to, replace, err) == 0)
		return 0;
	(void)unlink(draft);
	return -1;
}

int state_file_capture(const char *from, const char *to, struct vxe_error *err)
{
	struct image_file f;

	if (image_stat(to, &f, err) < 0)
		return -1;
	return f.exists ? 0 : copy_file(from, to, NULL, false, err);
}

/* ---- placing --------------------------------------------------------------------------------- */

static int make_dirs(const char *dir, struct vxe_error *err)
{
	struct stat st;

	if (stat(dir, &st) == 0)
		return 0;
	_cleanup_free_ char *above = path_dir(dir);

	if (make_dirs(above, err) < 0)
		return -1;
	if (mkdir(dir, DIR_MODE) < 0 && errno != EEXIST)
		return image_fail_errno(err, dir, "cannot be made");
	return image_sync_dir(above, err);
}

int state_file_place(const char *from, const char *to, struct vxe_error *err)
{
	_cleanup_free_ char *dir = path_dir(to);
	struct stat was;
	bool there = stat(to, &was) == 0;

	if (there && !S_ISREG(was.st_mode))
		return image_fail(err, to, "is not a regular file");
	if (!there && errno != ENOENT)
		return image_fail_errno(err, to, "cannot be read");
	if (make_dirs(dir, err) < 0)
		return -1;
	return copy_file(from, to, there ? &was : NULL, true, err);
}

int state_file_drop(struct content *c, int levels, struct vxe_error *err)
{
	_cleanup_free_ char *dir = path_dir(content_place(c));
	_cleanup_free_ char *lock = xasprintf("%s/.lock", dir);

	if (image_unlink(c, err) < 0)
		return -1;
	if (levels > 0 && unlink(lock) < 0 && errno != ENOENT && errno != ENOTDIR)
		return image_fail_errno(err, lock, "cannot be removed");
	for (int i = 0; i < levels; i++) {
		if (rmdir(dir) < 0 && errno != ENOENT)
			return errno == ENOTEMPTY || errno == EEXIST
				       ? 0
				       : image_fail_errno(err, dir, "cannot be removed");
		char *above = path_dir(dir);

		free(dir);
		dir = above;
	}
	return 0;
}
