/* SPDX-License-Identifier: MIT */
/*
 * Makes images. Each image is written to a temporary file (a draft) beside its final name, read back, given its owner
 * and synced; only then it gets its final name, which must be free. So every file with the name of an image is
 * complete.
 */
#include "objects/disks/images/images_private.h"

struct draft {
	const struct image_overlay *want;
	/* path of the temporary file in which the image is made; NULL: none was begun */
	char *path;
};

static int check_image_absent(struct content *at, struct vxe_error *err)
{
	struct content_stat f;

	if (content_stat(at, &f, err) < 0)
		return -1;
	return f.exists ? image_fail(err, content_place(at), "exists already") : 0;
}

/*
 * Begins a new image under a temporary name. If a file of this temporary name exists, a killed process left it, or
 * another process is making the same image: the caller decides (content_remove() removes that file).
 */
static int draft_begin(struct draft *d, struct content_draft *to, struct vxe_error *err)
{
	_cleanup_free_ unsigned char *bytes = NULL;
	_cleanup_free_ char *draft = draft_path(content_place(to->at));
	size_t n;

	if (check_image_absent(to->at, err) < 0 || qcow2_empty(d->want, &bytes, &n, err) < 0)
		return -1;
	to->fd = content_create(content_at(to->at, draft), bytes, n, 0, err);
	if (to->fd < 0)
		return -1;
	d->path = TAKE(draft);
	return 0;
}

/*
 * Reads the header of a new image back. libvirt accepts an overlay with a wrong header, and then the next start
 * fails, or the guest reads wrong data.
 */
static int draft_read_back(const struct draft *d, struct vxe_error *err)
{
	_cleanup_header_ struct content_header h = { 0 };
	const struct image_overlay *o = d->want;
	const char *path = content_place(o->at);
	int found = content_read(content_at(o->at, d->path), &h, err);

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

/* Finds the file whose rights a new overlay gets: that of the disk so far, or its backing file. */
static int find_model(const struct image_overlay *o, const struct image_like *like,
	struct content **ret, struct vxe_error *err)
{
	const char *path = content_place(o->at);
	_cleanup_free_ char *backing = image_named(path, o->backing);
	struct content_stat f = { 0 };

	if (!backing)
		return image_fail(err, path, "%s cannot be the name of a backing file", o->backing);
	if (like && like->path && content_stat(content_at(o->at, like->path), &f, err) < 0)
		return -1;
	*ret = content_at(o->at, f.exists ? like->path : backing);
	return 0;
}

static int drafts_make(struct draft *drafts, struct content_draft *to, size_t n,
	const struct image_like *like, struct vxe_error *err)
{
	for (size_t i = 0; i < n; i++)
		if (draft_begin(&drafts[i], &to[i], err) < 0)
			return -1;
	for (size_t i = 0; i < n; i++) {
		if (draft_read_back(&drafts[i], err) < 0)
			return -1;
		if (!drafts[i].want->backing)
			continue;
		if (find_model(drafts[i].want, like ? &like[i] : NULL, &to[i].like, err) < 0)
			return -1;
		to[i].old_mode = like ? like[i].old_mode : 0;
	}
	return content_finish(to, n, err);
}

static void draft_end(struct draft *d, struct content_draft *to, bool keep)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };

	closep(&to->fd);
	if (d->path && !keep &&
		content_remove(to->placed ? to->at : content_at(to->at, d->path), &ignored) < 0)
		error_clear(&ignored);
	free(d->path);
}

int image_make_overlays(const struct image_overlay *o, size_t n, const struct image_like *like,
	struct vxe_error *err)
{
	_cleanup_free_ struct draft *drafts = xcalloc(n ? n : 1, sizeof(*drafts));
	_cleanup_free_ struct content_draft *to = xcalloc(n ? n : 1, sizeof(*to));

	for (size_t i = 0; i < n; i++) {
		drafts[i].want = &o[i];
		to[i] = (struct content_draft){ .at = o[i].at, .fd = -1 };
	}
	int rc = drafts_make(drafts, to, n, like, err);

	for (size_t i = 0; i < n; i++)
		draft_end(&drafts[i], &to[i], rc == 0);
	return rc;
}

int image_make(struct content *at, int64_t virtual_size, struct vxe_error *err)
{
	const struct image_overlay o = { .at = at, .virtual_size = virtual_size };

	return image_make_overlays(&o, 1, NULL, err);
}

int image_make_raw(struct content *at, int64_t virtual_size, struct vxe_error *err)
{
	struct draft d = { .path = draft_path(content_place(at)) };
	struct content_draft to = { .at = at };

	if (check_image_absent(at, err) < 0) {
		free(d.path);
		return -1;
	}
	to.fd = content_create(content_at(at, d.path), NULL, 0, virtual_size, err);
	int rc = to.fd < 0 ? -1 : content_finish(&to, 1, err);

	if (to.fd < 0)
		free(TAKE(d.path));
	draft_end(&d, &to, rc == 0);
	return rc;
}
