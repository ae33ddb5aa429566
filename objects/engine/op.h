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
#include "objects/model/class.h"

struct json_object;
struct spec_disk;

/* Where the commit point lies. */
enum plan_commit {
	COMMIT_STORE,	 /* the final store transaction: nothing else names the new state */
	COMMIT_SWITCH,	 /* the live XML of the running domain names the new files */
	COMMIT_DEFINE,	 /* the inactive XML names the new files, or equals xml_after */
	COMMIT_UNDEFINE, /* the domain is gone */
	COMMIT_REPEAT,	 /* none: what was begun is harmless and begun anew (merges) */
};

/* A disk whose content goes on in another node. */
struct plan_disk {
	char *target; /* of the domain ("vda"); NULL when no domain names it */
	char *vdi;    /* the VDI that moves */
	char *vbd;    /* of a Suspended VM: the VBD that names the guard new_node */
	char *new_sr; /* with vbd: the SR of new_node */
	char *old_node, *old_path, *old_format; /* NULL for a new disk */
	char *new_node, *new_path;
	char *new_format;		/* NULL: qcow2, as what is made */
	char *backing, *backing_format; /* as new_path's header shall say; NULL: none */
	int64_t virtual_size;
	int64_t old_mode; /* of old_path's file, for undo */
	bool make;	  /* new_path is made by this operation */
	bool freeze;	  /* old_path loses its write bits */
};

struct plan {
	bool draft;   /* only the record locks are asked for, see plan_fn */
	char *object; /* UUID that current-operations is shown on */
	char *domain; /* UUID of the domain whose XML decides; NULL: none */
	enum plan_commit commit;
	size_t n_disks;
	struct plan_disk *disks;
	char *xml_before, *xml_after; /* inactive definitions; NULL: none */
	bool running;		      /* the domain was active when this was planned */
	struct json_object *changes;  /* of the final transaction, see plan_put() ... */
	struct json_object *extra;    /* an operation's own scalars, by plan_extra() */
	struct strv nodes;	      /* whose names change: base copies are kept in step */
	struct locks locks;	      /* not stored */
};
struct plan_disk *plan_add_disk(struct plan *p);
/* Puts the new (or the old) file of @d into a disk of a definition, with that file's format. */
void plan_disk_put(const struct plan_disk *d, bool forward, struct spec_disk *disk);
/*
 * Result rows. A new object's UUID must be nobody's: op_run() sees to that before the first effect.
 * A put replaces the record that is there. Sets are applied to the record as it then is, so nobody's
 * change is lost.
 */
void plan_add(struct plan *p, const struct class *c, const void *obj);
void plan_put(struct plan *p, const struct class *c, const void *obj);
void plan_del(struct plan *p, const struct class *c, const char *uuid);
/* @field by its xe name; takes ownership of @value (NULL: JSON null). */
void plan_set(struct plan *p, const struct class *c, const char *uuid, const char *field,
	struct json_object *value);
/* Sets a stored field of the record in the plan's result to what it is in @obj. */
void plan_set_field(struct plan *p, const struct class *c, const void *obj, const char *field);
void plan_set_string(struct plan *p, const struct class *c, const char *uuid, const char *field,
	const char *value);
/* The wall clock at the final transaction (snapshot-time: after the disks are done). */
void plan_set_now(struct plan *p, const struct class *c, const char *uuid, const char *field);
/*
 * The node's names change, or it is frozen: in the final transaction its base-copy record is made or
 * dropped, and a frozen one that has no fingerprint gets it.
 */
void plan_touch_node(struct plan *p, const char *node);
void plan_set_extra(struct plan *p, const char *key, const char *value);
const char *plan_extra(const struct plan *p, const char *key); /* NULL: absent; borrowed */
void plan_clear(struct plan *p);
#define _cleanup_plan_ _cleanup_(plan_clear)

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
/*
 * Recovers intents of dead owners: those that touch a lock in @held, or (NULL) all whose locks can
 * be had. How many were recovered is added to *n (may be NULL). One that cannot be recovered is the
 * error, when the others have been.
 */
int op_recover(
	struct session *s, const struct locks *held, int *n, struct vxe_error *err) _must_check_;
/*
 * In passing, what nobody holds: for commands that meet its files or its task without knowing its
 * object, as the VM of an import that died has no name yet. Never waits, never fails: what would
 * have to wait for libvirt is left to 'vxe check' and to who needs the object.
 */
void op_recover_abandoned(struct session *s);
/* The same for the intents that touch one object: for changes that take no lock of their own. */
int op_recover_object(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
/* Calls @fn with the name of every failpoint of every operation. */
void op_failpoints(void (*fn)(void *ctx, const char *name), void *ctx);

/* For probes: 1 when the domain's XML names a new file of the plan's disks. */
int op_xml_names_new(struct op *op, enum hv_xml which, struct vxe_error *err) _must_check_;

/* 1: the guest writes to a new file, whatever libvirt's live XML says. It is told. */
int op_switched_unseen(struct op *op, struct vxe_error *err) _must_check_;
/* The same of one file. */
int op_writes_unseen(struct op *op, const char *path, struct vxe_error *err) _must_check_;
/*
 * 1: somebody has the file open for writing, and the plan's domain is up. When that is off it fails with
 * VXE_DISK_CHANGED: libvirt has lost the guest, which is seen with 9.0 when libvirtd was killed.
 */
int op_has_writer(struct op *op, const char *path, struct vxe_error *err) _must_check_;
/* 1: a disk of the plan's domain, which is up, is on that file now. QEMU itself is asked. */
int op_guest_uses(struct op *op, const char *path, struct vxe_error *err) _must_check_;

/* ---- steps that several operations share (objects/layers/op_steps.c) ------------------------------- */

int step_make_overlays(struct op *op, struct vxe_error *err);
int step_remove_overlays(struct op *op, struct vxe_error *err); /* its undo */
int step_freeze(struct op *op, struct vxe_error *err);
int step_thaw(struct op *op, struct vxe_error *err); /* its undo */
/* For steps that look before and after: VXE_TRY_AGAIN(vm) when somebody started the plan's domain. */
int op_refuse_if_up(struct op *op, struct hv *hv, struct vxe_error *err) _must_check_;
/* xml_after, or the plan's disks; checks for a start meanwhile. Nothing to do without a domain. */
int step_define(struct op *op, struct vxe_error *err);
int step_define_before(struct op *op, struct vxe_error *err); /* its undo */
/* Only the disks of the plan: the inactive XML as it now is, patched to new (or old) files. */
int step_define_disks(struct op *op, bool forward, struct vxe_error *err);
/* Every other domain that vdi_move() put into the plan: old_path becomes new_path (or back). */
int step_define_others(struct op *op, struct vxe_error *err);
int step_undefine(struct op *op, struct vxe_error *err);
int step_stop(struct op *op, struct vxe_error *err); /* pulls the plug when the domain runs */
