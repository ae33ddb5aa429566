/* SPDX-License-Identifier: MIT */
/*
 * vdi-merge: chooses the layers, and plans all merges before the first one begins. Each merge is then an operation of its
 * own (objects/disks/merge), which checks everything again under its locks.
 */
#include "objects/storage/vdi_merge.h"

#include "objects/base/file_key.h"
#include "objects/classes/storage/node_names.h"
#include "objects/engine/op_recover.h"
#include "objects/engine/plan_space.h"
#include "objects/disks/disks.h"
#include "objects/storage/vdi_chain.h"
#include "objects/storage/vdi_loaded.h"

/* ---- the layers ------------------------------------------------------------------------------ */

static int is_layer(struct txn *t, const struct node *n, const char *name, const char *node,
	struct vxe_error *err)
{
	_cleanup_free_ char *path = NULL;

	if (node)
		return str_eq(n->r.uuid, node);
	return node_path(t, n, &path, err) < 0 ? -1 : file_is_same(path, name);
}

/*
 * Finds the position in the chain of the layer that @name means: the UUID of one of its VDIs, or the path of its file.
 */
static int find_layer(struct txn *t, const struct records *chain, const char *name, size_t *ret,
	struct vxe_error *err)
{
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = NULL;

	if (*name != '/' && vdi_get(t, name, &vdi, err) < 0)
		return -1;
	for (size_t i = 0; i < chain->n && (!vdi || vdi->node); i++) {
		int found = is_layer(t, chain->items[i], name, vdi ? vdi->node : NULL, err);

		if (found < 0)
			return -1;
		*ret = i;
		if (found)
			return 0;
	}
	_cleanup_free_ char *text = xasprintf("%s is no layer of the disk; 'vdi-chain-list uuid=' "
					      "lists its layers",
		name);

	return vxe_fail(err, OPERATION_NOT_ALLOWED, text);
}

static int choose(struct txn *t, const struct records *chain, const struct vdi_merge_args *args,
	struct strv *layers, struct merge_ask *ret, struct vxe_error *err)
{
	size_t top = 0, base = chain->n ? chain->n - 1 : 0;

	if ((args->top && find_layer(t, chain, args->top, &top, err) < 0) ||
		(args->base && find_layer(t, chain, args->base, &base, err) < 0))
		return -1;
	if ((args->top || args->base) && top >= base)
		return vxe_fail(err, OPERATION_NOT_ALLOWED,
			"the base must lie below the layers that are merged into it");
	for (size_t i = top; i < base; i++)
		strv_add(layers, ((const struct node *)chain->items[i])->r.uuid);
	ret->all = args->top || args->base;
	ret->speed = args->speed;
	return 0;
}

/*
 * Recovers an unfinished merge of a vxe that has died, which may be registered for the disk, or only for its VMs and
 * layers.
 */
static int recover(struct session *s, const struct vdi_loaded *u, struct vxe_error *err)
{
	_cleanup_records_ struct records chain = { 0 };
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		(u->vdi->node && node_chain(t, u->vdi->node, &chain, err) < 0))
		return -1;
	txn_abort(TAKE(t));
	if (op_recover_object(s, u->vdi->r.uuid, err) < 0)
		return -1;
	for (size_t i = 0; i < u->vbds.n; i++)
		if (op_recover_object(s, ((const struct vbd *)u->vbds.items[i])->vm, err) < 0)
			return -1;
	for (size_t i = 0; i < chain.n; i++)
		if (op_recover_object(s, ((const struct node *)chain.items[i])->r.uuid, err) < 0)
			return -1;
	return 0;
}

static int load_merge_request(struct session *s, const char *uuid,
	const struct vdi_merge_args *args, struct strv *seeds, struct strv *layers,
	struct merge_ask *ask, struct vxe_error *err)
{
	_cleanup_vdi_loaded_ struct vdi_loaded before = { 0 }, u = { 0 };
	_cleanup_records_ struct records chain = { 0 };
	_cleanup_txn_ struct txn *t = NULL;

	if (vdi_load(s, uuid, LEASE_SHARED, NULL, &before, err) < 0 ||
		recover(s, &before, err) < 0 || vdi_follow(s, &before, err) < 0 ||
		vdi_load(s, uuid, LEASE_SHARED, NULL, &u, err) < 0 ||
		vdi_check_managed(&u, err) < 0)
		return -1;
	if (!u.node || u.node->kind != NODE_DISK)
		return vdi_fail_unmanaged(u.vdi, NULL, err);
	strv_add(seeds, u.node->r.uuid);
	return txn_begin(s->store, TXN_READ, &t, err) < 0 ||
			node_chain(t, u.node->r.uuid, &chain, err) < 0
		? -1
		: choose(t, &chain, args, layers, ask, err);
}

