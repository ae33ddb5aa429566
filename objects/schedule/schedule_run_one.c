/* SPDX-License-Identifier: MIT */
#include "objects/schedule/schedule_run_one.h"

#include "backends/machine/time_zone.h"
#include "objects/base/clock.h"
#include "objects/classes/vm/vm_power.h"
#include "objects/classes/vm/vmss_due.h"
#include "objects/engine/lock_set.h"
#include "objects/engine/op_recover.h"
#include "objects/schedule/parallel_runs.h"
#include "objects/schedule/schedule_messages.h"
#include "objects/vm/vm_home.h"

#include <inttypes.h>

struct run {
	struct session *s;
	const struct schedule_args *args;
	struct vmss *v;
	struct strv *made;
	int64_t now;
	size_t n_failed;
	char *last_error;  /* error of this run */
	struct strv taken; /* UUIDs of the VMs that have their snapshot of this run */
	struct team team;  /* children of this run */
};

/* ---- what is on record ----------------------------------------------------------------------- */

/*
 * Saves only the members of the schedule's record that a run changes, because the user may have changed others
 * meanwhile; after a run for one VM only, just the last error.
 */
static int save_body(struct txn *t, void *ctx, struct vxe_error *err)
{
	const struct run *r = ctx;
	const struct vmss *v = r->v;
	_cleanup_(vmss_free_cleanup) struct vmss *now = NULL;

	if (vmss_find(t, v->r.uuid, &now, err) < 0)
		return -1;
	if (!now)
		return 0;
	str_replace(&now->last_error, v->last_error);
	if (!r->args->vm) {
		now->counted_from = v->counted_from;
		str_replace(&now->counted_zone, v->counted_zone);
		now->open_slot = v->open_slot;
		now->last_run_time = v->last_run_time;
		strv_copy(&now->failed, &v->failed);
		strv_copy(&now->busy, &v->busy);
		str_replace(&now->retained_by, v->retained_by);
	}
	return record_save(t, &vmss_class, now, err);
}

static int save_run(struct run *r, struct vxe_error *err)
{
	return r->s->wishes->dry_run ? 0 : store_update(r->s->store, save_body, r, err);
}

static char *error_line(const struct vxe_error *err)
{
	_cleanup_strv_ struct strv params = { 0 };

	for (size_t i = 0; i < err->n_params; i++)
		if (!str_is_empty(err->params[i]))
			strv_add(&params, err->params[i]);
	_cleanup_free_ char *all = strv_join(&params, ", ");

	return xasprintf("%s (%s)", code_info(err->code)->text, all);
}

static void went_wrong(struct run *r, const char *vm, const char *name, const char *text)
{
	_cleanup_free_ char *line =
		name ? xasprintf("VM '%s' (%s): %s", name, vm, text) : xstrdup(text);

	r->n_failed++;
	str_replace(&r->last_error, line);
	schedule_tell(r->s, r->v, vm, SCHEDULE_FAILED, line);
}

/* ---- the VMs --------------------------------------------------------------------------------- */

static int vm_name(struct run *r, const char *uuid, char **ret, struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(r->s->store, TXN_READ, &t, err) < 0 || vm_get(t, uuid, &vm, err) < 0)
		return -1;
	*ret = xstrdup(vm->name_label);
	return 0;
}

/* Returns 1 if the schedule has already taken this VM's snapshot of the present due time; *ret (owned) is its UUID then. */
static int is_taken(struct run *r, const char *vm, char **ret, struct vxe_error *err)
{
	_cleanup_records_ struct records all = { 0 };
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(r->s->store, TXN_READ, &t, err) < 0 ||
		records_load(t, &vm_class, "snapshot_of", vm, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		const struct vm *snapshot = all.items[i];

		if (snapshot->taken_slot == r->v->open_slot &&
			str_eq(snapshot->taken_by, r->v->r.uuid)) {
			*ret = xstrdup(snapshot->r.uuid);
			return 1;
		}
	}
	return 0;
}

static bool is_busy(const struct vxe_error *err)
{
	return code_info(err->code)->exit == EXIT_BUSY;
}

