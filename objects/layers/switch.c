/* SPDX-License-Identifier: MIT */
/*
 * The switch of a domain's disks to new layers: the running guest's in one call, a halted one's by its
 * definition; what they were before is frozen.
 */
#include "objects/layers/switch.h"

#include "backends/image/image_file.h"
#include "objects/classes/storage/node_names.h"
#include "objects/layers/op_steps.h"
#include "objects/layers/overlay.h"

/*
 * A halted VM's files lose their write bits before the definition names the overlays, so a start
 * in between cannot write into what is being frozen. step_thaw() undoes it, and what was frozen behind the
 * switch of a running one, too: a power cut may take the definition back, and that switch with it.
 */
int step_freeze_halted(struct op *op, struct vxe_error *err)
{
	return op->plan.running ? 0 : step_freeze(op, err);
}

/*
 * Layers of somebody else's below the disk keep their write bits as long as no content with a name
 * depends on them: now it does.
 */
static int freeze_below(struct op *op, const char *node, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_records_ struct records chain = { 0 };

	if (txn_begin(op->s->store, TXN_READ, &t, err) < 0 || node_chain(t, node, &chain, err) < 0)
		return -1;
	for (size_t i = 1; i < chain.n; i++) {
		const struct node *n = chain.items[i];
		_cleanup_free_ char *path = NULL;
		mode_t mode;

		if (n->origin != NODE_ADOPTED_LEAF)
			continue;
		if (node_path(t, n, &path, err) < 0 || image_freeze(path, &mode, err) < 0)
			return -1;
	}
	return 0;
}

int step_freeze_switched(struct op *op, struct vxe_error *err)
{
	if (step_freeze(op, err) < 0)
		return -1;
	for (size_t i = 0; i < op->plan.n_disks; i++)
		if (freeze_below(op, op->plan.disks[i].old_node, err) < 0)
			return -1;
	return 0;
}

static int switch_live(struct op *op, struct hv *hv, struct vxe_error *err)
{
	_cleanup_job_ struct hv_job *job = NULL;
	_cleanup_free_ struct hv_switch *disks = xcalloc(op->plan.n_disks, sizeof(*disks));

	/* A disk that is not plugged is left out by the call: it is in the definition, which follows. */
	for (size_t i = 0; i < op->plan.n_disks; i++)
		disks[i] = (struct hv_switch){ op->plan.disks[i].target, op->plan.disks[i].new_path,
			"qcow2" };
	if (hv_switch_start(hv, op->plan.domain, disks, op->plan.n_disks,
		    plan_extra(&op->plan, "memory-path"), &job, err) < 0)
		return -1;
	return op_wait_job(op, job, err);
}

/* A guest that has gone off since the plan was made is snapshotted as a halted one. */
static int switch_running(struct op *op, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error failed = { 0 };
	bool up = true;
	struct hv *hv;

	if (session_hv(op->s, NULL, &hv, err) < 0)
		return -1;
	if (switch_live(op, hv, &failed) == 0)
		return 0;
	if (failed.code == VXE_HYPERVISOR_FAILED && hv_is_up(hv, op->plan.domain, &up, err) == 0 &&
		!up)
		return vxe_fail(err, VXE_TRY_AGAIN, op->plan.domain);
	error_move(err, &failed); /* the first one counts */
	return -1;
}

int step_switch(struct op *op, struct vxe_error *err)
{
	if (!op->plan.domain || (!op->plan.n_disks && !plan_extra(&op->plan, "memory-path")))
		return 0;
	return op->plan.running ? switch_running(op, err) : step_define(op, err);
}

int step_switch_back(struct op *op, struct vxe_error *err)
{
	if (!op->plan.domain || !op->plan.n_disks || op->plan.running)
		return 0;
	return step_define_before(op, err);
}

/* libvirt's switch leaves stale <backingStore> elements in the inactive XML, which would override
 * the headers at a later start. */
int step_redefine(struct op *op, struct vxe_error *err)
{
	if (!op->plan.domain || !op->plan.n_disks || !op->plan.running)
		return 0;
	return step_define_disks(op, true, err);
}
