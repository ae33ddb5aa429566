/* SPDX-License-Identifier: MIT */
/* Messages about schedules. */
#pragma once

#include "objects/classes/vm/vmss.h"
#include "objects/session/session.h"

/* Names of messages, as xe has them. */
#define SCHEDULE_MISSED "VMSS_SNAPSHOT_MISSED_EVENT"
#define SCHEDULE_FAILED "VMSS_SNAPSHOT_FAILED"
#define SCHEDULE_LOCK_FAILED "VMSS_SNAPSHOT_LOCK_FAILED"

/* Leaves a message (message-list) about the VM, or with @vm NULL about the schedule itself; a dry run leaves none. */
void schedule_tell(struct session *s, const struct vmss *v, const char *vm, const char *name,
	const char *text);
/* As schedule_tell(), unless there is a message with the same text. */
void schedule_tell_once(struct session *s, const struct vmss *v, const char *vm, const char *name,
	const char *text);
