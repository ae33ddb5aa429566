/* SPDX-License-Identifier: MIT */
/* vm-pause and vm-unpause: stop and continue the guest's CPUs. */
#include "objects/classes/vm/vm_operations.h"
#include "objects/disks/disks.h"
#include "objects/domain/vm_load.h"
#include "objects/engine/op.h"
#include "objects/vm/vm_ops.h"

static int pause_cpus(struct op *op, struct vxe_error *err)
{
	struct hv *hv;

	return session_hv(op->s->here, &hv, err) < 0 ? -1 : hv_pause(hv, op->plan.domain, err);
}

static const struct step pause_steps[] = {
	{ "pause", DO(pause_cpus, NULL), true },
	{ 0 },
};
static const struct step unpause_steps[] = {
	{ "unpause", DISK(UNPAUSE), true },
	{ 0 },
};

/* vm-pause and vm-unpause need no recovery: the user sees by the power state whether libvirt's call has succeeded. */
const struct op_type vm_pause_op = { "vm-pause", "pause", pause_steps, NULL, NULL };
const struct op_type vm_unpause_op = { "vm-unpause", "unpause", unpause_steps, NULL, NULL };

struct cpu_wish {
	const char *vm;
	const struct op_type *type;
};

static int plan_cpus(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	const struct cpu_wish *w = ctx;
	_cleanup_loaded_ struct vm_loaded *l = NULL;

	locks_add(&p->locks, LOCK_RECORD, w->vm, LEASE_EXCLUSIVE);
	if (p->draft)
		return 0;
	if (vm_load(s, w->vm, VM_LOAD_ACT, &l, err) < 0 ||
		vm_check_operation(s, l->vm, w->type->operation, err) < 0)
		return -1;
	p->object = xstrdup(w->vm);
	p->domain = xstrdup(w->vm);
	p->commit = COMMIT_REPEAT;
	return 0;
}

static int run_pause(
	struct session *s, const char *uuid, const struct op_type *type, struct vxe_error *err)
{
	struct cpu_wish w = { uuid, type };

	return op_run(s, type, plan_cpus, &w, NULL, err);
}

int vm_pause(struct session *s, const char *uuid, struct vxe_error *err)
{
	return run_pause(s, uuid, &vm_pause_op, err);
}

int vm_unpause(struct session *s, const char *uuid, struct vxe_error *err)
{
	return run_pause(s, uuid, &vm_unpause_op, err);
}
