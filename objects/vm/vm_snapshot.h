/* SPDX-License-Identifier: MIT */
/* What vm-snapshot and vm-checkpoint share: the plan, and the steps around the switch. */
#pragma once

#include "objects/engine/plan.h"

struct vm_snapshot_args {
	const char *name_label;
	const char *name_description;	/* NULL: the VM's */
	const struct strv *ignore_vdis; /* may be NULL */
};
/* All disks of the VM at one instant; *ret is the snapshot's UUID. */
int vm_snapshot(struct session *s, const char *uuid, const struct vm_snapshot_args *args,
	char **ret, struct vxe_error *err) _must_check_;

/*
 * The memory, too, of a running VM (while it goes on) or of a Suspended one; a paused one's is not
 * taken. VM_BAD_POWER_STATE when it is halted.
 */
int vm_checkpoint(struct session *s, const char *uuid, const struct vm_snapshot_args *args,
	char **ret, struct vxe_error *err) _must_check_;

struct snapshot_wish {
	const char *vm;
	const struct vm_snapshot_args *args;
	char *uuid;	 /* of the snapshot */
	bool checkpoint; /* with memory, where there is some */
};

/* The plan_fn of both; @ctx is a struct snapshot_wish. */
int snapshot_plan(struct session *s, void *ctx, struct plan *p, struct vxe_error *err) _must_check_;
