/* SPDX-License-Identifier: MIT */
/* The fields of appliances, in xe's print order. */
#include "objects/classes/vm/appliance.h"

#include "objects/classes/common/getters.h"

static const struct field appliance_fields[] = {
	{ "uuid", "Unique identifier.", AT_STRING(struct appliance, r.uuid), .flags = F_COLUMN },
	{ "name-label", "Name shown to people.", AT_STRING(struct appliance, name_label),
		.flags = F_SET | F_COLUMN },
	{ "name-description", "Free text about the appliance.",
		AT_STRING(struct appliance, name_description), .flags = F_SET | F_COLUMN },
	{ "VMs", "The VMs that belong to it.", USERS(CLASS_VM, "appliance"),
		.source = "appliance of VMs" },
	{ "allowed-operations", "What can be done with the appliance.",
		FIXED(FIELD_STRINGS, .string = "start,clean_shutdown,hard_shutdown,shutdown"),
		.source = "constant" },
	{ "current-operations", "What is being done with the appliance now.",
		COMPUTED(FIELD_STRINGS, get_current_operations), .source = "tasks" },
	{ 0 },
};

const struct class appliance_class = {
	.name = "VM_appliance",
	.size = sizeof(struct appliance),
	.fields = appliance_fields,
};
