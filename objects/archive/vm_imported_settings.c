/* SPDX-License-Identifier: MIT */
/* Reads the settings of a VM or snapshot from an archive's document, and checks them. */
#include <string.h>
#include <strings.h>

#include "objects/archive/ova_members.h"
#include "objects/archive/vm_imported_devices.h"
#include "objects/base/uuid.h"
#include "objects/classes/vm/vm_operations.h"

#define MEMORY_MAX (INT64_C(1) << 50)
#define VCPUS_MAX 4096

static int check_limits(const struct vm *vm, struct vxe_error *err)
{
	const char *firmware = map_get(&vm->hvm_boot_params, "firmware");

	if (vm->is_control_domain)
		return ova_fail(err, "a control domain cannot be imported");
	if (vm->memory_static_max <= 0 || vm->memory_static_max > MEMORY_MAX ||
		vm->memory_static_min < 0 || vm->memory_static_min > vm->memory_dynamic_min ||
		vm->memory_dynamic_min > vm->memory_dynamic_max ||
		vm->memory_dynamic_max > vm->memory_static_max)
		return ova_fail(err, "the memory limits are out of order");
	if (vm->vcpus_at_startup < 1 || vm->vcpus_at_startup > vm->vcpus_max ||
		vm->vcpus_max > VCPUS_MAX)
		return ova_fail(err, "the numbers of VCPUs are out of order");
	if (firmware && *firmware && !str_eq(firmware, "bios") && !str_eq(firmware, "uefi"))
		return ova_fail(err, "the firmware %s is not known", firmware);
	return 0;
}

/* Replaces the action after a crash rename_restart, for which libvirt would refuse the whole VM, by restart. */
static void restart_after_crash(struct imported *i, struct vm *vm)
{
	if (vm->actions_after_crash != CRASH_RENAME_RESTART)
		return;
	vm->actions_after_crash = CRASH_RESTART;
	imported_notice(i,
		"The VM was to start under another name after a crash (rename_restart), which "
		"libvirt cannot do: it starts again.");
}

/*
 * Reads the limits of memory of an archive older than dynamic memory, which has no member "parent", as xapi does: what the
 * guest had was the greatest limit, whatever the others say.
 */
static void read_old_memory(const struct ova *record, struct vm *vm)
{
	if (ova_get(record, "parent"))
		return;
	vm->memory_dynamic_min = vm->memory_dynamic_max = vm->memory_static_max;
	if (vm->memory_static_min > vm->memory_static_max)
		vm->memory_static_min = vm->memory_static_max;
}

/* Blocked operations that vxe does not know are left out, as vm-param-add refuses them. */
static void read_blocked(struct vm *vm)
{
	struct map *m = &vm->blocked_operations;

	for (size_t k = m->n; k-- > 0;) {
		_cleanup_free_ char *key = xstrdup(m->items[k].key);

		if (!vm_operation_exists(key))
			(void)map_remove(m, key);
	}
}

/*
 * Reads the references to the host on which the VM should rather start and to the SR of its memory: import_settings()
 * looks whether they are here. xapi names a host by an object of the archive, vxe by its UUID.
 */
static void read_places(const struct imported *i, const struct ova *record, struct vm *vm)
{
	const struct ova *host = imported_ref(i, record, "affinity", "host");
	const struct ova *own = i->ours ? ova_get(record, OVA_OWN) : NULL;
	const char *affinity = host ? imported_text(ova_get(host, "snapshot"), "uuid")
				    : imported_text(own, OVA_OWN_AFFINITY);

	str_replace(&vm->affinity, *affinity ? affinity : NULL);
	affinity = imported_text(own, OVA_OWN_SUSPEND_SR);
	str_replace(&vm->suspend_sr, *affinity ? affinity : NULL);
}

int imported_read_settings(struct imported *i, struct imported *of, struct vxe_error *err)
{
	const struct ova *record = ova_get(of->object, "snapshot");
	const char *type = imported_text(record, "domain_type");

	of->vm = record_new(&vm_class);
	if (ova_read_rows(ova_vm_rows, &vm_class, record, imported_text(of->object, "id"), of->vm,
		    err) < 0)
		return -1;
	read_old_memory(record, of->vm);
	if (check_limits(of->vm, err) < 0)
		return -1;
	read_blocked(of->vm);
	read_places(i, record, of->vm);
	if (str_starts(type, "pv") || (!str_eq(type, "hvm") && !*of->vm->hvm_boot_policy))
		imported_notice(
			i, "The VM was paravirtual: its disks need another boot loader here.");
	of->vm->domain_type = DOMAIN_HVM;
	restart_after_crash(i, of->vm);
	str_replace(&of->vm->r.uuid, imported_text(record, "uuid"));
	uuid_lower(of->vm->r.uuid);
	of->suspended = strcasecmp(imported_text(record, "power_state"), "suspended") == 0;
	of->parent = NO_SNAPSHOT;
	return 0;
}
