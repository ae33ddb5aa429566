/* SPDX-License-Identifier: MIT */
/* Facts about a schedule: its VMs, its next runs, its snapshots. */
#pragma once

#include "objects/classes/vm/vmss.h"
#include "objects/session/session.h"

/*
 * The name of this host's time zone, for a schedule that hosts with other zones may run; "" if it has none. Borrowed; valid as
 * long as the session.
 */
const char *schedule_zone_here(struct session *s);
/* Computes the times of the schedule's next runs, at most @count; returns how many there are. */
size_t schedule_next_runs(
	const struct session *s, const struct vmss *v, int64_t *ret, size_t count);

/* The UUIDs of the VMs that the schedule is for, sorted. */
int schedule_members(struct session *s, const struct vmss *v, struct strv *ret,
	struct vxe_error *err) _must_check_;
/* The name of a snapshot of the VM called @vm at the time @at, by the schedule's template; owned. */
char *schedule_snapshot_name(
	const struct session *s, const struct vmss *v, const char *vm, int64_t at);

/* A snapshot that the schedule has taken, and whether it would be deleted. */
struct schedule_item {
	char *uuid, *name;
	int64_t at;
	bool stays;
	/* the snapshot has a time in the future: it is kept, and the rules do not count it */
	bool ahead;
	/* the snapshot must not be deleted: VMs or templates were made of it, or this run has taken it */
	bool needed;
};
struct schedule_items {
	size_t n;
	struct schedule_item *items;
};
void schedule_items_clear(struct schedule_items *i);
#define _cleanup_items_ _cleanup_(schedule_items_clear)
/*
 * The snapshots of a VM that the schedule has taken, from the oldest to the newest, with what the schedule would do
 * with each. @now: decided as if one more snapshot were taken at that time; 0: for those that there are.
 */
int schedule_items(struct session *s, const struct vmss *v, const char *vm, int64_t now,
	struct schedule_items *ret, struct vxe_error *err) _must_check_;
