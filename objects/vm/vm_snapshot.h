/* SPDX-License-Identifier: MIT */
/* What vm-snapshot and vm-checkpoint share: the plan, and the steps around the switch. */
#pragma once

#include "objects/engine/plan.h"
#include "objects/vm/vm_ops.h"

struct snapshot_wish {
	const char *vm;
	const struct vm_snapshot_args *args;
	char *uuid;	 /* of the snapshot */
	bool checkpoint; /* with memory, where there is some */
};

/* The plan_fn of both; @ctx is a struct snapshot_wish. */
int snapshot_plan(struct session *s, void *ctx, struct plan *p, struct vxe_error *err) _must_check_;
