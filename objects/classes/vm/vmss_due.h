/* SPDX-License-Identifier: MIT */
/*
 * When a schedule runs: pure functions of its rule and of the time. A *slot* is an instant at which the schedule is
 * due. Times are seconds since 1970. The caller has switched to the schedule's time zone (time_zone.h).
 */
#pragma once

#include "objects/classes/vm/vmss.h"

/*
 * A pause of a schedule: a part of each day in which no run begins, in minutes of the local day; if @from > @to, the
 * pause goes over midnight.
 */
struct due_pause {
	int from, to;
};

#define DUE_PAUSES 8
struct due_rule {
	enum vmss_frequency frequency;
	int minute, hour;
	unsigned days; /* days of a weekly rule, one bit each; bit 0 is Monday */
	size_t n_pauses;
	struct due_pause pauses[DUE_PAUSES];
};
/*
 * Makes the rule from the record of a schedule, whose values were checked when they were set; missing values have their
 * defaults.
 */
void due_rule_of(const struct vmss *v, struct due_rule *ret);
/*
 * Parses pauses such as "22:00-06:00,12:00-13:00" into @ret; -1 when @text has another form or more than DUE_PAUSES
 * parts.
 */
int due_parse_pauses(const char *text, struct due_rule *ret) _must_check_;

#define DUE_NEVER INT64_MAX
/*
 * The first due time after the time @after. A local time that does not exist is due at the instant of the jump over it;
 * one that exists twice is due at its first instant. DUE_NEVER: all due times are in pauses.
 */
int64_t due_next(const struct due_rule *r, int64_t after);
/*
 * The last due time after @after and not after @now, 0 for none. *count: how many due times there are (of those before
 * the last 400 days only one is counted).
 */
int64_t due_last(const struct due_rule *r, int64_t after, int64_t now, size_t *count);
/* True if @now is in a pause of the rule, in which no run begins. */
bool due_is_paused(const struct due_rule *r, int64_t now);
