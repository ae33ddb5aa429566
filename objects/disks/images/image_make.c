/* SPDX-License-Identifier: MIT */
/*
 * Makes images. Each image is made as a draft beside its final name, read back, given its owner and
 * synced; only then it gets its name, which must be free. So every file with the name of an image
 * is complete.
 */
#include "objects/disks/images/images_private.h"

#include "objects/base/file_key.h"

#include <errno.h>
#include <unistd.h>

#define PRIVATE_MODE 0600
#define MODE_BITS 0777

struct draft {
	const struct image_overlay *want;
	char *path; /* NULL: not started */
	int fd;
	bool placed;
};

/*
 * If a draft of this name exists, a killed process left it, or another process is making the same
 * image: the caller decides (content_remove() removes the draft).
 */
static int draft_reserve(struct draft *d, struct vxe_error *err)
{
	struct content *at = d->want->at;
	struct content_stat f;

	if (content_stat(at, &f, err) < 0)
		return -1;
	if (f.exists)
		return image_fail(err, content_place(at), "exists already");
	_cleanup_free_ char *draft = draft_path(content_place(at));

	d->fd = content_create(content_at(at, draft), err);
	if (d->fd < 0)
		return -1;
	d->path = TAKE(draft);
	return 0;
}

/* libvirt accepts an overlay with a wrong header; the next start then fails, or worse. */
static int draft_read_back(const struct draft *d, struct vxe_error *err)
{
	_cleanup_header_ struct content_header h = { 0 };
	const struct image_overlay *o = d->want;
	const char *path = content_place(o->at);
	struct content *draft = content_at(o->at, d->path);
	int found = content_read(draft, &h, err);

	content_close(draft); /* it gets another name */

	if (found < 0)
		return -1;
	if (found == 0)
		return image_fail(err, path, "the written file is not a qcow2 image");
	if (!str_eq(h.backing, o->backing))
		return image_fail(err, path, "its header names another backing file");
	if (o->backing && !str_eq(h.backing_format, o->backing_format))
		return image_fail(err, path, "its header names another backing format");
	if (h.virtual_size != o->virtual_size)
		return image_fail(err, path, "its size is %lld instead of %lld",
			(long long)h.virtual_size, (long long)o->virtual_size);
	return 0;
}

static int stat_existing(struct content *c, struct content_stat *ret, struct vxe_error *err)
{
	if (content_stat(c, ret, err) < 0)
		return -1;
	return ret->exists ? 0 : image_fail(err, content_place(c), "does not exist");
}

/*
 * Finds the file whose owner and mode the overlay gets: a frozen backing file has the right owner,
 * but not the right mode.
 */
static int find_model(const struct image_overlay *o, const char *like, struct content_stat *ret,
	struct vxe_error *err)
{
	const char *path = content_place(o->at);
	_cleanup_free_ char *backing = named_path(path, o->backing);

	if (!backing)
		return image_fail(err, path, "%s cannot be the name of a backing file", o->backing);
	if (stat_existing(content_at(o->at, backing), ret, err) < 0)
		return -1;
	if (!(ret->mode & S_IWUSR) && like)
		return stat_existing(content_at(o->at, like), ret, err);
	return 0;
}

static int draft_own(const struct draft *d, const char *like, struct vxe_error *err)
{
	struct content_stat model, own;
	const char *path = content_place(d->want->at);

	if (!d->want->backing)
		return 0;
	if (find_model(d->want, like, &model, err) < 0 ||
		stat_existing(content_at(d->want->at, d->path), &own, err) < 0)
		return -1;
	/*
	 * Only root can change owners; an ordinary user keeps the overlays on other users' files.
	 */
	if ((model.uid != own.uid || model.gid != own.gid) &&
		fchown(d->fd, model.uid, model.gid) < 0 && errno != EPERM)
		return image_fail_errno(err, path, "its owner cannot be set");
	if (fchmod(d->fd, (model.mode | PRIVATE_MODE) & MODE_BITS) < 0)
		return image_fail_errno(err, path, "its mode cannot be set");
	return 0;
}

/* Syncs each directory once. */
static int sync_dirs(const struct draft *drafts, size_t n, struct vxe_error *err)
{
	_cleanup_strv_ struct strv done = { 0 };

	for (size_t i = 0; i < n; i++) {
		_cleanup_free_ char *dir = path_dir(drafts[i].path);

		if (strv_has(&done, dir))
			continue;
		if (draft_sync_dir(dir, err) < 0)
			return -1;
		strv_take(&done, TAKE(dir));
	}
	return 0;
}

/*
 * Changes all metadata before the first sync, so that the file system writes its journal only once.
 */
static int drafts_make(struct draft *drafts, size_t n, const char *like, struct vxe_error *err)
{
	for (size_t i = 0; i < n; i++)
		if (draft_reserve(&drafts[i], err) < 0)
			return -1;
	for (size_t i = 0; i < n; i++)
		if (qcow2_write_empty(drafts[i].fd, drafts[i].want, err) < 0 ||
			draft_read_back(&drafts[i], err) < 0 ||
			draft_own(&drafts[i], like, err) < 0)
			return -1;
	for (size_t i = 0; i < n; i++)
		if (fsync(drafts[i].fd) < 0)
			return image_fail_errno(
				err, content_place(drafts[i].want->at), "cannot be synced");
	for (size_t i = 0; i < n; i++) {
		if (draft_rename(drafts[i].path, content_place(drafts[i].want->at)) < 0)
			return image_fail_errno(
				err, content_place(drafts[i].want->at), "cannot get its name");
		drafts[i].placed = true;
	}
	return sync_dirs(drafts, n, err);
}

static void draft_drop(struct draft *d, bool keep)
{
	if (!d->path)
		return;
	if (!keep)
		(void)unlink(d->placed ? content_place(d->want->at) : d->path);
	close(d->fd);
	free(d->path);
}

int image_make_overlays(
	const struct image_overlay *o, size_t n, const char *like, struct vxe_error *err)
{
	_cleanup_free_ struct draft *drafts = xcalloc(n ? n : 1, sizeof(*drafts));

	for (size_t i = 0; i < n; i++)
		drafts[i].want = &o[i];
	int rc = drafts_make(drafts, n, like, err);

	for (size_t i = 0; i < n; i++)
		draft_drop(&drafts[i], rc == 0);
	return rc;
}

int image_make(struct content *at, int64_t virtual_size, struct vxe_error *err)
{
	const struct image_overlay o = { .at = at, .virtual_size = virtual_size };

	return image_make_overlays(&o, 1, NULL, err);
}

static int make_raw(struct draft *d, int64_t virtual_size, struct vxe_error *err)
{
	const char *path = content_place(d->want->at);
	_cleanup_free_ char *dir = path_dir(path);

	if (draft_reserve(d, err) < 0)
		return -1;
	if (ftruncate(d->fd, virtual_size) < 0)
		return image_fail_errno(err, path, "cannot be made as large");
	if (fsync(d->fd) < 0)
		return image_fail_errno(err, path, "cannot be synced");
	if (draft_rename(d->path, path) < 0)
		return image_fail_errno(err, path, "cannot get its name");
	d->placed = true;
	return draft_sync_dir(dir, err);
}

int image_make_raw(struct content *at, int64_t virtual_size, struct vxe_error *err)
{
	const struct image_overlay o = { .at = at };
	struct draft d = { .want = &o };
	int rc = make_raw(&d, virtual_size, err);

	draft_drop(&d, rc == 0);
	return rc;
}
