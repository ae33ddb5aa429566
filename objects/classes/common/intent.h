/* SPDX-License-Identifier: MIT */
/* INTENT: what an operation is about to do, written before its first effect. Internal. */
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

/* True when an intent names one of the objects: then records and definitions are in motion. */
int intent_names(
	struct txn *t, const struct strv *uuids, bool *ret, struct vxe_error *err) _must_check_;
