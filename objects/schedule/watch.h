/* SPDX-License-Identifier: MIT */
/* Whether anything runs schedules: a schedule that nothing runs is a backup that does not exist. */
#pragma once

#include "objects/session/session.h"

/*
 * Says, as `vxe`, that nothing runs the schedule (NULL: each one that is enabled), and what to do. Silent if a run --due
 * of this store was seen in the last minutes, or if systemd says that the timer is active. systemctl is asked for at
 * most five seconds; where there is none, no timer is active.
 */
void schedule_tell_unwatched(struct session *s, const char *schedule);
