/* SPDX-License-Identifier: MIT */
/* Tells what merges would do with the layers of some trees, for commands that show, request or count them. */
#include "objects/disks/disks.h"

#include "objects/disks/file_users/file_users.h"
#include "objects/disks/merge/space_freed.h"
#include "objects/disks/merge/merge_request.h"
#include "objects/disks/node_ops.h"
#include "objects/file_index/volumes.h"
#include "objects/disks/steps/commit_side.h"
#include "objects/model/read_txn.h"

#include <stdlib.h>
#include <string.h>

void layer_fates_clear(struct layer_fates *f)
{
	for (size_t i = 0; i < f->n; i++) {
		struct layer_fate *l = &f->items[i];

		free(l->node);
		planned_clear(&l->line);
		free(l->waits);
		free(l->stays);
		free(l->into);
	}
	free(f->items);
	strv_clear(&f->lost);
	strv_clear(&f->lacking);
	*f = (struct layer_fates){ 0 };
}

/* ---- the trees ------------------------------------------------------------------------------- */

/*
 * Marks the layers whose internal snapshots may be lost: those of a disk that the user deletes. But a layer that
 * would only be merged with such a disk keeps its internal snapshots, and its merge waits.
 */
static void mark_lost(struct tree *t)
{
	_cleanup_actions_ struct disk_actions actions = { 0 };

	for (size_t i = 0; i < t->n; i++)
		t->items[i].lose = true;
	disk_plan(t, &actions);
	for (size_t i = 0; i < t->n; i++)
		t->items[i].lose = false;
	for (size_t i = 0; i < actions.n; i++)
		if (actions.items[i].kind == ACTION_REMOVE)
			t->items[actions.items[i].node].lose = true;
}

static int load_forecast_tree(
	struct session *s, const struct layer_trees *of, struct tree *ret, struct vxe_error *err)
{
	if (tree_load(s, of->seeds, of->dropped, ret, err) < 0 ||
		(of->ask && merge_ask_mark(s, of->ask, ret, err) < 0))
		return -1;
	if (of->dropped)
		mark_lost(ret);
	return 0;
}

/* ---- what becomes of them -------------------------------------------------------------------- */

/*
 * The text about a layer that could be merged or removed now: a command that was to do it was ended, or has failed.
 */
static char *waiting_text(const struct tree *t, const struct disk_action *a)
{
	struct disk_action due = { .node = a->node,
		.why = a->kind == ACTION_REMOVE ? "'vxe sr-coalesce' removes it"
						: "'vxe sr-coalesce' merges it" };

	if (a->kind == ACTION_FORGET)
		return NULL;
	return disk_wait_text(t, a->kind == ACTION_WAIT ? a : &due);
}

static struct layer_fate fate_of(const struct tree *t, const struct disk_action *a)
{
	const struct tree_node *n = &t->items[a->node];
	struct layer_fate f = { .node = xstrdup(n->uuid),
		.line = disk_action_line(t, a),
		.waits = waiting_text(t, a) };

	for (size_t i = 0; a->kind == ACTION_WAIT && i < t->n; i++)
		f.lacking |= t->items[i].lacking && str_eq(t->items[i].needed, a->why);
	if (merge_ask_stays(t, a))
		f.stays = merge_ask_why(t, a);
	if (a->kind == ACTION_COMMIT && n->asked) {
		f.into = xstrdup(t->items[a->into].path);
		f.growth = merge_growth(n, t->items[a->into].allocated);
	}
	return f;
}

int layers_foresee(struct session *s, const struct layer_trees *of, struct layer_fates *ret,
	struct vxe_error *err)
{
	_cleanup_tree_ struct tree t = { 0 };
	_cleanup_actions_ struct disk_actions actions = { 0 };