static void note_outcome(struct run *r, const struct outcome *o)
{
	if (o->uuid) {
		strv_add(r->made, o->uuid);
		strv_add(&r->taken, o->vm);
	} else if (o->busy) {
		strv_add(&r->v->busy, o->name);
	} else {
		strv_add(&r->v->failed, o->vm);
		went_wrong(r, o->vm, o->name, o->text);
	}
}

/* Records that the snapshot of a VM failed, and lets the run go on. Returns -1 only if the run must stop. */
static int settle_failure(struct run *r, const char *vm, const char *name,
	struct vxe_error *failure, struct vxe_error *err)
{
	_cleanup_outcome_ struct outcome o = { .vm = xstrdup(vm), .name = xstrdup(name) };

	if (failure->code == TASK_CANCELLED) {
		error_move(err, failure);
		return -1;
	}
	o.busy = is_busy(failure);
	o.text = error_line(failure);
	note_outcome(r, &o);
	return 0;
}

/*
 * *ret: this host has the VM. For a VM of another host of the pool a child calls the command, which that host then runs.
 */
static int is_here(struct run *r, const char *vm, bool *ret, struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *record = NULL;
	_cleanup_txn_ struct txn *t = NULL;

	*ret = true;
	if (r->s->pool_size < 2 || !r->args->program)
		return 0;
	if (txn_begin(r->s->store, TXN_READ, &t, err) < 0 || vm_find(t, vm, &record, err) < 0)
		return -1;
	*ret = !record || vm_is_here(r->s, record);
	return 0;
}

/*
 * Recovers operations on the VM: a run that was killed may have taken the snapshot, which only recovery puts on
 * record.
 */
static int recover(struct run *r, const char *vm, struct vxe_error *err)
{
	_cleanup_locks_ struct locks held = { 0 };
	bool here;

	if (is_here(r, vm, &here, err) < 0)
		return -1;
	if (!here) /* its host recovers them */
		return 0;
	locks_add(&held, LOCK_RECORD, vm, LEASE_EXCLUSIVE);
	return locks_try(r->s, &held, err) < 0 ? -1 : op_recover(r->s, &held, NULL, err);
}

/* Returns 1 if the run has to take a snapshot of the VM; *name is the VM's name. */
static int is_wanted(struct run *r, const char *vm, char **name, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error failure = { 0 };
	_cleanup_free_ char *snapshot = NULL;

	if (session_cancelled(r->s))
		return vxe_fail(err, TASK_CANCELLED, r->v->r.uuid);
	if (strv_has(&r->v->failed, vm) || (r->args->vm && !str_eq(r->args->vm, vm)))
		return 0;
	if (vm_name(r, vm, name, err) < 0)
		return -1;
	/* as for any command, the host that acts on a VM without a host takes it */
	if (!r->s->wishes->dry_run && r->s->pool_size > 1 && vm_take(r->s, vm, &failure) < 0)
		return settle_failure(r, vm, *name, &failure, err);
	if (r->args->due && !r->s->wishes->dry_run && recover(r, vm, &failure) < 0)
		return settle_failure(r, vm, *name, &failure, err);
	/* a run that a user starts (without --due) takes a new snapshot in any case */
	int taken = r->args->due ? is_taken(r, vm, &snapshot, err) : 0;

	if (taken < 0)
		return -1;
	if (!taken && !r->s->wishes->dry_run)
		return 1;
	if (!taken)
		session_planned(r->s, "take: VM %s (%s)", vm, *name);
	strv_add(&r->taken, vm);
	return 0;
}

static int wait_for_one(struct run *r, struct vxe_error *err)
{
	_cleanup_outcome_ struct outcome o = { 0 };

	if (team_wait(&r->team, &o, err) < 0)
		return -1;
	if (!o.uuid && (o.stopped || session_cancelled(r->s)))
		return vxe_fail(err, TASK_CANCELLED, r->v->r.uuid);
	note_outcome(r, &o);
	return 0;
}

