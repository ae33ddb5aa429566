/* SPDX-License-Identifier: MIT */
/*
 * vm-reboot: stops and starts the VM in one recoverable operation. As in xe, the domain is built anew, so changes of
 * its definition take effect. If vxe dies in between, recovery starts the VM, but does not stop it again.
 */
#include "objects/base/log.h"
#include "objects/classes/vm/vm_operations.h"
#include "objects/domain/vm_load.h"
#include "objects/domain/vm_networks.h"
#include "objects/engine/message.h"
#include "objects/engine/op.h"
#include "objects/classes/storage/chain_depth.h"
#include "objects/vm/vm_lifecycle.h"
#include "objects/vm/vm_ops.h"

static int stop(struct op *op, struct vxe_error *err)
{
	struct hv *hv;

	if (session_hv(op->s->here, &hv, err) < 0)
		return -1;
	if (plan_bool(&op->plan, "force"))
		return hv_destroy(hv, op->plan.domain, err);
	if (hv_shutdown(hv, op->plan.domain, err) < 0)
		return -1;
	return vm_wait_halted(op->s, op, op->plan.domain, err);
}

static int start_if_down(struct op *op, struct vxe_error *err)
{
	struct hv *hv;
	bool up;

	if (session_hv(op->s->here, &hv, err) < 0 || hv_is_up(hv, op->plan.domain, &up, err) < 0)
		return -1;
	if (up)
		return 0;
	return networks_start(op, err) < 0 ? -1 : hv_start(hv, op->plan.domain, 0, err);
}

/*
 * Starts the VM again. If that fails the VM stays Halted and the operation ends, so that the user can act; an
 * unfinished operation would only block the VM.
 */
static int start_again(struct op *op, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error failed = { 0 };

	(void)err;
	if (start_if_down(op, &failed) < 0)
		log_warn("vm-reboot: the VM could not be started again: %s",
			failed.n_params ? failed.params[failed.n_params - 1] : "");
	return 0;
}

static const struct plan_member reboot_members[] = {
	{ "force", PLAN_BOOL, "stop the guest without its help" },
	{ 0 },
};
static const struct step reboot_steps[] = {
	{ "stop", DO(stop, start_again), false },
	{ "start", DO(start_if_down, NULL), true },
	{ 0 },
};

const struct op_type vm_reboot_op = { "vm-reboot", "clean_reboot", reboot_steps,
	PLAN_MEMBERS(network_members, reboot_members), NULL };

struct reboot_wish {
	const char *vm;
	bool force;
};

/* Refuses to reboot a VM whose disks have too many layers: it could be stopped, but not started again. */
static int check_depth(struct session *s, const struct vm_loaded *l, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0)
		return -1;
	return depth_check_vm(s, t, l->vm->r.uuid, err);
}

static int plan_reboot(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	const struct reboot_wish *w = ctx;
	_cleanup_loaded_ struct vm_loaded *l = NULL;

	locks_add(&p->locks, LOCK_RECORD, w->vm, LEASE_EXCLUSIVE);
	if (p->draft)
		return 0;
	if (vm_load(s, w->vm, VM_LOAD_ACT, &l, err) < 0 ||
		vm_check_operation(s, l->vm, w->force ? "hard_reboot" : "clean_reboot", err) < 0 ||
		vm_check_disks(s, l, err) < 0 || check_depth(s, l, err) < 0 ||
		vm_plan_networks(s, l, p, err) < 0)
		return -1;
	p->object = xstrdup(w->vm);
	p->domain = xstrdup(w->vm);
	p->commit = COMMIT_REPEAT;
	if (w->force)
		plan_keep_bool(p, "force", true);
	plan_set_now(p, &vm_class, w->vm, "start-time");
	plan_message(p, MESSAGE_VM_REBOOTED, l->vm);
	return 0;
}

int vm_reboot(struct session *s, const char *uuid, bool force, struct vxe_error *err)
{
	struct reboot_wish w = { uuid, force };

	if (force && op_cancel_running(s, uuid, NULL, err) < 0)
		return -1;
	struct wishes ends = *s->wishes;

	ends.stops = force ? uuid : NULL;
	const struct wishes *before = session_wish(s, &ends);

	s->reports.stopped = false;
	int r = force ? guest_stop_held(s, uuid, err) : 0;

	if (r == 0)
		r = op_run(s, &vm_reboot_op, plan_reboot, &w, NULL, err);
	session_wish(s, before);
	if (r == 0 || !s->reports.stopped || err->code != VM_BAD_POWER_STATE)
		return r;
	/* the recovery of what a dead vxe had begun has ended the guest */
	error_clear(err);
	return vm_start(s, uuid, 0, err);
}
