/* SPDX-License-Identifier: MIT */
#include "objects/schedule/schedule_run.h"

#include "backends/machine/time_zone.h"
#include "objects/base/clock.h"
#include "objects/base/uri.h"
#include "objects/classes/vm/vmss_due.h"
#include "objects/engine/lock_set.h"
#include "objects/schedule/schedule_run_one.h"
#include "objects/schedule/schedule_messages.h"
#include "objects/storage/marker/sr_word.h"

#include <fcntl.h>
#include <sys/stat.h>

#define RUNNER "vmss-run"
#define WATCHED_S 300

/* ---- whether anybody calls ------------------------------------------------------------------- */

static char *heartbeat(const struct session *s)
{
	const char *store = s->config.store, *locks = s->config.lock_dir;

	if (!uri_is_database(store))
		return store ? xasprintf("%s/" RUNNER ".seen", store) : NULL;
	/* beside the locks, where those of other databases are, too */
	return locks && s->store_uuid ? xasprintf("%s/" RUNNER "-%s.seen", locks, s->store_uuid)
				      : NULL;
}

static void note_watched(const struct session *s)
{
	_cleanup_free_ char *path = heartbeat(s);
	_cleanup_close_ int fd =
		path ? open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600) : -1;

	const struct timespec now = { .tv_sec = clock_wall() };

	if (fd >= 0)
		(void)futimens(fd, (const struct timespec[]){ now, now });
}

bool schedule_is_watched(const struct session *s)
{
	_cleanup_free_ char *path = heartbeat(s);
	struct stat st;

	return path && stat(path, &st) == 0 &&
		llabs(clock_wall() - (int64_t)st.st_mtime) < WATCHED_S;
}

/* ---- the schedules --------------------------------------------------------------------------- */

static int load_one(struct txn *t, const char *uuid, struct records *ret, struct vxe_error *err)
{
	struct vmss *v;

	if (vmss_get(t, uuid, &v, err) < 0)
		return -1;
	*ret = (struct records){ &vmss_class, 1, xcalloc(1, sizeof(void *)) };
	ret->items[0] = v;
	return 0;
}

static int load_all(struct session *s, const struct schedule_args *args, struct records *ret,
	struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0)
		return -1;
	return args->schedule ? load_one(t, args->schedule, ret, err)
			      : records_load(t, &vmss_class, NULL, NULL, ret, err);
}

/* ---- the run that goes on -------------------------------------------------------------------- */

/* Takes the lock under which schedules run: in each store, only one run at a time. */
static int lock_runner(struct session *s, struct locks *ret, struct vxe_error *err)
{
	_cleanup_free_ char *key = xasprintf(RUNNER "-%s", s->store_uuid ? s->store_uuid : "");

	locks_add(ret, LOCK_RECORD, key, LEASE_EXCLUSIVE);
	return locks_try(s, ret, err);
}

/* Removes from the list the schedules that are disabled, and those for which @drops is true. */
static void keep_enabled(struct session *s, struct records *all,
	bool (*drops)(struct session *s, const struct vmss *v))
{
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++) {
		struct vmss *v = all->items[i];

		if (!v->enabled || drops(s, v))
			record_free(&vmss_class, v);
		else
			all->items[n++] = v;
	}
	all->n = n;
}

static bool is_in_time(struct session *s, const struct vmss *v)
{
	_cleanup_zone_ struct zone before = zone_enter(s->config.root, v->timezone);
	const int64_t now = clock_wall();
	struct due_rule rule;
	size_t count;

	due_rule_of(v, &rule);
	int64_t slot = due_last(&rule, v->counted_from, now, &count);

	return !slot || now - slot <= SCHEDULE_LATE || due_is_paused(&rule, now);
}

static bool has_vms(struct session *s, const struct vmss *v)
{
	_cleanup_error_ struct vxe_error unknown = { 0 };
	_cleanup_strv_ struct strv vms = { 0 };

	return schedule_members(s, v, &vms, &unknown) < 0 || vms.n;
}

