/* SPDX-License-Identifier: MIT */
/* Computed fields and checks of VM. */
#include "objects/classes/vm/vm_computed.h"

#include <inttypes.h>
#include <string.h>

#include "objects/classes/host/host.h"
#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/vm_consoles.h"
#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vif.h"
#include "objects/classes/vm/vm.h"
#include "objects/classes/vm/vm_operations.h"
#include "objects/classes/vm/vm_platform.h"
#include "objects/classes/vm/vm_power.h"
#include "objects/model/enums.h"
#include "objects/model/read_txn.h"
#include "objects/session/guest_stats.h"

#define HA_RESTART "restart"

/* ---- power and fields that depend on it ------------------------------------------------------ */

int vm_get_power_state(struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	enum power_state state;

	if (vm_power_state(s, obj, &state, err) < 0)
		return -1;
	ret->integer = state;
	return 0;
}

/* *ret: the VM is running or paused. */
static int is_live(struct session *s, const void *obj, bool *ret, struct vxe_error *err)
{
	enum power_state state;

	if (vm_power_state(s, obj, &state, err) < 0)
		return -1;
	*ret = state == POWER_RUNNING || state == POWER_PAUSED;
	return 0;
}

/* Sets the value of a field to @number while the VM is running or paused, else to 0. */
static int get_while_live(struct session *s, const void *obj, int64_t number, struct value *ret,
	struct vxe_error *err)
{
	bool live;

	if (is_live(s, obj, &live, err) < 0)
		return -1;
	ret->integer = live ? number : 0;
	return 0;
}

/* *ret: libvirt's statistics of the VM's running domain; NULL if the VM is off or is the control domain. */
static int get_stat(
	struct session *s, const void *obj, const struct hv_stat **ret, struct vxe_error *err)
{
	const struct vm *vm = obj;
	bool live;

	*ret = NULL;
	if (is_live(s, obj, &live, err) < 0)
		return -1;
	return live && vm_is_here(s, vm) ? live_stat(s, vm->r.uuid, ret, err) : 0;
}

int vm_get_memory_actual(
	struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	const struct vm *vm = obj;
	const struct hv_stat *stat;

	if (get_stat(s, obj, &stat, err) < 0)
		return -1;
	if (!stat || !stat->memory)
		return get_while_live(s, obj, vm->memory_dynamic_max, ret, err);
	ret->integer = stat->memory;
	return 0;
}

int vm_get_memory_target(
	struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	const struct vm *vm = obj;

	return get_while_live(s, obj, vm->memory_dynamic_max, ret, err);
}

int vm_get_vcpus_number(
	struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	const struct vm *vm = obj;
	const struct hv_stat *stat;

	if (get_stat(s, obj, &stat, err) < 0)
		return -1;
	if (!stat || !stat->vcpus)
		return get_while_live(s, obj, vm->vcpus_at_startup, ret, err);
	ret->integer = stat->vcpus;
	return 0;
}

int vm_get_vcpus_load(struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	const struct vm *vm = obj;
	const struct hv_stat *stat;

	if (get_stat(s, obj, &stat, err) < 0)
		return -1;
	return stat ? live_vcpu_load(s, vm->r.uuid, &ret->map, err) : 0;
}

int vm_get_hvm(struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	const struct vm *vm = obj;

	return get_while_live(s, obj, !vm->is_control_domain, ret, err);
}

int vm_get_domain_type(struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	const struct vm *vm = obj;

	return get_while_live(s, obj, vm->is_control_domain ? DOMAIN_PV : DOMAIN_HVM, ret, err);
}

int vm_get_resident_on(struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	const struct vm *vm = obj;
	bool live;

	if (is_live(s, obj, &live, err) < 0)
		return -1;
	if (live)
		ret->string = xstrdup_null(str_is_empty(vm->home) ? s->here->uuid : vm->home);
	return 0;
}

int vm_get_dom_id(struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	const struct vm *vm = obj;
	const struct hv_domain *domain;

	if (vm_domain(s, vm, &domain, err) < 0)
		return -1;
	ret->integer = -1;
	if (vm->is_control_domain)
		ret->integer = 0;
	else if (domain)
		ret->integer = domain->id;
	return 0;
}