	if (load_forecast_tree(s, of, &t, err) < 0 || tree_plan(s, &t, &actions, err) < 0)
		return -1;
	ret->items = xcalloc(actions.n + 1, sizeof(*ret->items));
	while (ret->n < actions.n) {
		ret->items[ret->n] = fate_of(&t, &actions.items[ret->n]);
		ret->n++;
	}
	for (size_t i = 0; i < t.n; i++)
		if (t.items[i].internal && t.items[i].lose)
			strv_take(&ret->lost, xasprintf("lost: %s", t.items[i].internal));
	strv_copy(&ret->lacking, &users_volumes(s)->why);
	tree_lost(&t, &actions, &ret->lost);
	return 0;
}

int layers_check_lost(
	struct session *s, const struct layer_trees *of, struct plan *p, struct vxe_error *err)
{
	_cleanup_tree_ struct tree t = { 0 };
	_cleanup_txn_ struct txn *txn = NULL;

	if (load_forecast_tree(s, of, &t, err) < 0 || txn_begin(s->store, TXN_READ, &txn, err) < 0)
		return -1;
	for (size_t i = 0; i < t.n; i++) {
		const struct tree_node *at = &t.items[i];

		/* Only files that nobody needs afterwards: other VMs write to others of the tree. */
		if (p && !at->internal && at->state == NODE_WRITABLE && at->qcow2 && !at->n_names)
			plan_leave(p, at->path);
		if (at->internal && at->lose &&
			loss_check(s, txn, at->uuid, LOSS_GONE, NULL, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- what becomes free ----------------------------------------------------------------------- */

/* Trees as they are now, kept until the transaction of a list ends: its rows ask about one snapshot each. */
struct known_trees {
	struct txn_kept kept;
	struct tree now;
	int64_t anyway; /* bytes that become free if nothing is deleted */
	bool internal;	/* some layer has internal snapshots */
};

static void known_trees_free(struct txn_kept *kept)
{
	struct known_trees *k = (struct known_trees *)kept;

	tree_clear(&k->now);
	free(k);
}

static int64_t plan_frees(const struct tree *t)
{
	_cleanup_actions_ struct disk_actions actions = { 0 };

	disk_plan(t, &actions);
	return actions_free(t, &actions);
}

/* *ret: the trees with these layers; those of the transaction, if it has read them, else it has them from now on. */
static int know_trees(struct session *s, struct txn *txn, const struct strv *nodes,
	const struct known_trees **ret, struct vxe_error *err)
{
	const struct layer_trees now = { .seeds = nodes };

	for (const struct txn_kept *at = txn_kept(txn); at; at = at->next) {
		*ret = (const struct known_trees *)at;
		if (at->free == known_trees_free && tree_has_all(&(*ret)->now, nodes))
			return 0;
	}
	struct known_trees *k = xcalloc(1, sizeof(*k));

	k->kept.free = known_trees_free;
	txn_keep(txn, &k->kept);
	if (load_forecast_tree(s, &now, &k->now, err) < 0)
		return -1;
	k->anyway = plan_frees(&k->now);
	for (size_t i = 0; i < k->now.n; i++)
		k->internal |= k->now.items[i].internal != NULL;
	*ret = k;
	return 0;
}

int layers_free(
	struct session *s, const struct layer_trees *of, int64_t *ret, struct vxe_error *err)
{
	_cleanup_reader_ struct reader reader = { 0 };
	const struct known_trees *k = NULL;
	struct hv *hv;

	/* as in the load of a tree: the first contact with the hypervisor may write to the store */
	if (session_hv(s->here, &hv, err) < 0 || session_facts(s->here, err) < 0 ||
		reader_begin(s, NULL, &reader, err) < 0 ||
		know_trees(s, s->read_txn, of->seeds, &k, err) < 0)
		return -1;
	_cleanup_free_ struct tree_node *items = xcalloc(k->now.n + 1, sizeof(*items));
	struct tree after = { .n = k->now.n, .items = items }; /* the texts stay those of @k */

	memcpy(items, k->now.items, k->now.n * sizeof(*items));
	if (tree_drop(s, s->read_txn, &after, of->seeds, of->dropped, err) < 0)
		return -1;
	if (k->internal)
		mark_lost(&after);
	*ret = plan_frees(&after) - k->anyway;
	return 0;
}
