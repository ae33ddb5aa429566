/* SPDX-License-Identifier: MIT */
/*
 * Runs operations: makes a plan, takes its locks, plans again, writes the plan to the store as an intent, runs the
 * steps, writes the result. Undo, and recovery after a crash (op_recover.c), use the same steps.
 */
#include "objects/engine/op.h"

#include "backends/hv/hv_definitions.h"
#include "objects/base/clock.h"
#include "objects/base/log.h"
#include "objects/base/uuid.h"
#include "objects/base/call_watch.h"
#include "objects/classes/common/intent.h"
#include "objects/classes/common/task.h"
#include "objects/classes/storage/node.h"
#include "objects/classes/storage/sr_pool.h"
#include "objects/classes/vm/seen_definition.h"
#include "objects/audit/audit_line.h"
#include "objects/engine/message.h"
#include "objects/engine/op_recover.h"
#include "objects/engine/op_run.h"
#include "objects/engine/plan.h"
#include "objects/engine/plan_reach.h"
#include "objects/engine/plan_show.h"
#include "objects/engine/plan_space.h"
#include "objects/engine/plan_again.h"
#include "objects/model/record.h"

#include <json-c/json_object.h>
#include <string.h>

#define MAX_PLANS 10

/* ---- intent and task ------------------------------------------------------------------------- */

/* Names of tasks as in xe: scripts find running operations by them. */
static const struct label {
	const char *operation, *label;
	/* true: the task's description is the UUID of the object that the operation works on */
	bool object;
} labels[] = {
	{ "vm-start", "Async.VM.start", false },
	{ "vm-suspend", "Async.VM.suspend", false },
	{ "vm-resume", "Async.VM.resume", false },
	{ "vm-export", "Export of VM", true },
	{ "vm-import", "VM import", false },
	{ "vdi-import", "VDI import", false },
};

static int put_task(struct op *op, struct txn *t, struct vxe_error *err)
{
	struct task *task = record_new(&task_class);

	task->r.uuid = xstrdup(op->task);
	str_replace(&task->name_label, op->type->name);
	for (size_t i = 0; i < ARRAY_LEN(labels); i++) {
		const struct label *l = &labels[i];

		if (!str_eq(l->operation, op->type->name))
			continue;
		str_replace(&task->name_label, l->label);
		str_replace(&task->name_description, l->object ? op->plan.object : "");
	}
	str_replace(&task->object, op->plan.object);
	str_replace(&task->operation, op->type->operation ? op->type->operation : "");
	task->created = clock_wall();
	task->pid = getpid();
	str_replace(&task->resident_on, op->s->here->uuid ? op->s->here->uuid : "");

	int r = record_save(t, &task_class, task, err);
	record_free(&task_class, task);
	return r;
}

static int put_intent(struct txn *t, void *ctx, struct vxe_error *err)
{
	struct op *op = ctx;
	struct intent *intent = record_new(&intent_class);

	intent->r.uuid = xstrdup(op->intent);
	str_replace(&intent->operation, op->type->name);
	str_replace(&intent->object, op->plan.object);
	for (size_t i = 0; i < op->plan.locks.n; i++)
		strv_add(&intent->objects, op->plan.locks.items[i].uuid);
	free(intent->plan);
	intent->plan = plan_encode(&op->plan);
	str_replace(&intent->task, op->task);
	str_replace(&intent->host, op->s->here->uuid ? op->s->here->uuid : "");
	intent->created = clock_wall();

	int r = record_save(t, &intent_class, intent, err);
	record_free(&intent_class, intent);
	return r < 0 ? r : put_task(op, t, err);
}

static int drop_intent(struct txn *t, void *ctx, struct vxe_error *err)
{
	struct op *op = ctx;

	txn_take_reserve(t);
	return intent_drop(t, op->intent, op->task, err);
}

/* The result of an operation, for its final transaction. */
struct result {
	struct op *op;
	char *definition; /* the domain's definition by now; NULL: nobody else has to know it */
};

static int put_result(struct txn *t, void *ctx, struct vxe_error *err)
{
	const struct result *r = ctx;
	struct op *op = r->op;

	if (plan_apply(op->s, &op->plan, t, err) < 0)
		return -1;
	if (r->definition &&
		seen_definition_put(t, op->plan.domain, op->s->here->uuid, r->definition, err) < 0)
		return -1;
	return drop_intent(t, op, err);
}

