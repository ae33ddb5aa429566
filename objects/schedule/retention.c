/* SPDX-License-Identifier: MIT */
#include "objects/schedule/retention.h"

#include "backends/machine/time_zone.h"

#include <stdlib.h>
#include <time.h>

#define HOUR 3600
#define DAY 86400
/* 1970-01-01 was a Thursday, day 3 of the week that begins with Monday. */
#define FIRST_WEEKDAY 3
#define WEEK_DAYS 7
#define YEAR_MONTHS 12

static int compare_retain_items(const void *a, const void *b)
{
	const struct retain_item *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

/*
 * hour_of(), day_of(), week_of() and month_of() give the number of the hour, day, week or month in which the local
 * time @local lies. Snapshots are not older than 1970.
 */
static int64_t hour_of(int64_t local)
{
	return local / HOUR;
}

static int64_t day_of(int64_t local)
{
	return local / DAY;
}

static int64_t week_of(int64_t local)
{
	return (local / DAY + FIRST_WEEKDAY) / WEEK_DAYS;
}

static int64_t month_of(int64_t local)
{
	const time_t t = local;
	struct tm tm;

	return gmtime_r(&t, &tm) ? (int64_t)tm.tm_year * YEAR_MONTHS + tm.tm_mon : 0;
}

static void keep_periods(struct retain_item *items, size_t n, int64_t count, int64_t (*of)(int64_t))
{
	int64_t last = -1;

	for (size_t i = n; i-- && count > 0;) {
		int64_t period = of(items[i].at + zone_offset(items[i].at));

		if (period == last)
			continue;
		last = period;
		items[i].stays = true;
		count--;
	}
}

void retain(const struct retain_rule *r, int64_t now, struct retain_item *items, size_t n)
{
	qsort(items, n, sizeof(*items), compare_retain_items);
	while (n && items[n - 1].at > now)
		items[--n].stays = true;
	for (size_t i = 0; i < n; i++)
		items[i].stays =
			(int64_t)(n - i) <= r->newest || (r->age > 0 && items[i].at > now - r->age);
	keep_periods(items, n, r->hourly, hour_of);
	keep_periods(items, n, r->daily, day_of);
	keep_periods(items, n, r->weekly, week_of);
	keep_periods(items, n, r->monthly, month_of);
}
