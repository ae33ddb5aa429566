/* SPDX-License-Identifier: MIT */
/*
 * The operation engine. An operation is planned (which only reads), locked, planned again under its
 * locks, written to the store as an intent, run as a table of steps with undo, and ended by one
 * store transaction that writes the result and removes the intent. If vxe dies in between, the next
 * acting command on the same objects recovers the operation. The hypervisor's XML shows whether the
 * commit point was reached: before it everything is undone, after it the operation is completed.
 *
 * So the plan holds everything that steps and recovery need, and steps are idempotent.
 */
#pragma once

#include "objects/engine/lock_set.h"
#include "objects/engine/plan.h"
#include "objects/model/class.h"

struct json_object;
struct spec_disk;

struct op {
	struct session *s;
	const struct op_type *type;
	struct plan plan;
	char *intent; /* UUID of its intent; NULL until that is written */
	char *task;
	/* how much was done before the present part of the work, in the unit of op_progress() */
	int64_t before;
	int64_t told; /* when the progress was last written to the task, in ms; 0: not yet */
	bool recovering;
	bool in_passing; /* another command recovers it, which must not wait */
	void *ctx;	 /* the planner's context; NULL during recovery */
};

/*
 * What a step does. objects/disks has a table of acts (disks.h), of which operations make their steps: DISK(SWITCH). Any
 * other step is written with its functions in its row: DO(run, undo).
 */
typedef int step_fn(struct op *op, struct vxe_error *err);

struct step_act {
	step_fn *run;
	step_fn *undo; /* NULL: nothing to undo */
	step_fn *
		/*
		 * decides after a crash whether the commit point was passed, if this act is the commit point
		 * and the operation has no probe; see op_type; NULL: none
		 */
		probe;
	const struct plan_member *members; /* the act's own data in a plan; NULL: none */
	const struct step_act *
		within; /* another act that @run does as well, and whose data it needs; NULL: none */
};

#define DO(run_, undo_) (&(const struct step_act){ .run = (run_), .undo = (undo_) })
/* As DO(), for functions that call those of the act @within_. */
#define DO_WITH(within_, run_, undo_)                                                              \
	(&(const struct step_act){ .run = (run_), .undo = (undo_), .within = (within_) })

struct step {
	const char *name;
	const struct step_act *act;
	bool commits; /* after this step the commit point is passed */
};

struct op_type {
	const char *name;	  /* "vm-snapshot": its name in intents, failpoints and logs */
	const char *operation;	  /* "snapshot": xe's name in current-operations; NULL: none */
	const struct step *steps; /* terminated by a NULL name */
	/* What its plans have besides disks, records and the data of its acts, as PLAN_MEMBERS(); NULL: nothing. */
	const struct plan_member *const *members;
	/* For recovery, after hv_settle(): 1: the commit point was passed, 0: not, -1: unknown.
	 * NULL: decided by the act of the commit point, or by the plan's commit. */
	step_fn *probe;
};

/*
 * Makes a plan: reads the store and the hypervisor, changes nothing but records that another program has made out of
 * date, and may be called repeatedly.
 * The first call, without locks, makes a draft: it only says which records to lock, because the
 * hypervisor's XML may be in the middle of another vxe's operation. The next calls run under those
 * locks, until a plan needs no other lock.
 */
typedef int plan_fn(struct session *s, void *ctx, struct plan *ret, struct vxe_error *err);

/*
 * Runs an operation completely or not at all. @done (may be NULL) gets the executed plan while its
 * locks are still held. After a failure before the commit point everything is as before; after it
 * the intent stays and the next acting command completes the operation. In a dry run it is planned
 * under its locks, for which it does not wait, shown, and ends with VXE_PLANNED.
 */
int op_run(struct session *s, const struct op_type *type, plan_fn *plan, void *ctx,
	void (*done)(struct session *s, void *ctx, const struct plan *p),
	struct vxe_error *err) _must_check_;
/* As op_run(), but fails with VXE_BUSY instead of waiting for a record's lock. */
int op_try(struct session *s, const struct op_type *type, plan_fn *plan, void *ctx,
	void (*done)(struct session *s, void *ctx, const struct plan *p),
	struct vxe_error *err) _must_check_;

/*
 * libvirt renames a definition into its place but does not sync the folder: after a power cut the
 * old definition could be back, naming files that are layers by then, or no definition at all. In
 * recovery all folders are synced, because it is unknown what the dead vxe had changed. Called before the result; for
 * a step that needs the new definition on the disk earlier.
 */
int op_sync_definitions(const struct op *op, struct vxe_error *err) _must_check_;

/*
 * A step of an operation whose plan may come from libvirt's files alone (VM_LOAD_EARLY): waits until libvirt answers. The
 * steps before it are made, and undone, without libvirt. If it does not answer they are undone; also while another
 * program's job is at work that the next call would wait for (VXE_BUSY).
 */
int step_meet_libvirt(struct op *op, struct vxe_error *err) _must_check_;

/* Reports progress: to the user at once, and to the task once a second. */
void op_progress(struct op *op, int64_t done, int64_t total);
/* True after ^C, or when another process has cancelled this operation in its task. */
bool op_cancelled(struct op *op);
/*
 * Waits for the end of a hypervisor's job, reports progress and stops the job when the operation is cancelled: then
 * TASK_CANCELLED.
 */
int op_wait_job(struct op *op, struct hv_job *job, struct vxe_error *err) _must_check_;
/* Cancels the operation that runs on @object; returns 0 also if none does. */
int op_cancel_running(struct session *s, const char *object, const char *only_operation,
	struct vxe_error *err) _must_check_;

/*
 * Every operation type, terminated by NULL (objects/registry.c): recovery finds the steps by name.
 */
extern const struct op_type *const op_types[];
/* What the engine asks about disks, which it does not know itself; objects/registry.c has the functions. */
struct op_disks {
	/* Returns 1 if the domain's XML names a new file of the plan's disks. */
	int (*named)(struct op *op, enum hv_xml which, struct vxe_error *err);
	/* Returns 1 if the guest writes to a new file, whatever libvirt's live XML says. */
	int (*switched_unseen)(struct op *op, struct vxe_error *err);
	/* Checks the plan a last time before the commit point: VXE_TRY_AGAIN if it is no longer right. */
	int (*look_again)(struct op *op, struct vxe_error *err);
	/* The disk space of a new, empty image of that virtual size. */
	int64_t (*empty_bytes)(int64_t virtual_size);
	/*
	 * Adds lines for a dry run: what will happen to the layers in @p->freed after the plan's result. @stopped:
	 * the plan stops its domain.
	 */
	int (*foresee)(struct session *s, const struct plan *p, bool stopped, struct strv *lines,
		struct vxe_error *err);
};
extern const struct op_disks *const op_disks;
