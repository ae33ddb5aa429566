/* SPDX-License-Identifier: MIT */
/*
 * vdi-flatten: a new file gets the content of the disk's layers, and the disk moves to it. A pull into
 * the disk's own file would be no better under a running guest: QEMU changes the header of that file before the
 * tables are on the storage, so that a kill -9 or a power cut after it loses data.
 *
 * While a guest writes to the active layer, qemu-img copies the layers below it, which are frozen; then QEMU copies the
 * active layer, and moves the guest at an instant at which all data are on the storage. That is the commit point. Without a
 * running guest qemu-img copies all layers, and the definition is the commit point.
 */
#include "objects/storage/vdi_flatten.h"

#include "objects/disks/disks.h"
#include "objects/classes/storage/node_names.h"
#include "objects/classes/storage/sr_place.h"
#include "objects/storage/vdi_loaded.h"

#include <json-c/json.h>

/* ---- plan -------------------------------------------------------------------------------------- */

struct wish {
	const char *uuid;
	const struct vdi_flatten_args *args;
};

/* The layers of a disk's chain that vdi-flatten copies, and the base layer that stays below the copy. */
struct part {
	struct records chain;
	const struct node *leaf, *source, *base; /* base is NULL if nothing stays */
};

static void part_clear(struct part *c)
{
	records_clear(&c->chain);
}

static int fail_base(const char *base, struct vxe_error *err)
{
	_cleanup_free_ char *text = xasprintf("the disk does not lie on a layer of the VDI %s; "
					      "'vdi-chain-list uuid=' lists what it lies on",
		base);

	return vxe_fail(err, OPERATION_NOT_ALLOWED, text);
}

static int find_base(struct txn *t, const char *base, struct part *c, struct vxe_error *err)
{
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = NULL;

	if (!base)
		return 0;
	if (vdi_get(t, base, &vdi, err) < 0)
		return -1;
	for (size_t i = 1; i < c->chain.n && !c->base; i++) {
		const struct node *n = c->chain.items[i];

		if (str_eq(n->r.uuid, vdi->node))
			c->base = n;
	}
	return c->base ? 0 : fail_base(base, err);
}

/*
 * Finds the layers to copy. Returns 1 if there are any: a layer between the disk's own and the base, or, without a
 * base, one below the disk's own.
 */
static int find_part(struct txn *t, const struct vdi_loaded *u, const char *base, struct part *c,
	struct vxe_error *err)
{
	if (node_chain(t, u->node->r.uuid, &c->chain, err) < 0 || find_base(t, base, c, err) < 0)
		return -1;
	c->leaf = c->source = c->chain.items[0];
	for (size_t i = 0; i < c->chain.n; i++) {
		const struct node *n = c->chain.items[i];

		if (n->state == NODE_DOOMED || (n == c->base && n->state == NODE_MERGING))
			return vxe_fail(
				err, VXE_TRY_AGAIN, n->r.uuid, "one of its layers is being merged");
	}
	return c->chain.n > 1 && c->chain.items[1] != c->base;
}

static int check_flattened_disk(const struct vdi_loaded *u, struct vxe_error *err)
{
	if (vdi_check_managed(u, err) < 0)
		return -1;
	if (!u->node || u->node->kind != NODE_DISK)
		return vdi_fail_unmanaged(u->vdi, NULL, err);
	return u->node->state == NODE_MERGING
		? vxe_fail(err, VXE_TRY_AGAIN, u->node->r.uuid, "its layer is being merged")
		: 0;
}

/*
 * Refuses a disk that a Suspended VM has, and a frozen file that a domain names: the file may be the content of several
 * VDIs, and nobody knows which of them the domain means.
 */
static int check_users(struct session *s, struct txn *t, const struct vdi_loaded *u, struct plan *p,
	struct vxe_error *err)
{
	bool suspended;

	if (vdi_is_suspended(s, u, &suspended, err) < 0)
		return -1;
	if (suspended || (u->node->state == NODE_FROZEN && (u->halted.n || u->running.n)))
		return vxe_fail(err, VDI_IN_USE, u->vdi->r.uuid, "flatten");
	if (vdi_check_saved(s, u, err) < 0)
		return -1;
	return loss_check(s, t, u->node->r.uuid, LOSS_LAST, p, err);
}

/*
 * The largest number of bytes that a copy of the layers from @top down to, but not including, the layer @below can take
 * (@below NULL: of all layers); never more than the disk's size.
 */
static int chain_bytes(struct session *s, struct txn *t, const struct node *top, const char *below,
	int64_t *ret, struct vxe_error *err)
{
	_cleanup_records_ struct records chain = { 0 };

	*ret = 0;
	if (node_chain(t, top->r.uuid, &chain, err) < 0)
		return -1;
	for (size_t i = 0; i < chain.n; i++) {
		const struct node *n = chain.items[i];
		_cleanup_free_ char *path = NULL;
		struct content_stat f;

		if (str_eq(n->r.uuid, below))
			break;
		if (node_path(t, n, &path, err) < 0 ||
			disk_file_stat(content_of(s, path), &f, err) < 0)
			return -1;
		*ret += f.device ? top->virtual_size : f.allocated;
	}
	if (*ret > top->virtual_size)
		*ret = top->virtual_size;
	return 0;
}

