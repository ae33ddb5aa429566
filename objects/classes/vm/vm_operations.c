/* SPDX-License-Identifier: MIT */
/*
 * The table of operations on VMs: in which power states, and on which kinds of VMs (templates, snapshots), each is
 * allowed.
 */
#include "objects/classes/vm/vm_operations.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

#include "objects/classes/host/pool.h"
#include "objects/classes/vm/vm_power.h"
#include "objects/model/enums.h"

enum on {
	ON_VM = 1 << 0,
	ON_TEMPLATE = 1 << 1,
	ON_DEFAULT_TEMPLATE = 1 << 2,
	ON_SNAPSHOT = 1 << 3,
	UNLISTED = 1 << 4, /* the field allowed-operations does not list the operation */
	/* the operation is refused while libvirt keeps a managed save of the VM, and while the guest sleeps */
	NOT_SAVED = 1 << 5,

	ON_TEMPLATES = ON_TEMPLATE | ON_DEFAULT_TEMPLATE,
	ON_ALL = ON_VM | ON_TEMPLATES | ON_SNAPSHOT,
};

#define HALTED (1 << POWER_HALTED)
#define RUNNING (1 << POWER_RUNNING)
#define PAUSED (1 << POWER_PAUSED)
#define SUSPENDED (1 << POWER_SUSPENDED)
#define ANY (HALTED | RUNNING | PAUSED | SUSPENDED)

struct operation {
	const char *name;
	unsigned on;
	unsigned states;
	/* names of the allowed power states for the error VM_BAD_POWER_STATE, in xe's order */
	const char *expected;
	/* operations of one group may run on a VM at the same time; 0: this one runs alone */
	unsigned group;
};

#define LIVE_TEXT "paused, suspended, running"

/* The operations that a VM, template or snapshot may allow, in xe's order; without those that vxe never offers. */
static const struct operation operations[] = {
	{ "snapshot", ON_VM | NOT_SAVED, ANY, "", 2 },
	{ "clone", ON_ALL | NOT_SAVED, HALTED, "halted", 1 },
	{ "copy", ON_ALL | NOT_SAVED, HALTED, "halted", 1 },
	{ "revert", ON_SNAPSHOT, ANY, "", 0 },
	{ "reverting", ON_VM | UNLISTED, ANY, "", 0 },
	{ "checkpoint", ON_VM | NOT_SAVED, RUNNING | PAUSED | SUSPENDED, LIVE_TEXT, 2 },
	{ "provision", ON_TEMPLATES, HALTED, "halted", 0 },
	{ "start", ON_VM, HALTED, "halted", 0 },
	{ "start_on", ON_VM, HALTED, "halted", 0 },
	{ "pause", ON_VM, RUNNING, "running", 0 },
	{ "unpause", ON_VM, PAUSED, "paused", 0 },
	{ "clean_shutdown", ON_VM, RUNNING, "running", 0 },
	{ "clean_reboot", ON_VM, RUNNING, "running", 0 },
	{ "hard_shutdown", ON_VM | ON_SNAPSHOT, RUNNING | PAUSED | SUSPENDED, LIVE_TEXT, 0 },
	{ "hard_reboot", ON_VM, RUNNING | PAUSED, "paused, running", 0 },
	{ "suspend", ON_VM, RUNNING, "running", 0 },
	{ "resume", ON_VM, SUSPENDED, "suspended", 0 },
	{ "resume_on", ON_VM, SUSPENDED, "suspended", 0 },
	{ "changing_dynamic_range", ON_VM | ON_TEMPLATES, HALTED | RUNNING, "halted, running", 0 },
	{ "changing_static_range", ON_VM | ON_TEMPLATES, HALTED, "halted", 0 },
	{ "changing_shadow_memory", ON_VM | ON_TEMPLATES, HALTED, "halted", 0 },
	{ "changing_NVRAM", ON_VM | ON_TEMPLATES, HALTED, "halted", 0 },
	{ "pool_migrate", ON_VM | UNLISTED, RUNNING, "running", 0 },
	{ "make_into_template", ON_VM, HALTED, "halted", 0 },
	{ "export", ON_ALL, HALTED | SUSPENDED, "halted, suspended", 1 },
	{ "metadata_export", ON_ALL, ANY, "", 0 },
	{ "destroy", ON_VM | ON_TEMPLATE | ON_SNAPSHOT | NOT_SAVED, HALTED | SUSPENDED,
		"halted, suspended", 0 },
};

