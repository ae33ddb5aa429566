/* SPDX-License-Identifier: MIT */
/*
 * For loops that plan an operation again after VXE_TRY_AGAIN, because something has changed since the plan was made.
 * A loop that comes to the same plan and the same error a second time is ended: it would go on for ever, or as often
 * as it may, and do its work each time.
 */
#pragma once

#include "objects/engine/plan.h"

struct replans {
	int n;
	char *plan, *failure; /* the text of the last plan and the error that ended it */
};
void replans_clear(struct replans *r);
#define _cleanup_replans_ _cleanup_(replans_clear)

/*
 * The text by which two plans for the same purpose can be compared: all of the plan but new UUIDs and names of new
 * files. Owned.
 */
char *replan_known(const struct plan *p);
/*
 * Decides after a failure whether an operation is planned again. True: it is, and @err is cleared. False: @err is for
 * the caller: another error, VXE_TRY_AGAIN after too many times, or VXE_NO_PROGRESS(object, reason). @plan: text by
 * which two plans can be compared; NULL: there was no plan yet, and nothing was done.
 */
bool replan(struct replans *r, const char *plan, struct vxe_error *err) _must_check_;
