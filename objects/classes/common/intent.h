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
