/* SPDX-License-Identifier: MIT */
/* Warns if nothing runs schedules: such a schedule is a backup that does not exist. */
#pragma once

#include "objects/session/session.h"

/*
 * Says, as `vxe`, that nothing runs the schedule (NULL: each one that is enabled), and what to do. Silent if a run --due
 * of this store was seen in the last minutes, or if systemd says that the timer is active. systemctl is asked for at
 * most five seconds; where there is none, no timer is active.
 */
void schedule_tell_unwatched(struct session *s, const char *schedule);
/* As `vxe`: names the enabled schedules that are for no VM. */
void schedule_tell_empty(struct session *s);
/* After a change of a VM, as `vxe`: says that it was the last VM of an enabled schedule. */
int schedule_check_left(struct session *s, const void *before, const void *after,
	struct vxe_error *err) _must_check_;
