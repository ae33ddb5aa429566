/* SPDX-License-Identifier: MIT */
/* Which snapshots of a schedule stay, from their times alone. The caller has entered the schedule's time zone. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A snapshot stays if one of these says so. Hours, days, weeks (from Monday) and months are those of local time; the
 * newest snapshot stands for its hour, and those without any do not count. 0: keeps none.
 */
struct retain_rule {
	int64_t newest; /* number of newest snapshots that stay */
	int64_t hourly, daily, weekly,
		monthly; /* for how many last hours, days and so on one snapshot stays */
	int64_t age;	 /* snapshots that are younger stay, in seconds */
};

struct retain_item {
	int64_t at; /* when the snapshot was taken */
	size_t id;  /* number by which the caller knows it */
	bool stays;
};
/*
 * Sorts the items from the oldest to the newest, and sets @stays of each. Those after @now stay, and do not count:
 * else real ones would go for what a wrong clock calls the newest.
 */
void retain(const struct retain_rule *r, int64_t now, struct retain_item *items, size_t n);
