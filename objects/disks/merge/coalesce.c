/* SPDX-License-Identifier: MIT */
/*
 * Coalescing of disk layers: as long as some merge or removal of a layer can run, runs it as an operation of its own.
 * An obstacle is logged and left for the next command; it does not make this command fail.
 */
#include "objects/disks/merge/coalesce.h"

#include "backends/content/content.h"
#include "objects/base/clock.h"
#include "objects/base/log.h"
#include "objects/classes/storage/node_names.h"
#include "objects/engine/op_recover.h"
#include "objects/engine/plan_again.h"
#include "objects/disks/merge/merge_plan.h"
#include "objects/disks/merge/merge_space.h"
#include "objects/disks/disks.h"
#include "objects/disks/content_loss.h"
#include "objects/disks/node_ops.h"

#define BUSY_MS 100
#define SAY_AFTER 5
/* So long layers are removed by one plan, in which another command may have changed what it is made from. */
#define PLAN_MS 5000
#define PLAN_SHARE 10 /* and as many times as long as the plan took */

struct round {
	struct session *s;
	struct strv seeds;
	struct merge_holds holds;
	bool all; /* no seeds are given: all layers */
	/* how many times in a row a merge has waited for a layer's lock of another command */
	int waited;
	struct replans again;
	struct coalesce_result *result;
	/* gets lines about layers whose merge has to wait; NULL: the caller does not want them */
	struct strv *waits;
};

static void round_clear(struct round *r)
{
	strv_clear(&r->seeds);
	strv_clear(&r->holds.skipped);
	strv_clear(&r->holds.why);
	strv_clear(&r->holds.needed);
	strv_clear(&r->holds.users);
	replans_clear(&r->again);
}

/* ---- one action ------------------------------------------------------------------------------ */

/*
 * Removes the file of a merged layer while the locks of the merge are held. If that fails, the next plan removes the
 * file.
 */
static void remove_gone(struct session *s, void *ctx, const struct plan *p)
{
	_cleanup_error_ struct vxe_error err = { 0 };

	(void)ctx;
	if (node_remove(s, p->disks[0].old_node, &err) < 0)
		log_info("layer %s is left: %s", p->disks[0].old_node, code_info(err.code)->name);
}

/*
 * Lists in @ret what is lost when the file of the layer @gone is removed (internal snapshots, and dirty bitmaps
 * unless the layer @into takes them over).
 */
static void note_lost(struct round *r, const struct tree_node *gone, const struct tree_node *into,
	struct strv *ret)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_(node_free_cleanup) struct node *n = NULL;

	if (txn_begin(r->s->store, TXN_READ, &t, &ignored) == 0 &&
		node_find(t, gone->uuid, &n, &ignored) == 0 && n)
		loss_lines(r->s, n, gone->path, into && into->qcow2, ret);
	if (into)
		tree_lost_below(gone, into, ret);
}

static void tell_lines(struct session *s, const struct strv *lines)
{
	for (size_t i = 0; i < lines->n; i++)
		session_notice(s, "%s", lines->items[i]);
}

/*
 * Counts a layer whose content is in another one now, if its file is gone, too: what the other file has grown by was not
 * freed.
 */
static void count_merged(
	struct round *r, const struct tree_node *gone, const struct tree_node *into)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	struct content_stat f, grown;

	r->result->merged++;
	if (content_stat(gone->content, &f, &ignored) < 0 || f.exists ||
		content_stat(into->content, &grown, &ignored) < 0)
		return;
	r->result->removed++;
	r->result->bytes += gone->allocated - (grown.allocated - into->allocated);
}

static int merge(
	struct round *r, const struct tree *t, const struct disk_action *a, struct vxe_error *err)
{
	struct merge_wish w = {
		.seeds = r->all ? NULL : &r->seeds,
		.holds = &r->holds,
		.kind = a->kind,
		.gone = t->items[a->node].uuid,
		.stay = t->items[a->into].uuid,
		.asked = t->items[a->node].asked,
	};
	const struct op_type *type =
		a->kind == ACTION_COMMIT ? &coalesce_commit_op : &coalesce_pull_op;

	_cleanup_strv_ struct strv lost = { 0 };

	note_lost(r, &t->items[a->node], &t->items[a->into], &lost);
	/* A merge that the user asks for (vdi-merge) waits for locks; one that vxe begins by itself does not. */
	int rc = w.asked ? op_run(r->s, &vdi_merge_op, merge_plan, &w, remove_gone, err)
			 : op_try(r->s, type, merge_plan, &w, remove_gone, err);

