/* SPDX-License-Identifier: MIT */
/*
 * Recovery: an operation whose vxe has died is undone or completed by the next command that needs the same objects.
 * If a process can take the locks that an intent names, the intent's owner is dead.
 */
#include "objects/engine/op_recover.h"

#include "objects/base/clock.h"
#include "objects/base/log.h"
#include "objects/classes/common/intent.h"
#include "objects/classes/host/host.h"
#include "objects/classes/storage/pbd.h"
#include "objects/classes/storage/sr.h"
#include "objects/classes/vm/vm.h"
#include "objects/audit/audit_line.h"
#include "objects/engine/op_run.h"
#include "objects/engine/plan.h"
#include "objects/model/json.h"
#include "objects/model/record.h"

#include <errno.h>
#include <json-c/json.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define SETTLE_MS (10L * 60 * 1000)
#define SETTLE_SILENT_MS 2000
/*
 * For how many milliseconds a command waits for a domain's job when it recovers an operation on objects that it does
 * not need itself.
 */
#define SETTLE_IN_PASSING_MS 500
#define CHILDREN_END_MS 2000
#define RETRY_MS 20

/* ---- which side of the commit point ---------------------------------------------------------- */

/* Fails because the guest cannot be destroyed: afterwards nobody could tell which of the files are the VM's. */
static int fail_unseen(struct op *op, struct vxe_error *err)
{
	_cleanup_strv_ struct strv files = { 0 };

	for (size_t i = 0; i < op->plan.n_disks; i++) {
		const struct plan_disk *d = &op->plan.disks[i];

		if (d->old_path)
			strv_add(&files, d->old_path);
		if (d->new_path)
			strv_add(&files, d->new_path);
	}
	_cleanup_free_ char *all = strv_join(&files, ", ");
	_cleanup_free_ char *why = xasprintf(
		"its QEMU, which does not answer libvirt; %s is not done, and this user cannot see "
		"to which files that QEMU writes%s%s: run the command as root",
		op->type->name, files.n ? ", of " : "", all);

	error_clear(err);
	return vxe_fail(err, VXE_BUSY, op->plan.domain, why);
}

static int settle_left_job(struct op *op, struct hv *hv, struct vxe_error *err)
{
	const struct plan *p = &op->plan;
	_cleanup_free_ struct hv_left_disk *disks = xcalloc(p->n_disks + 1, sizeof(*disks));
	struct hv_left left = { .disks = disks };

	/*
	 * A plan's member "memory-path" names a file that the operation makes; but in the plan of a resume it names a
	 * file that is read.
	 */
	if (p->commit == COMMIT_SWITCH && plan_member_find(p->op_type, "memory-path"))
		left.memory = plan_string(p, "memory-path");
	left.migration = plan_member_find(p->op_type, "target-uri") != NULL;
	for (size_t i = 0; i < p->n_disks; i++)
		if (p->disks[i].target)
			disks[left.n++] = (struct hv_left_disk){ p->disks[i].target,
				p->disks[i].old_path, p->disks[i].new_path };
	/*
	 * Waits until the domain has no job that the dead operation has started; tells the user if that takes longer
	 * than a moment. The job of another program may take hours and is not waited for.
	 */
	const char *domain = op->plan.domain;
	int64_t first = op->in_passing ? SETTLE_IN_PASSING_MS : SETTLE_SILENT_MS;

	bool stops = str_eq(op->s->wishes->stops, domain) && !op->s->reports.stopped,
	     stopped = false;

	if (stops && guest_note_and_stop(op, &stopped, err) < 0)
		return -1;
	if (hv_settle(hv, domain, &left, first, err) == 0)
		return 0;
	if (err->code == VXE_BUSY && stops && !stopped)
		return fail_unseen(op, err);
	if (err->code != VXE_BUSY || op->in_passing || left.others)
		return -1;
	session_notice(
		op->s, "waiting for libvirt, which is still at work on the VM: %s", err->params[1]);
	error_clear(err);
	return hv_settle(hv, domain, &left, SETTLE_MS, err);
}

