/* SPDX-License-Identifier: MIT */
/* The default templates: data that every new store gets. */
#include "objects/start/default_templates.h"

#include "objects/base/uuid.h"

#include <inttypes.h>

#define MIB (INT64_C(1) << 20)
#define GIB (INT64_C(1) << 30)

static const struct template
{
	const char *name, *description;
	const char *order;	    /* order in which devices are booted: c disk, d CD, n network */
	int64_t memory, memory_min; /* in bytes */
	int64_t vcpus;
	int64_t disk; /* in bytes; 0: it has none */
}
templates[] = {
	{ "Other install media",
		"A VM without any setting for a particular guest: install it from a CD or the "
		"network.",
		"dc", 1024 * MIB, 128 * MIB, 1, 0 },
	{ "Debian Bookworm 12", "A VM with one disk, to install Debian 12 on.", "dc", 1024 * MIB,
		512 * MIB, 1, 10 * GIB },
	{ "Rocky Linux 9", "A VM with one disk, to install Rocky Linux 9 on.", "dc", 2048 * MIB,
		2048 * MIB, 1, 10 * GIB },
	{ "Ubuntu Jammy Jellyfish 22.04", "A VM with one disk, to install Ubuntu 22.04 on.", "dc",
		2048 * MIB, 1024 * MIB, 1, 10 * GIB },
};

/*
 * Adds to a template the other-config key by which vm-install makes a disk of @size bytes (0: none); vm-install
 * chooses the SR.
 */
static void ask_for_disk(struct vm *vm, int64_t size)
{
	_cleanup_free_ char *text =
		xasprintf("<provision><disk device=\"0\" size=\"%" PRId64
			  "\" sr=\"\" bootable=\"true\" type=\"system\"/></provision>",
			size);

	if (size)
		map_set(&vm->other_config, "disks", text);
}

struct vm *template_new(const char *host_uuid, size_t i)
{
	if (i >= ARRAY_LEN(templates))
		return NULL;
	const struct template *row = &templates[i];
	struct vm *vm = record_new(&vm_class);
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
	ask_for_disk(vm, row->disk);
	return vm;
}

int templates_put(struct txn *t, const char *host_uuid, struct vxe_error *err)
{
	for (size_t i = 0; i < ARRAY_LEN(templates); i++) {
		_cleanup_(vm_free_cleanup) struct vm *vm = template_new(host_uuid, i);

		if (record_save(t, &vm_class, vm, err) < 0)
			return -1;
	}
	return 0;
}
