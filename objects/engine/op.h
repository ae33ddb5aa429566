/* SPDX-License-Identifier: MIT */
/*
 * The operation engine. An operation is planned (pure reading), locked, planned again under its
 * locks, written down as an intent, run as a table of steps with undo, and ended by one store
 * transaction that holds the result and the removal of the intent. Whoever dies in between is
 * recovered by the next acting command on the same objects: the hypervisor's XML says whether the
 * commit point was reached; before it everything is undone, after it the operation only goes on.
 *
 * So everything that steps and recovery need stands in the plan, and steps are idempotent.
 */
#pragma once

#include "objects/engine/lock.h"
#include "objects/engine/plan.h"
#include "objects/model/class.h"

struct json_object;
struct spec_disk;

struct op {
	struct session *s;
	const struct op_type *type;
	struct plan plan;
	char *intent; /* UUID; NULL until written */
	char *task;
	int64_t told; /* when the task row last said how far it is, ms; 0: not yet */
	bool recovering;
	bool in_passing; /* recovering for somebody who wants something else, and must not wait */
	void *ctx;	 /* the planner's; NULL while recovering */
};

struct step {
	const char *name;
	int (*run)(struct op *op, struct vxe_error *err);
	int (*undo)(struct op *op, struct vxe_error *err); /* NULL: nothing to undo */
	bool commits; /* the commit point is reached when this step has run */
};

struct op_type {
	const char *name;	  /* "vm-snapshot": intent, failpoints, log */
	const char *operation;	  /* "snapshot": xe's word, in current-operations; NULL: none */
	const struct step *steps; /* closed by a NULL name */
	/* Recovery, after hv_settle: 1 the commit point was passed, 0 not, -1 cannot say. NULL: by
	 * the plan's commit. */
	int (*probe)(struct op *op, struct vxe_error *err);
};

/*
 * Plans: reads the store and the hypervisor, changes nothing, may be called repeatedly. The first
 * call is a draft, made without locks: it only says which records to lock, for what stands in the
 * hypervisor's XML may be another vxe's work in progress. The next ones run under those locks,
 * until one asks for no lock that is not held.
 */
typedef int plan_fn(struct session *s, void *ctx, struct plan *ret, struct vxe_error *err);

/*
 * Runs an operation wholly or not at all. @done (may be NULL) sees the plan that was run, while
 * its locks are still held. On failure before the commit point everything is as before; after it
 * the intent stays and the next acting command goes on.
 */
int op_run(struct session *s, const struct op_type *type, plan_fn *plan, void *ctx,
	void (*done)(struct session *s, void *ctx, const struct plan *p),
	struct vxe_error *err) _must_check_;
/* As op_run(), but with VXE_BUSY instead of waiting for a record. */
int op_try(struct session *s, const struct op_type *type, plan_fn *plan, void *ctx,
	void (*done)(struct session *s, void *ctx, const struct plan *p),
	struct vxe_error *err) _must_check_;

/* How far it is: shown to whoever waits and, once a second, in the task row. */
void op_progress(struct op *op, int64_t done, int64_t total);
/* True when another process asked this operation to stop (its task row), or ^C. */
bool op_cancelled(struct op *op);
/* Polls a hypervisor job to its end: progress, cancel; TASK_CANCELLED when it was stopped. */
int op_wait_job(struct op *op, struct hv_job *job, struct vxe_error *err) _must_check_;
/* Marks the running operation on @object cancelled; 0 also when there is none. */
int op_cancel_running(struct session *s, const char *object, const char *only_operation,
	struct vxe_error *err) _must_check_;

/* Every operation type, closed by NULL (objects/registry.c): recovery finds its steps by name. */
extern const struct op_type *const op_types[];