/* Takes the snapshot of one VM, or starts a child that does. Returns -1 only if the run must stop. */
static int take_one(struct run *r, const char *vm, struct vxe_error *err)
{
	_cleanup_free_ char *name = NULL;
	int wanted = is_wanted(r, vm, &name, err);
	bool here;

	if (wanted <= 0)
		return wanted;
	if (is_here(r, vm, &here, err) < 0)
		return -1;
	if ((here && r->v->max_parallel <= 1) || !r->args->program) {
		_cleanup_error_ struct vxe_error failure = { 0 };
		_cleanup_outcome_ struct outcome o = { .vm = xstrdup(vm), .name = xstrdup(name) };

		if (r->args->deeds->take(r->s, r->v, vm, &o.uuid, &failure) < 0)
			return settle_failure(r, vm, name, &failure, err);
		note_outcome(r, &o);
		return 0;
	}
	if (r->team.n && (int64_t)r->team.n >= r->v->max_parallel && wait_for_one(r, err) < 0)
		return -1;
	return team_start(&r->team, r->args->program, r->v, vm, name, err);
}

/* Takes the snapshots of all VMs of the run. Returns -1 while children may still be at work. */
static int take_each(struct run *r, const struct strv *vms, struct vxe_error *err)
{
	for (size_t i = 0; i < vms->n; i++)
		if (take_one(r, vms->items[i], err) < 0)
			return -1;
	while (r->team.n)
		if (wait_for_one(r, err) < 0)
			return -1;
	return 0;
}

/* ---- what is deleted ------------------------------------------------------------------------- */

/* The schedule's numbers of snapshots to keep, as one text to compare with that of the last run. */
static char *numbers(const struct vmss *v)
{
	return xasprintf("%" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64,
		v->retained_snapshots, v->keep_hourly, v->keep_daily, v->keep_weekly,
		v->keep_monthly, v->keep_days);
}

/* Reports snapshots with a time in the future: the clock was ahead when they were taken. */
static void tell_ahead(struct run *r, const char *vm, const struct schedule_items *all)
{
	char until[CLOCK_TEXT_LEN + 1];
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++)
		n += all->items[i].ahead;
	if (!n)
		return;
	clock_format(all->items[all->n - 1].at, until);
	_cleanup_free_ char *text = xasprintf("%zu snapshots are of the future, the last of %s: "
					      "the clock was wrong; they stay, and "
					      "do not count until then",
		n, until);

	schedule_tell_once(r->s, r->v, vm, SCHEDULE_MISSED, text);
}

/* Deletes snapshots of a VM that another host has. */
static int remove_there(struct run *r, const struct strv *gone, struct vxe_error *err)
{
	for (size_t i = 0; i < gone->n; i++) {
		_cleanup_free_ char *snapshot = xasprintf("uuid=%s", gone->items[i]);
		const char *const argv[] = { r->args->program, "snapshot-uninstall", snapshot,
			"force=true", NULL };

		if (child_run(argv, gone->items[i], NULL, err) < 0)
			return -1;
	}
	return 0;
}

static int remove_snapshots(
	struct run *r, const char *vm, const struct strv *gone, struct vxe_error *err)
{
	bool here;

	if (is_here(r, vm, &here, err) < 0)
		return -1;
	return here ? r->args->deeds->remove(r->s, r->v, gone, err) : remove_there(r, gone, err);
}

static int thin_out(struct run *r, const char *vm, struct vxe_error *err)
{
	_cleanup_items_ struct schedule_items all = { 0 };
	_cleanup_strv_ struct strv gone = { 0 };
	_cleanup_free_ char *now = numbers(r->v);
	bool all_at_once = r->args->force || !str_eq(now, r->v->retained_by);
	size_t most = 1 + SCHEDULE_SPARE, n = 0;

	if (schedule_items(r->s, r->v, vm, r->s->wishes->dry_run ? r->now : 0, &all, err) < 0)
		return -1;
	tell_ahead(r, vm, &all);
	for (size_t i = 0; i < all.n; i++)
		if (!all.items[i].stays && !all.items[i].needed &&
			(n++ < most || all_at_once)) /* the oldest are deleted */
			strv_add(&gone, all.items[i].uuid);
	if (!gone.n)
		return 0;
	if (!all_at_once && n > most + SCHEDULE_WAITING) {
		_cleanup_free_ char *text = xasprintf("%zu", n);

		return vxe_fail(err, VXE_SCHEDULE_DELETES, r->v->r.uuid, text);
	}
	for (size_t i = 0; r->s->wishes->dry_run && i < all.n; i++)
		if (strv_has(&gone, all.items[i].uuid))
			session_planned(r->s, "remove: snapshot %s (%s)", all.items[i].uuid,
				all.items[i].name);
	return r->s->wishes->dry_run ? 0 : remove_snapshots(r, vm, &gone, err);
}