int schedule_late(struct session *s, struct records *ret, char **why, struct vxe_error *err)
{
	_cleanup_locks_ struct locks runner = { 0 };
	_cleanup_error_ struct vxe_error busy = { 0 };

	if (lock_runner(s, &runner, &busy) == 0)
		return 0;
	if (busy.code != VXE_BUSY) {
		error_move(err, &busy);
		return -1;
	}
	if (load_all(s, &(struct schedule_args){ 0 }, ret, err) < 0)
		return -1;
	keep_enabled(s, ret, is_in_time);
	*why = xasprintf("another run does not end: process %s, or a program that it has started",
		busy.n_params > 1 ? busy.params[1] : "");
	return 0;
}

int schedule_empty(struct session *s, struct records *ret, struct vxe_error *err)
{
	if (load_all(s, &(struct schedule_args){ 0 }, ret, err) < 0)
		return -1;
	keep_enabled(s, ret, has_vms);
	return 0;
}

static int save_error(struct txn *t, void *ctx, struct vxe_error *err)
{
	const struct vmss *v = ctx;
	_cleanup_(vmss_free_cleanup) struct vmss *now = NULL;

	if (vmss_find(t, v->r.uuid, &now, err) < 0)
		return -1;
	if (!now || str_eq(now->last_error, v->last_error))
		return 0;
	str_replace(&now->last_error, v->last_error);
	return record_save(t, &vmss_class, now, err);
}

/* ---- a run ------------------------------------------------------------------------------------ */

/*
 * Runs the schedules one after the other, also after a failure. If any fails, returns -1 with the error of the last
 * one that failed.
 */
static int run_all(struct session *s, const struct schedule_args *args, const struct records *all,
	struct strv *made, struct vxe_error *err)
{
	int ret = 0;

	for (size_t i = 0; i < all->n; i++) {
		_cleanup_error_ struct vxe_error one = { 0 };
		struct vmss *v = all->items[i];

		if ((!args->schedule && !v->enabled) ||
			schedule_run_one(s, args, v, made, &one) == 0)
			continue;
		bool ended = one.code == TASK_CANCELLED;

		error_move(err, &one);
		if (ended)
			return -1;
		ret = -1;
		if (i + 1 < all->n)
			session_notice(s, "schedule '%s' failed", v->name_label);
	}
	return ret;
}

int schedule_run(struct session *s, const struct schedule_args *args, struct strv *made,
	struct vxe_error *err)
{
	_cleanup_records_ struct records all = { 0 };
	_cleanup_locks_ struct locks runner = { 0 };

	if (args->due && !s->wishes->dry_run) {
		note_watched(s);
		sr_words_keep(s);
	}
	if (load_all(s, args, &all, err) < 0)
		return -1;
	if (!all.n)
		return 0;
	if (args->slot)
		return schedule_take_slot(s, args, all.items[0], made, err);
	if (lock_runner(s, &runner, err) < 0) {
		if (!args->due || err->code != VXE_BUSY)
			return -1;
		error_clear(err);
		/*
		 * The run that holds the lock may just take long; if a schedule's due time has passed meanwhile and
		 * is late, that run counts as one that does not end.
		 */
		_cleanup_records_ struct records late = { 0 };
		_cleanup_free_ char *why = NULL, *n = NULL;

		if (schedule_late(s, &late, &why, err) < 0)
			return -1;
		for (size_t i = 0; i < late.n && !s->wishes->dry_run; i++) {
			struct vmss *v = late.items[i];

			schedule_tell_once(s, v, NULL, SCHEDULE_LOCK_FAILED, why);
			str_replace(&v->last_error, why);
			if (store_update(s->store, save_error, v, err) < 0)
				return -1;
		}
		if (!late.n)
			return 0;
		n = xasprintf("%zu", late.n);
		return vxe_fail(err, VXE_SCHEDULE_FAILED,
			((const struct vmss *)late.items[0])->r.uuid, n, why);
	}
	/* Reads the schedules again, now under the lock: another run may just have changed them. */
	records_clear(&all);
	return load_all(s, args, &all, err) < 0 ? -1 : run_all(s, args, &all, made, err);
}
