/* SPDX-License-Identifier: MIT */
/* What vm-snapshot and vm-checkpoint share: the plan, and the steps around the switch. */
#pragma once

#include "objects/engine/op.h"
#include "objects/vm/vm_ops.h"

struct snapshot_wish {
	const char *vm;
	const struct vm_snapshot_args *args;
	char *uuid;	 /* of the snapshot */
	bool checkpoint; /* with memory, where there is some */
};

/* The plan_fn of both; @ctx is a struct snapshot_wish. */
int snapshot_plan(struct session *s, void *ctx, struct plan *p, struct vxe_error *err) _must_check_;

/* Takes or gives back write bits before the definition; only of a VM that does not run. */
int step_freeze_halted(struct op *op, struct vxe_error *err);
int step_thaw_halted(struct op *op, struct vxe_error *err);
/* The commit point: the running guest's switch, with its memory where the plan has an image; or the
 * definition of a halted one. */
int step_switch(struct op *op, struct vxe_error *err);
int step_switch_back(struct op *op, struct vxe_error *err);
/* What was switched away from loses its write bits, and what others have left below it. */
int step_freeze_switched(struct op *op, struct vxe_error *err);
int step_redefine(struct op *op, struct vxe_error *err);

extern const struct op_type vm_snapshot_op;