/* ---- what stays ------------------------------------------------------------------------------ */

/* The forecast of why the given layer cannot be merged and stays; NULL: the layer does not stay. */
static const struct layer_fate *stays(const struct layer_fates *fates, const char *layer)
{
	for (size_t i = 0; i < fates->n; i++)
		if (fates->items[i].stays && str_eq(fates->items[i].node, layer))
			return &fates->items[i];
	return NULL;
}

/*
 * Fails with VXE_DEPENDENTS if somebody needs the layer below the one to be merged as it is, else with the forecast's
 * reason.
 */
static int refuse_merge(
	struct session *s, const char *uuid, const struct layer_fate *f, struct vxe_error *err)
{
	_cleanup_vdi_chain_ struct vdi_chain c = { 0 };
	size_t i = 0;

	if (vdi_chain_read(s, uuid, &c, err) < 0)
		return -1;
	while (i < c.n && !str_eq(c.items[i].file, f->line.file))
		i++;
	if (i + 1 >= c.n || !c.items[i + 1].users.n)
		return vxe_fail(err, VXE_LAYER_STAYS, f->line.file, f->stays);
	_cleanup_free_ char *users = strv_join(&c.items[i + 1].users, ", ");

	return vxe_fail(err, VXE_DEPENDENTS, c.items[i + 1].file, users);
}

/*
 * Refuses if a layer cannot be merged; but if the user names neither a base nor a top, some layers may stay, and only
 * if all would stay the command is refused.
 */
static int check_stays(struct session *s, const struct merge_ask *ask,
	const struct layer_fates *fates, struct vxe_error *err)
{
	const struct layer_fate *first = NULL;
	size_t n = 0;

	for (size_t i = 0; i < ask->layers->n; i++) {
		const struct layer_fate *f = stays(fates, ask->layers->items[i]);

		n += f != NULL;
		first = first ? first : f;
	}
	if (first && (ask->all || n == ask->layers->n))
		return refuse_merge(s, ask->vdi, first, err);
	for (size_t i = 0; i < ask->layers->n; i++) {
		const struct layer_fate *f = stays(fates, ask->layers->items[i]);

		if (f)
			session_notice(s, "stays: %s", f->waits);
	}
	return 0;
}

/* ---- space ----------------------------------------------------------------------------------- */

/*
 * Checks the free space for each merge by itself, because the file of a merged layer is removed before the next merge
 * begins. A dry run shows the largest need.
 */
static int check_space(struct session *s, const struct layer_fates *fates, struct vxe_error *err)
{
	_cleanup_planned_ struct planned_list lines = { 0 };
	int64_t most = 0;

	for (size_t i = 0; i < fates->n; i++) {
		const struct layer_fate *f = &fates->items[i];
		_cleanup_plan_ struct plan p = { 0 };

		if (!f->into)
			continue;
		plan_need(&p, f->into, f->growth);
		if (f->growth > most)
			planned_list_clear(&lines);
		if (plan_show_space(&p, f->growth > most ? &lines : NULL, err) < 0)
			return -1;
		most = f->growth > most ? f->growth : most;
	}
	if (s->wishes->dry_run)
		planned_show(s, &lines);
	return 0;
}

/* ---- the command ----------------------------------------------------------------------------- */

static int foresee(struct session *s, const struct strv *seeds, const struct merge_ask *ask,
	struct vxe_error *err)
{
	const struct layer_trees trees = { .seeds = seeds, .ask = ask };
	_cleanup_fates_ struct layer_fates fates = { 0 };

	if (layers_foresee(s, &trees, &fates, err) < 0 || check_stays(s, ask, &fates, err) < 0)
		return -1;
	for (size_t i = 0; s->wishes->dry_run && i < fates.n; i++)
		if (!fates.items[i].stays) /* the user was told of it */
			session_plan(s, planned_copy(&fates.items[i].line));
	return check_space(s, &fates, err);
}

int vdi_merge(struct session *s, const char *uuid, const struct vdi_merge_args *args,
	struct vxe_error *err)
{
	_cleanup_strv_ struct strv seeds = { 0 }, layers = { 0 };
	struct merge_ask ask = { .vdi = uuid, .layers = &layers };

	if (load_merge_request(s, uuid, args, &seeds, &layers, &ask, err) < 0)
		return -1;
	if (layers.n && foresee(s, &seeds, &ask, err) < 0)
		return -1;
	if (s->wishes->dry_run)
		return vxe_fail(err, VXE_PLANNED, "vdi-merge");
	return layers.n ? layers_merge(s, &seeds, &ask, err) : 0;
}
