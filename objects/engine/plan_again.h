/* SPDX-License-Identifier: MIT */
/*
 * Loops that plan again after VXE_TRY_AGAIN, because something has changed since the plan was made. One that comes to the
 * same plan and the same end a second time would go on for ever, or as often as it may, and do its work each time.
 */
#pragma once

#include "objects/engine/plan.h"

struct replans {
	int n;
	char *plan, *failure; /* the last plan and the error that ended it */
};
void replans_clear(struct replans *r);
#define _cleanup_replans_ _cleanup_(replans_clear)

/* What two plans for the same purpose have in common: all but new UUIDs and names of new files. Owned. */
char *replan_known(const struct plan *p);
/*
 * True: plan again; @err is cleared. False: @err is for the caller: another error, VXE_TRY_AGAIN after too many times, or
 * VXE_NO_PROGRESS(object, reason). @plan: text by which two plans can be compared; NULL: there was none yet, nothing was
 * done.
 */
bool replan(struct replans *r, const char *plan, struct vxe_error *err) _must_check_;
