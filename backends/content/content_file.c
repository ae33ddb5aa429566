/* SPDX-License-Identifier: MIT */
/* What is asked of content as a whole, and changed on it: by the functions of its kind. */
#include "backends/content/content_private.h"

#include <json-c/json.h>
#include <unistd.h>

/* QEMU locks single bytes: 100 + permission it uses, 200 + permission it denies to others. */
#define QEMU_LOCK_FIRST 100
#define QEMU_LOCK_LEN 200
#define QEMU_LOCK_WRITER 101	/* held by every writer */
#define QEMU_LOCK_NO_WRITER 201 /* held by who bears no writer */

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
	/* Testing for a write lock finds readers, too, and needs no write permission. */
	struct flock lock = {
		.l_type = F_WRLCK,
		.l_whence = SEEK_SET,
		.l_start = what == USE_WRITER ? QEMU_LOCK_WRITER : QEMU_LOCK_FIRST,
		.l_len = what == USE_WRITER ? 1 : QEMU_LOCK_LEN,
	};
	struct content_open o;

	if (content_open(c, &o, err) < 0)
		return -1;
	if (o.kind->lock(o.fd, F_OFD_GETLK, &lock) < 0)
		return image_fail_errno(err, content_place(c), "its locks cannot be read");
	*ret = lock.l_type != F_UNLCK;
	return 0;
}

/* In QEMU's order, first locked and then asked: who comes later sees the lock. */
static int hold(struct content *c, const struct content_open *o, struct vxe_error *err)
{
	struct flock lock = {
		.l_type = F_RDLCK,
		.l_whence = SEEK_SET,
		.l_start = QEMU_LOCK_NO_WRITER,
		.l_len = 1,
	};
	const char *place = content_place(c);
	bool writer;

	if (o->kind->lock(o->fd, F_OFD_SETLK, &lock) < 0)
		return image_fail_errno(err, place, "it cannot be locked as QEMU does");
	if (content_in_use(c, USE_WRITER, &writer, err) < 0)
		return -1;
	return writer ? image_fail(err, place, "another program has it open for writing") : 0;
}

/* A descriptor of its own, because the lock is that descriptor's. */
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
	struct json_object *file = json_object_new_object();

	json_object_object_add(
		file, "driver", json_object_new_string(content_kind_at(place)->driver));
	json_object_object_add(file, "filename", json_object_new_string(place));
	if (held)
		json_object_object_add(file, "locking", json_object_new_string("off"));
	char *text = xstrdup(json_object_to_json_string_ext(file, JSON_C_TO_STRING_NOSLASHESCAPE));

	json_object_put(file);
	return text;
}

/* ---- changes --------------------------------------------------------------------------------- */

int content_create(struct content *c, struct vxe_error *err)
{
	const char *place = content_place(c);
	int fd = content_kind_at(place)->create(place);

	return fd < 0 ? image_fail_create(err, place) : fd;
}

int content_reserve(struct content *c, int64_t end, struct vxe_error *err)
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

static int set_mode(
	const struct content_open *o, const char *place, mode_t mode, struct vxe_error *err)
{
	if (o->kind->set_mode(o->fd, mode) < 0)
		return image_fail_errno(err, place, "its write bits cannot be changed");
	return o->kind->sync(o->fd) < 0 ? image_fail_errno(err, place, "cannot be synced") : 0;
}

/* Opens it, and asks for its mode. 1: it has one; 0: write bits mean nothing there. */
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
	_cleanup_free_ char *of_draft = draft_path(draft); /* image_make_difference() */
	const char *const names[] = { place, draft, of_draft };
	bool any = false;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		content_close(content_at(c, names[i])); /* or NFS renames it until then */
		int gone = kind->remove(names[i], err);

		if (gone < 0)
			return -1;
		any |= gone;
	}
	return any ? kind->sync_name(place, err) : 0;
}
