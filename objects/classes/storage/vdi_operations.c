/* SPDX-License-Identifier: MIT */
/* The table of operations on disks. */
#include "objects/classes/storage/vdi_operations.h"

#include "objects/base/file_key.h"
#include "objects/classes/storage/node_names.h"
#include "objects/classes/storage/pbd.h"
#include "objects/classes/storage/sr_operations.h"
#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vm.h"
#include "objects/classes/vm/vm_power.h"

#include <assert.h>

enum need {
	UNSHARED = 1 << 0,  /* its file is no raw one that several VMs may write to */
	LAYER = 1 << 1,	    /* its content is a layer that vxe can put layers on */
	OWN_FILE = 1 << 2,  /* the SR's images are vxe's to remove */
	READ = 1 << 3,	    /* no guest writes to it meanwhile */
	IDLE = 1 << 4,	    /* no VM that is not halted has it */
	LIVE = 1 << 5,	    /* at most one VM that runs has it, and no suspended one */
	WRITABLE = 1 << 6,  /* its content may change */
	OWN_LAYER = 1 << 7, /* its layer is not a file below an image of the user's */
};

/* In xe's order. */
static const struct operation {
	const char *name;
	unsigned needs;
} operations[] = {
	{ "clone", UNSHARED | LAYER },
	{ "copy", READ },
	{ "snapshot", UNSHARED | LAYER },
	{ "resize", LAYER | OWN_LAYER | IDLE | WRITABLE },
	{ "resize_online", LAYER | OWN_LAYER | LIVE | WRITABLE },
	{ "destroy", OWN_FILE | IDLE },
	{ "forget", IDLE },
};

static const struct operation *operation_named(const char *name)
{
	const struct operation *op =
		row_named(operations, ARRAY_LEN(operations), sizeof(*operations), name);

	assert(op);
	return op;
}

static bool has_layer(const struct vdi_facts *f, unsigned needs)
{
	const struct node *n = f->node;

	if (!n || !f->path || n->kind != NODE_DISK || str_is_empty(n->format))
		return false;
	return !(needs & OWN_LAYER) || n->origin != NODE_ADOPTED_BASE;
}

static bool is_in_use(const struct vdi_facts *f, unsigned needs)
{
	bool frozen = !f->node || f->node->state == NODE_FROZEN || f->vdi->read_only;

	if (needs & READ)
		return !frozen && f->running;
	if (needs & LIVE)
		return f->suspended || f->running > 1;
	return needs & IDLE && (f->suspended || f->running);
}

static int check_row(const struct vdi_facts *f, const struct operation *op, struct vxe_error *err)
{
	const char *uuid = f->vdi->r.uuid;

	if (!f->vdi->managed)
		return vdi_fail_unmanaged(f->vdi, NULL, err);
	if (f->sr && f->detached)
		return vxe_fail(err, SR_NOT_ATTACHED, f->sr->r.uuid);
	if (op->needs & UNSHARED && f->vdi->sharable)
		return vxe_fail(err, VDI_IS_SHARABLE, uuid);
	if (op->needs & LAYER && !has_layer(f, op->needs))
		return vdi_fail_unmanaged(f->vdi, NULL, err);
	if (op->needs & OWN_FILE && f->sr && !sr_holds(f->sr, "VDI.destroy"))
		return sr_content(f->sr) == SR_DEVICES
			? vxe_fail(err, VDI_IS_A_PHYSICAL_DEVICE, uuid)
			: vxe_fail(err, SR_OPERATION_NOT_SUPPORTED, f->sr->r.uuid);
	if (is_in_use(f, op->needs))
		return vxe_fail(err, VDI_IN_USE, uuid, op->needs & LIVE ? "resize" : op->name);
	if (!(op->needs & WRITABLE))
		return 0;
	if (f->vdi->read_only || f->node->state != NODE_WRITABLE)
		return vxe_fail(err, VDI_READONLY, uuid);
	return file_is_device(f->path) ? vxe_fail(err, VDI_IS_A_PHYSICAL_DEVICE, uuid) : 0;
}

int vdi_check_operation(const struct vdi_facts *f, const char *operation, struct vxe_error *err)
{
	return check_row(f, operation_named(operation), err);
}

/* ---- the field ------------------------------------------------------------------------------- */

/* Counts the VMs that run, and finds out whether one is suspended, among those that have the disk. */
static int look_at_users(struct session *s, struct vdi_facts *f, struct vxe_error *err)
{
	_cleanup_records_ struct records vbds = { 0 };

	if (records_load(s->read_txn, class_by_id(CLASS_VBD), "vdi", f->vdi->r.uuid, &vbds, err) <
		0)
		return -1;
	for (size_t i = 0; i < vbds.n; i++) {
		_cleanup_(vm_free_cleanup) struct vm *vm = NULL;
		enum power_state state = POWER_HALTED;

		if (vm_find(s->read_txn, ((const struct vbd *)vbds.items[i])->vm, &vm, err) < 0)
			return -1;
		if (vm && !vm->is_a_template && vm_power_state(s, vm, &state, err) < 0)
			return -1;
		f->running += state == POWER_RUNNING || state == POWER_PAUSED;
		f->suspended |= state == POWER_SUSPENDED;
	}
	return 0;
}

int vdi_get_allowed(struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *node = NULL;
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;
	_cleanup_free_ char *path = NULL;
	struct vdi_facts f = { .vdi = obj };

	if (!f.vdi->managed)
		return 0;
	if ((f.vdi->sr && sr_find(s->read_txn, f.vdi->sr, &sr, err) < 0) ||
		(f.vdi->node && node_find(s->read_txn, f.vdi->node, &node, err) < 0) ||
		(node && node_path(s->read_txn, node, &path, err) < 0) ||
		look_at_users(s, &f, err) < 0)
		return -1;
	int plugged = sr ? sr_is_plugged(s, s->read_txn, sr, err) : 1;

	if (plugged < 0)
		return -1;
	f.node = node;
	f.sr = sr;
	f.path = path;
	f.detached = !plugged;
	/* A memory image is one of a VM or checkpoint: which one only a look at all VMs would tell. */
	f.suspended |= node && node->kind == NODE_MEMORY;
	for (size_t i = 0; i < ARRAY_LEN(operations); i++) {
		_cleanup_error_ struct vxe_error why = { 0 };

		if (check_row(&f, &operations[i], &why) == 0)
			strv_add(&ret->list, operations[i].name);
	}
	return 0;
}
