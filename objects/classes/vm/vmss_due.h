/* SPDX-License-Identifier: MIT */
/*
 * When a schedule runs: pure functions of its rule and of the time. A *slot* is an instant at which it runs. Times are
 * seconds since 1970. The caller has entered the schedule's zone (time_zone.h).
 */
#pragma once

#include "objects/classes/vm/vmss.h"

/* A part of each day in which no run begins, in minutes of the local day; if @from > @to it goes over midnight. */
struct due_pause {
	int from, to;
};

#define DUE_PAUSES 8
struct due_rule {
	enum vmss_frequency frequency;
	int minute, hour;
	unsigned days; /* of a weekly rule: bit 0 is Monday */
	size_t n_pauses;
	struct due_pause pauses[DUE_PAUSES];
};
/* Makes the rule from a record, whose values were checked when they were set; missing values have their defaults. */
void due_rule_of(const struct vmss *v, struct due_rule *ret);
/* Parses "22:00-06:00,12:00-13:00"; -1 when @text has another form or more than DUE_PAUSES parts. */
int due_parse_pauses(const char *text, struct due_rule *ret) _must_check_;

#define DUE_NEVER INT64_MAX
/*
 * The first slot after @after. A local time that does not exist is at the instant of the jump over it; one that exists
 * twice is at its first instant. DUE_NEVER: all are paused.
 */
int64_t due_next(const struct due_rule *r, int64_t after);
/*
 * The last slot after @after and not after @now, 0 for none; @count: how many there are (of those before the last 400
 * days only one is counted).
 */
int64_t due_last(const struct due_rule *r, int64_t after, int64_t now, size_t *count);
/* True if @now is in a pause, so that no run begins. */
bool due_is_paused(const struct due_rule *r, int64_t now);
