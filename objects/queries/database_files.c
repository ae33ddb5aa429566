/* SPDX-License-Identifier: MIT */
/*
 * Compares restored records with the files: since the dump, layers may have been merged, written to and removed. A
 * layer that is read-only by its record, but whose file has changed since, would give disks above it wrong content.
 */
#include "objects/queries/database.h"

#include "objects/disks/disks.h"
#include "objects/base/file_key.h"
#include "objects/classes/storage/node_names.h"
#include "objects/classes/storage/node_fingerprint.h"
#include "objects/classes/storage/pbd.h"
#include "objects/classes/storage/vdi.h"

struct compare {
	struct session *s;
	struct txn *t;
	struct strv lost; /* UUIDs of layers whose content is lost */
};

/*
 * Returns 1 if vxe made the layer, or if a VDI or snapshot on record names it. The file of any other layer belongs to
 * a user, who may write to it below layers of the user's own.
 */
static int node_has_name(struct compare *c, const struct node *n, struct vxe_error *err)
{
	int names;

	if (n->origin == NODE_MADE)
		return 1;
	return node_count_names(c->t, n->r.uuid, &names, err) < 0 ? -1 : names > 0;
}

/*
 * Returns 1 if the layer's file is not as its record says. If the record has no fingerprint (older versions of vxe),
 * the file's write permissions decide: a read-only layer has none, and a merge restores them.
 */
static int differs(struct compare *c, const struct node *n, const char *path,
	const struct content_stat *f, struct vxe_error *err)
{
	struct leaf leaf;

	if (node_changed(n, content_of(c->s, path)))
		return 1;
	int named = node_has_name(c, n, err);

	if (named <= 0)
		return named;
	if (leaf_find(c->s, path, NULL, &leaf, err) < 0)
		return -1;
	if (leaf.domain || (!node_is_printed(n) && !f->device && (f->mode & WRITE_BITS)))
		return 1;
	/* If the header names another backing file, this is not the recorded file. */
	_cleanup_(node_free_cleanup) struct node *parent = NULL;
	_cleanup_error_ struct vxe_error damaged = { 0 };
	_cleanup_header_ struct content_header h = { 0 };
	_cleanup_free_ char *want = NULL;

	if (!str_eq(n->format, "qcow2") || n->origin != NODE_MADE)
		return 0;
	if (disk_file_header(content_of(c->s, path), &h, &damaged) <= 0)
		return 1;
	if (n->parent &&
		(node_find(c->t, n->parent, &parent, err) < 0 ||
			(parent && node_path(c->t, parent, &want, err) < 0)))
		return -1;
	const char *have = h.backing_path;

	if (!want || !have)
		return want || have;
	return !file_is_same(have, want);
}

static int compare_node(struct compare *c, struct node *n, struct vxe_error *err)
{
	_cleanup_free_ char *path = NULL;
	struct content_stat f = { 0 };

	if (n->state != NODE_FROZEN || n->kind != NODE_DISK || n->origin == NODE_ADOPTED_BASE)
		return 0;
	int here = sr_is_here(c->s, c->t, n->sr, err);

	if (here <= 0)
		return here;
	if (node_path(c->t, n, &path, err) < 0 || path[0] != '/' ||
		disk_file_stat(content_of(c->s, path), &f, err) < 0)
		return path && path[0] != '/' ? 0 : -1;
	if (!f.exists) { /* a missing file may come back */
		strv_add(&c->lost, n->r.uuid);
		return 0;
	}
	int r = differs(c, n, path, &f, err);

	if (r <= 0)
		return r;
	strv_add(&c->lost, n->r.uuid);
	return node_mark_lost(c->t, n, err);
}

/* Returns 1 if the disk's upper layer is read-only, and its content is read from a layer that is lost. */
static int reads_lost(struct compare *c, const struct vdi *v, struct vxe_error *err)
{
	_cleanup_records_ struct records chain = { 0 };
	_cleanup_error_ struct vxe_error gone = { 0 };

	/* a disk whose chain of layers is incomplete is passed over; `vxe check` names what is missing */
	if (node_chain(c->t, v->node, &chain, &gone) < 0) {
		if (gone.code == UUID_INVALID)
			return 0;
		error_move(err, &gone);
		return -1;
	}
	if (!chain.n || ((const struct node *)chain.items[0])->state != NODE_FROZEN)
		return 0;
	for (size_t i = 0; i < chain.n; i++)
		if (strv_has(&c->lost, ((const struct node *)chain.items[i])->r.uuid))
			return 1;
	return 0;
}

static int mark_disks(struct compare *c, struct strv *told, struct vxe_error *err)
{
	_cleanup_records_ struct records vdis = { 0 };

	if (records_load(c->t, &vdi_class, NULL, NULL, &vdis, err) < 0)
		return -1;
	for (size_t i = 0; i < vdis.n; i++) {
		struct vdi *v = vdis.items[i];
		int lost = v->node && v->managed ? reads_lost(c, v, err) : 0;

		if (lost < 0)
			return -1;
		if (!lost)
			continue;
		v->missing = true;
		if (record_save(c->t, &vdi_class, v, err) < 0)
			return -1;
		strv_take(told,
			xasprintf("VDI %s (%s) is lost: its file was changed since the "
				  "database was dumped.",
				v->r.uuid, v->name_label));
	}
	return 0;
}

int database_compare(struct session *s, struct txn *t, struct strv *told, struct vxe_error *err)
{
	struct compare c = { .s = s, .t = t };
	_cleanup_records_ struct records nodes = { 0 };
	int r = records_load(t, &node_class, NULL, NULL, &nodes, err);

	for (size_t i = 0; r == 0 && i < nodes.n; i++)
		r = compare_node(&c, nodes.items[i], err);
	if (r == 0 && c.lost.n)
		r = mark_disks(&c, told, err);
	strv_clear(&c.lost);
	return r;
}