/* Deletes old snapshots of the VMs, but only of VMs whose new snapshot exists. */
static int thin_out_all(struct run *r, struct vxe_error *err)
{
	bool whole = true;

	for (size_t i = 0; i < r->taken.n; i++) {
		_cleanup_error_ struct vxe_error failure = { 0 };
		_cleanup_free_ char *name = NULL, *text = NULL;
		const char *vm = r->taken.items[i];

		if (session_cancelled(r->s))
			return vxe_fail(err, TASK_CANCELLED, r->v->r.uuid);
		if (thin_out(r, vm, &failure) == 0)
			continue;
		whole = false;
		if (failure.code == TASK_CANCELLED) {
			error_move(err, &failure);
			return -1;
		}
		if (is_busy(&failure)) /* another command uses the VM: the next run tries again */
			continue;
		if (vm_name(r, vm, &name, err) < 0)
			return -1;
		text = error_line(&failure);
		strv_add(&r->v->failed, vm); /* reported once in a run */
		went_wrong(r, vm, name, text);
	}
	if (whole) {
		free(r->v->retained_by);
		r->v->retained_by = numbers(r->v);
	}
	return 0;
}

/* ---- slots ----------------------------------------------------------------------------------- */

/* What is to be done with the schedule now. */
enum look {
	LOOK_NOTHING,
	LOOK_OPEN,  /* a run that was begun before is continued */
	LOOK_SLOT,  /* a new run begins, because it is due */
	LOOK_NOTED, /* only the changed record of the schedule is saved */
};

static void tell_missed(struct run *r, size_t n, bool runs)
{
	_cleanup_free_ char *text =
		xasprintf("%zu runs were missed: the machine was off, or nothing called 'vmss-run "
			  "--due'; %s",
			n, runs ? "one is made up for" : "'vmss-run uuid=' makes up for them");

	schedule_tell(r->s, r->v, NULL, SCHEDULE_MISSED, text);
}

/* A line that names the VMs that other commands use, owned; NULL: there are none. */
static char *busy_line(const struct vmss *v)
{
	_cleanup_free_ char *names = strv_join(&v->busy, ", ");

	return v->busy.n ? xasprintf("another command uses these VMs: %s", names) : NULL;
}

static void count_from(struct vmss *v, int64_t at)
{
	v->counted_from = at;
	free(v->counted_zone);
	v->counted_zone = xasprintf("%+" PRId64, zone_offset(at));
}

static enum look open_slot(struct run *r, int64_t slot, size_t count)
{
	struct vmss *v = r->v;
	const bool late = r->now - slot > SCHEDULE_LATE, skip = late && v->missed_run == VMSS_SKIP;
	const size_t missed = count - (late ? 0 : 1);

	/*
	 * Reports an earlier run that has not ended: its VMs were in use until this run was due, or the run was
	 * killed.
	 */
	_cleanup_free_ char *busy = busy_line(r->v);

	if (r->v->open_slot)
		schedule_tell(r->s, r->v, NULL, busy ? SCHEDULE_LOCK_FAILED : SCHEDULE_FAILED,
			busy ? busy : "a run had not ended when the next one began");
	if (missed)
		tell_missed(r, missed, late && !skip);
	count_from(v, slot);
	v->open_slot = skip ? 0 : slot;
	strv_clear(&v->failed);
	strv_clear(&v->busy);
	return skip ? LOOK_NOTED : LOOK_SLOT;
}

static enum look look_at_clock(struct run *r)
{
	struct vmss *v = r->v;
	_cleanup_zone_ struct zone before = zone_enter(r->s->config.root, v->timezone);
	struct due_rule rule;
	size_t count;

	due_rule_of(v, &rule);
	if (v->counted_from - r->now > SCHEDULE_AHEAD) {
		schedule_tell(r->s, r->v, NULL, SCHEDULE_MISSED,
			"the last run was in the future: the clock was wrong; runs are counted "
			"from now on");
		count_from(v, r->now);
		v->open_slot = 0;
		return LOOK_NOTED;
	}
	/*
	 * If the time from which runs are counted has another offset from UTC than when it was recorded, the host's
	 * time zone was changed.
	 */
	_cleanup_free_ char *now = xasprintf("%+" PRId64, zone_offset(v->counted_from));

