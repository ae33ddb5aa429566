/* SPDX-License-Identifier: MIT */
/*
 * Decides by their times alone which snapshots of a schedule are kept. The caller has entered the schedule's time
 * zone.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * How many snapshots of a schedule are kept. A snapshot stays if one of these members says so; 0: the member keeps
 * none. Hours, days, weeks (from Monday) and months are those of local time; the newest snapshot in a period stands
 * for it, and periods without snapshots do not count.
 */
struct retain_rule {
	int64_t newest; /* number of newest snapshots that stay */
	int64_t hourly, daily, weekly,
		monthly; /* for how many last hours, days and so on one snapshot stays */
	int64_t age;	 /* snapshots younger than so many seconds stay */
};

struct retain_item {
	int64_t at; /* when the snapshot was taken */
	size_t id;  /* number by which the caller knows the snapshot */
	bool stays;
};
/*
 * Sorts the snapshots from the oldest to the newest, and sets @stays of each. Snapshots of a time after @now stay,
 * but do not count as the newest: else real snapshots would be deleted in favour of those that a wrong clock has
 * dated.
 */
void retain(const struct retain_rule *r, int64_t now, struct retain_item *items, size_t n);
