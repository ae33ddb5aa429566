/* SPDX-License-Identifier: MIT */
/* Compares the record of one disk with its file. */
#include "objects/storage/vdi_update.h"

#include "objects/base/file_key.h"
#include "objects/disks/disks.h"
#include "objects/classes/storage/forgotten_disk.h"
#include "objects/classes/storage/node_names.h"
#include "objects/classes/storage/node_fingerprint.h"
#include "objects/classes/vm/vbd.h"
#include "objects/engine/op_recover.h"
#include "objects/model/trial_run.h"
#include "objects/storage/vdi_loaded.h"

static int file_of_vdi(
	struct txn *t, const struct vdi *v, struct node **node, char **ret, struct vxe_error *err)
{
	if (!v->node) {
		*ret = xstrdup_null(map_get(&v->sm_config, "file"));
		return 0;
	}
	if (node_find(t, v->node, node, err) < 0)
		return -1;
	return *node ? node_path(t, *node, ret, err) : 0;
}

/*
 * Records a disk whose file has vanished as a forgotten disk, because the file may come back; if a VM or a layer names
 * the disk, only marks it as missing.
 */
static int drop_vanished(struct txn *t, struct vdi *v, const struct node *n, struct vxe_error *err)
{
	_cleanup_records_ struct records users = { 0 }, above = { 0 };
	int names = 0;

	if (records_load(t, &vbd_class, "vdi_uuid", v->r.uuid, &users, err) < 0 ||
		(n &&
			(node_children(t, n->r.uuid, &above, err) < 0 ||
				node_count_names(t, n->r.uuid, &names, err) < 0)))
		return -1;
	if (users.n || above.n || names > 1 || !v->managed) {
		if (v->missing)
			return 0;
		v->missing = true;
		return record_save(t, &vdi_class, v, err);
	}
	_cleanup_(forgotten_free_cleanup) struct forgotten *kept = forgotten_new(v, n);

	if (v->sr && *kept->path && record_save(t, &forgotten_class, kept, err) < 0)
		return -1; /* a missing file may come back */
	if (n && txn_del(t, node_class.name, n->r.uuid, err) < 0)
		return -1;
	return txn_del(t, vdi_class.name, v->r.uuid, err);
}

/* Updates the record of a disk that another program has grown, or whose missing file has come back. */
static int refresh(struct session *s, struct txn *t, struct vdi *v, struct node *n,
	const char *path, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error unknown = { 0 };
	int64_t size = v->virtual_size;

	if (disk_file_size(content_of(s, path), n ? n->format : "raw", &size, &unknown) < 0)
		size = v->virtual_size;
	if (n && n->virtual_size != size) {
		n->virtual_size = size;
		if (record_save(t, &node_class, n, err) < 0)
			return -1;
	}
	bool lost = n && node_is_lost(n);

	if (v->missing == lost && v->virtual_size == size)
		return 0;
	v->missing = lost;
	v->virtual_size = size;
	return record_save(t, &vdi_class, v, err);
}

int vdi_look_at(struct session *s, struct txn *t, struct vdi *v, const struct claims *claims,
	struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *n = NULL;
	_cleanup_free_ char *path = NULL;
	struct content_stat f = { 0 };

	if (file_of_vdi(t, v, &n, &path, err) < 0)
		return -1;
	if (!path || *path != '/')
		return 0;
	if (disk_file_stat(content_of(s, path), &f, err) < 0)
		return -1;
	if (claims_find(claims, path) ||
		(n && n->state != NODE_WRITABLE && n->state != NODE_FROZEN))
		return 0;
	return f.exists ? refresh(s, t, v, n, path, err) : drop_vanished(t, v, n, err);
}

/* ---- layers that were merged since ------------------------------------------------------------ */

/* True if the layer has no file. */
static int is_gone(
	struct session *s, struct txn *t, const struct node *n, char **path, struct vxe_error *err)
{
	struct content_stat f = { 0 };

	if (node_path(t, n, path, err) < 0 || disk_file_stat(content_of(s, *path), &f, err) < 0)
		return -1;
	return !f.exists && n->state == NODE_FROZEN && n->kind == NODE_DISK;
}

int vdi_layer_below(struct session *s, struct txn *t, const struct node *n, struct node **ret,
	struct vxe_error *err)
{
	_cleanup_records_ struct records chain = { 0 };
	_cleanup_header_ struct content_header h = { 0 };
	_cleanup_error_ struct vxe_error unread = { 0 };
	_cleanup_free_ char *path = NULL;

