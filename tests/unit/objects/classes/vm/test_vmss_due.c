/* SPDX-License-Identifier: MIT */
/*
 * The slots of a schedule against a model that goes through two years minute by minute, in zones with and without
 * daylight saving time, one that shifts by half an hour, and one that left out a day.
 */
#include "tests/unit/harness.h"
#include <time.h>

#include "backends/machine/time_zone.h"
#include "objects/classes/vm/vmss_due.h"
#include "tests/unit/objects/schedule/model.h"

/* Goes through the minutes from @from to @to; each slot must be the next one of due.c. */
static void compare(const char *zone, const struct vmss *v, int64_t from, int64_t to)
{
	struct due_rule rule;
	int64_t next, most;
	size_t n = 0;
	_cleanup_zone_ struct zone before = zone_enter(NULL, zone);

	due_rule_of(v, &rule);
	next = due_next(&rule, from - 1);
	most = face_at(from).shown - 1; /* the latest time that was shown */
	for (int64_t at = from; at < to; at += MINUTE) {
		struct face f = face_at(at);
		bool slot = f.shown > most && wanted(v, &f);

		for (int64_t shown = most + 1; shown < f.shown && !slot; shown++) {
			struct face out = left_out(shown);

			slot = wanted(v, &out);
		}
		if (f.shown > most)
			most = f.shown;
		if (!slot)
			continue;
		cr_assert_eq(
			next, at, "%s: slot %zu at %ld, not at %ld", zone, n, (long)next, (long)at);
		next = due_next(&rule, at);
		n++;
	}
	cr_assert_geq(next, to);
	cr_assert_gt(n, 90);
	size_t count;

	cr_assert_lt(due_last(&rule, from - 1, to - 1, &count), to);
	if (to - from < (int64_t)400 * DAY)
		cr_assert_eq(count, n);
}

static void compare_all(const char *zone, int64_t from, int64_t to)
{
	struct vmss all[] = { schedule(VMSS_HOURLY, NULL, "0", NULL),
		schedule(VMSS_HOURLY, NULL, "45", NULL), schedule(VMSS_DAILY, "0", "0", NULL),
		schedule(VMSS_DAILY, "2", "30", NULL), schedule(VMSS_DAILY, "23", "45", NULL),
		schedule(VMSS_WEEKLY, "02", "15", "Sunday"),
		schedule(VMSS_WEEKLY, "1", "30", "Monday,Friday,Saturday,Sunday") };

	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		compare(zone, &all[i], from, to);
		map_clear(&all[i].schedule);
	}
}

Test(vmss_due, each_slot_of_two_years_is_where_the_clocks_show_it)
{
	/* Before ring all the two whose clocks change by an hour and by half an hour. */
	static const char *const zones[] = { "Europe/Berlin", "Australia/Lord_Howe", "UTC",
		"America/New_York", "America/Sao_Paulo" };
	size_t n = str_eq(getenv("RING"), "all") ? ARRAY_LEN(zones) : 2;

	for (size_t i = 0; i < n; i++) {
		cr_assert(zone_is_known(zones[i]), "%s", zones[i]);
		compare_all(zones[i], utc(2027, 1, 1, 0, 0),
			utc(2029, 1, 1, 0, 0)); /* 2028 is a leap year */
	}
}

Test(vmss_due, slots_of_a_day_that_a_zone_left_out_come_at_its_end)
{
	compare_all("Pacific/Apia", utc(2011, 3, 1, 0, 0), utc(2013, 3, 1, 0, 0));
}

Test(vmss_due, a_clock_that_goes_forward_at_midnight)
{
	compare_all("America/Sao_Paulo", utc(2016, 6, 1, 0, 0), utc(2018, 6, 1, 0, 0));
}

/* ---- single cases ---------------------------------------------------------------------------- */

Test(vmss_due, missed_slots_are_counted)
{
	struct vmss v = schedule(VMSS_DAILY, "2", "30", NULL);
	struct due_rule r;
	size_t count;
	_cleanup_zone_ struct zone before = zone_enter(NULL, "Europe/Berlin");

	due_rule_of(&v, &r);
	int64_t last = utc(2027, 1, 1, 1, 30); /* 02:30 in Berlin */

	cr_assert_eq(due_last(&r, last, last + DAY - 1, &count), 0);
	cr_assert_eq(count, 0);
	cr_assert_eq(due_last(&r, last, last + DAY, &count), last + DAY);
	cr_assert_eq(count, 1);
	cr_assert_eq(
		due_last(&r, last, last + 5 * (int64_t)DAY + 7, &count), last + 5 * (int64_t)DAY);
	cr_assert_eq(count, 5);
	cr_assert_eq(due_last(&r, 0, last, &count), last);
	map_clear(&v.schedule);
}

Test(vmss_due, no_slot_is_in_a_pause)
{
	struct vmss v = schedule(VMSS_HOURLY, NULL, "30", NULL);
	struct due_rule r;
	_cleanup_zone_ struct zone before = zone_enter(NULL, "UTC");

	due_rule_of(&v, &r);
	cr_assert_eq(due_parse_pauses("22:00-06:30,12:00-13:00", &r), 0);
	int64_t day = utc(2027, 5, 1, 0, 0), at = day;

	static const int hours[] = { 6, 7, 8, 9, 10, 11, 13, 14, 15, 16, 17, 18, 19, 20, 21 };

	for (size_t i = 0; i < ARRAY_LEN(hours); i++) {
		at = due_next(&r, at);
		cr_assert_eq(at, day + hours[i] * 3600 + 1800, "%zu", i);
	}
	cr_assert(due_is_paused(&r, day));
	cr_assert(!due_is_paused(&r, day + 7 * 3600));
	cr_assert_eq(due_parse_pauses("00:00-24:00", &r), 0);
	cr_assert_eq(due_next(&r, at), DUE_NEVER);
	static const char *const bad[] = { "1:00-2:00", "01:00", "01:00-25:00", "24:00-01:00", "x",
		"01:00-01:00", "01:00-02:00,", "01:60-02:00", "01:00-02:00-03:00" };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		cr_assert_eq(due_parse_pauses(bad[i], &r), -1, "%s", bad[i]);
	map_clear(&v.schedule);
}

Test(vmss_due, zones_that_the_machine_does_not_know)
{
	static const char *const bad[] = { "", "Mars/Phobos", "/etc/localtime", "../zoneinfo/UTC",
		"UTC0", "zone.tab", "Europe" };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		cr_assert(!zone_is_known(bad[i]), "%s", bad[i]);
}