	if (rc == 0) {
		tell_lines(r->s, &lost);
		count_merged(r, &t->items[a->node], &t->items[a->into]);
	}
	return rc;
}

static int check_unused(struct txn *t, const char *uuid, struct vxe_error *err)
{
	_cleanup_records_ struct records above = { 0 };
	int names;

	if (node_count_names(t, uuid, &names, err) < 0 || node_children(t, uuid, &above, err) < 0)
		return -1;
	return names || above.n ? vxe_fail(err, VXE_TRY_AGAIN, uuid, "the layer has a user again")
				: 0;
}

/* Gives the file of a layer that vxe did not make its write bits back, because nobody needs its content any more. */
static int give_back(struct session *s, const char *uuid, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_(node_free_cleanup) struct node *n = NULL;
	_cleanup_free_ char *path = NULL;
	struct content_stat f;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 || node_find(t, uuid, &n, err) < 0)
		return -1;
	if (!n || n->origin != NODE_ADOPTED_LEAF || n->state != NODE_FROZEN || !n->old_mode)
		return 0;
	if (check_unused(t, uuid, err) < 0 || node_path(t, n, &path, err) < 0 ||
		content_stat(content_of(s, path), &f, err) < 0)
		return -1;
	mode_t mode = f.mode | ((mode_t)n->old_mode & 0222);

	return f.exists ? content_thaw(content_of(s, path), mode, err) : 0;
}

/* Deletes the record of a layer whose file stays, unless a VDI or another layer has begun to use it. */
static int forget(struct txn *t, void *ctx, struct vxe_error *err)
{
	const char *uuid = ctx;

	if (check_unused(t, uuid, err) < 0 || txn_del(t, node_class.name, uuid, err) < 0)
		return -1;
	return node_sync_base_copy(t, uuid, err);
}

static int drop_layer(
	struct round *r, const struct tree *t, const struct disk_action *a, struct vxe_error *err)
{
	_cleanup_locks_ struct locks locks = { 0 };
	char *uuid = t->items[a->node].uuid;

	locks_add(&locks, LOCK_NODE, uuid, LEASE_EXCLUSIVE);
	if (locks_try(r->s, &locks, err) < 0 || op_recover(r->s, &locks, NULL, err) < 0)
		return -1;
	if (a->kind == ACTION_FORGET) {
		if (give_back(r->s, uuid, err) < 0)
			return -1;
		return store_update(r->s->store, forget, uuid, err);
	}
	_cleanup_strv_ struct strv lost = { 0 };

	note_lost(r, &t->items[a->node], NULL, &lost);
	if (node_remove(r->s, uuid, err) < 0)
		return -1;
	tell_lines(r->s, &lost);
	r->result->removed++;
	r->result->bytes += a->bytes;
	return 0;
}

/* ---- the loop -------------------------------------------------------------------------------- */

/* Remembers the layer whose file a user unknown to vxe needs: actions on that layer wait, others may run. */
static bool note_needed(struct round *r, const struct tree *t, const struct vxe_error *err)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct tree_node *n = &t->items[i];

		if (!str_eq(n->path, err->params[0]) || strv_has(&r->holds.needed, n->uuid))
			continue;
		strv_add(&r->holds.needed, n->uuid);
		strv_take(&r->holds.users, stranger_needs(err->params[1]));
		return true;
	}
	return false;
}

static void leave(struct round *r, const struct tree *t, const struct disk_action *a,
	const struct vxe_error *err)
{
	const char *last = err->n_params ? err->params[err->n_params - 1] : "";

	log_info("layer %s waits: %s %s %s", t->items[a->node].uuid, code_info(err->code)->name,
		last, err->detail ? err->detail : "");
	if (err->code == VXE_DEPENDENTS && err->n_params == 2 && note_needed(r, t, err))
		return;
	strv_add(&r->holds.skipped, t->items[a->node].uuid);
	bool said = err->code == VXE_IMAGE_FAILED || err->code == VXE_TRY_AGAIN ||
		err->code == VXE_NO_PROGRESS || err->code == SR_BACKEND_FAILURE_44;
	_cleanup_free_ char *why =
		said ? xstrdup(last) : xasprintf("%s %s", code_info(err->code)->text, last);
	bool failed = err->code == VXE_IMAGE_FAILED || err->code == VXE_HYPERVISOR_FAILED;
	bool broke_off = a->live && str_starts(last, MERGE_BROKE_OFF);

	char *lack = a->live && failed && a->into >= 0
		? merge_space_lack(&t->items[a->node], &t->items[a->into])
		: NULL;

	strv_take(&r->holds.why,
		lack		    ? lack
			: broke_off ? xasprintf("%s; " DISK_FAILS_AGAIN, why)
				    : TAKE(why));
}