/*
 * In a pool, reads the definition that the domain has by now: if this host dies at once, another one needs it. Without it
 * the next host-heartbeat tells it.
 */
static char *definition_to_tell(const struct op *op)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_hv_domain_ struct hv_domain d = { 0 };
	struct hv *hv = op->s->here->hv;
	char *xml = NULL;

	if (op->s->pool_size < 2 || !op->plan.domain || !hv ||
		hv_find(hv, op->plan.domain, &d, &ignored) < 0 || !d.persistent ||
		hv_xml(hv, op->plan.domain, HV_XML_INACTIVE, &xml, &ignored) < 0)
		return NULL;
	return xml;
}

static const char *change_text(struct json_object *change, const char *key)
{
	return json_object_get_string(json_object_object_get(change, key));
}

/* What the transaction that applies the plan asks: how many messages there are, and whether somebody has the UUID of a new record. */
static void foresee_plan(const struct op *op)
{
	struct store_question list[STORE_AHEAD_MAX] = { { .cls = message_class.name } };
	struct json_object *changes = op->plan.changes;
	size_t n = 1;

	for (size_t i = 0; changes && i < json_object_array_length(changes); i++) {
		struct json_object *change = json_object_array_get_idx(changes, i);

		if (n < STORE_AHEAD_MAX && str_eq(change_text(change, "verb"), "add"))
			list[n++] = (struct store_question){ change_text(change, "class"),
				.holder = change_text(change, "uuid") };
	}
	store_foresee(op->s->store, list, n);
}

static int write_result(struct op *op, struct vxe_error *err)
{
	_cleanup_free_ char *definition = definition_to_tell(op);
	const struct store_question known = { seen_definition_class.name, .uuid = op->plan.domain };
	struct result r = { op, definition };

	store_foresee(op->s->store, &known, definition ? 1 : 0);
	return op_update(op, put_result, &r, err);
}

/* ---- steps ----------------------------------------------------------------------------------- */

int op_run_step(struct op *op, const struct step *st, struct vxe_error *err)
{
	struct failpoints *fp = &op->s->config.failpoints;

	log_debug("%s: %s", op->type->name, st->name);
	if (failpoint(fp, op->type->name, st->name, false, err) < 0)
		return -1;
	if ((st->commits ? op_before_commit(op, err) : op_hold(op, false, err)) < 0 ||
		st->act->run(op, err) < 0) {
		error_tell_full(err);
		return -1;
	}
	return failpoint(fp, op->type->name, st->name, true, err);
}

int op_sync_definitions(const struct op *op, struct vxe_error *err)
{
	return hv_definitions_sync(op->s->config.definitions_dir,
		op->recovering ? HV_ALL_KINDS : hv_changed(op->s->here->hv), err);
}

int op_undo(struct op *op, size_t n_steps, struct vxe_error *err)
{
	for (size_t i = n_steps; i-- > 0;) {
		const struct step_act *act =
			op->type->steps[i].act; /* NULL: the operation has no steps */

		if (act && act->undo && act->undo(op, err) < 0)
			return -1;
	}
	if (op_sync_definitions(op, err) < 0 || op_update(op, drop_intent, op, err) < 0)
		return -1;
	op->s->reports.begun--;
	return 0;
}

static int op_commit(struct op *op, struct vxe_error *err)
{
	struct failpoints *fp = &op->s->config.failpoints;
	_cleanup_strv_ struct strv srs = { 0 };

	if (failpoint(fp, op->type->name, "result", false, err) < 0)
		return -1;
	if (op_sync_definitions(op, err) < 0 || write_result(op, err) < 0)
		return -1;
	op->s->reports.begun--;
	watch_hold();
	if (failpoint(fp, op->type->name, "result", true, err) < 0)
		return -1;
	/* the first image in an SR brings the SR's pool in libvirt */
	plan_added(&op->plan, &node_class, "sr", &srs);
	for (size_t i = 0; i < srs.n; i++)
		sr_pool_come(op->s, srs.items[i]);
	return 0;
}

size_t op_n_steps(const struct op_type *type)
{
	size_t n = 0;

	while (type->steps[n].name)
		n++;
	return n;
}