/* Names of further operations of xe, which the table of operations lacks, but which users can block, too. */
static const char *const other_operations[] = { "snapshot_with_quiesce", "power_state_reset",
	"csvm", "migrate_send", "get_boot_record", "send_sysrq", "send_trigger", "shutdown",
	"call_plugin", "changing_memory_live", "awaiting_memory_live",
	"changing_shadow_memory_live", "changing_VCPUs_live", "assertoperationvalid",
	"data_sources_op", "update_allowed_operations", "import", "create_vtpm", "sysprep" };

static const struct operation *find_operation(const char *name)
{
	return row_named(operations, ARRAY_LEN(operations), sizeof(*operations), name);
}

bool vm_operation_exists(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(other_operations); i++)
		if (strcmp(other_operations[i], name) == 0)
			return true;
	return find_operation(name) != NULL;
}

/*
 * True if the VM is a default template, by its flag is-default-template or by the key that old tools set in
 * other-config.
 */
static bool is_default_template(const struct vm *vm)
{
	const char *mark = map_get(&vm->other_config, "default_template");

	return vm->is_default_template || str_eq(mark, "1") || (mark && !strcasecmp(mark, "true"));
}

/*
 * The kind of a VM record (VM, template, default template or snapshot), for the operations that it allows. A snapshot
 * is a template, too, but is a kind of its own.
 */
static enum on operations_kind_of(const struct vm *vm)
{
	if (vm->is_a_snapshot)
		return ON_SNAPSHOT;
	if (!vm->is_a_template)
		return ON_VM;
	return is_default_template(vm) ? ON_DEFAULT_TEMPLATE : ON_TEMPLATE;
}

static bool makes_copy(const struct operation *op)
{
	return strcmp(op->name, "clone") == 0 || strcmp(op->name, "copy") == 0;
}

/*
 * True if the power state allows the operation. A suspended snapshot or template may be cloned and copied, a suspended
 * VM only if the pool allows it.
 */
static bool state_fits(
	const struct operation *op, const struct vm *vm, enum power_state state, bool suspended_too)
{
	if (op->states & 1u << state)
		return true;
	return state == POWER_SUSPENDED && (vm->is_a_template || suspended_too) && makes_copy(op);
}

int vm_clones_suspended(struct session *s, bool *ret, struct vxe_error *err)
{
	_cleanup_(pool_free_cleanup) struct pool *pool = NULL;
	_cleanup_txn_ struct txn *t = NULL;

	*ret = false;
	if (!s->store_uuid)
		return 0;
	if (txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		pool_find(t, s->store_uuid, &pool, err) < 0)
		return -1;
	*ret = pool && str_eq(map_get(&pool->other_config, "allow_clone_suspended_vm"), "true");
	return 0;
}

bool vm_is_inside_image(const struct vm *vm)
{
	return vm->is_a_snapshot && !str_is_empty(vm->libvirt_snapshot) &&
		(str_eq(map_get(&vm->snapshot_info, VM_KEPT_BY_LIBVIRT), VM_KEPT_INSIDE) ||
			str_eq(map_get(&vm->snapshot_info, VM_KEPT_BY_LIBVIRT), VM_KEPT_HIDDEN));
}

bool vm_is_hidden(const struct vm *vm)
{
	return str_eq(map_get(&vm->snapshot_info, VM_KEPT_BY_LIBVIRT), VM_KEPT_HIDDEN) ||
		str_eq(map_get(&vm->snapshot_info, VM_KEPT_BY_LIBVIRT), VM_KEPT_APART);
}

