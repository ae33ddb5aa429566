/* SPDX-License-Identifier: MIT */
/* When layers are merged: on request (sr-coalesce), and after a command that freed layers. */
#include "objects/layers/merge/sr_coalesce.h"

#include "objects/base/log.h"
#include "objects/classes/storage/sr.h"
#include "objects/engine/op_recover.h"
#include "objects/layers/hidden.h"
#include "objects/layers/merge/coalesce.h"

int sr_coalesce(
	struct session *s, const char *sr, struct coalesce_result *ret, struct vxe_error *err)
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
	s->lose_all = s->force;
	if (s->dry_run)
		return coalesce_show(s, sr, err);
	if (op_recover(s, NULL, NULL, err) < 0)
		return -1;
	if (coalesce(s, NULL, sr, ret, err) < 0)
		return -1;
	hidden_give_all_back(s);
	return 0;
}

void coalesce_result_clear(struct coalesce_result *r)
{
	strv_clear(&r->waits);
}

void coalesce_telling(struct session *s, const struct strv *seeds, struct strv *waits)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_coalesce_ struct coalesce_result result = { 0 };
	const char *text, *param;

	if (seeds->n && coalesce(s, seeds, NULL, &result, &err) < 0) {
		text = code_info(err.code)->text;
		s->merges_left |= session_cancelled(s);
		param = err.n_params ? err.params[err.n_params - 1] : "";
		log_warn("layers are left for later: %s: %s", code_info(err.code)->name, param);
		strv_take(&result.waits, xasprintf("all (%s %s)", text, param));
	}
	for (size_t i = 0; i < result.waits.n; i++)
		strv_take(waits, xasprintf("later: %s", result.waits.items[i]));
}

void coalesce_quietly(struct session *s, const struct strv *seeds)
{
	_cleanup_strv_ struct strv unheard = { 0 };

	coalesce_telling(s, seeds, &unheard);
	if (s->merges_left)
		session_notice(s, "Layers are left to be merged: 'vxe sr-coalesce' does that.");
}

int op_run_freeing(struct session *s, const struct op_type *type, plan_fn *plan, void *ctx,
	void (*then)(struct session *s, void *ctx), struct vxe_error *err)
{
	_cleanup_strv_ struct strv freed = { 0 };

	if (op_run(s, type, plan, ctx, NULL, err) < 0)
		return -1;
	strv_copy(&freed, &s->freed);
	if (then)
		then(s, ctx);
	coalesce_quietly(s, &freed);
	return 0;
}

int op_run_merging(struct session *s, const struct op_type *type, plan_fn *plan, void *ctx,
	struct strv *deep, struct vxe_error *err)
{
	int r = op_run(s, type, plan, ctx, NULL, err);

	if (r == 0 || err->code != SR_BACKEND_FAILURE_109 || !deep->n)
		return r;
	error_clear(err);
	coalesce_quietly(s, deep);
	return op_run(s, type, plan, ctx, NULL, err);
}
