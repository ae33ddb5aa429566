/* SPDX-License-Identifier: MIT */
/* Plans as JSON text (the body of an intent), and their result transaction. */
#pragma once

#include "objects/engine/lock.h"
#include "objects/model/class.h"

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

/* The plan as text, owned. */
char *plan_encode(const struct plan *p);
/* @ret is zeroed before. */
int plan_decode(const char *text, struct plan *ret, struct vxe_error *err) _must_check_;
/* Applies the plan's changes to the records as they are in @t, and keeps base copies in step. */
int plan_apply(const struct plan *p, struct txn *t, struct vxe_error *err) _must_check_;
/*
 * The same, thrown away: what the store would refuse in the end (a UUID that another object has) is
 * refused before anything is touched.
 */
int plan_rehearse(struct session *s, const struct plan *p, struct vxe_error *err) _must_check_;
