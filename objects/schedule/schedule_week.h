/* SPDX-License-Identifier: MIT */
/* What a schedule does with the snapshots of a VM in the next days, by its times alone. */
#pragma once

#include "objects/classes/vm/vmss.h"
#include "objects/session/session.h"

#define WEEK_DAYS 7

struct week_run {
	int64_t at; /* seconds since 1970 */
	int day;    /* number of the day, today is 0 */
	int hour;   /* in the schedule's time zone */
	bool stays; /* the snapshot is still there at the end of the days */
};
struct schedule_week {
	char days[WEEK_DAYS][8]; /* names of the days, "Sat 28" */
	size_t n;
	struct week_run *runs;
	/* how many snapshots that the schedule has taken there are, and how many of them the runs delete */
	size_t there, gone;
};
void schedule_week_clear(struct schedule_week *w);
#define _cleanup_week_ _cleanup_(schedule_week_clear)
/*
 * Plays the runs of the next WEEK_DAYS days: each takes a snapshot of the VM and deletes those that the schedule does
 * not keep. Snapshots that must not be deleted stay.
 */
int schedule_week(struct session *s, const struct vmss *v, const char *vm,
	struct schedule_week *ret, struct vxe_error *err) _must_check_;
