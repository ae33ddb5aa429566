/* SPDX-License-Identifier: MIT */
/* Runs one schedule that is due: takes the snapshots of its VMs, and deletes old ones. */
#pragma once

#include "objects/schedule/schedule_run.h"

/* As schedule_run(), for one schedule, when the caller holds the lock of schedule runs. @v is changed and saved. */
int schedule_run_one(struct session *s, const struct schedule_args *args, struct vmss *v,
	struct strv *made, struct vxe_error *err) _must_check_;
/*
 * Takes the snapshot of @args->vm of the due time @args->slot, for another process, which runs the schedule, holds the lock of
 * schedule runs and waits. If a run that was killed has taken it, *made gets that one: only the VM's host can put it on record.
 */
int schedule_take_slot(struct session *s, const struct schedule_args *args, struct vmss *v,
	struct strv *made, struct vxe_error *err) _must_check_;
