/* SPDX-License-Identifier: MIT */
#include "objects/schedule/schedule_week.h"

#include <string.h>
#include <time.h>

#include "backends/machine/time_zone.h"
#include "objects/base/clock.h"
#include "objects/schedule/retention.h"
#include "objects/schedule/schedule_facts.h"

#define MOST_RUNS 1000
#define DAY 86400

void schedule_week_clear(struct schedule_week *w)
{
	free(w->runs);
	*w = (struct schedule_week){ 0 };
}

static struct tm local(int64_t at)
{
	const time_t t = at;
	struct tm tm = { 0 };

	(void)localtime_r(&t, &tm);
	return tm;
}

/* Midnight at the beginning of today's day and of those after it, by the calendar. */
static void find_days(int64_t now, int64_t starts[WEEK_DAYS + 1], struct schedule_week *ret)
{
	for (int i = 0; i <= WEEK_DAYS; i++) {
		struct tm tm = local(now);

		tm.tm_mday += i;
		tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
		tm.tm_isdst = -1;
		starts[i] = mktime(&tm);
		if (i < WEEK_DAYS)
			strftime(ret->days[i], sizeof(ret->days[i]), "%a %d", &tm);
	}
}

/* Drops what a run at @now deletes; of the @there snapshots with the first numbers some are @needed. Returns the rest. */
static size_t thin(const struct retain_rule *rule, int64_t now, const bool *needed, size_t there,
	struct retain_item *items, size_t n)
{
	size_t left = 0;

	retain(rule, now, items, n);
	for (size_t i = 0; i < n; i++)
		if (items[i].stays || (items[i].id < there && needed[items[i].id]))
			items[left++] = items[i];
	return left;
}

/* Plays the runs; the numbers of the snapshots that there are come first, then those of the runs. */
static void play(const struct vmss *v, const struct schedule_items *all, const int64_t *at,
	struct schedule_week *w)
{
	const struct retain_rule rule = { v->retained_snapshots, v->keep_hourly, v->keep_daily,
		v->keep_weekly, v->keep_monthly, v->keep_days * DAY };
	_cleanup_free_ struct retain_item *items = xcalloc(all->n + w->n + 1, sizeof(*items));
	_cleanup_free_ bool *needed = xcalloc(all->n + 1, sizeof(*needed));
	size_t n = 0;

	for (; n < all->n; n++) {
		needed[n] = all->items[n].needed;
		items[n] = (struct retain_item){ all->items[n].at, n, false };
	}
	for (size_t i = 0; i < w->n; i++) {
		items[n++] = (struct retain_item){ at[i], all->n + i, false };
		n = thin(&rule, at[i], needed, all->n, items, n);
	}
	w->there = w->gone = all->n;
	for (size_t i = 0; i < n; i++)
		if (items[i].id < all->n)
			w->gone--;
		else
			w->runs[items[i].id - all->n].stays = true;
}

int schedule_week(struct session *s, const struct vmss *v, const char *vm,
	struct schedule_week *ret, struct vxe_error *err)
{
	_cleanup_free_ int64_t *at = xcalloc(MOST_RUNS, sizeof(*at));
	_cleanup_items_ struct schedule_items all = { 0 };
	size_t n = schedule_next_runs(s, v, at, MOST_RUNS);
	int64_t starts[WEEK_DAYS + 1];

	if (schedule_items(s, v, vm, 0, &all, err) < 0)
		return -1;
	_cleanup_zone_ struct zone before = zone_enter(s->config.root, v->timezone);

	find_days(clock_wall(), starts, ret);
	ret->runs = xcalloc(n + 1, sizeof(*ret->runs));
	for (int day = 0; ret->n < n && day < WEEK_DAYS; ret->n++) {
		while (day < WEEK_DAYS && at[ret->n] >= starts[day + 1])
			day++;
		if (day == WEEK_DAYS)
			break;
		ret->runs[ret->n] =
			(struct week_run){ at[ret->n], day, local(at[ret->n]).tm_hour, false };
	}
	play(v, &all, at, ret);
	return 0;
}
