/* SPDX-License-Identifier: MIT */
/* The messages of a schedule. */
#pragma once

#include "objects/classes/vm/vmss.h"
#include "objects/session/session.h"

/* The names of xe's messages about schedules. */
#define SCHEDULE_MISSED "VMSS_SNAPSHOT_MISSED_EVENT"
#define SCHEDULE_FAILED "VMSS_SNAPSHOT_FAILED"
#define SCHEDULE_LOCK_FAILED "VMSS_SNAPSHOT_LOCK_FAILED"

/* A message about the VM, or (NULL) the schedule itself. A dry run leaves none. */
void schedule_tell(struct session *s, const struct vmss *v, const char *vm, const char *name,
	const char *text);
/* The same, unless there is one that says the same. */
void schedule_tell_once(struct session *s, const struct vmss *v, const char *vm, const char *name,
	const char *text);