/*
 * In the recovery of an operation that may have frozen the guest's file systems, has the guest agent thaw them.
 * libvirt thaws them itself when vxe dies, but not when libvirtd or the agent dies, too. If a backup program has
 * frozen them since, it does not get what it asked for: its copy is only as consistent as a snapshot without an
 * agent.
 */
static void thaw(struct op *op, struct hv *hv)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	enum hv_freeze state;

	if (!op->recovering || op->in_passing || !plan_member_find(op->plan.op_type, "quiesce") ||
		!plan_int(&op->plan, "quiesce"))
		return;
	if (hv_frozen(hv, op->plan.domain, true, &state, &ignored) < 0 || state != HV_THAWED)
		session_notice(op->s, HV_MAY_BE_FROZEN, op->plan.domain);
}

static step_fn *probe_of(const struct op_type *type)
{
	for (const struct step *st = type->steps; !type->probe && st->name; st++)
		if (st->commits)
			return st->act->probe;
	return type->probe;
}

int op_disks_moved(struct op *op, bool live, struct vxe_error *err)
{
	if (!live)
		return op_disks->named(op, HV_XML_INACTIVE, err);
	int r = op_disks->named(op, HV_XML_LIVE, err);
	return r == 0 ? op_disks->switched_unseen(op, err) : r;
}

int op_judge(struct op *op, struct vxe_error *err)
{
	step_fn *probe = probe_of(op->type);
	_cleanup_hv_domain_ struct hv_domain d = { 0 };
	struct hv *hv;

	if (!op->plan.domain || op->plan.commit == COMMIT_STORE)
		return probe ? probe(op, err) : 0;
	if (guest_note_load(op, err) < 0 || session_hv(op->s->here, &hv, err) < 0 ||
		settle_left_job(op, hv, err) < 0)
		return -1;
	thaw(op, hv);
	if (hv_find(hv, op->plan.domain, &d, err) < 0)
		return -1;
	if (probe)
		return probe(op, err);
	if (op->plan.commit == COMMIT_UNDEFINE)
		return !d.uuid;
	if (!d.uuid || op->plan.commit == COMMIT_REPEAT)
		return 0;
	return op_disks_moved(op, op->plan.commit == COMMIT_SWITCH, err);
}

/* ---- recovery -------------------------------------------------------------------------------- */

static const struct op_type *find_type(const char *name)
{
	for (size_t i = 0; op_types[i]; i++)
		if (str_eq(op_types[i]->name, name))
			return op_types[i];
	return NULL;
}

/* State of a search for unfinished operations whose processes have died, and of their recovery. */
struct recovery {
	struct session *s;
	const struct locks *held; /* locks that the caller holds; NULL: none */
	const char *object;	  /* the operations on this object alone are recovered; NULL: all */
	bool in_passing;
	/* until when this command waits for child processes of dead vxe processes (@in_passing); 0: not waited yet */
	int64_t waits_until;
	int n; /* number of intents recovered so far */
};

static int recover_one(struct recovery *r, const struct intent *intent, struct vxe_error *err)
{
	struct op op = { .s = r->s,
		.type = find_type(intent->operation),
		.intent = intent->r.uuid,
		.task = intent->task,
		.recovering = true,
		.in_passing = r->in_passing };
	int rc = -1;

	if (!op.type)
		return vxe_fail_internal(
			err, "an intent of a newer vxe (%s) is left", intent->operation);
	log_info("recovering %s on %s", intent->operation, intent->object);
	deed_began(r->s, intent->object);
	r->s->reports.begun++;
	if (plan_decode(intent->plan, op.type, &op.plan, err) == 0) {
		int passed = op_judge(&op, err);

		if (passed > 0)
			rc = op_forward(&op, err);
		else if (passed == 0)
			rc = op_undo(&op, op_n_steps(op.type), err);
	}
	plan_clear(&op.plan);
	guest_note_clear(&op.note);
	if (rc < 0)
		error_note(err, "recovering %s on %s", intent->operation, intent->object);
	return rc;
}

