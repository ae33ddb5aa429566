/* SPDX-License-Identifier: MIT */
/* The memory image that a VM or checkpoint names: whether it is one, and whether it goes with the VM. */
#include "objects/classes/vm/vm_memory.h"

#include "objects/classes/storage/node.h"
#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vm_power.h"
#include "objects/model/enums.h"

/* ---- what it names --------------------------------------------------------------------------- */

/* Without a layer the VDI is only a name: of a memory image whose file libvirt has removed. */
static int is_memory(struct txn *t, const struct vdi *vdi, bool *ret, struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *node = NULL;

	if (vdi->node && node_find(t, vdi->node, &node, err) < 0)
		return -1;
	*ret = node ? node->kind == NODE_MEMORY
		    : vdi->type == VDI_SUSPEND && str_is_empty(vdi->file);
	return 0;
}

int vm_memory_find(struct txn *t, const struct vm *vm, struct vdi **ret, struct vxe_error *err)
{
	_cleanup_(vdi_free_cleanup) struct vdi *image = NULL;
	bool memory = false;

	*ret = NULL;
	if (vm->suspend_vdi && vdi_find(t, vm->suspend_vdi, &image, err) < 0)
		return -1;
	if (image && is_memory(t, image, &memory, err) < 0)
		return -1;
	if (memory)
		*ret = TAKE(image);
	return 0;
}

int memory_user(struct txn *t, const char *vdi, const struct strv *except, struct vm **ret,
	struct vxe_error *err)
{
	_cleanup_records_ struct records vms = { 0 };

	*ret = NULL;
	if (records_load(t, &vm_class, "suspend_VDI", vdi, &vms, err) < 0)
		return -1;
	for (size_t i = 0; i < vms.n && !*ret; i++) {
		const struct vm *vm = vms.items[i];

		if (vm->power_state == POWER_SUSPENDED && !(except && strv_has(except, vm->r.uuid)))
			*ret = record_copy(&vm_class, vm);
	}
	return 0;
}

int vm_memory_ending(struct txn *t, const struct vm *vm, const struct strv *ending,
	struct vdi **ret, struct vxe_error *err)
{
	_cleanup_(vdi_free_cleanup) struct vdi *image = NULL;
	_cleanup_(vm_free_cleanup) struct vm *other = NULL;
	_cleanup_records_ struct records vbds = { 0 };
	_cleanup_strv_ struct strv except = { 0 };

	*ret = NULL;
	if (vm_memory_find(t, vm, &image, err) < 0)
		return -1;
	if (!image)
		return 0;
	if (ending)
		strv_copy(&except, ending);
	strv_add(&except, vm->r.uuid);
	if (memory_user(t, image->r.uuid, &except, &other, err) < 0 ||
		records_load(t, &vbd_class, "vdi_uuid", image->r.uuid, &vbds, err) < 0)
		return -1;
	if (!other && !vbds.n)
		*ret = TAKE(image);
	return 0;
}

int memory_check_unused(
	struct txn *t, const char *vdi, const char *operation, struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;

	if (memory_user(t, vdi, NULL, &vm, err) < 0)
		return -1;
	if (!vm)
		return 0;
	(void)vxe_fail(err, VDI_IN_USE, vdi, operation);
	error_note(err, "it is the memory of the %s %s (%s)",
		vm->is_a_snapshot ? "checkpoint" : "suspended VM", vm->r.uuid, vm->name_label);
	return -1;
}

/* ---- setting it ------------------------------------------------------------------------------ */

/* The check runs in a transaction, in which libvirt is not asked: then the record's state has to do. */
static int fail_state(struct session *s, const struct vm *vm, struct vxe_error *err)
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

int vm_check_suspend_vdi(
	struct session *s, const void *obj, const struct value *value, struct vxe_error *err)
{
	_cleanup_(vdi_free_cleanup) struct vdi *image = NULL, *given = NULL;
	const struct vm *vm = obj;

	if (vm->power_state != POWER_SUSPENDED)
		return fail_state(s, vm, err);
	if (str_eq(value->string, vm->suspend_vdi))
		return 0;
	if (vm_memory_find(s->read_txn, vm, &image, err) < 0 ||
		(value->string && vdi_find(s->read_txn, value->string, &given, err) < 0))
		return -1;
	if (image && image->node && given && str_eq(given->node, image->node))
		return 0;
	return vxe_fail(err, SUSPEND_VDI_REPLACEMENT_IS_NOT_IDENTICAL,
		vm->suspend_vdi ? vm->suspend_vdi : "", value->string ? value->string : "");
}
