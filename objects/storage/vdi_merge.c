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
#include "objects/disks/merge/coalesce.h"
#include "objects/disks/merge/merge_plan.h"
#include "objects/disks/merge/sr_coalesce.h"
#include "objects/disks/node_ops.h"
#include "objects/storage/vdi_chain.h"
#include "objects/storage/vdi_use.h"

/* ---- the layers ------------------------------------------------------------------------------ */

static int fail_layer(const char *name, struct vxe_error *err)
{
	_cleanup_free_ char *text = xasprintf("%s is no layer of the disk; 'vdi-chain-list uuid=' "
					      "lists its layers",
		name);

	return vxe_fail(err, OPERATION_NOT_ALLOWED, text);
}

static int is_layer(struct txn *t, const struct node *n, const char *name, const char *node,
	struct vxe_error *err)
{
	_cleanup_free_ char *path = NULL;

	if (node)
		return str_eq(n->r.uuid, node);
	return node_path(t, n, &path, err) < 0 ? -1 : file_is_same(path, name);
}

/* The index in the chain of the layer that is called so. */
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
	return fail_layer(name, err);
}

static int choose(struct txn *t, const struct records *chain, const struct vdi_merge_args *args,
	struct merge_ask *ret, struct vxe_error *err)
{
	size_t top = 0, base = chain->n ? chain->n - 1 : 0;

	if ((args->top && find_layer(t, chain, args->top, &top, err) < 0) ||
		(args->base && find_layer(t, chain, args->base, &base, err) < 0))
		return -1;
	if ((args->top || args->base) && top >= base)
		return vxe_fail(err, OPERATION_NOT_ALLOWED,
			"the base must lie below the layers that are merged into it");
	for (size_t i = top; i < base; i++)
		strv_add(&ret->layers, ((const struct node *)chain->items[i])->r.uuid);
	ret->all = args->top || args->base;
	ret->speed = args->speed;
	return 0;
}

/* A merge of a dead vxe: it has locked the disk, or only its VMs and layers. */
static int recover(struct session *s, const struct vdi_use *u, struct vxe_error *err)
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

static int load(struct session *s, const char *uuid, const struct vdi_merge_args *args,
	struct strv *seeds, struct merge_ask *ask, struct vxe_error *err)
{
	_cleanup_use_ struct vdi_use before = { 0 }, u = { 0 };
	_cleanup_records_ struct records chain = { 0 };
	_cleanup_txn_ struct txn *t = NULL;

	if (vdi_use_load(s, uuid, LEASE_SHARED, NULL, &before, err) < 0 ||
		recover(s, &before, err) < 0 || vdi_follow(s, &before, err) < 0 ||
		vdi_use_load(s, uuid, LEASE_SHARED, NULL, &u, err) < 0 ||
		vdi_check_managed(&u, err) < 0)
		return -1;
	if (!u.node || u.node->kind != NODE_DISK)
		return vdi_fail_unmanaged(u.vdi, NULL, err);
	strv_add(seeds, u.node->r.uuid);
	return txn_begin(s->store, TXN_READ, &t, err) < 0 ||
			       node_chain(t, u.node->r.uuid, &chain, err) < 0
		       ? -1
		       : choose(t, &chain, args, ask, err);
}

/* ---- what stays ------------------------------------------------------------------------------ */

/* The action by which the layer stays; NULL: it does not. */
static const struct disk_action *stays(
	const struct tree *t, const struct disk_actions *a, const char *layer)
{
	for (size_t i = 0; i < a->n; i++)
		if (merge_ask_stays(t, &a->items[i]) &&
			str_eq(t->items[a->items[i].node].uuid, layer))
			return &a->items[i];
	return NULL;
}

/* VXE_DEPENDENTS if somebody needs the layer below as it is, else the planner's reason. */
static int refuse(struct session *s, const char *uuid, const struct tree *t,
	const struct disk_action *a, struct vxe_error *err)
{
	_cleanup_vdi_chain_ struct vdi_chain c = { 0 };
	size_t i = 0;

	if (vdi_chain_read(s, uuid, &c, err) < 0)
		return -1;
	while (i < c.n && !str_eq(c.items[i].file, t->items[a->node].path))
		i++;
	if (i + 1 >= c.n || !c.items[i + 1].users.n)
		return merge_ask_refuse(t, a, err);
	_cleanup_free_ char *users = strv_join(&c.items[i + 1].users, ", ");

	return vxe_fail(err, VXE_DEPENDENTS, c.items[i + 1].file, users);
}

