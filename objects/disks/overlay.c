/* SPDX-License-Identifier: MIT */
/* Plans overlays: the names of their files, what their headers say, and the freezing of the layer below. */
#include "objects/disks/overlay.h"

#include "backends/content/content.h"
#include "objects/base/file_key.h"
#include "objects/classes/storage/node_names.h"
#include "objects/classes/storage/sr.h"
#include "objects/classes/storage/sr_place.h"
#include "objects/classes/storage/chain_depth.h"
#include "objects/disks/node_use.h"
#include "objects/file_index/volumes.h"

#include <json-c/json.h>
#include <string.h>
#include <sys/stat.h>

int chain_check(struct session *s, struct txn *t, const struct vdi *vdi, const struct node *top,
	size_t *layers, struct vxe_error *err)
{
	const struct records *chain;

	if (node_layers(t, top->r.uuid, &chain, err) < 0)
		return -1;
	for (size_t i = 0; i < chain->n; i++) {
		const struct node *n = chain->items[i];
		_cleanup_free_ char *path = NULL;
		struct content_stat f;

		if (node_path(t, n, &path, err) < 0 ||
			content_stat(content_of(s, path), &f, err) < 0)
			return -1;
		if (!f.exists)
			return vdi_fail_missing(vdi, path, err);
		/*
		 * A merge in progress counts only at the top layer: one that was given up further down reads correctly
		 * and does no harm.
		 */
		if ((i == 0 && n->state == NODE_MERGING) || n->state == NODE_DOOMED)
			return vxe_fail(err, VXE_TRY_AGAIN, n->r.uuid, "its layer is being merged");
	}
	*layers = chain->n;
	return 0;
}

/*
 * Refuses an overlay in a shared SR on layers in one that is not: if every host sees the overlay, every host must see
 * the files below it.
 */
static int check_shared(
	struct txn *t, const struct node *base, const struct sr *in, struct vxe_error *err)
{
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;

	if (!in->shared || str_eq(base->sr, in->r.uuid))
		return 0;
	if (sr_get(t, base->sr, &sr, err) < 0)
		return -1;
	if (sr->shared)
		return 0;
	_cleanup_free_ char *text =
		xasprintf("the SR %s is shared, but the layers below would be in %s, which is not",
			in->r.uuid, sr->r.uuid);

	return vxe_fail(err, OPERATION_NOT_ALLOWED, text);
}

static int place(struct session *s, struct txn *t, const struct node *base,
	const struct overlay_place *at, struct sr **ret, struct vxe_error *err)
{
	if (!at || !at->sr)
		return overlay_sr(s, t, base, ret, err);
	if (check_shared(t, base, at->sr, err) < 0)
		return -1;
	*ret = record_copy(&sr_class, at->sr);
	return 0;
}

/* ---- made by the user ------------------------------------------------------------------------ */

/* What is wrong with the header of an overlay that the user has prepared, as text; NULL: nothing. */
static const char *unfit_header(
	const struct plan_disk *d, const char *base, const struct content_header *h)
{
	const char *below = h->backing_path;

	if (!below)
		return "it has no backing file";
	if (!file_is_same(below, base))
		return "its backing file is not the file that the disk is on now";
	if (!h->backing_format)
		return "its header does not say the format of its backing file: qemu-img create -F";
	if (!str_eq(h->backing_format, d->backing_format))
		return "its header names another format of its backing file";
	if (h->virtual_size != d->virtual_size)
		return "it does not have the size of the disk";
	if (h->snapshots)
		return "it holds internal snapshots";
	return h->state == CONTENT_SOUND ? NULL : "it is marked as damaged";
}

/*
 * *ret: what speaks against the file of an overlay that the user has prepared; NULL: nothing. A process that has the
 * file open may write to it, and content in the file would cover that of the disk.
 */
static int unfit_file(struct content *c, const char **ret, struct vxe_error *err)
{
	struct content_stat f;
	bool locked, touched;

	if (content_stat(c, &f, err) < 0 || content_in_use(c, USE_ANY, &locked, err) < 0 ||
		image_touched(c, "qcow2", &touched, err) < 0)
		return -1;
	*ret = locked		      ? "a process has it open"
		: touched	      ? "it is not empty"
		: !(f.mode & S_IWUSR) ? "its owner may not write to it"
				      : NULL;
	return 0;
}

int overlay_check_given(
	struct session *s, const struct plan_disk *d, const char *base, struct vxe_error *err)
{
	struct content *c = content_of(s, d->new_path);
	_cleanup_header_ struct content_header h = { 0 };

	if (content_vet(c, "qcow2", VET_USE, err) < 0)
		return -1;
	int r = content_read(c, &h, err);

	if (r < 0)
		return -1;
	const char *why = r ? unfit_header(d, base, &h) : "it is not a qcow2 image";

	if (!why && unfit_file(c, &why, err) < 0)
		return -1;
	return why ? vxe_fail(err, VXE_FOREIGN_IMAGE, d->new_path, why) : 0;
}

/* The record of an overlay that the user has prepared, which from now on counts as one that vxe has made. Owned. */
static struct node *given_node(const struct node *given, int64_t size)
{
	struct node *n = record_copy(&node_class, given);

	n->origin = NODE_MADE;
	n->virtual_size = size;
	return n;
}

/*
 * Checks the formats in the headers of the chain below @base. The header of @base is checked already; those below are
 * read only if vxe found no format for one of them when it adopted the chain.
 */
static int check_formats(
	struct txn *t, const struct node *base, struct content *c, struct vxe_error *err)
{
	const struct records *chain;
	bool unknown = false;

