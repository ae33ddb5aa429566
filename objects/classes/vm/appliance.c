/* SPDX-License-Identifier: MIT */
/* The fields of appliances, in xe's print order. */
#include "objects/classes/vm/appliance.h"

#include "objects/classes/common/getters.h"
#include "objects/classes/vm/vm.h"

static int get_vms(struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	return get_users(s, CLASS_VM, "appliance", obj, ret, err);
}

static int get_allowed(struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	static const char *const operations[] = { "start", "clean_shutdown", "hard_shutdown",
		"shutdown" };

	(void)s, (void)obj, (void)err;
	for (size_t i = 0; i < ARRAY_LEN(operations); i++)
		strv_add(&ret->list, operations[i]);
	return 0;
}

static const struct field appliance_fields[] = {
	{ "uuid", "Unique identifier.", AT_STRING(struct appliance, r.uuid), .flags = F_COLUMN },
	{ "name-label", "Name shown to people.", AT_STRING(struct appliance, name_label),
		.flags = F_SET | F_COLUMN },
	{ "name-description", "Free text about the appliance.",
		AT_STRING(struct appliance, name_description), .flags = F_SET | F_COLUMN },
	{ "VMs", "The VMs that belong to it.", COMPUTED(FIELD_REFS, get_vms), .ref = CLASS_VM,
		.source = "appliance of VMs" },
	{ "allowed-operations", "What can be done with the appliance.",
		COMPUTED(FIELD_STRINGS, get_allowed), .source = "constant" },
	{ "current-operations", "What is being done with the appliance now.",
		COMPUTED(FIELD_STRINGS, get_current_operations), .source = "tasks" },
	{ 0 },
};

const struct class appliance_class = {
	.name = "VM_appliance",
	.size = sizeof(struct appliance),
	.fields = appliance_fields,
};
