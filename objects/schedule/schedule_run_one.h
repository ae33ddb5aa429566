/* SPDX-License-Identifier: MIT */
/* The run of one schedule: its slot, the snapshots of its VMs, and what it deletes. */
#pragma once

#include "objects/schedule/schedule_run.h"

/* Under the lock of the one that runs schedules; otherwise as schedule_run(). @v is changed and saved. */
int schedule_run_one(struct session *s, const struct schedule_args *args, struct vmss *v,
	struct strv *made, struct vxe_error *err) _must_check_;
