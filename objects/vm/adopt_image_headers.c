/* SPDX-License-Identifier: MIT */
#include "objects/vm/adopt_image_headers.h"

#include "objects/session/file_chain.h"
#include "objects/disks/disks.h"
#include "objects/base/file_key.h"
#include "objects/classes/storage/node_names.h"
#include "objects/classes/vm/vbd.h"
#include "objects/domain/adopt_disk.h"
#include "objects/domain/adopt_forget.h"
#include "objects/domain/vm_load.h"
#include "objects/session/disk_path.h"

#include <string.h>

#define HEADERS "headers"
#define READERS "header-readers"

const struct plan_member headers_members[] = {
	{ HEADERS, PLAN_STRINGS,
		"for each header: the file, its backing file and format before, and after; on a "
		"line each" },
	{ READERS, PLAN_STRINGS, "the layers above these files, in the same disks" },
	{ 0 },
};

/* ---- the chain of the definition ---------------------------------------------------------------- */

static int refuse_header(const struct spec_disk *disk, const char *why, struct vxe_error *err)
{
	_cleanup_free_ char *text =
		xasprintf("%s; 'vm-adopt-disks keep=records' goes by the headers", why);

	return vxe_fail(err, VXE_FOREIGN_IMAGE, spec_disk_at(disk), text);
}

static void add_layer(struct file_chain *c, const char *path, const char *format)
{
	c->items = xrealloc(c->items, c->n + 1, sizeof(*c->items));
	c->items[c->n++] = (struct chain_file){ .path = xstrdup(path),
		.format = xstrdup(format ? format : "") };
}

/* Completes the backing chain @c: below the last layer that the definition names, the image headers tell the layers. */
static void add_rest(struct session *s, struct file_chain *c)
{
	_cleanup_file_chain_ struct file_chain rest = { 0 };
	struct chain_file *last = &c->items[c->n - 1];

	file_chain_read(content_of(s, last->path), last->format, &rest);
	for (size_t i = 1; i < rest.n; i++)
		add_layer(c, rest.items[i].path, rest.items[i].format);
	c->complete = rest.complete;
}

/* Finds the sizes of the layers, for the records of new layers. */
static void measure(struct session *s, struct file_chain *c)
{
	for (size_t i = 0; i < c->n; i++) {
		_cleanup_error_ struct vxe_error unknown = { 0 };
		struct chain_file *f = &c->items[i];

		if (disk_file_size(content_of(s, f->path), f->format, &f->virtual_size, &unknown) <
			0)
			f->virtual_size = 0;
	}
}

static int read_due(struct session *s, const struct vm_disk *d, const struct spec_disk *disk,
	struct file_chain *ret, struct vxe_error *err)
{
	bool ends = false;

	if (disk->opaque)
		return refuse_header(disk, "a layer is encrypted, or needs another secret", err);
	add_layer(ret, d->path, disk->format);
	for (size_t i = 0; i < disk->n_below && !ends; i++) {
		const struct spec_layer *l = &disk->below[i];
		const struct spec_disk named = { .source = l->source, .path = l->path };
		_cleanup_free_ char *path = disk_path(s, &named);

		ends = l->source == DISK_NONE;
		if (!ends && !path)
			return refuse_header(
				disk, "a layer of the definition is no file of this machine", err);
		if (!ends && !str_eq(l->format, "qcow2") && !str_eq(l->format, "raw"))
			return refuse_header(
				disk, "a layer of the definition is neither qcow2 nor raw", err);
		if (!ends)
			add_layer(ret, path, l->format);
	}
	if (!ends)
		add_rest(s, ret);
	measure(s, ret);
	return 0;
}

/* ---- records of the layers ----------------------------------------------------------------------- */

/* Checks that the layer's file exists and is not a disk of its own that can be written to. */
static int check_base(struct session *s, struct txn *t, const char *path, struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *n = NULL;
	struct content_stat f;

	if (disk_file_stat(content_of(s, path), &f, err) < 0 ||
		node_by_path(s, t, path, &n, err) < 0)
		return -1;
	if (!f.exists)
		return vxe_fail(err, VXE_IMAGE_FAILED, path, "the file is missing");
	return n && n->state != NODE_FROZEN
		? vxe_fail(err, VXE_DEPENDENTS, path,
			  "it is a disk of its own, which can be written to")
		: 0;
}

int headers_adopt(struct session *s, struct txn *t, const struct vm_disk *d,
	const struct spec_disk *disk, struct vxe_error *err)
{
	_cleanup_file_chain_ struct file_chain due = { 0 };
	_cleanup_free_ char *node = NULL;

	if (read_due(s, d, disk, &due, err) < 0)
		return -1;
	for (size_t i = 1; i < due.n; i++)
		if (check_base(s, t, due.items[i].path, err) < 0)
			return -1;
	const struct file_chain below = { .n = due.n - 1, .items = due.items + 1 };

	return below.n ? adopt_frozen(s, t, &below, &node, err) : 0;
}