/*
 * The number of an operation's steps up to and including the commit point; all steps if the final store transaction
 * is the commit point.
 */
static size_t steps_to_commit(const struct op_type *type)
{
	size_t n = op_n_steps(type);

	for (size_t i = 0; i < n; i++)
		if (type->steps[i].commits)
			return i + 1;
	return n;
}

int op_forward(struct op *op, struct vxe_error *err)
{
	size_t n = op_n_steps(op->type);

	for (size_t i = steps_to_commit(op->type); i < n; i++)
		if (op_run_past(op, &op->type->steps[i], err) < 0)
			return -1;
	return op_commit(op, err);
}

/*
 * Called when a command fails: tells the user that what the operation did is not undone, or not completed, yet. @passed: what
 * op_judge() has returned.
 */
static void tell_left(const struct op *op, int passed)
{
	if (op->plan.commit == COMMIT_REPEAT || op->ended)
		return;
	session_notice(op->s,
		passed > 0
			? "%s has been done nevertheless; the next command on %s, or 'vxe check', "
			  "completes the records"
			: passed < 0
			? "whether %s has been done is not known; the next command on %s, or 'vxe check', "
			  "finds out"
			: "%s is not undone yet; the next command on %s, or 'vxe check', does that",
		op->type->name, op->plan.object ? op->plan.object : "it");
}

/*
 * Undoes or completes an operation after a failed step. The failed call may have taken effect nevertheless (a lost
 * connection), so from the commit point on the hypervisor is asked. Returns 1: the operation was completed after all;
 * -1: it was undone, or left for recovery. The user sees the first error.
 */
static int fail_back(struct op *op, size_t failed, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error second = { 0 };

	if (err->code == VXE_STORE_LOST && op_hold(op, true, &second) < 0)
		error_clear(&second);
	if (op->ended)
		return -1;
	watch_undo();
	/* a step after the marked one comes here only if the final store transaction is the commit point */
	bool reached = op->type->steps[failed].commits || failed >= steps_to_commit(op->type);
	/* libvirt, which is still about to end the guest, tells nothing of it meanwhile: the step has done nothing */
	bool stuck = err->code == VXE_GUEST_STUCK;
	int passed = reached && !stuck ? op_judge(op, &second) : 0;
	int r = passed;

	if (passed > 0) {
		watch_hold();
		r = op_forward(op, &second);
	} else if (passed == 0)
		r = op_undo(op, stuck ? failed : failed + 1, &second);
	if (r < 0) {
		log_error(
			"%s: left for recovery: %s", op->type->name, code_info(second.code)->name);
		error_note(err, "left for recovery: %s", code_info(second.code)->name);
		tell_left(op, passed);
	}
	return passed > 0 && r == 0 ? 1 : -1;
}

/* From here on the operation is done or undone, by this process or by a recovery. */
static int begin(struct op *op, struct vxe_error *err)
{
	op->intent = uuid_new();
	op->task = uuid_new();
	const struct store_question both[] = { { intent_class.name, .uuid = op->intent },
		{ task_class.name, .holder = op->task } };

	store_foresee(op->s->store, both, ARRAY_LEN(both));
	if (store_update(op->s->store, put_intent, op, err) < 0)
		return -1;
	op->s->reports.begun++;
	return 0;
}