static void note_wait(struct round *r, const struct tree *t, const struct disk_action *a)
{
	if (r->waits)
		strv_take(r->waits, disk_wait_text(t, a));
}

static void list_waiting(struct round *r, const struct tree *t, const struct disk_actions *actions)
{
	for (size_t i = 0; i < actions->n; i++) {
		if (actions->items[i].kind != ACTION_WAIT)
			continue;
		r->result->waiting++;
		note_wait(r, t, &actions->items[i]);
	}
}

/*
 * Fails if a layer that the user asked to merge cannot be merged any more, although in the first plan all of them
 * could.
 */
static int check_asked(const struct round *r, const struct tree *t,
	const struct disk_actions *actions, struct vxe_error *err)
{
	for (size_t i = 0; r->holds.ask && r->holds.ask->all && i < actions->n; i++)
		if (merge_ask_stays(t, &actions->items[i]))
			return merge_ask_refuse(t, &actions->items[i], err);
	return 0;
}

/*
 * Lists the merges and removals that are left undone because another command needs the VM, or because a signal has
 * ended this command.
 */
static void list_yielded(struct round *r, const struct tree *t, const struct disk_actions *actions)
{
	const char *why = session_cancelled(r->s) ? "ended before that; 'vxe sr-coalesce' goes on"
						  : "another command needs the VM";

	for (size_t i = 0; i < actions->n; i++) {
		struct disk_action a = actions->items[i];

		if (a.kind == ACTION_FORGET)
			continue;
		if (a.kind != ACTION_WAIT)
			a.why = why;
		a.kind = ACTION_WAIT;
		note_wait(r, t, &a);
	}
}

/*
 * The removals that follow in a plan, of which one was carried out. Each looks again at all that may use its file; the plan
 * is made anew after one that cannot be done, and after some seconds; of many layers, whose plan takes long, after longer. Else
 * the removal of many layers would load the tree of all for each of them.
 */
static void remove_more(
	struct round *r, const struct tree *t, const struct disk_actions *actions, int64_t until)
{
	for (size_t i = 1; i < actions->n && actions->items[i].kind == ACTION_REMOVE; i++) {
		_cleanup_error_ struct vxe_error failed = { 0 };

		if (session_cancelled(r->s) || clock_ms() > until)
			return;
		session_forget_domains(r->s->here);
		if (drop_layer(r, t, &actions->items[i], &failed) < 0)
			return;
	}
}

/* A merge may split the tree of layers, so the search begins at all of its layers next time, and finds every part again. */
static void add_seeds(struct round *r, const struct tree *t)
{
	for (size_t i = 0; i < t->n && !r->all; i++)
		if (!strv_has(&r->seeds, t->items[i].uuid))
			strv_add(&r->seeds, t->items[i].uuid);
}

