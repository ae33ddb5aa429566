/* SPDX-License-Identifier: MIT */
/* Which snapshots of a schedule stay: a pure function of their times. The caller has entered the schedule's zone. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A snapshot stays if one of these says so. Hours, days, weeks (from Monday) and months are those of local time; the
 * newest snapshot stands for its hour, and those without any do not count. 0: keeps none.
 */
struct retain_rule {
	int64_t newest;				/* so many of the newest */
	int64_t hourly, daily, weekly, monthly; /* of the last so many hours, days, ... */
	int64_t age;				/* those that are younger, s */
};

struct retain_item {
	int64_t at; /* when it was taken */
	size_t id;  /* the caller's */
	bool stays;
};
/*
 * Sorts the items from the oldest to the newest, and sets @stays of each. Those after @now stay, and do not count:
 * else real ones would go for what a wrong clock calls the newest.
 */
void retain(const struct retain_rule *r, int64_t now, struct retain_item *items, size_t n);
