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

/* What a run does to a VM; tests have deeds of their own. */
struct schedule_deeds {
	/* Takes the snapshot of the open slot; *ret is its UUID. */
	int (*take)(struct session *s, const struct vmss *v, const char *vm, char **ret,
		struct vxe_error *err);
	/* Deletes snapshots of one VM, the oldest first, with their disks. */
	int (*remove)(struct session *s, const struct vmss *v, const struct strv *snapshots,
		struct vxe_error *err);
};
extern const struct schedule_deeds schedule_deeds;

struct schedule_args {
	const char *schedule; /* NULL: all that are enabled */
	const char *vm;	      /* of its VMs only this one; NULL: all */
	int64_t slot; /* 0, or: only takes the snapshot of this slot of @vm, for a run that waits for it */
	bool due;   /* only if a slot has come */
	bool force; /* deletes all that no rule names */
	const struct schedule_deeds *deeds;
	const char *
		program; /* the file of this program, for max-parallel; NULL: one VM after the other */
};
/* So many more than it made of a VM a run deletes, unless the numbers that it goes by were changed since the last run. */
#define SCHEDULE_SPARE 1
/*
 * So many may wait for the next runs: at the turn of a month a snapshot may leave each rule. Where more than that would
 * go, the clock may be wrong: then a run deletes none, and asks.
 */
#define SCHEDULE_WAITING 8
/* A slot that is older than this was missed, s. */
#define SCHEDULE_LATE 900
/* The clock was wrong if the last slot is so far in the future, s: then slots are counted from now on. */
#define SCHEDULE_AHEAD 86400
/* A snapshot that is so far in the future, s, is of a clock that was wrong. */
#define SNAPSHOT_AHEAD 300
/* The last-error of a schedule that is for no VM. */
#define SCHEDULE_EMPTY "no VM belongs to it"

/*
 * @made gets the UUIDs of the new snapshots. What fails for one VM is a message and the last-error of its schedule, and
 * does not stop the others; then VXE_SCHEDULE_FAILED(schedule, failures, last error) in the end. Another run is going
 * on: VXE_BUSY; with due= nothing is done, and that is a failure only if a slot is late because of it.
 */
int schedule_run(struct session *s, const struct schedule_args *args, struct strv *made,
	struct vxe_error *err) _must_check_;
/* Whether a run --due was seen in the last five minutes: something calls vxe each minute. */
bool schedule_is_watched(const struct session *s);

/*
 * The schedules whose slots are late because another run of this store does not end, and *why (owned); none if there is
 * no other run.
 */
int schedule_late(
	struct session *s, struct records *ret, char **why, struct vxe_error *err) _must_check_;
/* The enabled schedules that are for no VM. */
int schedule_empty(struct session *s, struct records *ret, struct vxe_error *err) _must_check_;