int vm_get_ha_always_run(
	struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	const struct vm *vm = obj;

	return get_while_live(s, obj, str_eq(vm->ha_restart_priority, HA_RESTART), ret, err);
}

void vm_put_ha_always_run(void *obj, const struct value *value)
{
	struct vm *vm = obj;

	str_replace(&vm->ha_restart_priority, value->integer ? HA_RESTART : "");
}

/*
 * The getter of start-time: the stored time, or a later one that this call sees, as of a guest that another program has
 * started: the start of the QEMU process, or a reboot. That is kept for the records, so that it is known afterwards, too.
 */
int vm_get_start_time(struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	const struct vm *vm = obj;
	const struct hv_domain *domain;

	if (vm_domain(s, vm, &domain, err) < 0)
		return -1;
	if (!domain)
		return 0;
	int64_t began = hv_is_active(domain->state) ? session_began(s->here, vm->r.uuid) : 0;

	if (began > ret->integer)
		session_see_start(s->here, vm->r.uuid, began);
	int64_t seen = session_seen_start(s->here, vm->r.uuid, ret->integer);

	if (seen > ret->integer)
		ret->integer = seen;
	return 0;
}

int vm_get_allowed_operations(
	struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	_cleanup_value_ struct value current = { 0 };
	const struct hv_domain *d;
	enum power_state state;
	bool suspended_too = false;

	if (vm_power_state(s, obj, &state, err) < 0 || vm_domain(s, obj, &d, err) < 0 ||
		get_current_operations(s, obj, &current, err) < 0 ||
		(state == POWER_SUSPENDED && vm_clones_suspended(s, &suspended_too, err) < 0))
		return -1;
	bool saved = d && (d->saved || d->state == HV_SUSPENDED);

	vm_allowed_operations(obj, state, &current.list, suspended_too, saved, &ret->list);
	return 0;
}

int vm_get_consoles(struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	const struct vm *vm = obj;
	bool live;

	if (is_live(s, obj, &live, err) < 0)
		return -1;
	for (int64_t i = 0; live && i < vm->consoles; i++)
		strv_take(&ret->list, console_uuid(vm->r.uuid, (size_t)i));
	return 0;
}

int vm_get_vtpms(struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	const struct vm *vm = obj;

	(void)s, (void)err;
	if (vm->has_tpm)
		strv_take(&ret->list, vtpm_uuid(vm->r.uuid));
	return 0;
}

/* ---- other records --------------------------------------------------------------------------- */

int vm_get_snapshots(struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	return get_snapshots(s, CLASS_VM, obj, ret, err);
}

int vm_get_possible_hosts(
	struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	_cleanup_strv_ struct strv hosts = { 0 };
	const struct vm *vm = obj;

	if (reader_uuids(s, &host_class, &hosts, err) < 0)
		return -1;
	for (size_t i = 0; i < hosts.n; i++) {
		_cleanup_error_ struct vxe_error why = { 0 };

		if (session_above.check_host(s, s->read_txn, vm->r.uuid, hosts.items[i], &why) == 0)
			strv_add(&ret->list, hosts.items[i]);
		else if (why.code != VM_REQUIRES_SR && why.code != VM_REQUIRES_NETWORK) {
			error_move(err, &why);
			return -1;
		}
	}
	return 0;
}

/* Lists the positions below @limit that no device of the VM has. @get gives the position of a device. */
static int get_free(struct session *s, enum class_id c, const void *obj, int limit,
	int (*get)(const void *device), struct value *ret, struct vxe_error *err)
{
	_cleanup_records_ struct records devices = { 0 };
	_cleanup_free_ bool *used = xcalloc((size_t)limit, sizeof(*used));
	const struct record *r = obj;

	if (records_load(s->read_txn, class_by_id(c), "vm", r->uuid, &devices, err) < 0)
		return -1;
	for (size_t i = 0; i < devices.n; i++) {
		int n = get(devices.items[i]);

		if (n >= 0 && n < limit)
			used[n] = true;
	}
	for (int i = 0; i < limit; i++)
		if (!used[i])
			strv_take(&ret->list, xasprintf("%d", i));
	return 0;
}

