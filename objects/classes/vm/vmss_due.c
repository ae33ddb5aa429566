/* SPDX-License-Identifier: MIT */
#include "objects/classes/vm/vmss_due.h"

#include "backends/machine/time_zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE 60
#define HOUR 3600
#define DAY 86400
#define DAY_MINUTES 1440
/* 1970-01-01 was a Thursday, day 3 of the week that begins with Monday. */
#define FIRST_WEEKDAY 3
#define WEEK_DAYS 7
/*
 * Within FAR_DAYS days each rule has a due time, or it never has one. Missed due times are counted BACK_DAYS days back.
 */
#define FAR_DAYS 15
#define BACK_DAYS 400

/* ---- the rule -------------------------------------------------------------------------------- */

static int schedule_number(const struct map *m, const char *key)
{
	const char *text = map_get(m, key);

	return text ? (int)strtol(text, NULL, 10) : 0;
}

static unsigned days_of(const char *text)
{
	static const char *const names[] = { "Monday", "Tuesday", "Wednesday", "Thursday", "Friday",
		"Saturday", "Sunday" };
	_cleanup_strv_ struct strv words = { 0 };
	unsigned days = 0;

	strv_split(&words, text ? text : "Monday", ',');
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strv_has(&words, names[i]))
			days |= 1U << i;
	return days;
}

/* Parses a time HH:MM into minutes of the day; -1 if the text has another form. */
static int clock_minutes(const char *text)
{
	static const char form[] = "00:00";

	if (strlen(text) != sizeof(form) - 1)
		return -1;
	for (size_t i = 0; i < sizeof(form) - 1; i++)
		if (form[i] == ':' ? text[i] != ':' : text[i] < '0' || text[i] > '9')
			return -1;
	int hour = (int)strtol(text, NULL, 10), minute = (int)strtol(text + 3, NULL, 10);

	return hour <= 24 && minute < 60 && hour * 60 + minute <= DAY_MINUTES ? hour * 60 + minute
									      : -1;
}

int due_parse_pauses(const char *text, struct due_rule *ret)
{
	_cleanup_strv_ struct strv words = { 0 };

	ret->n_pauses = 0;
	if (str_is_empty(text))
		return 0;
	strv_split(&words, text, ',');
	if (words.n > DUE_PAUSES)
		return -1;
	for (size_t i = 0; i < words.n; i++) {
		char *word = words.items[i], *dash = strchr(word, '-');

		if (!dash)
			return -1;
		*dash = '\0';
		struct due_pause p = { clock_minutes(word), clock_minutes(dash + 1) };

		if (p.from < 0 || p.to < 0 || p.from == p.to || p.from == DAY_MINUTES)
			return -1;
		ret->pauses[ret->n_pauses++] = p;
	}
	return 0;
}

void due_rule_of(const struct vmss *v, struct due_rule *ret)
{
	*ret = (struct due_rule){ .frequency = (enum vmss_frequency)v->frequency,
		.minute = schedule_number(&v->schedule, "min"),
		.hour = schedule_number(&v->schedule, "hour"),
		.days = days_of(map_get(&v->schedule, "days")) };
	if (v->blackout && due_parse_pauses(v->blackout, ret) < 0)
		ret->n_pauses = 0;
}

/* ---- local time ------------------------------------------------------------------------------ */

static int64_t floor_div(int64_t a, int64_t b)
{
	return a >= 0 ? a / b : -((-a + b - 1) / b);
}

static int64_t local_of(int64_t at)
{
	return at + zone_offset(at);
}

static bool is_paused(const struct due_rule *r, int64_t local)
{
	int minute = (int)((local - floor_div(local, DAY) * DAY) / MINUTE);

	for (size_t i = 0; i < r->n_pauses; i++) {
		const struct due_pause *p = &r->pauses[i];
		bool after = minute >= p->from, before = minute < p->to;

		if (p->from < p->to ? after && before : after || before)
			return true;
	}
	return false;
}

bool due_is_paused(const struct due_rule *r, int64_t now)
{
	return is_paused(r, local_of(now));
}

/* ---- slots ----------------------------------------------------------------------------------- */

struct slots {
	const struct due_rule *rule;
	int64_t day; /* local day, counted from 1970 */
	int hour;
};

/* Begins to enumerate the due times of a rule, from the local day of the time @at on. */
static struct slots slots_from(const struct due_rule *r, int64_t at)
{
	/*
	 * Begins a day earlier than the local day: when clocks jump over midnight, a time of the day before may be a
	 * later instant.
	 */
	return (struct slots){ r, floor_div(local_of(at), DAY) - 1, 0 };
}

/* Returns the next of the due times that @s enumerates, up to the local day @last; 0: there is none. */
static int64_t take_slot(struct slots *s, int64_t last)
{
	for (; s->day <= last; s->day++, s->hour = 0) {
		bool hourly = s->rule->frequency == VMSS_HOURLY;

		int64_t weekday = s->day + FIRST_WEEKDAY -
			floor_div(s->day + FIRST_WEEKDAY, WEEK_DAYS) * WEEK_DAYS;

		if (!(s->rule->frequency != VMSS_WEEKLY || s->rule->days >> weekday & 1))
			continue;
		while (s->hour < (hourly ? 24 : 1)) {
			int hour = hourly ? s->hour : s->rule->hour;
			int64_t local = s->day * DAY + hour * HOUR + s->rule->minute * MINUTE;

			s->hour++;
			if (!is_paused(s->rule, local))
				return zone_instant(local);
		}
	}
	return 0;
}

int64_t due_next(const struct due_rule *r, int64_t after)
{
	struct slots s = slots_from(r, after);
	const int64_t last = s.day + FAR_DAYS;

	for (int64_t slot; (slot = take_slot(&s, last));)
		if (slot > after)
			return slot;
	return DUE_NEVER;
}

int64_t due_last(const struct due_rule *r, int64_t after, int64_t now, size_t *count)
{
	const bool far = now - after > (int64_t)BACK_DAYS * DAY;
	struct slots s = slots_from(r, far ? now - (int64_t)BACK_DAYS * DAY : after);
	const int64_t last = floor_div(local_of(now), DAY) + 1;
	int64_t ret = 0;

	*count = 0;
	for (int64_t slot; (slot = take_slot(&s, last));) {
		if (slot > now)
			break;
		if (slot <= after || slot == ret)
			continue;
		ret = slot;
		++*count;
	}
	return ret;
}
