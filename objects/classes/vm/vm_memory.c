/* SPDX-License-Identifier: MIT */
/* The memory image that a VM or checkpoint names: whether it is one, and whether it goes with the VM. */
#include "objects/classes/vm/vm_memory.h"

#include "objects/classes/storage/node.h"
#include "objects/classes/vm/vbd.h"

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
