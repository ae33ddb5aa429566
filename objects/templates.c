/* SPDX-License-Identifier: MIT */
/* The default templates: data that every new store gets. */
#include "objects/templates.h"

#include "objects/base/uuid.h"

#define MIB (INT64_C(1) << 20)

static const struct template
{
	const char *name, *description;
	const char *order;	    /* of boot devices: c disk, d CD, n network */
	int64_t memory, memory_min; /* bytes */
	int64_t vcpus;
}
templates[] = {
	{ "Other install media",
		"A VM without any setting for a particular guest: install it from a CD or the "
		"network.",
		"dc", 1024 * MIB, 128 * MIB, 1 },
};

static int template_put(
	struct txn *t, const char *host_uuid, const struct template *row, struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = record_new(&vm_class);
	_cleanup_free_ char *name = xasprintf("template:%s", row->name);

	vm->r.uuid = uuid_derive(host_uuid, name);
	str_replace(&vm->name_label, row->name);
	str_replace(&vm->name_description, row->description);
	vm->is_a_template = vm->is_default_template = true;
	vm->memory_static_max = vm->memory_dynamic_max = vm->memory_dynamic_min = row->memory;
	vm->memory_static_min = row->memory_min;
	vm->vcpus_max = vm->vcpus_at_startup = row->vcpus;
	vm->actions_after_shutdown = EXIT_DESTROY;
	vm->actions_after_reboot = EXIT_RESTART;
	vm->actions_after_crash = CRASH_RESTART;
	vm->domain_type = DOMAIN_HVM;
	str_replace(&vm->hvm_boot_policy, "BIOS order");
	map_set(&vm->hvm_boot_params, "order", row->order);
	map_set(&vm->platform, "acpi", "true");
	map_set(&vm->platform, "apic", "true");
	map_set(&vm->platform, "pae", "true");
	map_set(&vm->other_config, "default_template", "true");
	map_set(&vm->other_config, "install-methods", "cdrom,network");
	return record_save(t, &vm_class, vm, err);
}

int templates_put(struct txn *t, const char *host_uuid, struct vxe_error *err)
{
	for (size_t i = 0; i < ARRAY_LEN(templates); i++)
		if (template_put(t, host_uuid, &templates[i], err) < 0)
			return -1;
	return 0;
}
