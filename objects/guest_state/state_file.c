/* SPDX-License-Identifier: MIT */
/* Copies small files of a guest's state: writes a temporary file beside the final name, syncs it, and renames it. */
#include "objects/guest_state/state_file.h"

#include "backends/content/content.h"
#include "objects/base/far/far_file.h"
#include "objects/base/file_key.h"
#include "objects/base/file.h"
#include "objects/base/file_draft.h"
#include "objects/base/image_error.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define CAPTURED_MODE 0400
#define DIR_MODE 0711 /* QEMU's user can pass through it */
#define COPY_TRIES 5
#define CHUNK 65536

/* The file whose rights a new one gets, and the mode that it had before it was frozen; 0: not known. */
struct state_rights {
	struct content *file;
	mode_t old_mode;
};

/* ---- copying --------------------------------------------------------------------------------- */

static int copy_bytes(struct content *from, int out, const char *to, struct vxe_error *err)
{
	_cleanup_free_ char *chunk = xmalloc(CHUNK);
	int64_t at = 0;
	ssize_t n;

	if (lseek(out, 0, SEEK_SET) < 0 || ftruncate(out, 0) < 0)
		return image_fail_errno(err, to, "cannot be written");
	while ((n = content_pread(from, chunk, CHUNK, at, err)) > 0) {
		if (fd_write(out, chunk, (size_t)n) < 0)
			return image_fail_errno(err, to, "cannot be written");
		at += n;
	}
	return n < 0 ? -1 : 0;
}

/* Copies the file again until it has not changed during a copy, since a guest may write to it meanwhile. */
static int copy_stable(struct content *from, int out, const char *to, struct vxe_error *err)
{
	for (int i = 0; i < COPY_TRIES; i++) {
		struct content_stat before, after;

		if (content_stat(from, &before, err) < 0 || copy_bytes(from, out, to, err) < 0 ||
			content_stat(from, &after, err) < 0)
			return -1;
		if (before.ino == after.ino && before.size == after.size &&
			before.written == after.written)
			return 0;
	}
	return image_fail(err, content_place(from), "it keeps changing while it is copied");
}

/*
 * Makes the temporary file of @to, a complete and synced copy of @from, with the rights of the file @like; @frozen: but only
 * its owner can read it. On failure the caller removes it.
 */
static int make_draft(struct content *from, const char *draft, const char *to,
	const struct state_rights *like, bool frozen, struct vxe_error *err)
{
	/* a killed process may have left such a temporary file */
	if (unlink(draft) < 0 && errno != ENOENT)
		return image_fail_errno(err, draft, "cannot be removed");
	_cleanup_close_ int out = content_create(content_at(from, draft), NULL, 0, 0, err);
	if (out < 0 || copy_stable(from, out, draft, err) < 0)
		return -1;
	/* as it may replace a file, it gets its name here and not there */
	struct content_draft d = { .at = content_at(from, to),
		.fd = out,
		.like = like->file,
		.old_mode = like->old_mode,
		.placed = true };

	if (content_finish(&d, 1, err) < 0)
		return -1;
	return frozen && (fchmod(out, CAPTURED_MODE) < 0 || fsync(out) < 0)
		? image_fail_errno(err, draft, "its mode cannot be set")
		: 0;
}

static int give_name(const char *draft, const char *to, bool replace, struct vxe_error *err)
{
	_cleanup_free_ char *dir = path_dir(to);

	if (replace ? rename(draft, to) < 0 : link(draft, to) < 0)
		return image_fail_errno(err, to, "cannot get its name");
	if (!replace)
		(void)unlink(draft); /* if that fails the file has two names, which does no harm */
	return draft_sync_dir(dir, err);
}

/* With @frozen there is no file @to yet; else the copy replaces it. */
static int copy_file(struct content *from, const char *to, const struct state_rights *like,
	bool frozen, struct vxe_error *err)
{
	_cleanup_free_ char *draft = draft_path(to);

	if (make_draft(from, draft, to, like, frozen, err) == 0 &&
		give_name(draft, to, !frozen, err) == 0)
		return 0;
	(void)unlink(draft);
	return -1;
}

int state_file_capture(struct content *from, const char *to, struct vxe_error *err)
{
	struct content_stat f;

	if (content_stat(content_at(from, to), &f, err) < 0)
		return -1;
	return f.exists ? 0 : copy_file(from, to, &(struct state_rights){ from, 0 }, true, err);
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
	return draft_sync_dir(above, err);
}

int state_file_place(struct content *from, mode_t old_mode, const char *to, struct vxe_error *err)
{
	_cleanup_free_ char *dir = path_dir(to);
	struct stat was;
	bool there = far_answers(to) == 0 && stat(to, &was) == 0;

	if (there && !S_ISREG(was.st_mode))
		return image_fail(err, to, "is not a regular file");
	if (!there && errno != ENOENT)
		return image_fail_errno(err, to, "cannot be read");
	if (make_dirs(dir, err) < 0)
		return -1;
	const struct state_rights like = { there ? content_at(from, to) : from,
		there ? 0 : old_mode };

	return copy_file(from, to, &like, false, err);
}

int state_file_drop(struct content *c, int levels, struct vxe_error *err)
{
	_cleanup_free_ char *dir = path_dir(content_place(c));
	_cleanup_free_ char *lock = xasprintf("%s/.lock", dir);

	if (content_remove(c, err) < 0)
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