static bool touches(const struct intent *intent, const struct locks *held)
{
	for (size_t i = 0; i < intent->objects.n; i++)
		if (locks_has(held, intent->objects.items[i]))
			return true;
	return false;
}

/*
 * True if the caller holds all locks that the intent names, at least one of them exclusively: then the process that
 * wrote the intent is dead.
 */
static bool covered(const struct intent *intent, const struct locks *held)
{
	bool alone = false;

	for (size_t i = 0; i < intent->objects.n; i++) {
		if (!locks_has(held, intent->objects.items[i]))
			return false;
		alone |= locks_alone(held, intent->objects.items[i]);
	}
	return alone;
}

/*
 * True if the caller holds all locks that the intent names, but only shared: the process that wrote the intent may be
 * another living reader, who leaves nothing behind. Readers recover before they take their locks; an intent written
 * in between is left to the next command.
 */
static bool only_read(const struct intent *intent, const struct locks *held)
{
	for (size_t i = 0; i < intent->objects.n; i++)
		if (!locks_has(held, intent->objects.items[i]) ||
			locks_alone(held, intent->objects.items[i]))
			return false;
	return true;
}

/* True if the process that held the lock last, whose id VXE_BUSY names, is dead. */
static bool holder_is_dead(const struct vxe_error *busy)
{
	long pid = busy->n_params > 1 ? strtol(busy->params[1], NULL, 10) : 0;

	return pid > 0 && kill((pid_t)pid, 0) < 0 && errno == ESRCH;
}

/*
 * Waits a little for child processes of a killed vxe; false if there is nothing to wait for, or no more time. They
 * are killed, too, but hold its locks until they have ended. A command that recovers in passing (operations on
 * objects that it does not need itself) waits for them once, for a short time.
 */
static bool wait_for_children(struct recovery *r, const struct vxe_error *busy)
{
	if (!r->in_passing || !holder_is_dead(busy))
		return false;
	if (!r->waits_until)
		r->waits_until = clock_ms() + CHILDREN_END_MS;
	if (session_cancelled(r->s) || clock_ms() >= r->waits_until)
		return false;
	clock_sleep_ms(RETRY_MS);
	return true;
}

/*
 * Takes the locks that the intent names and the caller does not hold. Returns 0 if all are held now, 1 if the process
 * that wrote the intent lives.
 */
static int lock_rest(
	struct recovery *r, const struct intent *intent, struct locks *rest, struct vxe_error *err)
{
	for (size_t i = 0; i < intent->objects.n; i++)
		if (!r->held || !locks_has(r->held, intent->objects.items[i]))
			locks_add(rest, LOCK_NODE, intent->objects.items[i], LEASE_EXCLUSIVE);
	for (;;) {
		_cleanup_error_ struct vxe_error busy = { 0 };

		if (locks_try(r->s, rest, &busy) == 0)
			return 0;
		if (busy.code != VXE_BUSY) {
			error_move(err, &busy);
			return -1;
		}
		if (!wait_for_children(r, &busy))
			return 1;
	}
}

/* Who has left an intent whose locks have been taken. */
enum left {
	LEFT_NOWHERE, /* nobody: another vxe has recovered the operation meanwhile */
	LEFT_HERE,    /* this host */
	LEFT_THERE, /* another host of the pool: only its libvirt knows how far the operation came */
};

/* True if the file is in one of the folders. */
static bool is_in_folder(const char *path, const struct strv *folders)
{
	for (size_t i = 0; i < folders->n; i++) {
		size_t n = strlen(folders->items[i]);

		if (strncmp(path, folders->items[i], n) == 0 && path[n] == '/')
			return true;
	}
	return false;
}

/* True if all absolute paths in the JSON value are in one of the folders. */
static bool names_only(struct json_object *value, const struct strv *folders)
{
	if (json_object_is_type(value, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(value); i++)
			if (!names_only(json_object_array_get_idx(value, i), folders))
				return false;
	} else if (json_object_is_type(value, json_type_object)) {
		json_object_object_foreach(value, key, member)
		{
			(void)key;
			if (!names_only(member, folders))
				return false;
		}
	} else if (json_object_is_type(value, json_type_string)) {
		const char *text = json_object_get_string(value);

		return text[0] != '/' || is_in_folder(text, folders);
	}
	return true;
}