	*ret = NULL;
	if (!n->parent || !str_eq(n->format, "qcow2"))
		return 0;
	if (node_path(t, n, &path, err) < 0 || node_chain(t, n->r.uuid, &chain, err) < 0)
		return -1;
	for (size_t i = 1; i < chain.n; i++) {
		const struct node *below = chain.items[i];
		_cleanup_free_ char *file = NULL;
		int gone = is_gone(s, t, below, &file, err);

		if (gone < 0)
			return -1;
		if (gone)
			continue;
		return i > 1 && disk_file_header(content_of(s, path), &h, &unread) > 0 &&
				h.backing_path && file_is_same(h.backing_path, file)
			? node_find(t, below->r.uuid, ret, err)
			: 0;
	}
	return 0;
}

static int put_on(
	struct txn *t, const struct records *vdis, const char *node, struct vxe_error *err)
{
	for (size_t i = 0; i < vdis->n; i++) {
		struct vdi *v = vdis->items[i];

		str_replace(&v->node, node);
		if (record_save(t, &vdi_class, v, err) < 0)
			return -1;
	}
	return 0;
}

/*
 * The layer @gone was merged into the layer @below, which has its content now, and no longer what it had: so snapshots that had the
 * one are on the file of the other, and those that had @below have no file any more.
 */
static int exchange(struct session *s, struct txn *t, const char *gone, const struct node *below,
	struct vxe_error *err)
{
	_cleanup_records_ struct records there = { 0 }, here = { 0 };
	_cleanup_free_ char *path = NULL;

	if (node_path(t, below, &path, err) < 0)
		return -1;
	if (!node_changed(below, content_of(s, path)))
		return 0;
	return records_load(t, &vdi_class, "node", gone, &there, err) < 0 ||
			records_load(t, &vdi_class, "node", below->r.uuid, &here, err) < 0 ||
			put_on(t, &there, below->r.uuid, err) < 0 || put_on(t, &here, gone, err) < 0
		? -1
		: 0;
}

/* The user accepts the disk as it is: layers of its chain that were merged since are none of it. */
static int accept_chain(struct session *s, struct txn *t, const char *leaf, struct vxe_error *err)
{
	_cleanup_free_ char *uuid = xstrdup(leaf);

	while (uuid) {
		_cleanup_(node_free_cleanup) struct node *n = NULL, *below = NULL;

		if (node_find(t, uuid, &n, err) < 0 ||
			(n && vdi_layer_below(s, t, n, &below, err) < 0))
			return -1;
		if (below) {
			if (exchange(s, t, n->parent, below, err) < 0)
				return -1;
			str_replace(&n->parent, below->r.uuid);
			if (record_save(t, &node_class, n, err) < 0)
				return -1;
		}
		free(uuid);
		uuid = n && n->parent ? xstrdup(n->parent) : NULL;
	}
	return node_accept(s, t, leaf, err);
}

/* ---- vdi-update ------------------------------------------------------------------------------ */

struct update {
	struct session *s;
	const char *vdi;
	const char *accepted; /* UUID of a layer that the user accepts as it is; NULL: none */
};

static int update_body(struct txn *t, void *ctx, struct vxe_error *err)
{
	const struct update *u = ctx;
	_cleanup_(vdi_free_cleanup) struct vdi *v = NULL;
	_cleanup_claims_ struct claims claims = { 0 };

	if ((u->accepted && accept_chain(u->s, t, u->accepted, err) < 0) ||
		vdi_get(t, u->vdi, &v, err) < 0 || claims_load(t, &claims, err) < 0)
		return -1;
	return vdi_look_at(u->s, t, v, &claims, err);
}

int vdi_update(struct session *s, const char *uuid, struct vxe_error *err)
{
	_cleanup_vdi_loaded_ struct vdi_loaded u = { 0 };
	struct update w = { .s = s, .vdi = uuid };

	if (op_recover_object(s, uuid, err) < 0 ||
		vdi_load(s, uuid, LEASE_SHARED, NULL, &u, err) < 0 ||
		vdi_check_managed(&u, err) < 0)
		return -1;
	if (s->wishes->force && u.node)
		w.accepted = u.node->r.uuid;
	return record_update(s, update_body, &w, err);
}