static int vbd_number(const void *device)
{
	return vbd_position(((const struct vbd *)device)->userdevice);
}

static int vif_number(const void *device)
{
	return (int)strtol(((const struct vif *)device)->device, NULL, 10);
}

int vm_get_free_vbd_devices(
	struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	return get_free(s, CLASS_VBD, obj, VBD_POSITIONS, vbd_number, ret, err);
}

int vm_get_free_vif_devices(
	struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	return get_free(s, CLASS_VIF, obj, VIF_POSITIONS, vif_number, ret, err);
}

/* ---- checks ---------------------------------------------------------------------------------- */

int vm_check_vcpus_params(
	struct session *s, const void *obj, const struct value *value, struct vxe_error *err)
{
	(void)s, (void)obj;
	for (size_t i = 0; i < value->map.n; i++) {
		const char *key = value->map.items[i].key;

		if (strcmp(key, "weight") != 0 && strcmp(key, "cap") != 0 &&
			strcmp(key, "mask") != 0)
			return vxe_fail_text(err,
				"Failed to add parameter '%s': expecting 'weight','cap' or 'mask'",
				key);
	}
	return 0;
}

int vm_check_blocked_operations(
	struct session *s, const void *obj, const struct value *value, struct vxe_error *err)
{
	(void)s, (void)obj;
	for (size_t i = 0; i < value->map.n; i++)
		if (!vm_operation_exists(value->map.items[i].key))
			return vxe_fail(
				err, INVALID_VALUE, "blocked_operation", value->map.items[i].key);
	return 0;
}

static int check_positive(const char *field, int64_t least, int64_t most, const struct value *value,
	struct vxe_error *err)
{
	_cleanup_free_ char *text = xasprintf("%" PRId64, value->integer);

	if (value->integer < least || value->integer > most)
		return vxe_fail(err, INVALID_VALUE, field, text);
	return 0;
}

int vm_check_ha_priority(
	struct session *s, const void *obj, const struct value *value, struct vxe_error *err)
{
	(void)s, (void)obj;
	if (str_is_empty(value->string) || str_eq(value->string, HA_RESTART) ||
		str_eq(value->string, "best-effort"))
		return 0;
	return vxe_fail(err, INVALID_VALUE, "ha_restart_priority", value->string);
}

int vm_check_order(
	struct session *s, const void *obj, const struct value *value, struct vxe_error *err)
{
	(void)s, (void)obj;
	return check_positive("order must be non-negative", 0, INT64_MAX, value, err);
}

int vm_check_start_delay(
	struct session *s, const void *obj, const struct value *value, struct vxe_error *err)
{
	(void)s, (void)obj;
	return check_positive("start_delay must be non-negative", 0, INT64_MAX, value, err);
}

int vm_check_shutdown_delay(
	struct session *s, const void *obj, const struct value *value, struct vxe_error *err)
{
	(void)s, (void)obj;
	return check_positive("shutdown_delay must be non-negative", 0, INT64_MAX, value, err);
}

/* The number is printed as xapi prints it: "0.5", "-1.". */
int vm_check_shadow(
	struct session *s, const void *obj, const struct value *value, struct vxe_error *err)
{
	_cleanup_free_ char *text = xasprintf("%.12g", value->real);
	_cleanup_free_ char *shown = xasprintf("%s%s", text, text[strcspn(text, ".en")] ? "" : ".");

	(void)s, (void)obj;
	return value->real >= 1 ? 0 : vxe_fail(err, INVALID_VALUE, "HVM_shadow_multiplier", shown);
}

int vm_check_appliance(
	struct session *s, const void *obj, const struct value *value, struct vxe_error *err)
{
	const struct vm *vm = obj;

	(void)s;
	if (value->string && (vm->is_control_domain || vm->is_a_template || vm->is_a_snapshot))
		return vxe_fail(err, OPERATION_NOT_ALLOWED,
			"only a VM can belong to an appliance, not a template, a snapshot or the "
			"host itself");
	return 0;
}

