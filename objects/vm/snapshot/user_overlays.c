/* SPDX-License-Identifier: MIT */
#include "objects/vm/snapshot/user_overlays.h"

#include "objects/disks/disks.h"
#include "objects/base/file_key.h"
#include "objects/classes/storage/node_names.h"

void given_clear(struct given *g)
{
	for (size_t i = 0; i < g->n; i++)
		vdi_loaded_clear(&g->items[i].use);
	free(g->items);
	*g = (struct given){ 0 };
}

/* ---- nobody else has it ---------------------------------------------------------------------- */

static int check_records(struct session *s, const struct vdi_loaded *u, struct vxe_error *err)
{
	_cleanup_records_ struct records above = { 0 };
	_cleanup_txn_ struct txn *t = NULL;
	int names;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		node_count_names(t, u->node->r.uuid, &names, err) < 0 ||
		node_children(t, u->node->r.uuid, &above, err) < 0)
		return -1;
	return names > 1 || above.n || u->vbds.n || u->halted.n || u->running.n
		? vxe_fail(err, VDI_IN_USE, u->vdi->r.uuid, "snapshot")
		: 0;
}

static int check(struct session *s, const struct vdi_loaded *u, struct vxe_error *err)
{
	_cleanup_strv_ struct strv paths = { 0 }, known = { 0 };

	if (vdi_check_managed(u, err) < 0)
		return -1;
	if (!u->node || u->node->kind != NODE_DISK || !u->sr || sr_content(u->sr) != SR_DISKS)
		return vdi_fail_unmanaged(u->vdi, NULL, err);
	if (u->vdi->is_a_snapshot || u->vdi->read_only || u->node->state != NODE_WRITABLE)
		return vxe_fail(err, VDI_READONLY, u->vdi->r.uuid);
	strv_add(&paths, u->path);
	return check_records(s, u, err) < 0 ? -1
					    : strangers_find(s, &paths, &known, NULL, NULL, err);
}

int given_load(struct session *s, const struct strv *uuids, struct plan *p, struct given *ret,
	struct vxe_error *err)
{
	ret->items = xcalloc(uuids->n + 1, sizeof(*ret->items));
	for (size_t i = 0; i < uuids->n; i++) {
		struct vdi_loaded *u = &ret->items[ret->n++].use;

		if (vdi_load(s, uuids->items[i], LEASE_EXCLUSIVE, p, u, err) < 0 ||
			check(s, u, err) < 0)
			return -1;
		locks_add(&p->locks, LOCK_NODE, u->node->r.uuid, LEASE_SHARED);
	}
	return 0;
}

/* ---- which disk it is for -------------------------------------------------------------------- */

/* Returns 1 if the header of the overlay names the file @path as its backing file. */
static int is_on(
	struct session *s, const struct vdi_loaded *u, const char *path, struct vxe_error *err)
{
	struct content *c = content_of(s, u->path);
	_cleanup_header_ struct content_header h = { 0 };

	if (!str_eq(u->node->format, "qcow2"))
		return 0;
	if (disk_file_vet(c, "qcow2", VET_USE, err) < 0 || disk_file_header(c, &h, err) < 0)
		return -1;
	return file_is_same(h.backing_path, path);
}

static int fail_overlay(const char *vdi, const char *why, struct vxe_error *err)
{
	_cleanup_free_ char *text = xasprintf("overlay-vdi-uuids: %s %s", vdi, why);

	return vxe_fail(err, OPERATION_NOT_ALLOWED, text);
}

int given_place(struct session *s, struct given *g, const struct vm_disk *d,
	struct overlay_place *ret, struct plan *p, struct vxe_error *err)
{
	struct given_layer *found = NULL;

	for (size_t i = 0; i < g->n; i++) {
		int r = is_on(s, &g->items[i].use, d->path, err);

		if (r < 0)
			return -1;
		if (r && found)
			return fail_overlay(
				d->vdi->r.uuid, "has more than one of these overlays", err);
		found = r ? &g->items[i] : found;
	}
	if (!g->n)
		return 0;
	if (!found)
		return fail_overlay(d->vdi->r.uuid, "has none of these overlays on its file", err);
	found->taken = true;
	*ret = (struct overlay_place){ found->use.sr, found->use.node, found->use.path };
	plan_del(p, &vdi_class, found->use.vdi->r.uuid);
	return 0;
}

int given_check_taken(const struct given *g, struct vxe_error *err)
{
	for (size_t i = 0; i < g->n; i++)
		if (!g->items[i].taken)
			return fail_overlay(g->items[i].use.vdi->r.uuid,
				"is no overlay on the file of a disk that gets a new layer", err);
	return 0;
}
