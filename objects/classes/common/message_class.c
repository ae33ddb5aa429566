/* SPDX-License-Identifier: MIT */
/* The fields of messages, in xe's print order. */
#include "objects/classes/common/message_class.h"
#include "objects/model/enums.h"

#define STR(m) AT_STRING(struct message, m)

static const struct field message_fields[] = {
	{ "uuid", "Unique identifier.", STR(r.uuid), .flags = F_COLUMN },
	{ "name", "What happened, \"VM_STARTED\".", STR(name), .flags = F_COLUMN },
	{ "priority", "Weight, 1 (act now) to 5 (for information).",
		AT_INT(struct message, priority), .flags = F_COLUMN },
	{ "class", "Kind of the object that it is about.",
		AT_ENUM(struct message, cls, &message_cls_table), .flags = F_COLUMN },
	{ "obj-uuid", "The object that it is about.", STR(obj_uuid),
		.flags = F_COLUMN | F_FOUND | F_UUID },
	{ "timestamp", "When it happened.", AT_DATE(struct message, timestamp), .flags = F_COLUMN },
	{ "body", "Text for people.", STR(body) },
	{ "user",
		"The person who did it: who logged in, else who used sudo, else the user that ran "
		"the command.",
		STR(user), .flags = F_OURS },
	{ 0 },
};

const struct class message_class = {
	.name = "message",
	.size = sizeof(struct message),
	.fields = message_fields,
};