int vm_check_schedule(
	struct session *s, const void *obj, const struct value *value, struct vxe_error *err)
{
	const struct vm *vm = obj;

	(void)s;
	if (!value->string)
		return 0;
	if (vm->is_control_domain)
		return vxe_fail(err, INVALID_VALUE, "snapshot_schedule", value->string);
	if (vm->is_a_template || vm->is_a_snapshot)
		return vxe_fail(err, VM_IS_TEMPLATE, vm->r.uuid);
	return 0;
}

/* The check runs in a transaction, in which libvirt is not asked: then the record's state has to do. */
static int fail_not_suspended(struct session *s, const struct vm *vm, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error unseen = { 0 };
	enum power_state now = (enum power_state)vm->power_state;

	if ((!vm_is_here(s, vm) || session_tells(s->here, vm->r.uuid)) &&
		vm_power_state(s, vm, &now, &unseen) < 0)
		now = (enum power_state)vm->power_state;
	return vxe_fail(err, VM_BAD_POWER_STATE, vm->r.uuid,
		enum_print(&power_state_table, POWER_SUSPENDED),
		enum_print(&power_state_table, now));
}

/* *ret: the layer of the VDI, owned; NULL: it has none, or is gone. */
static int layer_of(struct session *s, const char *uuid, char **ret, struct vxe_error *err)
{
	const struct class *disks = class_by_id(CLASS_VDI);
	void *vdi = NULL;

	*ret = NULL;
	if (uuid && record_find(s->read_txn, disks, uuid, &vdi, err) < 0)
		return -1;
	*ret = vdi ? xstrdup_null(((const struct vdi *)vdi)->node) : NULL;
	record_free(disks, vdi);
	return 0;
}

int vm_check_suspend_vdi(
	struct session *s, const void *obj, const struct value *value, struct vxe_error *err)
{
	_cleanup_free_ char *image = NULL, *given = NULL;
	const struct vm *vm = obj;

	if (vm->power_state != POWER_SUSPENDED)
		return fail_not_suspended(s, vm, err);
	if (str_eq(value->string, vm->suspend_vdi))
		return 0;
	if (layer_of(s, vm->suspend_vdi, &image, err) < 0 ||
		layer_of(s, value->string, &given, err) < 0)
		return -1;
	if (image && str_eq(given, image))
		return 0;
	return vxe_fail(err, SUSPEND_VDI_REPLACEMENT_IS_NOT_IDENTICAL,
		vm->suspend_vdi ? vm->suspend_vdi : "", value->string ? value->string : "");
}

int vm_check_vcpus(
	struct session *s, const void *obj, const struct value *value, struct vxe_error *err)
{
	(void)s, (void)obj;
	return check_positive("VCPUs", 1, INT32_MAX, value, err);
}

int vm_check_crash(
	struct session *s, const void *obj, const struct value *value, struct vxe_error *err)
{
	(void)obj;
	if (s->wishes->as_xe || value->integer != CRASH_RENAME_RESTART)
		return 0;
	return vxe_fail(err, INVALID_VALUE, "actions_after_crash",
		"rename_restart: libvirt cannot do it with QEMU");
}

int vm_check_memory(
	struct session *s, const void *obj, const struct value *value, struct vxe_error *err)
{
	(void)s, (void)obj;
	return check_positive("memory", 0, INT64_MAX, value, err);
}

static bool same_key(const struct map *a, const struct map *b, const char *key)
{
	const char *x = map_get(a, key), *y = map_get(b, key);

	return x && y ? str_eq(x, y) : x == y;
}

/* Refuses a platform:cores-per-socket that does not divide the number of VCPUs. */
static int check_cores(const struct vm *from, const struct vm *to, struct vxe_error *err)
{
	static const char key[] = "cores-per-socket";
	const char *text = map_get(&to->platform, key);
	int cores = vm_cores_per_socket(to);

	if (!text ||
		(same_key(&from->platform, &to->platform, key) && from->vcpus_max == to->vcpus_max))
		return 0;
	if (cores > 0 && to->vcpus_max % cores == 0)
		return 0;
	return vxe_fail(err, INVALID_VALUE, "platform:cores-per-socket", text);
}