/* Without a base and a top, layers may stay, but not all. */
static int check_stays(struct session *s, const char *uuid, const struct merge_ask *ask,
	const struct tree *t, const struct disk_actions *actions, struct vxe_error *err)
{
	const struct disk_action *first = NULL;
	size_t n = 0;

	for (size_t i = 0; i < ask->layers.n; i++) {
		const struct disk_action *a = stays(t, actions, ask->layers.items[i]);

		n += a != NULL;
		first = first ? first : a;
	}
	if (first && (ask->all || n == ask->layers.n))
		return refuse(s, uuid, t, first, err);
	for (size_t i = 0; i < ask->layers.n; i++) {
		const struct disk_action *a = stays(t, actions, ask->layers.items[i]);
		_cleanup_free_ char *text = a ? disk_wait_text(t, a) : NULL;

		if (text)
			session_notice(s, "stays: %s", text);
	}
	return 0;
}

/* ---- space ----------------------------------------------------------------------------------- */

/*
 * Each merge alone must fit, because the file of a merged layer goes before the next merge. A dry run shows the
 * largest need.
 */
static int check_space(struct session *s, const struct tree *t, const struct disk_actions *actions,
	struct vxe_error *err)
{
	_cleanup_strv_ struct strv lines = { 0 };
	int64_t most = 0;

	for (size_t i = 0; i < actions->n; i++) {
		const struct disk_action *a = &actions->items[i];
		const struct tree_node *n = &t->items[a->node];
		_cleanup_plan_ struct plan p = { 0 };

		if (a->kind != ACTION_COMMIT || !n->asked)
			continue;
		int64_t bytes = merge_growth(n, t->items[a->into].allocated);

		plan_need(&p, t->items[a->into].path, bytes);
		if (bytes > most)
			strv_clear(&lines);
		if (plan_show_space(&p, bytes > most ? &lines : NULL, err) < 0)
			return -1;
		most = bytes > most ? bytes : most;
	}
	for (size_t i = 0; s->wishes->dry_run && i < lines.n; i++)
		session_planned(s, "%s", lines.items[i]);
	return 0;
}

/* ---- the command ----------------------------------------------------------------------------- */

static int foresee(struct session *s, const char *uuid, const struct strv *seeds,
	const struct merge_ask *ask, struct vxe_error *err)
{
	_cleanup_tree_ struct tree t = { 0 };
	_cleanup_actions_ struct disk_actions actions = { 0 };

	if (tree_load(s, seeds, NULL, &t, err) < 0 || merge_ask_mark(s, ask, &t, err) < 0 ||
		tree_plan(s, &t, &actions, err) < 0 ||
		check_stays(s, uuid, ask, &t, &actions, err) < 0)
		return -1;
	for (size_t i = 0; s->wishes->dry_run && i < actions.n; i++) {
		_cleanup_free_ char *line = disk_action_text(&t, &actions.items[i]);

		if (!merge_ask_stays(&t, &actions.items[i])) /* they were told */
			session_planned(s, "%s", line);
	}
	return check_space(s, &t, &actions, err);
}

int vdi_merge(struct session *s, const char *uuid, const struct vdi_merge_args *args,
	struct vxe_error *err)
{
	_cleanup_ask_ struct merge_ask ask = { .vdi = uuid };
	_cleanup_strv_ struct strv seeds = { 0 };
	_cleanup_coalesce_ struct coalesce_result done = { 0 };

	if (load(s, uuid, args, &seeds, &ask, err) < 0)
		return -1;
	if (ask.layers.n && foresee(s, uuid, &seeds, &ask, err) < 0)
		return -1;
	if (s->wishes->dry_run)
		return vxe_fail(err, VXE_PLANNED, "vdi-merge");
	return ask.layers.n ? coalesce_asked(s, &seeds, &ask, &done, err) : 0;
}
