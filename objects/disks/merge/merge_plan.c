/* SPDX-License-Identifier: MIT */
/* Plans a merge: its locks, and the changes of records and definitions. */
#include "objects/disks/merge/merge_plan.h"

#include "backends/content/content.h"
#include "objects/classes/storage/node_names.h"
#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vm.h"
#include "objects/engine/plan_space.h"
#include "objects/disks/merge/merge_space.h"
#include "objects/disks/node_ops.h"
#include "objects/session/disk_path.h"

struct scene {
	struct session *s;
	struct txn *t;
	struct plan *p;
	struct node *gone, *stay;
	bool down;	/* the upper layer goes into the lower one (ACTION_COMMIT) */
	bool asked;	/* the user has asked for this merge by vdi-merge */
	int64_t growth; /* bytes by which the remaining file grows at most */
};

static void scene_clear(struct scene *c)
{
	node_free(c->gone);
	node_free(c->stay);
	txn_abort(c->t);
}

static const char *held(const struct strv *nodes, const struct strv *texts, const char *uuid)
{
	for (size_t i = 0; i < nodes->n; i++)
		if (str_eq(nodes->items[i], uuid))
			return texts->items[i];
	return NULL;
}

static void hold(struct tree_node *n, const struct merge_holds *h)
{
	const char *why = held(&h->skipped, &h->why, n->uuid);
	const char *user = held(&h->needed, &h->users, n->uuid);

	if (user)
		str_replace(&n->needed, user);
	if (!why)
		return;
	n->reserved = true;
	str_replace(&n->why, why);
}

int merge_next(struct session *s, const struct strv *seeds, const struct merge_holds *holds,
	struct tree *tree, struct disk_actions *actions, const struct disk_action **next,
	struct vxe_error *err)
{
	if (tree_load(s, seeds, NULL, tree, err) < 0)
		return -1;
	for (size_t i = 0; i < tree->n; i++)
		hold(&tree->items[i], holds);
	if (holds->ask && merge_ask_mark(s, holds->ask, tree, err) < 0)
		return -1;
	disk_plan(tree, actions);
	/* Actions that have to wait stand at the end of the list. */
	*next = actions->n && actions->items[0].kind != ACTION_WAIT ? &actions->items[0] : NULL;
	return 0;
}

/* ---- locks ----------------------------------------------------------------------------------- */

/*
 * Locks the VMs, and with @snapshots_too the snapshots, that have the layer @node as a disk, so that nobody can start
 * them or rename their disks during the merge. For layers above the merged ones only VMs are locked: the snapshots on
 * them are not changed.
 */
static int lock_users(struct scene *c, const char *node, bool snapshots_too, struct vxe_error *err)
{
	_cleanup_records_ struct records vdis = { 0 };

	if (records_load(c->t, &vdi_class, "node", node, &vdis, err) < 0)
		return -1;
	for (size_t i = 0; i < vdis.n; i++) {
		_cleanup_records_ struct records vbds = { 0 };

		if (records_load(c->t, &vbd_class, "vdi",
			    ((const struct vdi *)vdis.items[i])->r.uuid, &vbds, err) < 0)
			return -1;
		for (size_t k = 0; k < vbds.n; k++) {
			const struct vbd *b = vbds.items[k];
			_cleanup_(vm_free_cleanup) struct vm *vm = NULL;

			if (b->vm && vm_find(c->t, b->vm, &vm, err) < 0)
				return -1;
			if (!vm || (vm->is_a_template && !snapshots_too))
				continue;
			locks_add(&c->p->locks, LOCK_RECORD, vm->r.uuid, LEASE_EXCLUSIVE);
			if (!c->p->object)
				c->p->object = xstrdup(vm->r.uuid);
		}
	}
	return 0;
}

static int lock_above(struct scene *c, const char *node, struct vxe_error *err)
{
	_cleanup_strv_ struct strv todo = { 0 };

	strv_add(&todo, node);
	for (size_t i = 0; i < todo.n; i++) {
		_cleanup_records_ struct records above = { 0 };

		if (node_children(c->t, todo.items[i], &above, err) < 0)
			return -1;
		for (size_t k = 0; k < above.n; k++) {
			const struct node *n = above.items[k];

			if (strv_has(&todo, n->r.uuid))
				continue;
			strv_add(&todo, n->r.uuid);
			if (lock_users(c, n->r.uuid, false, err) < 0)
				return -1;
		}
	}
	return 0;
}

/*
 * Asks for exclusive locks on the two layers of the merge and on the layers above whose headers change, and for
 * shared locks on the layers below, which others may read meanwhile.
 */
static int lock_nodes(struct scene *c, const struct records *above, struct vxe_error *err)
{
	struct locks *l = &c->p->locks;

	locks_add(l, LOCK_NODE, c->gone->r.uuid, LEASE_EXCLUSIVE);
	locks_add(l, LOCK_NODE, c->stay->r.uuid, LEASE_EXCLUSIVE);
	for (size_t i = 0; i < above->n; i++)
		locks_add(l, LOCK_NODE, ((const struct node *)above->items[i])->r.uuid,
			LEASE_EXCLUSIVE);
	return locks_add_chain(l, c->t, (c->down ? c->stay : c->gone)->r.uuid, err);
}

