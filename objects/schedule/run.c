/* SPDX-License-Identifier: MIT */
#include "objects/schedule/run.h"

#include "objects/base/clock.h"
#include "objects/engine/lock.h"
#include "objects/schedule/run_one.h"

#include <fcntl.h>
#include <sys/stat.h>

#define RUNNER "vmss-run" /* the lock of the one that runs schedules */
#define WATCHED_S 300

/* ---- whether anybody calls ------------------------------------------------------------------- */

static char *heartbeat(const struct session *s)
{
	return s->config.store ? xasprintf("%s/" RUNNER ".seen", s->config.store) : NULL;
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

/* Each is tried; the error is that of the last one that failed. */
static int run_all(struct session *s, const struct schedule_args *args, const struct records *all,
	struct strv *made, struct vxe_error *err)
{
	int ret = 0;

	for (size_t i = 0; i < all->n; i++) {
		struct vmss *v = all->items[i];

		if (!args->schedule && !v->enabled)
			continue;
		error_clear(err);
		if (schedule_run_one(s, args, v, made, err) == 0)
			continue;
		if (err->code == TASK_CANCELLED)
			return -1;
		ret = -1;
		if (i + 1 < all->n)
			session_notice(s, "schedule '%s' failed", v->name_label);
	}
	return ret;
}

/* The lock is that of the run that waits for the snapshot. */
static int take_for_another(struct session *s, const struct schedule_args *args, struct vmss *v,
	struct strv *made, struct vxe_error *err)
{
	char *uuid = NULL;

	v->open_slot = args->slot;
	if (args->deeds->take(s, v, args->vm, &uuid, err) < 0)
		return -1;
	strv_take(made, uuid);
	return 0;
}

int schedule_run(struct session *s, const struct schedule_args *args, struct strv *made,
	struct vxe_error *err)
{
	_cleanup_records_ struct records all = { 0 };
	_cleanup_locks_ struct locks runner = { 0 };

	if (args->due && !s->dry_run)
		note_watched(s);
	if (load_all(s, args, &all, err) < 0)
		return -1;
	if (!all.n)
		return 0;
	if (args->slot)
		return take_for_another(s, args, all.items[0], made, err);
	locks_add(&runner, LOCK_RECORD, RUNNER, LEASE_EXCLUSIVE);
	if (locks_try(s, &runner, err) < 0) {
		if (!args->due || err->code != VXE_BUSY)
			return -1;
		error_clear(err);
		return 0;
	}
	/* What another run has just done is read under the lock. */
	records_clear(&all);
	return load_all(s, args, &all, err) < 0 ? -1 : run_all(s, args, &all, made, err);
}
