/* SPDX-License-Identifier: MIT */
/* vmss: a schedule of snapshots; each VM names its schedule. vxe does not run schedules yet. */
#pragma once

#include "objects/model/record.h"

enum vmss_type { VMSS_SNAPSHOT, VMSS_CHECKPOINT, VMSS_SNAPSHOT_WITH_QUIESCE };
enum vmss_frequency { VMSS_DAILY, VMSS_HOURLY, VMSS_WEEKLY };

struct vmss {
	struct record r;
	char *name_label;
	char *name_description;
	bool enabled;
	int type; /* enum vmss_type */
	int64_t retained_snapshots;
	int frequency;	     /* enum vmss_frequency */
	struct map schedule; /* min, hour, days */
	int64_t last_run_time;
};

RECORD_TYPE(vmss)

/*
 * Checks a new schedule: INVALID_VALUE for a wrong key or value. Sets canonical spellings and adds
 * missing values.
 */
int vmss_check(struct vmss *v, struct vxe_error *err) _must_check_;