/* ---- records --------------------------------------------------------------------------------- */

/* Plans that the layer gets a new fingerprint, because the merge rewrites its file. */
static void plan_rewrite(struct scene *c, struct node *n)
{
	str_replace(&n->fingerprint, "");
	plan_set_field(c->p, &node_class, n, "fingerprint");
	if (n->overlays.n) { /* none of them names the file any more, or there would be no merge */
		strv_clear(&n->overlays);
		plan_set_field(c->p, &node_class, n, "overlays");
	}
	plan_touch_node(c->p, n->r.uuid);
}

/*
 * If the file of the lower layer is the user's own: plans what its record says about the file's write bits, whether
 * vxe may take them and which ones it gives back.
 */
static int plan_ownership(struct scene *c, struct vxe_error *err)
{
	struct node *n = c->stay;
	struct content_stat f;

	if (n->origin == NODE_ADOPTED_BASE && n->state == NODE_WRITABLE) {
		n->origin = NODE_ADOPTED_LEAF;
		plan_set_field(c->p, &node_class, n, "origin");
	}
	if (n->origin != NODE_ADOPTED_LEAF || n->state != NODE_FROZEN || n->old_mode)
		return 0;
	if (content_stat(content_of(c->s, c->p->disks[0].new_path), &f, err) < 0)
		return -1;
	n->old_mode = f.mode;
	plan_set_field(c->p, &node_class, n, "old_mode");
	return 0;
}

