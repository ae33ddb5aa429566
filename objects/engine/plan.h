/* SPDX-License-Identifier: MIT */
/* Plans as JSON text, which intents hold, and the transactions that write their results. */
#pragma once

#include "objects/engine/lock_set.h"
#include "objects/engine/plan_data.h"
#include "objects/model/class.h"

struct op_type;

/* What the commit point of an operation is. */
enum plan_commit {
	COMMIT_STORE,	 /* the final store transaction: only records name the new state */
	COMMIT_SWITCH,	 /* the live XML of the running domain names the new files */
	COMMIT_DEFINE,	 /* the inactive XML names the new files, or equals xml_after */
	COMMIT_UNDEFINE, /* the domain no longer exists */
	COMMIT_REPEAT, /* no probe asks: what was begun does no harm, and the user or the next call begins again (merges, starts) */
};

/* A disk that moves to another layer. */
struct plan_disk {
	char *target; /* its name in the domain ("vda"); NULL: no domain names the disk */
	char *vdi;    /* the VDI that moves */
	char *vbd;    /* for a Suspended VM: the VBD whose guard is new_node */
	char *new_sr; /* if @vbd is set: the SR of new_node */
	char *old_node, *old_path, *old_format; /* NULL if the disk is a new one, but for imports */
	char *new_node, *new_path;
	char *new_format; /* NULL: qcow2, which new overlays have */
	char *cache; /* size of QEMU's cache for the tables of a disk that libvirt moves: see switch_keep_caches() */
	char *backing, *backing_format; /* what the header of new_path names; NULL: nothing */
	/* key of an internal snapshot in old_path, which is copied; NULL: the disk itself is */
	char *old_snapshot;
	char *stream; /* in an import: the archive's stream that fills new_path */
	int64_t virtual_size;
	int64_t old_mode; /* mode of the file old_path, for undo */
	int64_t bytes;	  /* in a copy: the disk space that new_path takes at most; else 0 */
	bool make;	  /* this operation makes new_path */
	bool given; /* the user has made new_path: an empty overlay, which stays if this is undone */
	bool freeze; /* old_path loses its write bits */
};

/* The space of a file that belongs to no disk: see plan_space.h. */
struct plan_need {
	char *path;
	char *memory_sr; /* SR of a memory image; NULL: it is another file */
	int64_t bytes;
};

struct plan {
	bool draft;   /* the plan only asks for locks of records, see plan_fn */
	char *object; /* UUID of the object that shows current-operations */
	char *domain; /* UUID of the domain whose XML is the commit point; NULL: none */
	enum plan_commit commit;
	size_t n_disks;
	struct plan_disk *disks;
	char *xml_before,
		*xml_after; /* inactive definitions before and after; NULL: steps patch the present one */
	bool running;	    /* the domain was active when the plan was made */
	/* what the final transaction changes: see plan_put() and the functions behind it */
	struct json_object *changes;
	struct json_object *extra; /* values of the operation's own members: see plan_data.h */
	/* layers that get or lose names: the final transaction updates their base-copy records */
	struct strv nodes;
	struct locks locks; /* not stored */
	bool keeps_inside;  /* freezing a layer endangers no internal snapshot in it; not stored */
	struct strv freed;  /* layers whose trees are looked at for merges afterwards; not stored */
	struct strv
		named; /* in a dry run: layers that an operation before this one would name; not stored */
	/* files that the guest leaves and that have no internal snapshots: plan_leave(); not stored */
	struct strv leaves;
	size_t n_needs;
	struct plan_need *needs;       /* not stored */
	const struct op_type *op_type; /* the operation, which declares the members; not stored */
};
struct plan_disk *plan_add_disk(struct plan *p);
/* Puts the new file of @d and its format (or with @forward false the old ones) into a disk of a definition. */
void plan_disk_put(const struct plan_disk *d, bool forward, struct spec_disk *disk);
/*
 * Changes of the result. A new object's UUID must be free: op_run() checks that before the first
 * effect. A put replaces the existing record. A set changes the record as it is at that time, so
 * concurrent changes of other fields are not lost.
 */
void plan_add(struct plan *p, const struct class *c, const void *obj);
void plan_put(struct plan *p, const struct class *c, const void *obj);
void plan_del(struct plan *p, const struct class *c, const char *uuid);
/* @field is xe's name; takes ownership of @value (NULL: JSON null). */
void plan_set(struct plan *p, const struct class *c, const char *uuid, const char *field,
	struct json_object *value);
/* Sets a stored field of the record to its value in @obj. */
void plan_set_field(struct plan *p, const struct class *c, const void *obj, const char *field);
void plan_set_string(struct plan *p, const struct class *c, const char *uuid, const char *field,
	const char *value);
/* Sets a field to the time at which the final transaction runs (snapshot-time: after the disks have moved). */
void plan_set_now(struct plan *p, const struct class *c, const char *uuid, const char *field);
/*
 * The layer's names change, or it is frozen: the final transaction makes or deletes its base-copy
 * record, and takes the missing fingerprint of a frozen layer.
 */
void plan_touch_node(struct plan *p, const char *node);
void plan_clear(struct plan *p); /* p->op_type stays */
#define _cleanup_plan_ _cleanup_(plan_clear)

/* The plan as text, owned. */
char *plan_encode(const struct plan *p);
/*
 * @ret must be zeroed. Fails on a damaged plan, on a form that only a newer vxe knows, and on a
 * member that @type does not declare or that has another type.
 */
int plan_decode(const char *text, const struct op_type *type, struct plan *ret,
	struct vxe_error *err) _must_check_;
/*
 * As plan_decode(), for a plan of any operation that nobody will act on: its members are neither checked nor
 * converted.
 */
int plan_decode_any(const char *text, struct plan *ret, struct vxe_error *err) _must_check_;
/* Applies the plan's changes to the records in @t, and updates base-copy records. */
int plan_apply(
	struct session *s, const struct plan *p, struct txn *t, struct vxe_error *err) _must_check_;
/*
 * The same, then rolled back: anything that the store would refuse at the end (a UUID that another
 * object has) fails now, before the first effect. The store takes the space that the changes need.
 */
int plan_rehearse(struct session *s, const struct plan *p, struct vxe_error *err) _must_check_;
