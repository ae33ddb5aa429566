/* SPDX-License-Identifier: MIT */
/* Questions about an image as a whole, and changes of it, by the functions for its kind (file or block device). */
#include "backends/content/content_private.h"
#include "objects/base/file_key.h"

#include <unistd.h>

/* ---- facts ----------------------------------------------------------------------------------- */

int content_stat(struct content *c, struct content_stat *ret, struct vxe_error *err)
{
	const char *place = content_place(c);

	*ret = (struct content_stat){ 0 };
	return content_kind_at(place)->look(place, ret, err);
}

ssize_t content_pread(struct content *c, void *buf, size_t n, int64_t offset, struct vxe_error *err)
{
	struct content_open o;

	if (content_open(c, &o, err) < 0)
		return -1;
	ssize_t got = o.kind->pread(o.fd, buf, n, offset);

	return got < 0 ? image_fail_errno(err, content_place(c), "cannot be read") : got;
}

int content_free_space(struct content *c, int64_t *ret, struct vxe_error *err)
{
	const char *place = content_place(c);

	return content_kind_at(place)->free_space(place, ret) < 0
		? image_fail_errno(err, place, "its free space cannot be read")
		: 0;
}

/* ---- who uses it ----------------------------------------------------------------------------- */

int content_in_use(struct content *c, enum content_use what, bool *ret, struct vxe_error *err)
{
	struct content_open o;

	if (content_open(c, &o, err) < 0)
		return -1;
	int used = o.kind->in_use(o.fd, what);

	if (used < 0)
		return image_fail_errno(err, content_place(c), "its locks cannot be read");
	*ret = used;
	return 0;
}

/*
 * Locks the image against writers in QEMU's order: first takes the lock, then looks for a writer; a writer who comes
 * later sees the lock.
 */
static int hold(struct content *c, const struct content_open *o, struct vxe_error *err)
{
	const char *place = content_place(c);
	bool writer;

	if (o->kind->hold(o->fd) < 0)
		return image_fail_errno(err, place, "it cannot be locked as QEMU does");
	if (content_in_use(c, USE_WRITER, &writer, err) < 0)
		return -1;
	return writer ? image_fail(err, place, "another program has it open for writing") : 0;
}

/* Opens another descriptor of the image for the lock, because the lock belongs to the open descriptor. */
int content_hold(struct content *c, struct vxe_error *err)
{
	const char *place = content_place(c);
	struct content_open own = { .kind = content_kind_at(place) };

	own.fd = own.kind->open(place);
	if (own.fd < 0)
		return image_fail_errno(err, place, "cannot be opened");
	if (hold(c, &own, err) == 0)
		return own.fd;
	close(own.fd);
	return -1;
}

char *content_qemu_file(struct content *c, bool held)
{
	const char *place = content_place(c);

	return content_kind_at(place)->qemu_file(place, held);
}

/* ---- making ---------------------------------------------------------------------------------- */

static int write_all(const struct content_kind *kind, int fd, const char *bytes, size_t n)
{
	size_t done = 0;

	while (done < n) {
		ssize_t r = kind->pwrite(fd, bytes + done, n - done, (off_t)done);

		if (r < 0)
			return -1;
		done += (size_t)r;
	}
	return 0;
}

/* Writes the first @n bytes of a new image, and makes it @size bytes long. @place is its name in errors. */
static int write_beginning(const struct content_kind *kind, int fd, const char *place,
	const void *bytes, size_t n, int64_t size, struct vxe_error *err)
{
	if (write_all(kind, fd, bytes, n) < 0)
		return image_fail_errno(err, place, "cannot be written");
	if (size > (int64_t)n && kind->extend(fd, size) < 0)
		return image_fail_errno(err, place, "cannot be made as large");
	return 0;
}

int content_create(
	struct content *c, const void *bytes, size_t n, int64_t size, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	const char *place = content_place(c);
	_cleanup_free_ char *final = draft_final(place);
	const struct content_kind *kind = content_kind_at(place);
	int fd = kind->create(place);

	if (fd < 0)
		return image_fail_create(err, place);
	if (write_beginning(kind, fd, final, bytes, n, size, err) == 0)
		return fd;
	close(fd);
	if (kind->remove(place, &ignored) < 0)
		error_clear(&ignored);
	return -1;
}

/* Opens an image that a child process, such as qemu-img, has written; -1: the caller has a descriptor, or with errno. */
static int open_made(const struct content_draft *d, const struct content_kind *kind)
{
	const char *place = content_place(d->at);
	_cleanup_free_ char *name = d->placed ? xstrdup(place) : draft_path(place);

	return d->fd < 0 ? kind->open(name) : -1;
}

/* Gives a new image the rights of d->like, or the owner of new images. */
static int own(
	const struct content_draft *d, const struct content_kind *kind, struct vxe_error *err)
{
	const char *place = content_place(d->at);
	const struct content_owner *owner = contents_owner(d->at);

	if (!d->like && owner->uid == (uid_t)-1)
		return 0;
	_cleanup_close_ int opened = open_made(d, kind);
	int fd = d->fd < 0 ? opened : d->fd;

	if (fd < 0)
		return image_fail_errno(err, place, "cannot be opened");
	if (d->like)
		return rights_give(d, kind, fd, err);
	return kind->own(fd, owner->uid, owner->gid) < 0
		? image_fail_errno(err, place, "its owner cannot be set")
		: 0;
}

/* Syncs a new image under its temporary name. */
static int sync_draft(
	const struct content_draft *d, const struct content_kind *kind, struct vxe_error *err)
{
	const char *place = content_place(d->at);
	_cleanup_close_ int opened = open_made(d, kind);
	int fd = d->fd < 0 ? opened : d->fd;

	return fd < 0 || kind->sync(fd) < 0 ? image_fail_errno(err, place, "cannot be synced") : 0;
}