/* *ret: all files that the plan @text names are in shared SRs, @here: which this host has plugged. */
static int are_shared(struct session *s, struct txn *t, const char *text, bool here, bool *ret,
	struct vxe_error *err)
{
	_cleanup_json_ struct json_object *plan = json_tokener_parse(text);
	_cleanup_records_ struct records srs = { 0 };
	_cleanup_strv_ struct strv folders = { 0 };

	if (records_load(t, &sr_class, NULL, NULL, &srs, err) < 0)
		return -1;
	for (size_t i = 0; i < srs.n; i++) {
		const struct sr *sr = srs.items[i];
		int plugged = !sr->shared || !here ? sr->shared : sr_is_plugged(s, t, sr, err);

		if (plugged < 0)
			return -1;
		if (plugged && !str_is_empty(sr->path))
			strv_add(&folders, sr->path);
	}
	*ret = plan && names_only(plan, &folders);
	return 0;
}

/* *ret: it is about a VM that no host has. */
static int is_of_homeless(
	struct txn *t, const struct intent *intent, bool *ret, struct vxe_error *err)
{
	*ret = false;
	for (size_t i = 0; i < intent->objects.n && !*ret; i++) {
		_cleanup_(vm_free_cleanup) struct vm *vm = NULL;

		if (vm_find(t, intent->objects.items[i], &vm, err) < 0)
			return -1;
		*ret = vm && str_eq(vm->home, HOME_NONE);
	}
	return 0;
}

/*
 * What a host has left that was declared dead, or was forgotten since: its VMs' next home recovers what is about them
 * (objects/vm/vm_from_dead.h), any host the rest, if it reaches the files. *ret: this host may recover it now.
 */
static int dead_left_it(struct session *s, struct txn *t, const struct intent *intent, bool *ret,
	struct vxe_error *err)
{
	bool waits;

	*ret = false;
	if (is_of_homeless(t, intent, &waits, err) < 0)
		return -1;
	return waits ? 0 : are_shared(s, t, intent->plan, true, ret, err);
}

int op_outlives_host(struct session *s, struct txn *t, const struct intent *intent, bool *ret,
	struct vxe_error *err)
{
	if (is_of_homeless(t, intent, ret, err) < 0)
		return -1;
	return *ret ? 0 : are_shared(s, t, intent->plan, false, ret, err);
}

/* Reads again who left the intent; *name: the name-label of the other host, for LEFT_THERE. */
static int who_left(
	struct session *s, const char *uuid, enum left *ret, char **name, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_(intent_free_cleanup) struct intent *intent = NULL;
	_cleanup_(host_free_cleanup) struct host *host = NULL;

	*ret = LEFT_NOWHERE;
	if (txn_begin(s->store, TXN_READ, &t, err) < 0 || intent_find(t, uuid, &intent, err) < 0)
		return -1;
	if (!intent)
		return 0;
	*ret = LEFT_HERE;
	if (session_is_here(s, intent->host))
		return 0;
	if (host_find(t, intent->host, &host, err) < 0)
		return -1;
	bool free = false;

	if ((!host || host->dead) && dead_left_it(s, t, intent, &free, err) < 0)
		return -1;
	if (free)
		return 0;
	*ret = LEFT_THERE;
	*name = xstrdup(host ? host->name_label : intent->host);
	return 0;
}

/*
 * An operation that another host has left unfinished is recovered there. Fails with VXE_BUSY if the caller needs one of
 * its objects.
 */
static int leave_to_host(const struct recovery *r, const struct intent *intent, const char *name,
	struct vxe_error *err)
{
	_cleanup_free_ char *holder = NULL;

	if (!r->held && !r->object)
		return 0;
	holder = xasprintf("%s, which was left unfinished on the host %s", intent->operation, name);
	return vxe_fail(err, VXE_BUSY, intent->object, holder);
}