/* Plans the records of a commit: the lower layer takes the place of the upper one. */
static int plan_commit(struct scene *c, const struct records *above, struct vxe_error *err)
{
	_cleanup_records_ struct records vdis = { 0 };

	if (records_load(c->t, &vdi_class, "node", c->gone->r.uuid, &vdis, err) < 0)
		return -1;
	for (size_t i = 0; i < vdis.n; i++) {
		const struct vdi *v = vdis.items[i];

		if (!vdi_is_base_copy(v->r.uuid, c->gone->r.uuid, v->managed) &&
			vdi_move(c->s, c->t, v, c->stay, c->p, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < above->n; i++) {
		struct node *n = above->items[i];

		str_replace(&n->parent, c->stay->r.uuid);
		plan_set_field(c->p, &node_class, n, "parent");
		plan_rewrite(c, n);
	}
	/* A layer below others is frozen, even if a record says that its own VM writes to it. */
	c->stay->state = c->asked && above->n ? NODE_FROZEN : c->gone->state;
	c->stay->virtual_size = c->gone->virtual_size;
	plan_set_field(c->p, &node_class, c->stay, "state");
	plan_set_field(c->p, &node_class, c->stay, "virtual-size");
	return plan_ownership(c, err);
}

/*
 * Plans what is special in a merge by vdi-merge: the user has given the removed layer's file up, so it is removed
 * even if vxe did not make it; a block device is not removed but forgotten.
 */
static int plan_asked(struct scene *c, const struct merge_ask *ask, struct vxe_error *err)
{
	const struct plan_disk *d = &c->p->disks[0];
	struct content_stat f;

	if (content_stat(content_of(c->s, d->old_path), &f, err) < 0)
		return -1;
	plan_keep_int(c->p, MERGE_SPEED, ask->speed);
	if (f.device || c->gone->origin == NODE_MADE)
		return 0;
	c->gone->origin = NODE_MADE;
	plan_set_field(c->p, &node_class, c->gone, "origin");
	return 0;
}

/* ---- the pair -------------------------------------------------------------------------------- */

static int plan_merged_disk(struct scene *c, struct vxe_error *err)
{
	struct plan_disk *d = plan_add_disk(c->p);
	struct content_stat f;

	d->old_node = xstrdup(c->gone->r.uuid);
	d->old_format = xstrdup(c->gone->format);
	d->new_node = xstrdup(c->stay->r.uuid);
	d->new_format = xstrdup(c->stay->format);
	d->virtual_size = c->gone->virtual_size;
	if (node_path(c->t, c->gone, &d->old_path, err) < 0 ||
		node_path(c->t, c->stay, &d->new_path, err) < 0 ||
		content_stat(content_of(c->s, d->old_path), &f, err) < 0)
		return -1;
	d->old_mode = f.mode;
	return 0;
}

/* The layer that a domain writes to and whose backing chain contains the layer @node; t->n if there is none. */
static size_t find_active(const struct tree *t, int node)
{
	for (size_t top = 0; top < t->n; top++) {
		int below = (int)top;

		if (!t->items[top].active || t->items[top].domain != t->items[node].domain)
			continue;
		while (below >= 0 && below != node)
			below = t->items[below].parent;
		if (below >= 0)
			return top;
	}
	return t->n;
}

/* Finds the running domain that has both layers of the merge in the backing chain of a disk, and that disk. */
static int plan_target(
	struct scene *c, const struct tree *t, const struct disk_action *a, struct vxe_error *err)
{
	const struct hv_domain *d;
	size_t top = find_active(t, a->node);
	const char *domain = t->domains.items[t->items[a->node].domain];

	if (session_domain(c->s->here, domain, &d, err) < 0)
		return -1;
	if (top == t->n || !d)
		return vxe_fail(
			err, VXE_TRY_AGAIN, c->gone->r.uuid, "the running VM has left this layer");
	c->p->domain = xstrdup(domain);
	c->p->running = true;
	plan_keep_int(c->p, MERGE_DOMAIN_ID, d->id);
	_cleanup_spec_ struct domain_spec *spec = NULL;

	if (session_spec(c->s->here, c->p->domain, HV_XML_LIVE, &spec, err) < 0)
		return -1;
	struct spec_disk *disk;

	if (disk_on(c->s, spec, t->items[top].path, &disk, err) < 0)
		return -1;
	if (!disk)
		return vxe_fail(
			err, VXE_TRY_AGAIN, c->gone->r.uuid, "the running VM has left this layer");
	str_replace(&c->p->disks[0].target, disk->target);
	return switch_keep_caches(c->s, c->p, NULL, err);
}

static int load_pair(struct scene *c, const struct merge_wish *w, struct vxe_error *err)
{
	void *gone = NULL, *stay = NULL;

	if (record_load(c->t, &node_class, w->gone, &gone, err) < 0)
		return -1;
	c->gone = gone;
	if (record_load(c->t, &node_class, w->stay, &stay, err) < 0)
		return -1;
	c->stay = stay;
	return 0;
}

static bool is_same(const struct merge_wish *w, const struct tree *t, const struct disk_action *a)
{
	return a && a->kind == w->kind && a->into >= 0 && t->items[a->node].asked == w->asked &&
		str_eq(t->items[a->node].uuid, w->gone) && str_eq(t->items[a->into].uuid, w->stay);
}

int merge_plan(struct session *s, void *ctx, struct plan *ret, struct vxe_error *err)
{
	const struct merge_wish *w = ctx;
	_cleanup_tree_ struct tree tree = { 0 };
	_cleanup_actions_ struct disk_actions actions = { 0 };
	_cleanup_(scene_clear) struct scene c = { .s = s, .p = ret };
	_cleanup_records_ struct records above = { 0 };
	const struct disk_action *a;

	c.down = w->kind == ACTION_COMMIT;
	c.asked = w->asked;
	if (merge_next(s, w->seeds, w->holds, &tree, &actions, &a, err) < 0)
		return -1;
	if (!is_same(w, &tree, a))
		return vxe_fail(
			err, VXE_TRY_AGAIN, w->gone, "another merge, or none, is due by now");
	c.growth = c.asked ? merge_growth(&tree.items[a->node], tree.items[a->into].allocated)
			   : merge_needs(&tree.items[a->node], &tree.items[a->into]);
	ret->commit = COMMIT_REPEAT;
	if (txn_begin(s->store, TXN_READ, &c.t, err) < 0 || load_pair(&c, w, err) < 0 ||
		plan_merged_disk(&c, err) < 0 || (a->live && plan_target(&c, &tree, a, err) < 0))
		return -1;
	if (c.down && node_children(c.t, w->gone, &above, err) < 0)
		return -1;
	if (c.asked) {
		locks_add(&ret->locks, LOCK_RECORD, w->holds->ask->vdi, LEASE_EXCLUSIVE);
		ret->object = xstrdup(w->holds->ask->vdi);
	}
	const struct node *low = c.down ? c.stay : c.gone, *high = c.down ? c.gone : c.stay;

	if (lock_users(&c, high->r.uuid, c.down, err) < 0 || lock_above(&c, low->r.uuid, err) < 0 ||
		lock_nodes(&c, &above, err) < 0)
		return -1;
	if (!c.p->object)
		c.p->object = xstrdup(low->r.uuid);
	if (!c.down) {
		str_replace(&c.stay->parent, c.gone->parent);
		plan_set_field(c.p, &node_class, c.stay, "parent");
		if (c.gone->parent)
			plan_touch_node(c.p, c.gone->parent);
	} else if (plan_commit(&c, &above, err) < 0)
		return -1;
	/* Plans that the removed layer is doomed: a reader may still have the file open, so node_remove() removes it later. */
	c.gone->state = NODE_DOOMED;
	plan_set_field(c.p, &node_class, c.gone, "state");
	plan_touch_node(c.p, c.gone->r.uuid);
	plan_rewrite(&c, c.stay);
	if (c.growth > 0)
		plan_need(ret, ret->disks[0].new_path, c.growth);
	return c.asked ? plan_asked(&c, w->holds->ask, err) : 0;
}
