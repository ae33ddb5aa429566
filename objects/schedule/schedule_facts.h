/* SPDX-License-Identifier: MIT */
/* What a schedule is for and when: its VMs, its next runs, its snapshots. */
#pragma once

#include "objects/classes/vm/vmss.h"
#include "objects/session/session.h"

/* The times of the next @count runs; returns how many there are. */
size_t schedule_next_runs(
	const struct session *s, const struct vmss *v, int64_t *ret, size_t count);

/* The VMs that the schedule is for, by UUID, sorted. */
int schedule_members(struct session *s, const struct vmss *v, struct strv *ret,
	struct vxe_error *err) _must_check_;
/* The name of a snapshot of @vm (its name) at @at, by the template; owned. */
char *schedule_snapshot_name(
	const struct session *s, const struct vmss *v, const char *vm, int64_t at);

/* A snapshot that the schedule has taken, and what would become of it. */
struct schedule_item {
	char *uuid, *name;
	int64_t at;
	bool stays;
	bool ahead;  /* of the future: it stays, and the rules do not count it */
	bool needed; /* VMs or templates were made of it, or this run took it: it is not deleted */
};
struct schedule_items {
	size_t n;
	struct schedule_item *items;
};
void schedule_items_clear(struct schedule_items *i);
#define _cleanup_items_ _cleanup_(schedule_items_clear)
/* From the oldest to the newest; @now: as if one more were taken then, unless it is 0. */
int schedule_items(struct session *s, const struct vmss *v, const char *vm, int64_t now,
	struct schedule_items *ret, struct vxe_error *err) _must_check_;
