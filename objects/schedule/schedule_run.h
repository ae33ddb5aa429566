/* SPDX-License-Identifier: MIT */
/*
 * Runs snapshot schedules: takes the snapshots of a due time, then deletes those that the schedule does not keep. A
 * run that was killed is continued by a later call: each snapshot has its schedule and due time on record, in the
 * transaction that completes it. A VM that another command uses is tried again by each later call, until the next due
 * time.
 */
#pragma once

#include "objects/classes/vm/vmss.h"
#include "objects/schedule/schedule_facts.h"
#include "objects/session/session.h"

/* The functions by which a run of a schedule takes and deletes snapshots; tests replace them. */
struct schedule_deeds {
	/* Takes the snapshot of the VM that is due; *ret is the snapshot's UUID. */
	int (*take)(struct session *s, const struct vmss *v, const char *vm, char **ret,
		struct vxe_error *err);
	/* Deletes snapshots of one VM with their disks, the oldest first. */
	int (*remove)(struct session *s, const struct vmss *v, const struct strv *snapshots,
		struct vxe_error *err);
};
extern const struct schedule_deeds schedule_deeds;

struct schedule_args {
	const char *schedule; /* UUID; NULL: all enabled schedules */
	const char *vm;	      /* UUID of the only VM to work on; NULL: all VMs of the schedule */
	/* not 0: take only @vm's snapshot of this due time, for another process that runs the schedule and waits */
	int64_t slot;
	bool due;   /* run only schedules that are due */
	bool force; /* delete all snapshots that no rule keeps, however many they are */
	const struct schedule_deeds *deeds;
	/* path of this program's file, to start children for max-parallel; NULL: work on one VM after the other */
	const char *program;
};
/*
 * A run takes one snapshot of a VM, and deletes at most so many more than one, unless the schedule's numbers of
 * snapshots to keep were changed since the last run.
 */
#define SCHEDULE_SPARE 1
/*
 * So many snapshots that no rule keeps may be left for the next runs, because at the turn of a month a snapshot may
 * leave each rule. If more would be left, the clock may be wrong: then the run deletes none, and fails with
 * VXE_SCHEDULE_DELETES.
 */
#define SCHEDULE_WAITING 8
/* A due time that is more than so many seconds ago counts as missed. */
#define SCHEDULE_LATE 900
/*
 * If the last due time lies more than so many seconds in the future, the clock was wrong, and due times are counted
 * from now on.
 */
#define SCHEDULE_AHEAD 86400
/* A snapshot whose time lies more than so many seconds in the future was taken by a wrong clock. */
#define SNAPSHOT_AHEAD 300
/* The text of a schedule's last-error if no VM belongs to the schedule. */
#define SCHEDULE_EMPTY "no VM belongs to it"

/*
 * Runs schedules; @made gets the UUIDs of the new snapshots. A failure with one VM becomes a message and the
 * last-error of its schedule, and does not stop the work on other VMs; in the end it is VXE_SCHEDULE_FAILED(schedule,
 * failures, last error). If another run is going on: VXE_BUSY; or if args->due is set, nothing is done, which is a
 * failure only if a schedule is late because of the other run.
 */
int schedule_run(struct session *s, const struct schedule_args *args, struct strv *made,
	struct vxe_error *err) _must_check_;
/*
 * True if a call of 'vmss-run --due' was seen in the last five minutes, so that something seems to call it every
 * minute.
 */
bool schedule_is_watched(const struct session *s);

/*
 * The schedules whose due times are late because another run of this store does not end, and *why, a text about that
 * run (owned); none if no other run is going on.
 */
int schedule_late(
	struct session *s, struct records *ret, char **why, struct vxe_error *err) _must_check_;
/* The enabled schedules that have no VMs. */
int schedule_empty(struct session *s, struct records *ret, struct vxe_error *err) _must_check_;