/* ---- the plan ------------------------------------------------------------------------------------- */

/*
 * The backing file and format that an image header names now (@was) and has to name (@name). Names are spelled as in
 * the header; NULL: no backing file.
 */
struct header {
	const char *file;
	char *name, *format, *was, *was_format;
};

static void header_clear(struct header *h)
{
	free(h->name);
	free(h->format);
	free(h->was);
	free(h->was_format);
}
#define _cleanup_own_header_ _cleanup_(header_clear)

/* Returns 1 if the image header has to be rewritten, because its backing file or format is not the definition's. */
static int compare_header(struct session *s, const struct spec_disk *disk,
	const struct chain_file *above, const struct chain_file *next, struct header *ret,
	struct vxe_error *err)
{
	_cleanup_header_ struct content_header h = { 0 };
	int r = str_eq(above->format, "qcow2")
		? disk_file_header(content_of(s, above->path), &h, err)
		: 0;

	if (r <= 0)
		return r < 0   ? -1
			: next ? refuse_header(disk, "a layer above another one is not qcow2", err)
			       : 0;
	const char *at = h.backing_path;
	bool same = next ? at && file_is_same(at, next->path) : !h.backing;

	if (same && (!next || str_eq(h.backing_format, next->format)))
		return 0;
	if ((h.backing && !at) || (!same && h.backing && !h.backing_format))
		return refuse_header(disk, "its header could not be put back as it is", err);
	ret->file = above->path;
	ret->was = xstrdup_null(h.backing);
	ret->was_format = xstrdup_null(h.backing_format);
	ret->name = next ? node_backing_name(above->path, next->path) : NULL;
	ret->format = next ? xstrdup(next->format) : NULL;
	return 1;
}

static const char *text_of(const char *text)
{
	return text ? text : "";
}

/* Refuses to rewrite the layer's header if anything but this disk's chain reads the layer. */
static int check_alone(struct txn *t, const struct vm_disk *d, const struct node *n,
	const char *above, const char *path, struct vxe_error *err)
{
	_cleanup_records_ struct records children = { 0 };
	bool named;

	if (node_is_named(t, n->r.uuid, d->vdi->r.uuid, &named, err) < 0 ||
		node_children(t, n->r.uuid, &children, err) < 0)
		return -1;
	for (size_t i = 0; i < children.n; i++)
		named |= !str_eq(((const struct node *)children.items[i])->r.uuid, above);
	if (named || (n->origin == NODE_MADE && n->state != NODE_WRITABLE))
		return vxe_fail(err, VXE_DEPENDENTS, path,
			"a snapshot or another disk reads it by its header");
	return 0;
}

static int unknown_yet(const char *file, const char *object, struct vxe_error *err)
{
	_cleanup_free_ char *why = xasprintf("the record of %s is yet to be made", file);

	return vxe_fail(err, VXE_TRY_AGAIN, object, why);
}

static int plan_parent(struct session *s, struct txn *t, struct node *n, const char *below,
	struct plan *p, struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *base = NULL;

	if (below && node_by_path(s, t, below, &base, err) < 0)
		return -1;
	if (below && !base)
		return unknown_yet(below, n->r.uuid, err);
	if (n->parent)
		plan_touch_node(p, n->parent);
	str_replace(&n->parent, base ? base->r.uuid : NULL);
	str_replace(&n->fingerprint, "");
	plan_set_field(p, &node_class, n, "parent");
	plan_set_field(p, &node_class, n, "fingerprint");
	plan_touch_node(p, n->r.uuid);
	if (base)
		plan_touch_node(p, base->r.uuid);
	return 0;
}

struct layers {
	struct session *s;
	struct txn *t;
	const struct vm_disk *d;
	struct file_chain due;
	char *above; /* layer of the layer above */
};

static void layers_clear(struct layers *l)
{
	file_chain_clear(&l->due);
	free(l->above);
}

/* Plans the new parent and the lock of the layer whose image header is rewritten. */
static int plan_layer(struct layers *l, size_t i, const struct header *h, bool dry, struct plan *p,
	struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *n = NULL;
	const char *below = i + 1 < l->due.n ? l->due.items[i + 1].path : NULL;

	if (i)
		plan_keep_one_more(p, READERS, l->due.items[i - 1].path);
	if (node_by_path(l->s, l->t, h->file, &n, err) < 0)
		return -1;
	if (!n) /* a layer without a record has no snapshot; in a dry run that is no error */
		return dry ? 0 : unknown_yet(h->file, l->d->vdi->r.uuid, err);
	if (check_alone(l->t, l->d, n, l->above, h->file, err) < 0)
		return -1;
	locks_add(&p->locks, LOCK_NODE, n->r.uuid, LEASE_EXCLUSIVE);
	return dry ? 0 : plan_parent(l->s, l->t, n, below, p, err);
}

