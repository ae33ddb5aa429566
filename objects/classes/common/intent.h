/* SPDX-License-Identifier: MIT */
/*
 * INTENT, an internal record: the plan of an operation, written to the store before the operation has its first effect,
 * so that recovery can finish or undo it.
 */
#pragma once

#include "objects/model/record.h"

struct intent {
	struct record r;
	char *operation;
	char *object;	     /* UUID of the object that the operation is about */
	struct strv objects; /* keys of the locks that the operation of the plan holds */
	char *plan;	     /* the plan as JSON text */
	char *task;	     /* UUID of the task by which current-operations shows the operation */
	char *host; /* UUID of the host on which the operation runs or died; "": of an older vxe */
	int64_t created;
	/* of a guest that was destroyed before the operation was judged: objects/engine/guest_note.h */
	int64_t guest_stopped;
	struct strv guest_writes, guest_names;
};

RECORD_TYPE(intent)

/*
 * *ret: the plan of an operation in progress names one of the objects @uuids, so that their records and definitions may
 * be changing.
 */
int intent_names(
	struct txn *t, const struct strv *uuids, bool *ret, struct vxe_error *err) _must_check_;
/* Deletes the intent, and the task that shows its operation; @task: NULL or "" if there is none. */
int intent_drop(
	struct txn *t, const char *intent, const char *task, struct vxe_error *err) _must_check_;