	if (!str_is_empty(v->counted_zone) && !str_eq(v->counted_zone, now)) {
		schedule_tell(r->s, r->v, NULL, SCHEDULE_MISSED,
			"the host's time zone has changed; runs are counted from now on");
		count_from(v, r->now);
		return LOOK_NOTED;
	}
	const bool fresh = str_is_empty(v->counted_zone);

	if (fresh)
		count_from(v, v->counted_from);
	int64_t slot = due_last(&rule, v->counted_from, r->now, &count);

	/* A run that was missed in a pause is made up for after the pause. */
	if (slot && r->now - slot > SCHEDULE_LATE && due_is_paused(&rule, r->now))
		slot = 0;
	else if (slot)
		return open_slot(r, slot, count);
	else if (v->open_slot)
		return LOOK_OPEN;
	return fresh ? LOOK_NOTED : LOOK_NOTHING;
}

/* ---- a schedule ------------------------------------------------------------------------------ */

static int take_all(struct run *r, struct vxe_error *err)
{
	_cleanup_strv_ struct strv vms = { 0 };
	_cleanup_error_ struct vxe_error failure = { 0 };

	if (schedule_members(r->s, r->v, &vms, &failure) < 0) {
		_cleanup_free_ char *text = error_line(&failure);

		went_wrong(r, NULL, NULL, text);
		return 0;
	}
	if (!vms.n && !r->s->wishes->dry_run)
		str_replace(&r->last_error, SCHEDULE_EMPTY);
	int ret = take_each(r, &vms, err);

	if (r->team.items)
		session_forget_domains(r->s->here); /* children have changed some domains */
	team_clear(&r->team);
	return ret < 0 ? -1 : thin_out_all(r, err);
}

static int close_slot(struct run *r, struct vxe_error *err)
{
	struct vmss *v = r->v;
	_cleanup_free_ char *busy = busy_line(v);

	v->last_run_time = r->now;
	if (!busy)
		v->open_slot = 0;
	if (r->last_error)
		str_replace(&v->last_error, r->last_error);
	else if (!v->failed.n) /* the error of this run stays */
		str_replace(&v->last_error, busy ? busy : "");
	return save_run(r, err);
}

static int run_slot(struct run *r, struct vxe_error *err)
{
	if (r->s->wishes->dry_run)
		session_planned(r->s, "schedule: %s (%s)", r->v->r.uuid, r->v->name_label);
	strv_clear(&r->v->busy);
	if (save_run(r, err) < 0 || take_all(r, err) < 0 || close_slot(r, err) < 0)
		return -1;
	if (r->n_failed) {
		_cleanup_free_ char *n = xasprintf("%zu", r->n_failed);

		return vxe_fail(err, VXE_SCHEDULE_FAILED, r->v->r.uuid, n, r->last_error);
	}
	return 0;
}

static int run_schedule(struct run *r, struct vxe_error *err)
{
	if (!r->args->due) {
		strv_clear(&r->v->failed);
		r->v->open_slot = r->now;
		return run_slot(r, err);
	}
	switch (look_at_clock(r)) {
	case LOOK_NOTHING:
		return 0;
	case LOOK_NOTED:
		return save_run(r, err);
	case LOOK_OPEN:
	case LOOK_SLOT:
		break;
	}
	return run_slot(r, err);
}

int schedule_run_one(struct session *s, const struct schedule_args *args, struct vmss *v,
	struct strv *made, struct vxe_error *err)
{
	struct run r = { .s = s, .args = args, .v = v, .made = made, .now = clock_wall() };
	int ret = run_schedule(&r, err);

	strv_clear(&r.taken);
	free(r.last_error);
	return ret;
}

int schedule_take_slot(struct session *s, const struct schedule_args *args, struct vmss *v,
	struct strv *made, struct vxe_error *err)
{
	struct run r = { .s = s, .args = args, .v = v };
	char *snapshot = NULL;

	v->open_slot = args->slot;
	if (recover(&r, args->vm, err) < 0)
		return -1;
	int taken = is_taken(&r, args->vm, &snapshot, err);

	if (taken < 0 || (!taken && args->deeds->take(s, v, args->vm, &snapshot, err) < 0))
		return -1;
	strv_take(made, snapshot);
	return 0;
}