/* Carries out one merge, or some removals of layers. Returns 1: there may be more to do, 0: all is done. */
static int one_action(struct round *r, struct vxe_error *err)
{
	_cleanup_tree_ struct tree tree = { 0 };
	_cleanup_actions_ struct disk_actions actions = { 0 };
	_cleanup_error_ struct vxe_error failed = { 0 };
	const struct disk_action *a;
	int64_t began = clock_ms();

	session_forget_domains(r->s->here);
	if (merge_next(r->s, r->all ? NULL : &r->seeds, &r->holds, &tree, &actions, &a, err) < 0)
		return -1;
	int64_t planned = clock_ms();

	if (!a) {
		list_waiting(r, &tree, &actions);
		return check_asked(r, &tree, &actions, err);
	}
	if (session_cancelled(r->s)) {
		r->s->reports.merges_left = true;
		list_yielded(r, &tree, &actions);
		return 0;
	}
	add_seeds(r, &tree);
	bool is_merge = a->kind == ACTION_COMMIT || a->kind == ACTION_PULL;
	int rc = is_merge ? merge(r, &tree, a, &failed) : drop_layer(r, &tree, a, &failed);

	if (rc == 0) {
		r->waited = 0;
		replans_clear(&r->again);
		if (a->kind == ACTION_REMOVE)
			remove_more(r, &tree, &actions,
				planned + PLAN_MS + PLAN_SHARE * (planned - began));
	} else if (tree.items[a->node].asked) {
		/*
		 * If another process has locked a layer that the user asked to merge, the command waits and tries
		 * again (returns 1), as for any other lock.
		 */
		if (failed.code != VXE_BUSY || !lock_was_held(&failed)) {
			error_move(err, &failed);
			return -1;
		}
		if (++r->waited == SAY_AFTER)
			session_waiting(r->s, failed.params[0]);
		clock_sleep_ms(BUSY_MS);
		return 1;
	} else if (failed.code == TASK_CANCELLED && !session_cancelled(r->s)) {
		list_yielded(r, &tree, &actions);
		return 0;
	} else if (failed.code != TASK_CANCELLED) {
		_cleanup_free_ char *text = disk_action_text(&tree, a);

		if (!replan(&r->again, text, &failed))
			leave(r, &tree, a, &failed);
	}
	return 1;
}

static int seed_sr(struct round *r, const char *sr, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_records_ struct records nodes = { 0 };

	if (txn_begin(r->s->store, TXN_READ, &t, err) < 0 ||
		records_load(t, &node_class, "sr", sr, &nodes, err) < 0)
		return -1;
	for (size_t i = 0; i < nodes.n; i++)
		strv_add(&r->seeds, ((const struct node *)nodes.items[i])->r.uuid);
	return 0;
}

static int run_round(struct round *r, struct vxe_error *err)
{
	int rc;

	do {
		rc = one_action(r, err);
	} while (rc > 0);
	return rc;
}

int layers_merge(struct session *s, const struct strv *seeds, const struct merge_ask *ask,
	struct vxe_error *err)
{
	struct coalesce_result done = { 0 };
	_cleanup_(round_clear) struct round r = { .s = s, .holds.ask = ask, .result = &done };

	strv_copy(&r.seeds, seeds);
	if (run_round(&r, err) < 0)
		return -1;
	return session_cancelled(s) ? vxe_fail(err, TASK_CANCELLED, "") : 0;
}

int coalesce(struct session *s, const struct strv *seeds, const char *sr,
	struct coalesce_result *ret, struct strv *waits, struct vxe_error *err)
{
	_cleanup_(round_clear) struct round r = {
		.s = s, .all = !seeds && !sr, .result = ret, .waits = waits
	};

	*ret = (struct coalesce_result){ 0 };
	if (s->wishes->dry_run)
		return 0;
	if (seeds)
		strv_copy(&r.seeds, seeds);
	else if (sr && seed_sr(&r, sr, err) < 0)
		return -1;
	return run_round(&r, err);
}

/* ---- dry runs -------------------------------------------------------------------------------- */

static int show_actions(struct session *s, struct tree *t, struct vxe_error *err)
{
	_cleanup_actions_ struct disk_actions actions = { 0 };
	_cleanup_strv_ struct strv lost = { 0 };

	if (tree_plan(s, t, &actions, err) < 0)
		return -1;
	for (size_t i = 0; i < actions.n; i++)
		session_plan(s, disk_action_line(t, &actions.items[i]));
	tree_lost(t, &actions, &lost);
	for (size_t i = 0; i < lost.n; i++)
		session_planned(s, "%s", lost.items[i]);
	return 0;
}

int coalesce_foresee(struct session *s, const struct plan *p, bool stopped, struct vxe_error *err)
{
	_cleanup_tree_ struct tree t = { 0 };

	return tree_load_after(s, p, stopped, &t, err) < 0 ? -1 : show_actions(s, &t, err);
}

int coalesce_show(struct session *s, const char *sr, struct vxe_error *err)
{
	_cleanup_(round_clear) struct round r = { .s = s };
	_cleanup_tree_ struct tree t = { 0 };

	if ((sr && seed_sr(&r, sr, err) < 0) ||
		tree_load(s, sr ? &r.seeds : NULL, NULL, &t, err) < 0 ||
		show_actions(s, &t, err) < 0)
		return -1;
	return vxe_fail(err, VXE_PLANNED, "coalesce");
}
