/* SPDX-License-Identifier: MIT */
/*
 * What an operation does when the connection to the store is lost while it runs: with it go the locks that keep other
 * hosts away. The lock files keep everybody else on this host away as before, and the intent all other hosts, because
 * only its host recovers it. So locks and intent that are both there again are as good as locks that were never lost.
 */
#include "objects/engine/op_run.h"

#include "objects/base/clock.h"
#include "objects/classes/common/intent.h"

/* How long an operation that has begun waits for the store: a standby takes over in that time. */
#define STORE_BACK_MS 30000
#define STORE_STEP_MS 200
#define UPDATES 3

int op_hold(struct op *op, bool ask, struct vxe_error *err)
{
	int64_t until = clock_ms() + (op->store_away ? 0 : STORE_BACK_MS);

	for (;;) {
		_cleanup_error_ struct vxe_error lost = { 0 };

		if (store_keep_leases(op->s->store, intent_class.name, op->intent, ask, &op->ended,
			    &lost) == 0)
			return 0;
		if (op->ended || clock_ms() >= until || session_cancelled(op->s)) {
			op->store_away = !op->ended;
			error_move(err, &lost);
			return -1;
		}
		clock_sleep_ms(STORE_STEP_MS);
	}
}

int op_before_commit(struct op *op, struct vxe_error *err)
{
	return op_hold(op, true, err) < 0 ? -1 : op_disks->look_again(op, err);
}

bool op_held_again(struct op *op, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error away = { 0 };

	if (err->code != VXE_STORE_LOST)
		return false;
	bool held = op_hold(op, true, &away) == 0;

	error_clear(err);
	if (!held)
		error_move(err, &away);
	return held;
}

int op_update(struct op *op, txn_body_fn *body, void *ctx, struct vxe_error *err)
{
	for (int i = 0; store_update(op->s->store, body, ctx, err) < 0; i++)
		if (i == UPDATES || !op_held_again(op, err))
			return -1;
	return 0;
}

int op_run_past(struct op *op, const struct step *st, struct vxe_error *err)
{
	if (op_run_step(op, st, err) == 0)
		return 0;
	return op_held_again(op, err) ? op_run_step(op, st, err) : -1;
}
