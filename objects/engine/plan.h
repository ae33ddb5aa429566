/* SPDX-License-Identifier: MIT */
/* Plans of operations, their form as JSON text, which intents hold, and the transactions that write their results. */
#pragma once

#include "objects/engine/lock_set.h"
#include "objects/engine/plan_data.h"
#include "objects/model/class.h"

struct op_type;

/* What shows that an operation has passed its commit point, after which it is completed and not undone. */
enum plan_commit {
	COMMIT_STORE,	 /* the final store transaction: only records name the new state */
	COMMIT_SWITCH,	 /* the live XML of the running domain names the plan's new files */
	COMMIT_DEFINE,	 /* the inactive XML names the plan's new files, or equals xml_after */
	COMMIT_UNDEFINE, /* the domain no longer exists */
	/*
	 * nothing has to show it: what was begun does no harm, and the user or the next call begins again (merges,
	 * starts)
	 */
	COMMIT_REPEAT,
};

/* A disk that an operation moves to another layer, makes or copies. */
struct plan_disk {
	/* the disk's target name in the domain ("vda"); NULL: no domain names the disk */
	char *target;
	char *vdi;    /* the VDI that moves */
	char *vbd;    /* for a Suspended VM: the VBD whose guard overlay is new_node */
	char *new_sr; /* if @vbd is set: the SR of the layer new_node */
	/* the disk's layer before; NULL if the disk is a new one, except in imports */
	char *old_node, *old_path, *old_format;
	char *new_node, *new_path;
	char *new_format; /* NULL: qcow2, which new overlays have */
	/* size of QEMU's cache for the qcow2 tables of a disk that libvirt moves: see switch_keep_caches() */
	char *cache;
	/* the backing file that the header of new_path names; NULL: none */
	char *backing, *backing_format;
	/* key of the internal snapshot in old_path that is copied; NULL: the disk's present content is copied */
	char *old_snapshot;
	char *stream; /* in an import: the stream of the archive that fills the file new_path */
	int64_t virtual_size;
	int64_t old_mode; /* mode of the file old_path before its write bits are taken, for undo */
	/* in a copy: the disk space that the file new_path takes at most; else 0 */
	int64_t bytes;
	bool make; /* this operation makes new_path */
	/* the user has made the file new_path, an empty overlay, which undo leaves in place */
	bool given;
	bool freeze; /* old_path loses its write bits */
};

/* The disk space that a planned file needs which belongs to no disk: see plan_space.h. */
struct plan_need {
	char *path;
	char *memory_sr; /* SR of the memory image; NULL: the file is none */
	int64_t bytes;
};

struct plan {
	bool draft;   /* the plan only says which records to lock, see plan_fn */
	char *object; /* UUID of the object that shows the operation in current-operations */
	char *domain; /* UUID of the domain whose XML shows the commit point; NULL: none */
	enum plan_commit commit;
	size_t n_disks;
	struct plan_disk *disks;
	/* the domain's inactive definition before and after the operation; NULL: steps patch the present one */
	char *xml_before, *xml_after;
	/*
	 * steps act on the running guest (they switch its disks, or plug devices); a domain that is active may have
	 * false: see plan_head() of vm_snapshot.c
	 */
	bool running;
	/* the changes of records in the final transaction: see plan_put() and the functions after it */
	struct json_object *changes;
	/* values of the plan members that the operation declares: see plan_data.h */
	struct json_object *extra;
	/* layers that more or fewer VDIs name afterwards: the final transaction updates their base-copy records */
	struct strv nodes;
	struct locks locks; /* not stored */
	/* internal snapshots are no reason to refuse freezing a layer; not stored */
	bool keeps_inside;
	/* layers in whose trees merges may become possible by this operation; not stored */
	struct strv freed;
	/* in a dry run: layers that another operation, run before this one, would name; not stored */
	struct strv named;
	/* files that the guest leaves and that have no internal snapshots: see plan_leave(); not stored */
	struct strv leaves;
	/*
	 * files that the operation takes from its VM and leaves where they are: if a process writes to one when it commits, it
	 * fails, as the guest may run on another host; not stored
	 */
	struct strv stays;
	size_t n_needs;
	struct plan_need *needs; /* not stored */
	/* the operation's type, which declares the plan members; not stored */
	const struct op_type *op_type;
};
struct plan_disk *plan_add_disk(struct plan *p);
/*
 * Puts the new file of @d and its format (or with @forward false the old ones) into a disk of a domain's definition.
 */
void plan_disk_put(const struct plan_disk *d, bool forward, struct spec_disk *disk);
/*
 * Add changes of records to the plan, for its final transaction. The UUID of a new object (plan_add()) must be free:
 * op_run() checks that before the first effect. plan_put() replaces an existing record. plan_set() and the functions
 * like it change a field of the record as it is at that time, so concurrent changes of other fields are not lost.
 */
void plan_add(struct plan *p, const struct class *c, const void *obj);
void plan_put(struct plan *p, const struct class *c, const void *obj);
void plan_del(struct plan *p, const struct class *c, const char *uuid);
/* Plans that a field of a record is changed. @field is xe's name; takes ownership of @value (NULL: JSON null). */
void plan_set(struct plan *p, const struct class *c, const char *uuid, const char *field,
	struct json_object *value);
/* Plans that a stored field of the record gets the value that it has in @obj. */
void plan_set_field(struct plan *p, const struct class *c, const void *obj, const char *field);
void plan_set_string(struct plan *p, const struct class *c, const char *uuid, const char *field,
	const char *value);
/*
 * Plans that a field of a record is set to the time at which the final transaction runs (snapshot-time: after the
 * disks have moved).
 */
void plan_set_now(struct plan *p, const struct class *c, const char *uuid, const char *field);
/*
 * Called for a layer that more or fewer VDIs name afterwards, or that is frozen: the final transaction makes or
 * deletes its base-copy record, and takes the missing fingerprint of a frozen layer.
 */
void plan_touch_node(struct plan *p, const char *node);
/* Adds to @ret the values of the field @key of the records of class @c that the plan adds, each once. */
void plan_added(const struct plan *p, const struct class *c, const char *key, struct strv *ret);
void plan_clear(struct plan *p); /* p->op_type stays */
#define _cleanup_plan_ _cleanup_(plan_clear)

/* The plan as text, owned. */
char *plan_encode(const struct plan *p);
/*
 * Reads a plan from JSON text; @ret must be zeroed. Fails on a damaged plan, on a form that only a newer vxe knows,
 * and on a member that @type does not declare or that has another type.
 */
int plan_decode(const char *text, const struct op_type *type, struct plan *ret,
	struct vxe_error *err) _must_check_;
/*
 * Reads a plan of any operation from JSON text, as plan_decode(), for callers that only look at it: the plan's
 * members are neither checked nor converted.
 */
int plan_decode_any(const char *text, struct plan *ret, struct vxe_error *err) _must_check_;
/* Applies the plan's changes to the records in the transaction @t, and updates base-copy records. */
int plan_apply(
	struct session *s, const struct plan *p, struct txn *t, struct vxe_error *err) _must_check_;
/*
 * Applies the plan's changes as plan_apply(), then rolls the transaction back: anything that the store would refuse
 * at the end (a UUID that another object has) fails now, before the first effect. The store takes the space that the
 * changes need.
 */
int plan_rehearse(struct session *s, const struct plan *p, struct vxe_error *err) _must_check_;