/*
 * True for the operation that puts new layers on the files of the VM's disks, so that each disk must have a file of its
 * own: clone.
 */
static bool needs_a_file(const struct operation *op)
{
	return strcmp(op->name, "clone") == 0;
}

/*
 * True if the operation @op may start on a VM while the operations @current run on it. A clone or copy freezes the disks
 * first, which waits for the end of an export, but not of another copy, which has frozen them; those of a snapshot are
 * frozen.
 */
static bool may_join(const struct operation *op, const struct vm *vm, const struct strv *current)
{
	for (size_t i = 0; i < current->n; i++) {
		const struct operation *running = find_operation(current->items[i]);

		if (makes_copy(op) && !vm->is_a_snapshot && str_eq(current->items[i], "export"))
			return false;
		if (op->group && running && running->group == op->group)
			continue;
		if (strcmp(op->name, "hard_shutdown") == 0 &&
			strcmp(current->items[i], "hard_shutdown") != 0)
			continue;
		if (strcmp(op->name, "hard_reboot") == 0 &&
			strncmp(current->items[i], "hard_", strlen("hard_")) != 0)
			continue;
		return false;
	}
	return true;
}

void vm_allowed_operations(const struct vm *vm, enum power_state state, const struct strv *current,
	bool suspended_too, bool saved, struct strv *ret)
{
	const unsigned never = saved ? UNLISTED | NOT_SAVED : UNLISTED;

	for (size_t i = 0; i < ARRAY_LEN(operations); i++)
		if (!(operations[i].on & never) &&
			!map_get(&vm->blocked_operations, operations[i].name) &&
			state_fits(&operations[i], vm, state, suspended_too) &&
			may_join(&operations[i], vm, current) &&
			operations[i].on & operations_kind_of(vm) && !vm->is_control_domain &&
			!(needs_a_file(&operations[i]) && vm_is_inside_image(vm)))
			strv_add(ret, operations[i].name);
}

int vm_check_operation(
	struct session *s, const struct vm *vm, const char *operation, struct vxe_error *err)
{
	const struct operation *op = find_operation(operation);
	const char *reason = map_get(&vm->blocked_operations, operation);
	enum power_state state;
	bool suspended_too = false;

	assert(op);
	if (reason)
		return vxe_fail(err, OPERATION_BLOCKED, vm->r.uuid, reason);
	if (op->states != ANY) {
		const char *expected = op->expected;

		if (vm_power_state(s, vm, &state, err) < 0 ||
			(makes_copy(op) && vm_clones_suspended(s, &suspended_too, err) < 0))
			return -1;
		if (makes_copy(op) && (vm->is_a_template || suspended_too))
			expected = "halted, suspended";
		if (!state_fits(op, vm, state, suspended_too))
			return vxe_fail(err, VM_BAD_POWER_STATE, vm->r.uuid, expected,
				enum_print(&power_state_table, state));
	}
	if (!(op->on & operations_kind_of(vm))) {
		switch (operations_kind_of(vm)) {
		case ON_TEMPLATE:
		case ON_DEFAULT_TEMPLATE:
			return vxe_fail(err, VM_IS_TEMPLATE, vm->r.uuid, operation);
		case ON_SNAPSHOT:
			return vxe_fail(err, VM_IS_SNAPSHOT, vm->r.uuid, operation);
		default:
			return vxe_fail(err, OPERATION_NOT_ALLOWED,
				"this operation is only possible on a template or a snapshot");
		}
	}
	if (vm->is_control_domain)
		return vxe_fail(err, OPERATION_NOT_ALLOWED,
			"This operation is not allowed on a control domain");
	if (needs_a_file(op) && vm_is_inside_image(vm))
		return vxe_fail(err, VXE_SNAPSHOT_INSIDE, vm->r.uuid, vm->libvirt_snapshot);
	return 0;
}
