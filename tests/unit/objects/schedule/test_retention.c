/* SPDX-License-Identifier: MIT */
/* Which snapshots stay, against a model that asks for each snapshot whether one of the rules names it. */
#include "tests/unit/harness.h"
#include <time.h>

#include "backends/machine/time_zone.h"
#include "objects/base/mem.h"
#include "objects/base/str.h"
#include "objects/schedule/retention.h"
#include "tests/unit/objects/schedule/model.h"

#define NOW 1800000000
#define MOST 400

static unsigned state = 17;

static unsigned random_below(unsigned n)
{
	state = state * 1103515245U + 12345U;
	return (state >> 8) % n;
}

static void one_world(const char *zone)
{
	static int64_t at[MOST];
	static struct retain_item items[MOST];
	const size_t n = random_below(MOST);
	const struct retain_rule r = { random_below(10), random_below(30), random_below(20),
		random_below(12), random_below(20),
		random_below(2) ? (int64_t)random_below(60 * DAY) : 0 };
	int64_t t = NOW - (int64_t)random_below(5 * HOUR);

	for (size_t i = n; i-- > 0; t -= 1 + random_below(random_below(3) ? 3 * HOUR : 6 * DAY))
		at[i] = t;
	for (size_t i = 0; i < n; i++) /* in another order */
		items[i] = (struct retain_item){ .at = at[n - 1 - i], .id = i };
	_cleanup_zone_ struct zone before = zone_enter(NULL, zone);

	retain(&r, NOW, items, n);
	for (size_t i = 0; i < n; i++) {
		cr_assert_eq(items[i].at, at[i], "not in the order of time");
		cr_assert_eq(
			items[i].stays, expected(&r, at, n, i, NOW), "%s: %zu of %zu", zone, i, n);
	}
}

Test(retain, what_stays_is_what_the_rules_name)
{
	static const char *const zones[] = { "UTC", "Europe/Berlin", "Asia/Kathmandu",
		"America/St_Johns" };

	for (size_t i = 0; i < 400; i++)
		one_world(zones[i % ARRAY_LEN(zones)]);
}

Test(retain, the_newest_stands_for_its_day)
{
	struct retain_item items[] = { { 10 * DAY + 5, 0, false }, { 11 * DAY + 9, 1, false },
		{ 11 * DAY + 5, 2, false } };
	_cleanup_zone_ struct zone before = zone_enter(NULL, "UTC");

	retain(&(struct retain_rule){ .daily = 2 }, 12 * DAY, items, ARRAY_LEN(items));
	cr_assert(items[0].stays);
	cr_assert(!items[1].stays);
	cr_assert(items[2].stays);
	cr_assert_eq(items[2].id, 1);
}

/* A clock that was ahead has made three of them. */
Test(retain, those_of_the_future_stay_and_do_not_count)
{
	struct retain_item items[] = { { 1 * DAY, 0, false }, { 2 * DAY, 1, false },
		{ 3 * DAY, 2, false }, { 9 * DAY, 3, false }, { 10 * DAY, 4, false } };
	const struct retain_rule r = { .newest = 2, .daily = 2 };
	_cleanup_zone_ struct zone before = zone_enter(NULL, "UTC");

	retain(&r, 4 * DAY, items, ARRAY_LEN(items));
	cr_assert(!items[0].stays && items[1].stays && items[2].stays);
	cr_assert(items[3].stays && items[4].stays);
	retain(&r, 11 * DAY, items, ARRAY_LEN(items));
	cr_assert(!items[2].stays && items[3].stays && items[4].stays);
}
