/* SPDX-License-Identifier: MIT */
/* When layers are merged: on request (sr-coalesce), and after a command that freed some. */
#include "objects/base/log.h"
#include "objects/node_ops.h"
#include "objects/sr.h"
#include "objects/vm_ops.h"

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
	if (op_recover(s, NULL, NULL, err) < 0)
		return -1;
	return coalesce(s, NULL, sr, ret, err);
}

void coalesce_quietly(struct session *s, const struct strv *seeds)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct coalesce_result result = { 0 };

	if (seeds->n && coalesce(s, seeds, NULL, &result, &err) < 0)
		log_warn("layers are left for later: %s: %s", code_info(err.code)->name,
			err.n_params ? err.params[err.n_params - 1] : "");
}
