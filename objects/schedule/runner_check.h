/* SPDX-License-Identifier: MIT */
/*
 * Warns the user if nothing calls vmss-run regularly: the snapshots of schedules are then never taken, and the
 * backups do not exist.
 */
#pragma once

#include "objects/session/session.h"

/*
 * Tells the user, when called as `vxe`, that nothing runs the schedule @schedule (NULL: each one that is enabled),
 * and what to do. Silent if a call of 'vmss-run --due' for this store was seen in the last minutes, or if systemd
 * says that the timer is active. systemctl gets at most five seconds to answer; where there is no systemctl, no timer
 * is active.
 */
void schedule_tell_unwatched(struct session *s, const char *schedule);
/* True unless schedule_tell_unwatched() would say that nothing runs the schedules that are enabled. */
bool schedule_is_run(struct session *s);
/* Tells the user, when called as `vxe`, which enabled schedules have no VMs. */
void schedule_tell_empty(struct session *s);
/* After a change of a VM: tells the user, when called as `vxe`, if that was the last VM of an enabled schedule. */
int schedule_check_left(struct session *s, const void *before, const void *after,
	struct vxe_error *err) _must_check_;
