/* SPDX-License-Identifier: MIT */
/* task: the record of a running operation, for the field current-operations, for progress and for cancelling. */
#pragma once

#include "objects/model/record.h"

enum task_status {
	TASK_STATUS_PENDING,
	TASK_STATUS_SUCCESS,
	TASK_STATUS_FAILURE,
	TASK_STATUS_CANCELLING,
	TASK_STATUS_CANCELLED,
};

struct task {
	struct record r;
	char *name_label;
	char *name_description;
	char *subtask_of;
	char *resident_on;
	int status;	 /* enum task_status */
	double progress; /* 0 to 1 */
	char *type;
	char *result;
	int64_t created, finished;
	struct strv error_info;
	struct map other_config;

	char *object;	 /* UUID of the object that the task works on */
	char *operation; /* the operation's name in current-operations, "snapshot" */
	bool cancelled;	 /* another process has cancelled it */
	int64_t pid;
};

RECORD_TYPE(task)
