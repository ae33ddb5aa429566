/* SPDX-License-Identifier: MIT */
#include "objects/schedule/runner_check.h"

#include "backends/child/child_filter.h"
#include "objects/base/clock.h"
#include "objects/classes/vm/vm.h"
#include "objects/schedule/schedule_run.h"

#define TIMER "vxe-schedules.timer"
#define PATIENCE_MS 5000

struct patience {
	struct session *s;
	int64_t until;
};

static bool patience_is_over(void *ctx)
{
	const struct patience *p = ctx;

	return clock_ms() > p->until || session_cancelled(p->s);
}

static bool timer_is_active(struct session *s)
{
	const char *const argv[] = { s->config.systemctl, "is-active", "--quiet", TIMER, NULL };
	struct patience patience = { s, clock_ms() + PATIENCE_MS };
	const struct child_watch watch = { .cancelled = patience_is_over, .ctx = &patience };
	_cleanup_child_output_ struct child_output output = { 0 };
	_cleanup_error_ struct vxe_error unknown = { 0 };

	return s->config.systemctl && child_filter(argv, "", &watch, &output, &unknown) == 0 &&
		!output.status && !output.signal;
}

/* Collects the names and UUIDs of the enabled schedules. */
static void enabled_schedules(struct session *s, const char *schedule, struct strv *ret)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_records_ struct records all = { 0 };
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(s->store, TXN_READ, &t, &ignored) < 0 ||
		records_load(t, &vmss_class, NULL, NULL, &all, &ignored) < 0)
		return;
	for (size_t i = 0; i < all.n; i++) {
		const struct vmss *v = all.items[i];

		if (v->enabled && (!schedule || str_eq(v->r.uuid, schedule)))
			strv_take(ret, xasprintf("'%s' (%s)", v->name_label, v->r.uuid));
	}
}

bool schedule_is_run(struct session *s)
{
	return schedule_is_watched(s) || timer_is_active(s);
}

void schedule_tell_unwatched(struct session *s, const char *schedule)
{
	_cleanup_strv_ struct strv names = { 0 };

	if (!s->wishes->as_xe)
		enabled_schedules(s, schedule, &names);
	if (!names.n || schedule_is_run(s))
		return;
	_cleanup_free_ char *all = strv_join(&names, ", ");

	session_notice(s, "Nothing runs the schedule%s %s: %s 'vxe vmss-run --due' each minute.",
		names.n > 1 ? "s" : "", all,
		s->config.systemctl ? "enable the timer with 'systemctl enable --now " TIMER
				      "', or call"
				    : "the timer runs only those of root's own store; call");
}

void schedule_tell_empty(struct session *s)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_records_ struct records empty = { 0 };

	if (s->wishes->as_xe || schedule_empty(s, &empty, &ignored) < 0)
		return;
	for (size_t i = 0; i < empty.n; i++) {
		const struct vmss *v = empty.items[i];

		session_notice(s, "The schedule '%s' (%s) is enabled, but " SCHEDULE_EMPTY ".",
			v->name_label, v->r.uuid);
	}
}

/* Returns 1 if the schedule is enabled and this VM is the only one that it is for. */
static int is_last(struct session *s, const struct vm *vm, struct vmss **ret, struct vxe_error *err)
{
	_cleanup_records_ struct records vms = { 0 };
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		vmss_find(t, vm->snapshot_schedule, ret, err) < 0 ||
		records_load(t, &vm_class, "snapshot_schedule", vm->snapshot_schedule, &vms, err) <
			0)
		return -1;
	return *ret && (*ret)->enabled && vms.n <= 1 && str_is_empty((*ret)->vm_filter);
}

/* A VM has at most one schedule: a user who gives it another one may think that the first one goes on, too. */
int schedule_check_left(
	struct session *s, const void *before, const void *after, struct vxe_error *err)
{
	_cleanup_(vmss_free_cleanup) struct vmss *v = NULL;
	const struct vm *from = before, *to = after;

	if (s->wishes->as_xe || !from->snapshot_schedule ||
		str_eq(from->snapshot_schedule, to->snapshot_schedule))
		return 0;
	int last = is_last(s, from, &v, err);

	if (last >= 0 && v && !str_is_empty(to->snapshot_schedule))
		session_notice(s,
			"A VM has one schedule: '%s' takes no snapshots of %s any more. One schedule "
			"can keep some by hour, day, week and month: 'vxe help vmss-create'.",
			v->name_label, from->name_label);
	if (last > 0)
		session_notice(s,
			"The schedule '%s' (%s) has no VM any more, and is still enabled.",
			v->name_label, v->r.uuid);
	return last < 0 ? -1 : 0;
}