	if (node_layers(t, base->r.uuid, &chain, err) < 0)
		return -1;
	for (size_t i = 1; i < chain->n; i++)
		unknown |= str_is_empty(((const struct node *)chain->items[i])->format);
	return unknown ? content_vet(c, base->format, VET_FORMATS, err) : 0;
}

/* ---- planning -------------------------------------------------------------------------------- */

int plan_overlay(struct session *s, struct txn *t, const struct vdi *vdi, const struct node *base,
	const struct overlay_place *at, struct plan_disk *disk, struct node **ret, struct plan *p,
	struct vxe_error *err)
{
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;
	_cleanup_(node_free_cleanup) struct node *n = NULL;
	_cleanup_free_ char *base_path = NULL;
	size_t layers;
	int64_t size;

	if (place(s, t, base, at, &sr, err) < 0 || sr_check_takes_files(s, sr, err) < 0 ||
		chain_check(s, t, vdi, base, &layers, err) < 0 ||
		depth_check_most(s, vdi, layers, err) < 0 ||
		node_path(t, base, &base_path, err) < 0 ||
		content_vet(content_of(s, base_path), base->format, VET_BASE, err) < 0 ||
		check_formats(t, base, content_of(s, base_path), err) < 0 ||
		content_size(content_of(s, base_path), base->format, &size, err) < 0 ||
		node_build_on(s, t, base, p, err) < 0)
		return -1;
	bool given = at && at->given;

	n = given ? given_node(at->given, node_sectors(size)) : image_node(sr, size);
	if (!given && volumes_lacking(s, t, &n->beside, err) < 0)
		return -1;
	str_replace(&n->parent, base->r.uuid);

	disk->vdi = xstrdup(vdi->r.uuid);
	disk->new_node = xstrdup(n->r.uuid);
	disk->new_path = given ? xstrdup(at->path) : sr_image_place(sr, n->path);
	disk->backing =
		node_header_name(base_path, str_eq(base->sr, n->sr) ? base->path : base_path);
	disk->backing_format = xstrdup(base->format);
	disk->virtual_size = n->virtual_size;
	disk->old_mode = base->old_mode;
	disk->make = !given;
	disk->given = given;
	*ret = TAKE(n);
	return given ? overlay_check_given(s, disk, base_path, err) : 0;
}

/* True if the file has lost its write bits with an earlier snapshot: nobody writes to internal snapshots in it. */
static bool is_frozen_already(const struct node *n)
{
	return n->state == NODE_FROZEN && n->old_mode;
}

/*
 * Refuses with VXE_INTERNAL_SNAPSHOTS to freeze the layer @top, if that would endanger internal snapshots in it or in
 * other programs' layers below; the rest as loss_check().
 */
static int check_frozen_internal(struct session *s, struct txn *t, const struct node *top,
	struct plan *p, struct vxe_error *err)
{
	const struct records *chain;

	if (node_layers(t, top->r.uuid, &chain, err) < 0)
		return -1;
	for (size_t i = 0; i < chain->n; i++) {
		const struct node *n = chain->items[i];

		if (i && (n->origin != NODE_ADOPTED_LEAF || is_frozen_already(n)))
			continue;
		if (loss_check(s, t, n->r.uuid, LOSS_FROZEN, p, err) < 0)
			return -1;
	}
	return 0;
}

/*
 * *ret: the record of the layer @node as frozen. Fills in the disk's old mode, and whether the file loses its write
 * bits (never the file of an adopted base, or a device).
 */
static int plan_freeze(struct session *s, const struct vdi *vdi, const struct node *node,
	struct plan_disk *disk, struct node **ret, struct vxe_error *err)
{
	struct content_stat f;

	if (content_stat(content_of(s, disk->old_path), &f, err) < 0)
		return -1;
	if (!f.exists)
		return vdi_fail_missing(vdi, disk->old_path, err);
	disk->old_mode = f.mode;
	disk->freeze = node->origin != NODE_ADOPTED_BASE && !f.device;

	struct node *frozen = record_copy(&node_class, node);
	frozen->state = NODE_FROZEN;
	frozen->old_mode = f.mode;
	str_replace(&frozen->fingerprint, "");	   /* the result takes a new one */
	frozen->virtual_size = disk->virtual_size; /* another program may have resized the image */
	*ret = frozen;
	return 0;
}

int plan_frozen_layer(struct session *s, struct txn *t, const struct frozen_layer *f,
	struct plan *p, int64_t *size, struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *fresh = NULL, *frozen = NULL;
	struct plan_disk *disk = plan_add_disk(p);

	disk->target = xstrdup_null(f->target);
	disk->old_node = xstrdup(f->node->r.uuid);
	disk->old_path = xstrdup(f->path);
	disk->old_format = xstrdup(f->node->format);
	if (plan_overlay(s, t, f->vdi, f->node, f->at, disk, &fresh, p, err) < 0 ||
		(!p->keeps_inside && check_frozen_internal(s, t, f->node, p, err) < 0) ||
		plan_freeze(s, f->vdi, f->node, disk, &frozen, err) < 0)
		return -1;
	if (f->guard) {
		fresh->kind = NODE_GUARD;
		str_replace(&disk->new_sr, fresh->sr);
	}
	plan_put(p, &node_class, frozen);
	if (disk->given)
		plan_put(p, &node_class, fresh);
	else
		plan_add(p, &node_class, fresh);
	plan_touch_node(p, f->node->r.uuid);
	if (!f->guard)
		plan_touch_node(p, fresh->r.uuid);
	if (f->vdi->virtual_size != disk->virtual_size)
		plan_set(p, &vdi_class, f->vdi->r.uuid, "virtual-size",
			json_object_new_int64(disk->virtual_size));
	if (size)
		*size = disk->virtual_size;
	return f->guard ? 0 : vdi_move(s, t, f->vdi, fresh, p, err);
}