static int recover_if_dead(struct recovery *r, const struct intent *intent, struct vxe_error *err)
{
	_cleanup_locks_ struct locks rest = { 0 };
	_cleanup_free_ char *host = NULL;
	enum left left;

	if (r->held && only_read(intent, r->held))
		return 0;
	int rc = r->held && covered(intent, r->held) ? 0 : lock_rest(r, intent, &rest, err);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	if (who_left(r->s, intent->r.uuid, &left, &host, err) < 0)
		return -1;
	if (left == LEFT_NOWHERE)
		return 0;
	if (left == LEFT_THERE)
		return leave_to_host(r, intent, host, err);
	if (r->s->wishes->dry_run)
		return vxe_fail(err, VXE_DRY_RUN, intent->operation);
	if (recover_one(r, intent, err) < 0)
		return -1;
	r->n++;
	return 0;
}

static int load_intents(struct session *s, struct records *ret, struct vxe_error *err)
{
	const struct store_question all = records_question(&intent_class, NULL, NULL);
	_cleanup_txn_ struct txn *t = NULL;

	store_foresee(s->store, &all, 1);
	if (txn_begin(s->store, TXN_READ, &t, err) < 0)
		return -1;
	return records_load(t, &intent_class, NULL, NULL, ret, err);
}

int op_recover_object(struct session *s, const char *uuid, struct vxe_error *err)
{
	_cleanup_records_ struct records intents = { 0 };
	struct recovery r = { .s = s, .object = uuid };

	if (load_intents(s, &intents, err) < 0)
		return -1;
	for (size_t i = 0; i < intents.n; i++) {
		const struct intent *intent = intents.items[i];

		if (strv_has(&intent->objects, uuid) && recover_if_dead(&r, intent, err) < 0)
			return -1;
	}
	return 0;
}

/*
 * Recovers all unfinished operations whose processes have died; the error is that of the first one that cannot be
 * recovered.
 */
static int recover_all(struct recovery *r, struct vxe_error *err)
{
	_cleanup_records_ struct records intents = { 0 };
	_cleanup_error_ struct vxe_error first = { 0 };

	if (load_intents(r->s, &intents, err) < 0)
		return -1;
	for (size_t i = 0; i < intents.n; i++) {
		_cleanup_error_ struct vxe_error failed = { 0 };
		const struct intent *intent = intents.items[i];

		if ((r->held && !touches(intent, r->held)) ||
			recover_if_dead(r, intent, &failed) == 0)
			continue;
		log_info("%s on %s is left: %s", intent->operation, intent->object,
			code_info(failed.code)->name);
		bool stop = failed.code == TASK_CANCELLED;
		if (!first.code || stop)
			error_move(&first, &failed);
		if (stop)
			break;
	}
	if (!first.code)
		return 0;
	error_move(err, &first);
	return -1;
}

int op_recover(struct session *s, const struct locks *held, int *n, struct vxe_error *err)
{
	struct recovery r = { .s = s, .held = held };
	int rc = recover_all(&r, err);

	if (n)
		*n += r.n;
	return rc;
}

void op_recover_abandoned(struct session *s)
{
	_cleanup_error_ struct vxe_error left = { 0 };
	struct recovery r = { .s = s, .in_passing = true };

	if (recover_all(&r, &left) < 0)
		log_info("interrupted operations are left to 'vxe check'");
	if (r.n)
		session_forget_domains(s->here);
}

void op_failpoints(void (*fn)(void *ctx, const char *name), void *ctx)
{
	static const char *const own[] = { "intent", "intent:after", "result", "result:after" };

	for (size_t i = 0; op_types[i]; i++) {
		const struct op_type *type = op_types[i];

		for (size_t k = 0; k < ARRAY_LEN(own); k++) {
			_cleanup_free_ char *name = xasprintf("%s:%s", type->name, own[k]);

			fn(ctx, name);
		}
		for (size_t k = 0; type->steps[k].name; k++) {
			_cleanup_free_ char *name =
				xasprintf("%s:%s", type->name, type->steps[k].name);
			_cleanup_free_ char *after = xasprintf("%s:after", name);

			fn(ctx, name);
			fn(ctx, after);
		}
	}
}
