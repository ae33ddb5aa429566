/* SPDX-License-Identifier: MIT */
/* The fields of tasks, in xe's print order. */
#include "objects/classes/common/task.h"

#include "objects/classes/common/getters.h"
#include "objects/model/enums.h"

static int task_get_allowed(
	struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	const struct task *task = obj;

	(void)s, (void)err;
	strv_add(&ret->list, task->status == TASK_STATUS_PENDING ? "Cancel" : "Destroy");
	return 0;
}

#define STR(m) AT_STRING(struct task, m)
#define DATE(m) AT_DATE(struct task, m)

static const struct field task_fields[] = {
	{ "uuid", "Unique identifier.", STR(r.uuid), .flags = F_COLUMN },
	{ "name-label", "What is being done.", STR(name_label), .flags = F_COLUMN },
	{ "name-description", "Free text about the task.", STR(name_description) },
	{ "subtask_of", "The task that this one is a part of.",
		AT_REF(struct task, subtask_of, CLASS_TASK), .flags = F_COLUMN },
	{ "subtasks", "The tasks that are parts of this one.", USERS(CLASS_TASK, "subtask_of"),
		.flags = F_NO_MEMBERS, .source = "subtask_of of other tasks" },
	{ "resident-on", "The host that works on it.",
		AT_REF(struct task, resident_on, CLASS_HOST) },
	{ "status", "Whether it goes on or how it ended.",
		AT_ENUM(struct task, status, &task_status_table) },
	{ "progress", "How much is done, 0 to 1.", AT_FLOAT(struct task, progress) },
	{ "type", "Type of the result.", STR(type) },
	{ "result", "What came out of it.", STR(result) },
	{ "created", "When it began.", DATE(created) },
	{ "finished", "When it ended.", DATE(finished) },
	{ "error_info", "The error that it failed with.", AT_STRINGS(struct task, error_info),
		.flags = F_NO_MEMBERS },
	{ "allowed_operations", "What can be done with the task now.",
		COMPUTED(FIELD_STRINGS, task_get_allowed), .flags = F_NO_MEMBERS,
		.source = "status" },
	{ "current_operations", "What is being done with the task now.",
		COMPUTED(FIELD_STRINGS, get_nothing), .flags = F_NO_MEMBERS,
		.source = "always empty" },
	{ "other-config", "Free keys of users and tools.", AT_MAP(struct task, other_config),
		.flags = F_ADD },

	/* Not fields of xe. */
	{ "object", "What it works on, by uuid.", AT_REF(struct task, object, CLASS_NONE),
		.flags = F_INTERNAL | F_COLUMN },
	{ "operation", "Its name in current-operations.", STR(operation), .flags = F_INTERNAL },
	{ "cancelled", "Whether a stop of the task was requested.", AT_BOOL(struct task, cancelled),
		.flags = F_INTERNAL },
	{ "pid", "The process that works on it.", AT_INT(struct task, pid), .flags = F_INTERNAL },
	{ 0 },
};

const struct class task_class = {
	.name = "task",
	.size = sizeof(struct task),
	.fields = task_fields,
};
