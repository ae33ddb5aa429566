/* SPDX-License-Identifier: MIT */
/* INTENT: the plan of an operation, written before its first effect. Internal. */
#pragma once

#include "objects/model/record.h"

struct intent {
	struct record r;
	char *operation;
	char *object;	     /* UUID of the object that the operation is about */
	struct strv objects; /* keys of the locks that the operation holds */
	char *plan;	     /* the plan as JSON text */
	char *task;	     /* UUID of the task that current-operations shows */
	int64_t created;
};

RECORD_TYPE(intent)

/* True if an intent names one of the objects: an operation is then changing records and definitions. */
int intent_names(
	struct txn *t, const struct strv *uuids, bool *ret, struct vxe_error *err) _must_check_;