static int run_steps(struct op *op, struct vxe_error *err)
{
	size_t n = op_n_steps(op->type), commit = steps_to_commit(op->type);
	struct failpoints *fp = &op->s->config.failpoints;

	if (failpoint(fp, op->type->name, "intent", false, err) < 0 ||
		plan_check_reach(op->s, &op->plan, err) < 0 ||
		op_disks->stay_open(op->s, &op->plan, err) < 0)
		return -1;
	foresee_plan(op);
	if (plan_rehearse(op->s, &op->plan, err) < 0 || plan_check_space(&op->plan, err) < 0 ||
		begin(op, err) < 0)
		return -1;
	if (failpoint(fp, op->type->name, "intent", true, err) < 0)
		return fail_back(op, 0, err);
	for (size_t i = 0; i < n; i++) {
		if (i >= commit)
			watch_hold();
		if (i < commit && session_cancelled(op->s))
			(void)vxe_fail(err, TASK_CANCELLED, op->task);
		else if ((i < commit ? op_run_step : op_run_past)(op, &op->type->steps[i], err) ==
			0)
			continue;
		/*
		 * Past the commit point the intent stays in the store, and the next command completes the operation. If the
		 * final store transaction is the commit point, no step is past it.
		 */
		if (i >= commit && op->plan.commit != COMMIT_STORE)
			return tell_left(op, 1), -1;
		if (fail_back(op, i, err) < 0)
			return -1;
		error_clear(err);
		return 0;
	}
	if ((commit < n || op_disks->look_again(op, err) == 0) && op_commit(op, err) == 0)
		return 0;
	if (op->plan.commit == COMMIT_STORE) {
		/*
		 * If the final store transaction is the commit point: while the intent is in the store, nothing has
		 * happened. If the intent is gone, the result was committed, even if the store reported an error.
		 */
		_cleanup_error_ struct vxe_error second = { 0 };
		_cleanup_(intent_free_cleanup) struct intent *intent = NULL;
		_cleanup_txn_ struct txn *t = NULL;

		if (txn_begin(op->s->store, TXN_READ, &t, &second) < 0 ||
			intent_find(t, op->intent, &intent, &second) < 0) {
			error_note(err, "left for recovery: %s", code_info(second.code)->name);
			return -1;
		}
		txn_abort(TAKE(t));
		if (intent)
			return fail_back(op, n ? n - 1 : 0, err);
		op->s->reports.begun--;
		error_clear(err);
		return 0;
	}
	tell_left(op, 1);
	return -1;
}

/* ---- an operation that was planned without libvirt -------------------------------------------- */

/* If libvirt does not answer, this step fails, and the steps before it are undone without libvirt. */
int step_meet_libvirt(struct op *op, struct vxe_error *err)
{
	struct hv *hv;

	if (!op->plan.running)
		return 0;
	session_hv_ahead(op->s->here);
	if (session_hv(op->s->here, &hv, err) == 0)
		return hv_check_free(hv, op->plan.domain, NULL, err);
	if (err->code != TASK_CANCELLED)
		return -1;
	error_clear(err);
	return vxe_fail(err, TASK_CANCELLED, op->task);
}

/* ---- planning and locking -------------------------------------------------------------------- */

typedef int take_fn(struct session *s, struct locks *l, struct vxe_error *err);

static int read_generation(struct session *s, int64_t *ret, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0)
		return -1;
	return txn_generation(t, ret, err);
}

/*
 * Locks the layers that the plan needs, in addition to the records that are locked already. So the order of locks is
 * kept, and a merge, which has layers locked exclusively, never waits. Returns 0: the plan is still valid, because
 * the store has not changed since before planning; 1: plan again.
 */
static int lock_nodes(struct session *s, struct locks *held, const struct plan *p,
	int64_t generation, take_fn *take, struct vxe_error *err)
{
	int64_t now;

	if (locks_cover(held, &p->locks))
		return 0;
	if (!locks_add_nodes(held, &p->locks))
		return 1;
	if (take(s, held, err) < 0 || read_generation(s, &now, err) < 0)
		return -1;
	return now != generation;
}

/*
 * Recovers unfinished operations of dead processes on objects that the plan only reads. Readers do it before they
 * take their locks: with shared locks they cannot be sure that nobody else has a lock.
 */
static int recover_what_is_read(
	struct session *s, const struct locks *wanted, struct vxe_error *err)
{
	for (size_t i = 0; i < wanted->n; i++) {
		const struct lock_want *w = &wanted->items[i];

		if (w->kind == LOCK_RECORD && w->mode == LEASE_SHARED &&
			op_recover_object(s, w->uuid, err) < 0)
			return -1;
	}
	return 0;
}

/* Takes the locks that a plan needs, then plans again under these locks, until the new plan needs no other locks. */
static int plan_and_lock(struct session *s, plan_fn *plan, void *ctx, take_fn *take,
	struct locks *held, struct plan *ret, struct vxe_error *err)
{
	_cleanup_view_ struct store *view = s->store;
	int64_t generation;

