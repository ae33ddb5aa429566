/* SPDX-License-Identifier: MIT */
/*
 * What a schedule has to do, written without its code: which minutes of the clocks are its slots, and which of its
 * snapshots stay. Slow and simple: it looks at each minute, and at each snapshot.
 */
#pragma once

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "objects/base/str.h"
#include "objects/classes/vm/vmss.h"
#include "objects/schedule/retention.h"

#define MINUTE 60
#define HOUR 3600
#define DAY 86400

static inline struct vmss schedule(
	enum vmss_frequency f, const char *hour, const char *min, const char *days)
{
	struct vmss v = { .frequency = f };

	map_set(&v.schedule, "min", min);
	if (hour)
		map_set(&v.schedule, "hour", hour);
	if (days)
		map_set(&v.schedule, "days", days);
	return v;
}

static inline int64_t utc(int year, int month, int day, int hour, int minute)
{
	struct tm tm = { .tm_year = year - 1900,
		.tm_mon = month - 1,
		.tm_mday = day,
		.tm_hour = hour,
		.tm_min = minute };

	return timegm(&tm);
}

/* ---- slots ---- */

/* What the clocks show, in minutes, and what the calendar says. */
struct face {
	int64_t shown;
	int wday, hour, min;
};

static inline struct face face_at(int64_t at)
{
	const time_t t = at;
	struct tm tm;

	localtime_r(&t, &tm);
	struct face f = { 0, tm.tm_wday, tm.tm_hour, tm.tm_min };

	tm.tm_isdst = 0;
	f.shown = timegm(&tm) / MINUTE;
	return f;
}

static inline bool wanted(const struct vmss *v, const struct face *f)
{
	static const char *const names[] = { "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday",
		"Friday", "Saturday" };
	const char *days = map_get(&v->schedule, "days");

	if (f->min != strtol(map_get(&v->schedule, "min"), NULL, 10))
		return false;
	if (v->frequency != VMSS_HOURLY &&
		f->hour != strtol(map_get(&v->schedule, "hour"), NULL, 10))
		return false;
	return v->frequency != VMSS_WEEKLY || strstr(days, names[f->wday]);
}

/* The face of a minute that the clocks leave out. */
static inline struct face left_out(int64_t shown)
{
	const time_t t = shown * MINUTE;
	struct tm tm;

	gmtime_r(&t, &tm);
	return (struct face){ shown, tm.tm_wday, tm.tm_hour, tm.tm_min };
}

/* ---- what stays ---- */

enum period { AN_HOUR, A_DAY, A_WEEK, A_MONTH };

static inline void name_period(int64_t at, enum period what, char text[32])
{
	const time_t t = at;
	struct tm tm;

	localtime_r(&t, &tm);
	switch (what) {
	case AN_HOUR:
		strftime(text, 32, "%Y %j %H", &tm);
		break;
	case A_DAY:
		strftime(text, 32, "%Y %j", &tm);
		break;
	case A_WEEK:
		strftime(text, 32, "%G %V", &tm);
		break;
	case A_MONTH:
		strftime(text, 32, "%Y %m", &tm);
		break;
	}
}

/* Whether it is the newest of its period, and fewer than @count periods are newer. */
static inline bool stands(const int64_t *at, size_t n, size_t i, enum period what, int64_t count)
{
	char mine[32], last[32] = "";
	int64_t newer = 0;

	name_period(at[i], what, mine);
	for (size_t k = n; k-- > i + 1;) {
		char other[32];

		name_period(at[k], what, other);
		if (str_eq(other, mine))
			return false;
		newer += !str_eq(other, last);
		memcpy(last, other, sizeof(last));
	}
	return newer < count;
}

static inline bool expected(
	const struct retain_rule *r, const int64_t *at, size_t n, size_t i, int64_t now)
{
	return n - i <= (size_t)r->newest || (r->age && now - at[i] < r->age) ||
		stands(at, n, i, AN_HOUR, r->hourly) || stands(at, n, i, A_DAY, r->daily) ||
		stands(at, n, i, A_WEEK, r->weekly) || stands(at, n, i, A_MONTH, r->monthly);
}
