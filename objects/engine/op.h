/* SPDX-License-Identifier: MIT */
/*
 * The operation engine. An operation is planned (which only reads), locked, planned again under its locks, written to
 * the store as an intent, run as a table of steps with undo, and ended by one store transaction that writes the
 * result and removes the intent. If vxe dies in between, the next command that changes the same objects recovers the
 * operation. The hypervisor's XML shows whether the commit point was reached: before it everything is undone, after
 * it the operation is completed. So the plan holds everything that steps and recovery need. The steps after the commit
 * point can be repeated, and so can all undos, which also run for steps that were not begun.
 */
#pragma once

#include "objects/engine/guest_note.h"
#include "objects/engine/lock_set.h"
#include "objects/engine/plan.h"
#include "objects/model/class.h"

struct json_object;
struct spec_disk;

struct op {
	struct session *s;
	const struct op_type *type;
	struct plan plan;
	char *intent; /* UUID of the operation's intent in the store; NULL until that is written */
	char *task;
	/* how much the operation had done before the present part of the work, in the unit of op_progress() */
	int64_t before;
	/* when the progress was last written to the task, in milliseconds; 0: not yet */
	int64_t told;
	bool recovering;
	/* in a recovery that has destroyed the guest, or in a later one: what the guest did until then */
	struct guest_note note;
	bool in_passing; /* recovery by a command for other objects, which must not wait */
	bool store_away; /* the store was lost, and has been waited for in vain */
	bool ended;	 /* somebody else has ended the operation: its intent is gone */
	void *ctx;	 /* the planner's context; NULL during recovery */
};

/*
 * What a step of an operation does. Most operations make their steps of the ready-made acts in objects/disks
 * (disks.h): DISK(SWITCH). Any other step has its functions in its row of the table: DO(run, undo).
 */
typedef int step_fn(struct op *op, struct vxe_error *err);

struct step_act {
	step_fn *run;
	step_fn *undo; /* NULL: nothing to undo */
	/*
	 * decides after a crash whether the commit point was passed, if the step with this act is the commit point
	 * and the operation has no probe (see op_type); NULL: none
	 */
	step_fn *probe;
	const struct plan_member *members; /* the plan members that this act uses; NULL: none */
	/* another act, whose functions @run calls and whose plan members it needs; NULL: none */
	const struct step_act *within;
};

#define DO(run_, undo_) (&(const struct step_act){ .run = (run_), .undo = (undo_) })
/* As DO(), for step functions that call those of the act @within_. */
#define DO_WITH(within_, run_, undo_)                                                              \
	(&(const struct step_act){ .run = (run_), .undo = (undo_), .within = (within_) })

struct step {
	const char *name;
	const struct step_act *act;
	bool commits; /* this step is the commit point; with COMMIT_STORE the result is */
};

struct op_type {
	/* name of the operation in intents, failpoints and logs: "vm-snapshot" */
	const char *name;
	/* xe's name of the operation in current-operations: "snapshot"; NULL: none */
	const char *operation;
	const struct step *steps; /* terminated by a NULL name */
	/*
	 * The tables of data that the operation's plans have besides disks, records and the members of its acts, as
	 * PLAN_MEMBERS(); NULL: nothing.
	 */
	const struct plan_member *const *members;
	/*
	 * For recovery, after hv_settle(): returns 1: the commit point was passed, 0: it was not, -1: unknown. NULL:
	 * the act of the commit point decides, or else the plan's enum plan_commit.
	 */
	step_fn *probe;
};

/*
 * Makes the plan of an operation: reads the store and the hypervisor, changes nothing but records that another
 * program has made out of date, and may be called repeatedly. The first call, without locks, makes a draft: it only
 * says which records to lock, because the hypervisor's XML may be in the middle of another vxe's operation. The next
 * calls run under those locks, until a plan needs no other lock.
 */
typedef int plan_fn(struct session *s, void *ctx, struct plan *ret, struct vxe_error *err);

/*
 * Runs an operation completely or not at all. @done (may be NULL) gets the executed plan while its locks are still
 * held. After a failure before the commit point everything is as before; after the commit point the intent stays in
 * the store, and the next command that changes the same objects completes the operation. In a dry run the operation
 * is planned under its locks, for which it does not wait, the plan is shown, and the call fails with VXE_PLANNED.
 */
