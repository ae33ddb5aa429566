/* SPDX-License-Identifier: MIT */
/*
 * vm-reset-powerstate and snapshot-reset-powerstate: a Suspended VM or checkpoint becomes Halted.
 * xe keeps the memory image, although its VM can no longer be resumed; vxe deletes it.
 */
#include "objects/classes/vm/vm_memory.h"
#include "objects/domain/vm_load.h"
#include "objects/engine/op.h"
#include "objects/engine/op_recover.h"
#include "objects/disks/disks.h"
#include "objects/model/enums.h"
#include "objects/model/trial_run.h"
#include "objects/vm/vm_destroy.h"
#include "objects/vm/vm_lifecycle.h"
#include "objects/vm/vm_ops.h"

/* ---- vm-reset-powerstate --------------------------------------------------------------------- */

static int refuse_running(struct session *s, const char *uuid, struct vxe_error *err)
{
	_cleanup_hv_domain_ struct hv_domain d = { 0 };
	struct hv *hv;

	if (session_hv(s->here, &hv, err) < 0 || hv_find(hv, uuid, &d, err) < 0)
		return -1;
	if (!d.uuid || !hv_is_active(d.state))
		return 0;
	_cleanup_free_ char *id = xasprintf("%d", d.id);
	return vxe_fail(err, DOMAIN_EXISTS, uuid, id);
}

int vm_reset_powerstate(struct session *s, const char *uuid, struct vxe_error *err)
{
	_cleanup_loaded_ struct vm_loaded *l = NULL;

	if (vm_load(s, uuid, 0, &l, err) < 0)
		return -1;
	if (l->vm->is_control_domain)
		return vxe_fail(err, CANNOT_RESET_CONTROL_DOMAIN, uuid);
	if (refuse_running(s, uuid, err) < 0)
		return -1;
	if (vm_power(l) == POWER_SUSPENDED)
		return vm_shutdown(s, uuid, true, err);
	/*
	 * libvirt already reports any VM that is not Suspended as off, so only operations of a dead vxe are recovered.
	 */
	if (op_recover_object(s, uuid, err) < 0)
		return -1;
	return s->wishes->dry_run ? rehearsal_end(s, &(struct rehearsal){ 0 }, err) : 0;
}

/* ---- snapshot-reset-powerstate --------------------------------------------------------------- */

static const struct step reset_steps[] = {
	{ 0 },
};

const struct op_type snapshot_reset_op = { "snapshot-reset-powerstate", NULL, reset_steps, NULL,
	NULL };

struct reset_wish {
	const char *snapshot;
};

static int plan_image_end(struct txn *t, const struct vm *vm, struct plan *p, struct strv *released,
	struct vxe_error *err)
{
	_cleanup_(vdi_free_cleanup) struct vdi *image = NULL;

	if (!vm->suspend_vdi)
		return 0;
	if (vm_memory_ending(t, vm, NULL, &image, err) < 0)
		return -1;
	plan_set_string(p, &vm_class, vm->r.uuid, "suspend-VDI-uuid", NULL);
	if (!image)
		return 0;
	plan_del(p, &vdi_class, image->r.uuid);
	if (!image->node)
		return 0;
	plan_touch_node(p, image->node);
	strv_add(released, image->node);
	return locks_add_chain(&p->locks, t, image->node, err);
}

static int plan_reset(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	struct reset_wish *w = ctx;
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;

	locks_add(&p->locks, LOCK_RECORD, w->snapshot, LEASE_EXCLUSIVE);
	if (p->draft)
		return 0;
	if (txn_begin(s->store, TXN_READ, &t, err) < 0 || vm_get(t, w->snapshot, &vm, err) < 0)
		return -1;
	p->object = xstrdup(w->snapshot);
	p->commit = COMMIT_STORE;
	plan_set_string(p, &vm_class, w->snapshot, "power_state",
		enum_stored(&power_state_table, POWER_HALTED));
	if (plan_image_end(t, vm, p, &p->freed, err) < 0)
		return -1;
	return 0;
}

int snapshot_reset_powerstate(struct session *s, const char *uuid, struct vxe_error *err)
{
	struct reset_wish w = { .snapshot = uuid };

	if (snapshot_check(s, uuid, err) < 0)
		return -1;
	return op_run_freeing(s, &snapshot_reset_op, plan_reset, &w, NULL, err);
}
