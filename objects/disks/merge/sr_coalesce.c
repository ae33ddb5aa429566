/* SPDX-License-Identifier: MIT */
/* When layers are merged: on request (sr-coalesce), and after a command that freed layers. */
#include "objects/disks/disks.h"

#include "objects/base/log.h"
#include "objects/classes/storage/sr.h"
#include "objects/engine/op_recover.h"
#include "objects/hidden_snapshots/hidden_snapshot.h"
#include "objects/disks/merge/coalesce.h"

static int coalesce_all(struct session *s, const char *sr, struct coalesce_result *ret,
	struct strv *waits, struct vxe_error *err)
{
	if (op_recover(s, NULL, NULL, err) < 0 || coalesce(s, NULL, sr, ret, waits, err) < 0)
		return -1;
	hidden_give_all_back(s);
	return 0;
}

int sr_coalesce(struct session *s, const char *sr, struct coalesce_result *ret, struct strv *waits,
	struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;
	void *obj = NULL;

	if (sr) {
		if (txn_begin(s->store, TXN_READ, &t, err) < 0 ||
			record_load(t, &sr_class, sr, &obj, err) < 0)
			return -1;
		record_free(&sr_class, obj);
		txn_abort(TAKE(t));
	}
	struct wishes all = *s->wishes;

	all.lose_all = all.force;
	const struct wishes *before = session_wish(s, &all);
	int r = all.dry_run ? coalesce_show(s, sr, err) : coalesce_all(s, sr, ret, waits, err);

	session_wish(s, before);
	return r;
}

static void coalesce_telling(struct session *s, const struct strv *seeds, struct strv *waits)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_strv_ struct strv left = { 0 };
	struct coalesce_result result = { 0 };
	const char *text, *param;

	if (seeds->n && coalesce(s, seeds, NULL, &result, &left, &err) < 0) {
		text = code_info(err.code)->text;
		s->reports.merges_left |= session_cancelled(s);
		param = err.n_params ? err.params[err.n_params - 1] : "";
		log_warn("layers are left for later: %s: %s", code_info(err.code)->name, param);
		strv_take(&left, xasprintf("all (%s %s)", text, param));
	}
	for (size_t i = 0; i < left.n; i++)
		strv_take(waits, xasprintf("later: %s", left.items[i]));
}

void coalesce_quietly(struct session *s, const struct strv *seeds, struct strv *waits)
{
	_cleanup_strv_ struct strv unheard = { 0 };

	coalesce_telling(s, seeds, waits ? waits : &unheard);
	if (!waits && s->reports.merges_left)
		session_notice(s, "Layers are left to be merged: 'vxe sr-coalesce' does that.");
}

int op_run_freeing(struct session *s, const struct op_type *type, plan_fn *plan, void *ctx,
	void (*then)(struct session *s, void *ctx), struct vxe_error *err)
{
	_cleanup_strv_ struct strv freed = { 0 };

	if (op_run(s, type, plan, ctx, NULL, err) < 0)
		return -1;
	strv_copy(&freed, &s->reports.freed);
	if (then)
		then(s, ctx);
	coalesce_quietly(s, &freed, NULL);
	return 0;
}

int op_run_merging(struct session *s, const struct op_type *type, plan_fn *plan, void *ctx,
	struct vxe_error *err)
{
	_cleanup_strv_ struct strv deep = { 0 };

	strv_clear(&s->reports.deep);
	int r = op_run(s, type, plan, ctx, NULL, err);

	if (r == 0 || !s->reports.deep.n)
		return r;
	error_clear(err);
	strv_copy(&deep, &s->reports.deep);
	coalesce_quietly(s, &deep, NULL);
	return op_run(s, type, plan, ctx, NULL, err);
}