int op_run(struct session *s, const struct op_type *type, plan_fn *plan, void *ctx,
	void (*done)(struct session *s, void *ctx, const struct plan *p),
	struct vxe_error *err) _must_check_;
/* Runs an operation as op_run() does, but fails with VXE_BUSY instead of waiting for a record's lock. */
int op_try(struct session *s, const struct op_type *type, plan_fn *plan, void *ctx,
	void (*done)(struct session *s, void *ctx, const struct plan *p),
	struct vxe_error *err) _must_check_;

/*
 * Syncs the folders of libvirt's definitions that the operation has changed. libvirt renames a definition into its
 * place but does not sync the folder: after a power cut the old definition could be back, naming files that are
 * layers by then, or no definition at all. In recovery all folders are synced, because it is unknown what the dead
 * vxe had changed. Called before the result is written, and by a step that needs the new definition on the disk
 * earlier.
 */
int op_sync_definitions(const struct op *op, struct vxe_error *err) _must_check_;

/*
 * Step that waits until libvirt answers, for an operation whose plan may come from libvirt's files alone
 * (VM_LOAD_EARLY). The steps before it are run, and undone, without libvirt. They are undone if libvirt does not
 * answer, and also if another program's job runs on the domain for which the next call would have to wait (VXE_BUSY).
 */
int step_meet_libvirt(struct op *op, struct vxe_error *err) _must_check_;

/*
 * What is made sure as late as possible before the commit point: the engine calls it, and a block job before its pivot. The
 * locks are still held (VXE_STORE_LOST); the disks are as planned (op_disks.look_again).
 */
int op_before_commit(struct op *op, struct vxe_error *err) _must_check_;

/* Reports the operation's progress: to the user at once, and to its task once a second. */
void op_progress(struct op *op, int64_t done, int64_t total);
/* True after ^C, or when another process has marked this operation's task as cancelled. */
bool op_cancelled(struct op *op);
/*
 * Waits for the end of a hypervisor's job and reports its progress; stops the job when the operation is cancelled,
 * and then fails with TASK_CANCELLED.
 */
int op_wait_job(struct op *op, struct hv_job *job, struct vxe_error *err) _must_check_;
/* Cancels the operation that runs on @object; returns 0 also if none does. */
int op_cancel_running(struct session *s, const char *object, const char *only_operation,
	struct vxe_error *err) _must_check_;

/*
 * Every operation type, terminated by NULL (objects/registry.c): recovery finds the steps by name.
 */
extern const struct op_type *const op_types[];
/* What the engine asks about disks, of which it knows nothing itself; objects/registry.c has the functions. */
struct op_disks {
	/* Returns 1 if the domain's XML names a new file of the plan's disks. */
	int (*named)(struct op *op, enum hv_xml which, struct vxe_error *err);
	/* Returns 1 if the guest writes to a new file of the plan's disks, whatever libvirt's live XML says. */
	int (*switched_unseen)(struct op *op, struct vxe_error *err);
	/* Adds the files of the disks in the domain's live XML. */
	int (*live_files)(struct op *op, struct strv *ret, struct vxe_error *err);
	/*
	 * Checks the plan a last time before the commit point, and in a dry run: fails with VXE_TRY_AGAIN if it is no
	 * longer right, and if a process writes to a file that a VM leaves which is off.
	 */
	int (*look_again)(struct op *op, struct vxe_error *err);
	/*
	 * Checks the plan before its first write, and in a dry run: fails with VXE_DISK_UNOPENABLE if QEMU's user could not
	 * open what is made for a disk, but can open the disk.
	 */
	int (*stay_open)(struct session *s, const struct plan *p, struct vxe_error *err);
	/* The disk space that a new, empty image of that virtual size takes. */
	int64_t (*empty_bytes)(int64_t virtual_size);
	/*
	 * Shows lines of a dry run that say what will happen to the layers in @p->freed after the plan's result.
	 * @stopped: the plan stops its domain.
	 */
	int (*foresee)(
		struct session *s, const struct plan *p, bool stopped, struct vxe_error *err);
};
extern const struct op_disks *const op_disks;