	store_view(view, true);
	ret->draft = true;
	if (plan(s, ctx, ret, err) < 0 || recover_what_is_read(s, &ret->locks, err) < 0)
		return -1;
	for (int i = 0; i < MAX_PLANS; i++) {
		locks_clear(held);
		*held = ret->locks;
		ret->locks = (struct locks){ 0 };
		if (take(s, held, err) < 0 || read_generation(s, &generation, err) < 0)
			return -1;
		plan_clear(ret);
		session_forget_domains(s->here);
		if (op_recover(s, held, NULL, err) < 0 || plan(s, ctx, ret, err) < 0)
			return -1;
		int r = lock_nodes(s, held, ret, generation, take, err);
		if (r <= 0)
			return r;
	}
	return vxe_fail(err, VXE_TRY_AGAIN, ret->object ? ret->object : "",
		"it needs other locks each time it is planned");
}

/*
 * Plans and runs an operation once. *known gets the text by which its plan can be compared with the next one
 * (replan_known()).
 */
static int run_once(struct session *s, const struct op_type *type, plan_fn *plan, void *ctx,
	take_fn *take, void (*done)(struct session *s, void *ctx, const struct plan *p),
	char **known, struct vxe_error *err)
{
	_cleanup_locks_ struct locks held = { 0 };
	struct op op = { .s = s, .type = type, .ctx = ctx, .plan.op_type = type };

	int r = plan_and_lock(s, plan, ctx, take, &held, &op.plan, err);
	deed_began(s, op.plan.object);
	plan_sign_messages(&op.plan, &s->config);
	if (r == 0) {
		*known = replan_known(&op.plan);
		r = run_steps(&op, err);
	}
	if (r < 0 && op.plan.object)
		error_about(err, op.plan.object);
	session_forget_domains(s->here);
	if (r == 0)
		strv_copy(&s->reports.freed, &op.plan.freed);
	if (r == 0 && done)
		done(s, ctx, &op.plan);
	free(op.intent);
	free(op.task);
	plan_clear(&op.plan);
	guest_note_clear(&op.note);
	return r;
}

/*
 * Runs an operation until it succeeds or fails for good: if another program has interfered (virsh started the
 * domain), the operation was undone and is planned and run again.
 */
static int run_until_settled(struct session *s, const struct op_type *type, plan_fn *plan,
	void *ctx, take_fn *take, void (*done)(struct session *s, void *ctx, const struct plan *p),
	struct vxe_error *err)
{
	_cleanup_replans_ struct replans again = { 0 };

	for (;;) {
		_cleanup_free_ char *known = NULL;

		if (run_once(s, type, plan, ctx, take, done, &known, err) == 0)
			return 0;
		if (!replan(&again, known, err))
			return -1;
	}
}

/* Shows the plan of a dry run. Never waits for a lock: to wait would stop merges that are running. */
static int show(struct session *s, const struct op_type *type, plan_fn *plan, void *ctx,
	struct vxe_error *err)
{
	_cleanup_locks_ struct locks held = { 0 };
	struct op op = { .s = s, .type = type, .ctx = ctx, .plan.op_type = type };
	int r = plan_and_lock(s, plan, ctx, locks_try, &held, &op.plan, err);

	if (r == 0)
		r = plan_check_reach(s, &op.plan, err);
	if (r == 0)
		r = op_disks->stay_open(s, &op.plan, err);
	if (r == 0)
		r = op_disks->look_again(&op, err);
	if (r == 0)
		r = plan_show(s, type, &op.plan, err);
	plan_clear(&op.plan);
	return r < 0 ? -1 : vxe_fail(err, VXE_PLANNED, type->name);
}

int op_run(struct session *s, const struct op_type *type, plan_fn *plan, void *ctx,
	void (*done)(struct session *s, void *ctx, const struct plan *p), struct vxe_error *err)
{
	if (s->wishes->dry_run)
		return show(s, type, plan, ctx, err);
	watch_release();
	return run_until_settled(
		s, type, plan, ctx, s->wishes->impatient ? locks_try : locks_take, done, err);
}

int op_try(struct session *s, const struct op_type *type, plan_fn *plan, void *ctx,
	void (*done)(struct session *s, void *ctx, const struct plan *p), struct vxe_error *err)
{
	return run_until_settled(s, type, plan, ctx, locks_try, done, err);
}
