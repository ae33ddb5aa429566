/* SPDX-License-Identifier: MIT */
/*
 * The record class INTENT: the write-ahead plan of each operation in progress, kept in the store for recovery. No
 * command shows these records.
 */
#include "objects/classes/common/intent.h"

#include "objects/classes/common/task.h"

#define STR(m) AT_STRING(struct intent, m)

static const struct field intent_fields[] = {
	{ "uuid", "Unique identifier.", STR(r.uuid), .flags = F_INTERNAL | F_COLUMN },
	{ "operation", "Name of the operation.", STR(operation), .flags = F_INTERNAL },
	{ "object", "What it works on, by uuid.", AT_REF(struct intent, object, CLASS_NONE),
		.flags = F_INTERNAL | F_COLUMN },
	{ "objects", "Everything that it locks.", AT_STRINGS(struct intent, objects),
		.flags = F_INTERNAL },
	{ "plan", "What it was about to do, as JSON.", STR(plan), .flags = F_INTERNAL },
	{ "task", "Its task.", AT_REF(struct intent, task, CLASS_NONE), .flags = F_INTERNAL },
	{ "host", "The host on which it runs; it may have been forgotten.", STR(host),
		.flags = F_INTERNAL },
	{ "created", "When it was written.", AT_DATE(struct intent, created), .flags = F_INTERNAL },
	{ "guest-stopped", "When recovery noted what the guest writes to, in ms, and destroyed it.",
		AT_INT(struct intent, guest_stopped), .flags = F_INTERNAL },
	{ "guest-writes", "Files that its QEMU had open for writing.",
		AT_STRINGS(struct intent, guest_writes), .flags = F_INTERNAL },
	{ "guest-names", "Files of the disks in its live XML.",
		AT_STRINGS(struct intent, guest_names), .flags = F_INTERNAL },
	{ 0 },
};

const struct class intent_class = {
	.name = "INTENT",
	.size = sizeof(struct intent),
	.fields = intent_fields,
	.internal = true,
};

int intent_names(struct txn *t, const struct strv *uuids, bool *ret, struct vxe_error *err)
{
	_cleanup_records_ struct records intents = { 0 };

	*ret = false;
	if (records_load(t, &intent_class, NULL, NULL, &intents, err) < 0)
		return -1;
	for (size_t i = 0; i < intents.n && !*ret; i++) {
		const struct intent *intent = intents.items[i];

		*ret = intent->object && strv_has(uuids, intent->object);
		for (size_t k = 0; k < intent->objects.n && !*ret; k++)
			*ret = strv_has(uuids, intent->objects.items[k]);
	}
	return 0;
}

int intent_drop(struct txn *t, const char *intent, const char *task, struct vxe_error *err)
{
	if (!str_is_empty(task) && txn_del(t, task_class.name, task, err) < 0)
		return -1;
	return txn_del(t, intent_class.name, intent, err);
}
