/* SPDX-License-Identifier: MIT */
/* Shared by vm-snapshot and vm-checkpoint: the plan, and the steps around the switch. */
#pragma once

#include "objects/engine/plan.h"

struct vm_snapshot_args {
	const char *name_label;
	const char *name_description;	/* NULL: the VM's */
	const struct strv *ignore_vdis; /* may be NULL */
};
/* Captures all disks of the VM at the same instant; *ret is the snapshot's UUID. */
int vm_snapshot(struct session *s, const char *uuid, const struct vm_snapshot_args *args,
	char **ret, struct vxe_error *err) _must_check_;

/*
 * Also captures the memory of a running VM (which continues) or of a Suspended one; not of a paused
 * one. VM_BAD_POWER_STATE when it is halted.
 */
int vm_checkpoint(struct session *s, const char *uuid, const struct vm_snapshot_args *args,
	char **ret, struct vxe_error *err) _must_check_;

struct snapshot_wish {
	const char *vm;
	const struct vm_snapshot_args *args;
	char *uuid;	 /* of the snapshot */
	bool checkpoint; /* with memory, if there is any */
};

extern const struct plan_member snapshot_members[];
/* The plan_fn of both; @ctx is a struct snapshot_wish. */
int snapshot_plan(struct session *s, void *ctx, struct plan *p, struct vxe_error *err) _must_check_;
