/* SPDX-License-Identifier: MIT */
/*
 * Plans the merges of a tree before they are run, to show them. When the plan is run, each step searches for users of
 * files that are not on record; here one search finds all of them, so that the plan shown is the plan that will be run.
 */
#include "objects/base/log.h"
#include "objects/classes/vm/vbd.h"
#include "objects/disks/content_loss.h"
#include "objects/disks/merge/merge_space.h"
#include "objects/disks/node_ops.h"
#include "objects/disks/disks.h"

static int stranger_found(void *ctx, const char *path, const char *user, struct vxe_error *err)
{
	struct tree *t = ctx;

	(void)err;
	for (size_t i = 0; i < t->n; i++) {
		struct tree_node *n = &t->items[i];

		if (str_eq(n->path, path) && !n->needed)
			n->needed = stranger_needs(user);
	}
	return 0;
}

/* Adds to @known the UUIDs of the VMs that have the layer as a disk: their definitions are known users of its file. */
static int add_users(struct txn *t, const char *node, struct strv *known, struct vxe_error *err)
{
	_cleanup_records_ struct records vdis = { 0 };

	if (records_load(t, &vdi_class, "node", node, &vdis, err) < 0)
		return -1;
	for (size_t i = 0; i < vdis.n; i++) {
		_cleanup_records_ struct records vbds = { 0 };

		if (records_load(t, &vbd_class, "vdi", ((const struct vdi *)vdis.items[i])->r.uuid,
			    &vbds, err) < 0)
			return -1;
		for (size_t k = 0; k < vbds.n; k++)
			strv_add(known, ((const struct vbd *)vbds.items[k])->vm);
	}
	return 0;
}

static int add_known(
	struct session *s, const struct tree *t, struct strv *known, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *txn = NULL;

	if (txn_begin(s->store, TXN_READ, &txn, err) < 0)
		return -1;
	for (size_t i = 0; i < t->n; i++) {
		strv_add(known, t->items[i].path);
		if (add_users(txn, t->items[i].uuid, known, err) < 0)
			return -1;
	}
	return 0;
}

static int mark_strangers(
	struct session *s, struct tree *t, const struct strv *paths, struct vxe_error *err)
{
	_cleanup_strv_ struct strv known = { 0 };

	session_forget_domains(s->here);
	if (add_known(s, t, &known, err) < 0)
		return -1;
	return strangers_find(s, paths, &known, stranger_found, t, err);
}

int tree_plan(struct session *s, struct tree *t, struct disk_actions *ret, struct vxe_error *err)
{
	_cleanup_strv_ struct strv paths = { 0 };
	_cleanup_error_ struct vxe_error failed = { 0 };

	disk_plan(t, ret);
	for (size_t i = 0; i < ret->n; i++) {
		const struct disk_action *action = &ret->items[i];

		if (action->kind == ACTION_WAIT || action->kind == ACTION_FORGET)
			continue;
		strv_add(&paths, t->items[action->node].path);
		if (action->into >= 0)
			strv_add(&paths, t->items[action->into].path);
	}
	if (!paths.n)
		return 0;
	if (mark_strangers(s, t, &paths, &failed) < 0) {
		if (failed.code == TASK_CANCELLED) {
			error_move(err, &failed);
			return -1;
		}
		log_info("users of layers are not known: %s %s", code_info(failed.code)->name,
			failed.n_params ? failed.params[failed.n_params - 1] : "");
	}
	do {
		disk_actions_clear(ret);
		disk_plan(t, ret);
	} while (merge_space_mark(t, ret));
	return 0;
}

void tree_lost_below(const struct tree_node *gone, const struct tree_node *into, struct strv *ret)
{
	if (gone->qcow2 && into->qcow2 && gone->domain < 0)
		loss_below(gone->content, into->content, ret);
}

void tree_lost(const struct tree *t, const struct disk_actions *actions, struct strv *ret)
{
	for (size_t i = 0; i < actions->n; i++)
		if (actions->items[i].kind == ACTION_COMMIT)
			tree_lost_below(&t->items[actions->items[i].node],
				&t->items[actions->items[i].into], ret);
}
