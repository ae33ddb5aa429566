/* SPDX-License-Identifier: MIT */
/*
 * Runs schedules: takes the snapshots of a slot, then deletes those that the schedule does not keep. A run that was
 * killed goes on where it was: a snapshot has its schedule and its slot on record, in the transaction that completes
 * it. A VM that another command uses is tried again at the next look, until the next slot.
 */
#pragma once

#include "objects/classes/vm/vmss.h"
#include "objects/schedule/schedule_facts.h"
#include "objects/session/session.h"

/* What a run does with a VM; tests have functions of their own. */
struct schedule_deeds {
	/* Takes the snapshot that is due; *ret is its UUID. */
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
	int64_t slot; /* if not 0: take only @vm's snapshot of this due time, for a run that waits for it */
	bool due;   /* run only schedules that are due */
	bool force; /* delete all snapshots that no rule keeps */
	const struct schedule_deeds *deeds;
	const char *
		/* path of this program's file, for max-parallel; NULL: work on one VM after the other */
		program;
};
/* So many more than it made of a VM a run deletes, unless the numbers that it goes by were changed since the last run. */
#define SCHEDULE_SPARE 1
/*
 * So many may wait for the next runs: at the turn of a month a snapshot may leave each rule. Where more than that would
 * go, the clock may be wrong: then a run deletes none, and asks.
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
/* The last-error of a schedule without VMs. */
#define SCHEDULE_EMPTY "no VM belongs to it"

/*
 * @made gets the UUIDs of the new snapshots. What fails for one VM is a message and the last-error of its schedule, and
 * does not stop the others; then VXE_SCHEDULE_FAILED(schedule, failures, last error) in the end. Another run is going
 * on: VXE_BUSY; with due= nothing is done, and that is a failure only if a slot is late because of it.
 */
int schedule_run(struct session *s, const struct schedule_args *args, struct strv *made,
	struct vxe_error *err) _must_check_;
/* True if a run --due was seen in the last five minutes, so that something seems to call it every minute. */
bool schedule_is_watched(const struct session *s);

/*
 * The schedules whose slots are late because another run of this store does not end, and *why (owned); none if there is
 * no other run.
 */
int schedule_late(
	struct session *s, struct records *ret, char **why, struct vxe_error *err) _must_check_;
/* The enabled schedules that have no VMs. */
int schedule_empty(struct session *s, struct records *ret, struct vxe_error *err) _must_check_;