/* Refuses a platform:timeoffset that is not a number of seconds. If the user wants xe's behaviour, any text passes. */
static int check_timeoffset(
	const struct session *s, const struct vm *from, const struct vm *to, struct vxe_error *err)
{
	const char *text = map_get(&to->platform, VM_TIMEOFFSET);
	int64_t seconds;

	if (s->wishes->as_xe || !text || same_key(&from->platform, &to->platform, VM_TIMEOFFSET) ||
		vm_timeoffset(text, &seconds))
		return 0;
	return vxe_fail(err, INVALID_VALUE, "platform:" VM_TIMEOFFSET, text);
}

static int check_firmware(const struct vm *from, const struct vm *to, struct vxe_error *err)
{
	const char *word = map_get(&to->hvm_boot_params, "firmware");

	if (!word || same_key(&from->hvm_boot_params, &to->hvm_boot_params, "firmware") ||
		str_eq(word, "bios") || str_eq(word, "uefi"))
		return 0;
	return vxe_fail(err, INVALID_VALUE, "HVM_boot_params:firmware", word);
}

/*
 * True if a change of a VM's record has to reach libvirt: the VM has a domain and the change touches its definition, or
 * the VM becomes a template or ceases to be one. (Templates, snapshots and the control domain have no domain.)
 */
bool vm_in_domain(const void *before, const void *after, unsigned touched)
{
	const struct vm *from = before, *to = after;

	if (from->is_a_template != to->is_a_template)
		return true;
	return (touched & F_DOMAIN || vm_autostarts(from) != vm_autostarts(to)) &&
		(vm_has_domain(from) || vm_has_domain(to));
}

int vm_check_change(struct session *s, const void *before, const void *after, struct vxe_error *err)
{
	const struct vm *from = before, *to = after;

	if (check_cores(from, to, err) < 0 || check_timeoffset(s, from, to, err) < 0 ||
		check_firmware(from, to, err) < 0)
		return -1;
	if ((from->memory_static_max != to->memory_static_max ||
		    from->memory_dynamic_max != to->memory_dynamic_max ||
		    from->memory_dynamic_min != to->memory_dynamic_min ||
		    from->memory_static_min != to->memory_static_min) &&
		(to->memory_static_min > to->memory_dynamic_min ||
			to->memory_dynamic_min > to->memory_dynamic_max ||
			to->memory_dynamic_max > to->memory_static_max))
		return vxe_fail(err, MEMORY_CONSTRAINT_VIOLATION_ORDER);
	if ((from->vcpus_max != to->vcpus_max || from->vcpus_at_startup != to->vcpus_at_startup) &&
		to->vcpus_at_startup > to->vcpus_max) {
		_cleanup_free_ char *text = xasprintf("%" PRId64, to->vcpus_at_startup);

		return vxe_fail(err, INVALID_VALUE, "VCPUs_at_startup", text);
	}
	return 0;
}

void vm_defaults(void *obj)
{
	struct vm *vm = obj;

	vm->vcpus_max = vm->vcpus_at_startup = 1;
	vm->actions_after_reboot = EXIT_RESTART;
	vm->hvm_shadow_multiplier = 1;
	str_replace(&vm->generation_id, "0:0");
}

/*
 * Keeps other-config:default_template, by which old tools recognize a default template and have it removed, and the
 * field is-default-template as one.
 */
void vm_adjust(const void *before, void *after)
{
	const struct vm *from = before;
	struct vm *to = after;
	const char *was = map_get(&from->other_config, "default_template");
	const char *is = map_get(&to->other_config, "default_template");

	if (from->is_default_template != to->is_default_template)
		map_set(&to->other_config, "default_template",
			to->is_default_template ? "true" : "false");
	else if (from->is_a_template && !str_eq(was, is))
		to->is_default_template = str_eq(is, "true");
	if (to->is_default_template)
		to->is_a_template = true;
}