static int note_above(struct layers *l, size_t i, struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *n = NULL;

	if (node_by_path(l->s, l->t, l->due.items[i].path, &n, err) < 0)
		return -1;
	str_replace(&l->above, n ? n->r.uuid : NULL);
	return 0;
}

/*
 * Checks that an image header that is not rewritten agrees with the layer's record; if not, loading the VM once more
 * compares the definition with the records, and its error says what to do.
 */
static int check_recorded(struct layers *l, size_t i, struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *n = NULL, *base = NULL;
	_cleanup_loaded_ struct vm_loaded *again = NULL;
	const char *below = i + 1 < l->due.n ? l->due.items[i + 1].path : NULL;

	if (node_by_path(l->s, l->t, l->due.items[i].path, &n, err) < 0 ||
		(below && node_by_path(l->s, l->t, below, &base, err) < 0))
		return -1;
	if (!n || str_eq(n->parent, base ? base->r.uuid : NULL))
		return 0;
	if (vm_load(l->s, l->d->vbd->vm, VM_LOAD_ACT, &again, err) < 0)
		return -1;
	return unknown_yet(l->due.items[i].path, l->d->vbd->vm, err);
}

int headers_plan(struct session *s, struct txn *t, const struct vm_disk *d,
	const struct spec_disk *disk, bool dry, struct plan *p, struct strv *lines,
	struct vxe_error *err)
{
	_cleanup_(layers_clear) struct layers l = { .s = s, .t = t, .d = d };

	if (read_due(s, d, disk, &l.due, err) < 0)
		return -1;
	for (size_t i = 0; i < l.due.n; i++) {
		_cleanup_own_header_ struct header h = { 0 };
		const struct chain_file *next = i + 1 < l.due.n ? &l.due.items[i + 1] : NULL;
		int r = next || l.due.complete || i < disk->n_below
			? compare_header(s, disk, &l.due.items[i], next, &h, err)
			: 0;

		if (r < 0 || (next && check_base(s, t, next->path, err) < 0) ||
			(r > 0 ? plan_layer(&l, i, &h, dry, p, err) : check_recorded(&l, i, err)) <
				0 ||
			note_above(&l, i, err) < 0)
			return -1;
		if (r > 0) {
			_cleanup_free_ char *line =
				xasprintf("%s\n%s\n%s\n%s\n%s", h.file, text_of(h.was),
					text_of(h.was_format), text_of(h.name), text_of(h.format));

			plan_keep_one_more(p, HEADERS, line);
			strv_take(lines,
				xasprintf("%s: the header of %s gets %s (%s) in place of %s (%s)",
					disk->target, h.file, h.name ? h.name : "nothing",
					h.format ? h.format : "-", h.was ? h.was : "nothing",
					h.was_format ? h.was_format : "-"));
		}
	}
	return 0;
}

/* ---- the step --------------------------------------------------------------------------------------- */

static const char *or_null(const char *text)
{
	return *text ? text : NULL;
}

/*
 * Writes the backing file and its format into an image header: the new ones of the plan's line, or, with @forward
 * false, the old ones.
 */
static int write_header(struct session *s, const char *line, bool forward, struct vxe_error *err)
{
	_cleanup_strv_ struct strv parts = { 0 };

	strv_split(&parts, line, '\n');
	if (parts.n != 5)
		return vxe_fail_internal(err, "a header in the plan has %zu parts", parts.n);
	char **to = parts.items + (forward ? 3 : 1);

	if (!forward && *to[0] && !*to[1]) /* see step_restore_headers() */
		return 0;
	return layer_set_base(s, parts.items[0], or_null(to[0]), or_null(to[1]), err);
}

/* Fails if anything but this VM and its layers reads a file whose header changes. */
static int check_readers(struct op *op, const struct strv *headers, struct vxe_error *err)
{
	_cleanup_strv_ struct strv paths = { 0 }, known = { 0 };

	for (size_t i = 0; i < headers->n; i++)
		strv_take(&paths, xstrndup(headers->items[i], strcspn(headers->items[i], "\n")));
	plan_strings(&op->plan, READERS, &known);
	strv_add(&known, op->plan.object);
	return paths.n ? strangers_find(op->s, &paths, &known, NULL, NULL, err) : 0;
}

/* Rewrites all image headers that the plan lists: with @forward to the new backing files, else to the old ones. */
static int write_headers(struct op *op, bool forward, struct vxe_error *err)
{
	_cleanup_strv_ struct strv headers = { 0 };

	plan_strings(&op->plan, HEADERS, &headers);
	if (forward && check_readers(op, &headers, err) < 0)
		return -1;
	for (size_t i = 0; i < headers.n; i++)
		if (write_header(op->s, headers.items[i], forward, err) < 0)
			return -1;
	return 0;
}

int step_write_headers(struct op *op, struct vxe_error *err)
{
	return write_headers(op, true, err);
}

int step_restore_headers(struct op *op, struct vxe_error *err)
{
	return write_headers(op, false, err);
}