static int plan_node(struct session *s, struct txn *t, const struct part *c, int64_t size,
	struct plan_disk *d, struct node **ret, struct vxe_error *err)
{
	const char *base = c->base ? c->base->r.uuid : NULL;
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;
	_cleanup_free_ char *below = NULL;
	struct node *n;

	if (overlay_sr(s, t, c->leaf, &sr, err) < 0 ||
		chain_bytes(s, t, c->leaf, base, &d->bytes, err) < 0 ||
		sr_check_takes_files(s, sr, err) < 0 ||
		(base && node_path(t, c->base, &below, err) < 0))
		return -1;
	*ret = n = image_node(sr, size);
	n->state = c->leaf->state;
	n->old_mode = c->leaf->old_mode;
	n->parent = xstrdup_null(base);
	d->new_node = xstrdup(n->r.uuid);
	d->new_path = sr_image_place(sr, n->path);
	d->virtual_size = n->virtual_size;
	d->make = true;
	if (!base)
		return 0;
	d->backing = node_backing_name(d->new_path, below);
	d->backing_format = xstrdup(c->base->format);
	return 0;
}

static int plan_old(struct session *s, const struct part *c, const struct vdi_loaded *u,
	struct plan *p, struct plan_disk *d, struct vxe_error *err)
{
	bool frozen = c->leaf->state == NODE_FROZEN;
	struct content_stat f;

	if (disk_file_stat(content_of(s, u->path), &f, err) < 0)
		return -1;
	if (!f.exists)
		return vdi_fail_missing(u->vdi, u->path, err);
	d->vdi = xstrdup(u->vdi->r.uuid);
	d->old_node = xstrdup(c->leaf->r.uuid);
	d->old_path = xstrdup(u->path);
	d->old_format = xstrdup(c->leaf->format);
	d->old_mode = f.mode;
	d->freeze = !frozen && !f.device;
	plan_keep_bool(p, FLATTEN_FROZEN, frozen);
	plan_keep_bool(p, FLATTEN_KEPT, c->leaf->origin != NODE_MADE);
	if (frozen || c->leaf->origin != NODE_MADE)
		return 0;
	_cleanup_(node_free_cleanup) struct node *gone = record_copy(&node_class, c->leaf);

	gone->state = NODE_DOOMED;
	plan_set_field(p, &node_class, gone, "state");
	return 0;
}

static int plan_move(struct session *s, struct txn *t, const struct wish *w,
	const struct vdi_loaded *u, struct part *c, struct plan *p, struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *fresh = NULL;
	_cleanup_free_ char *source = NULL, *target = NULL;
	struct plan_disk *d = plan_add_disk(p);
	int64_t size;

	if (vdi_plan_domain(s, u, "flatten", p, &target, err) < 0)
		return -1;
	d->target = TAKE(target);
	if (switch_keep_caches(s, p, NULL, err) < 0)
		return -1;
	if (p->running)
		c->source = c->chain.items[1];
	if (node_use_chain(s, t, c->source->r.uuid, p, err) < 0 ||
		node_path(t, c->source, &source, err) < 0 ||
		vdi_loaded_size(s, u, &size, err) < 0 || plan_old(s, c, u, p, d, err) < 0 ||
		plan_node(s, t, c, size, d, &fresh, err) < 0)
		return -1;
	plan_keep(p, FLATTEN_SOURCE, source);
	plan_keep(p, FLATTEN_SOURCE_FORMAT, c->source->format);
	plan_keep_int(p, FLATTEN_SPEED, w->args->speed);
	plan_add(p, &node_class, fresh);
	if (fresh->parent)
		plan_touch_node(p, fresh->parent);
	if (u->vdi->virtual_size != fresh->virtual_size)
		plan_set(p, &vdi_class, u->vdi->r.uuid, "virtual-size",
			json_object_new_int64(fresh->virtual_size));
	return vdi_move(s, t, u->vdi, fresh, p, err);
}

static int plan_flatten(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	struct wish *w = ctx;
	_cleanup_vdi_loaded_ struct vdi_loaded u = { 0 };
	_cleanup_(part_clear) struct part c = { 0 };
	_cleanup_txn_ struct txn *t = NULL;

	locks_add(&p->locks, LOCK_RECORD, w->uuid, LEASE_EXCLUSIVE);
	if (p->draft)
		return 0;
	if (vdi_load_now(s, w->uuid, LEASE_EXCLUSIVE, p, &u, err) < 0 ||
		check_flattened_disk(&u, err) < 0 || txn_begin(s->store, TXN_READ, &t, err) < 0)
		return -1;
	p->object = xstrdup(w->uuid);
	p->commit = COMMIT_STORE;
	int found = find_part(t, &u, w->args->base, &c, err);

	if (found <= 0)
		return found;
	strv_add(&p->freed, c.leaf->r.uuid);
	if (check_users(s, t, &u, p, err) < 0 || plan_move(s, t, w, &u, &c, p, err) < 0)
		return -1;
	/* Looks for running block jobs before the new image is made, because making it may take long. */
	struct hv *hv;

	if (!p->running || !p->n_disks)
		return 0;
	return session_hv(s->here, &hv, err) < 0
		? -1
		: hv_check_free(hv, p->domain, p->disks[0].target, err);
}

int vdi_flatten(struct session *s, const char *uuid, const struct vdi_flatten_args *args,
	struct vxe_error *err)
{
	struct wish w = { .uuid = uuid, .args = args };

	return op_run_freeing(s, &vdi_flatten_op, plan_flatten, &w, NULL, err);
}