static int give_name(
	const struct content_draft *d, const struct content_kind *kind, struct vxe_error *err)
{
	const char *place = content_place(d->at);
	_cleanup_free_ char *draft = draft_path(place);

	content_close(content_at(d->at, draft));
	return kind->give_name(draft, place) < 0
		? image_fail_errno(err, place, "cannot get its name")
		: 0;
}

/* Syncs the folders of the new images, each folder once. */
static int sync_names(const struct content_draft *d, size_t n, struct vxe_error *err)
{
	_cleanup_strv_ struct strv done = { 0 };

	for (size_t i = 0; i < n; i++) {
		const char *place = content_place(d[i].at);
		const struct content_kind *kind = content_kind_at(place);
		_cleanup_free_ char *dir = path_dir(place);
		_cleanup_free_ char *key = xasprintf("%p %s", (const void *)kind, dir);

		if (strv_has(&done, key))
			continue;
		if (kind->sync_name(place, err) < 0)
			return -1;
		strv_take(&done, TAKE(key));
	}
	return 0;
}

/* Sets the owners and modes of all images before the first sync, so that the file system writes its journal once. */
int content_finish(struct content_draft *d, size_t n, struct vxe_error *err)
{
	for (size_t i = 0; i < n; i++)
		if (own(&d[i], content_kind_at(content_place(d[i].at)), err) < 0)
			return -1;
	for (size_t i = 0; i < n; i++)
		if (sync_draft(&d[i], content_kind_at(content_place(d[i].at)), err) < 0)
			return -1;
	for (size_t i = 0; i < n; i++) {
		if (!d[i].placed &&
			give_name(&d[i], content_kind_at(content_place(d[i].at)), err) < 0)
			return -1;
		d[i].placed = true;
	}
	return sync_names(d, n, err);
}

/* ---- changes --------------------------------------------------------------------------------- */

static int reserve_again(struct content *c, int64_t end, struct vxe_error *err)
{
	const char *place = content_place(c);
	struct content_open o;

	if (content_open(c, &o, err) < 0)
		return -1;
	if (!o.kind->has_hole(o.fd, end))
		return 0;
	_cleanup_close_ int fd = o.kind->open_writing(place);

	if (fd < 0)
		return image_fail_errno(err, place, "cannot be opened for writing");
	return o.kind->fill(fd, end) < 0
		? image_fail_errno(err, place, "its header cannot be rewritten")
		: 0;
}

int content_reserve(struct content *c, enum content_room what, int64_t end, struct vxe_error *err)
{
	const char *place = content_place(c);

	if (what == ROOM_AGAIN)
		return reserve_again(c, end, err);
	return content_kind_at(place)->lengthen(place, end) < 0
		? image_fail_errno(err, place, "cannot be made as large")
		: 0;
}

static int set_mode(
	const struct content_open *o, const char *place, mode_t mode, struct vxe_error *err)
{
	if (o->kind->set_mode(o->fd, mode) < 0)
		return image_fail_errno(err, place, "its write bits cannot be changed");
	return o->kind->sync(o->fd) < 0 ? image_fail_errno(err, place, "cannot be synced") : 0;
}

/* Opens the image and reads its mode. Returns 1, or 0 if write bits mean nothing for the image (a block device). */
static int open_mode(struct content *c, struct content_open *o, mode_t *ret, struct vxe_error *err)
{
	if (content_open(c, o, err) < 0)
		return -1;
	int r = o->kind->mode(o->fd, ret);

	return r < 0 ? image_fail_errno(err, content_place(c), "cannot be looked at") : r;
}

int content_freeze(struct content *c, mode_t *old_mode, struct vxe_error *err)
{
	const char *place = content_place(c);
	struct content_open o;
	mode_t mode;
	int r = open_mode(c, &o, &mode, err);

	if (r < 0)
		return -1;
	bool writable = r && (mode & WRITE_BITS);

	if (!old_mode)
		return writable && o.kind->set_mode(o.fd, mode) < 0
			? image_fail_errno(err, place, "its write bits cannot be changed")
			: 0;
	if (writable && set_mode(&o, place, mode & ~(mode_t)WRITE_BITS, err) < 0)
		return -1;
	*old_mode = mode;
	return 0;
}

int content_thaw(struct content *c, mode_t mode, struct vxe_error *err)
{
	struct content_open o;
	mode_t now;
	int r = open_mode(c, &o, &now, err);

	if (r <= 0 || now == (mode & MODE_BITS))
		return r < 0 ? -1 : 0;
	return set_mode(&o, content_place(c), mode & MODE_BITS, err);
}

int content_sync(struct content *c, struct vxe_error *err)
{
	struct content_open o;

	if (content_open(c, &o, err) < 0)
		return -1;
	if (o.kind->sync(o.fd) < 0)
		return image_fail_errno(err, content_place(c), "cannot be synced");
	return o.kind->sync_name(content_place(c), err);
}

int content_remove(struct content *c, struct vxe_error *err)
{
	const char *place = content_place(c);
	const struct content_kind *kind = content_kind_at(place);
	_cleanup_free_ char *draft = draft_path(place);
	/* temporary name of a file beside the draft itself, as image_make_difference() makes one */
	_cleanup_free_ char *of_draft = draft_path(draft);
	const char *const names[] = { place, draft, of_draft };
	bool any = false;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		/* closes the image first: an open file that is removed stays on NFS under another name */
		content_close(content_at(c, names[i]));
		int gone = kind->remove(names[i], err);

		if (gone < 0)
			return -1;
		any |= gone;
	}
	return any ? kind->sync_name(place, err) : 0;
}
