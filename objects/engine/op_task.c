/* SPDX-License-Identifier: MIT */
/* The task of a running operation: how far the operation is, and whether somebody has cancelled it. */
#include "objects/engine/op.h"

#include "objects/base/clock.h"
#include "objects/base/log.h"
#include "objects/classes/common/intent.h"
#include "objects/classes/common/task.h"
#include "objects/model/record.h"

#define CANCEL_POLL_MS 100
#define PROGRESS_MS 1000

/* ---- progress --------------------------------------------------------------------------------- */

struct told {
	const char *task;
	double progress;
};

static int store_progress(struct txn *t, void *ctx, struct vxe_error *err)
{
	const struct told *told = ctx;
	_cleanup_(task_free_cleanup) struct task *task = NULL;

	if (task_find(t, told->task, &task, err) < 0)
		return -1;
	if (!task)
		return 0;
	task->progress = told->progress;
	return record_save(t, &task_class, task, err);
}

void op_progress(struct op *op, int64_t done, int64_t total)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	int64_t now = clock_ms();

	done += op->before;
	total += op->before;
	session_progress(op->s, done, total);
	if (!op->told)
		op->told = now;
	if (!op->task || total <= 0 || now - op->told < PROGRESS_MS)
		return;
	op->told = now;
	struct told told = { op->task, done >= total ? 1 : (double)done / (double)total };

	if (store_update(op->s->store, store_progress, &told, &ignored) < 0)
		log_debug("how far %s is could not be stored", op->task);
}

/* ---- cancelling ------------------------------------------------------------------------------ */

bool op_cancelled(struct op *op)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_(task_free_cleanup) struct task *task = NULL;

	if (session_cancelled(op->s))
		return true;
	if (!op->task || txn_begin(op->s->store, TXN_READ, &t, &ignored) < 0 ||
		task_find(t, op->task, &task, &ignored) < 0)
		return false;
	return task && task->cancelled;
}

int op_wait_job(struct op *op, struct hv_job *job, struct vxe_error *err)
{
	int64_t asked = clock_ms(), pause = 1;

	for (;;) {
		struct hv_progress p = { 0 };
		int r = hv_poll(job, &p, err);

		if (r <= 0)
			return r;
		op_progress(op, p.done, p.total);
		bool cancelled = session_cancelled(op->s);
		if (!cancelled && clock_ms() - asked >= CANCEL_POLL_MS) {
			asked = clock_ms();
			cancelled = op_cancelled(op);
		}
		if (cancelled && hv_cancel(job, err) < 0)
			return -1;
		if (cancelled)
			return vxe_fail(err, TASK_CANCELLED, op->task ? op->task : "");
		clock_sleep_ms(pause);
		if (pause < 20)
			pause++;
	}
}

struct cancel_wish {
	const char *object, *only;
};

static int mark_task(struct txn *t, const char *uuid, struct vxe_error *err)
{
	_cleanup_(task_free_cleanup) struct task *task = NULL;

	if (task_find(t, uuid, &task, err) < 0)
		return -1;
	if (!task || task->cancelled)
		return 0;
	task->cancelled = true;
	return record_save(t, &task_class, task, err);
}

/*
 * Marks the running operation on an object as cancelled. It is found by the objects that the intents lock, because a
 * merge may lock disks of several VMs.
 */
static int mark_cancelled(struct txn *t, void *ctx, struct vxe_error *err)
{
	const struct cancel_wish *w = ctx;
	_cleanup_records_ struct records intents = { 0 };

	if (records_load(t, &intent_class, NULL, NULL, &intents, err) < 0)
		return -1;
	for (size_t i = 0; i < intents.n; i++) {
		const struct intent *intent = intents.items[i];

		if (!strv_has(&intent->objects, w->object) || !intent->task ||
			(w->only && !str_starts(intent->operation, w->only)))
			continue;
		if (mark_task(t, intent->task, err) < 0)
			return -1;
	}
	return 0;
}

int op_cancel_running(
	struct session *s, const char *object, const char *only_operation, struct vxe_error *err)
{
	struct cancel_wish w = { object, only_operation };

	if (s->wishes->dry_run)
		return 0;
	return store_update(s->store, mark_cancelled, &w, err);
}
