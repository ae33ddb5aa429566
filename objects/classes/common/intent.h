/* SPDX-License-Identifier: MIT */
/* INTENT: the plan of an operation, written before its first effect. Internal. */
#pragma once

#include "objects/model/record.h"

struct intent {
	struct record r;
	char *operation;
	char *object;	     /* uuid */
	struct strv objects; /* lock keys */
	char *plan;	     /* JSON text */
	char *task;	     /* of current-operations */
	int64_t created;
};

RECORD_TYPE(intent)

/*
 * True when an intent names one of the objects: then an operation is changing records and
 * definitions.
 */
int intent_names(
	struct txn *t, const struct strv *uuids, bool *ret, struct vxe_error *err) _must_check_;
