/* SPDX-License-Identifier: MIT */
/*
 * FORGOTTEN: a disk whose record was deleted while its file may stay or come back: by vdi-forget,
 * or by a scan that missed the file. The UUID of a disk belongs to its place: when the file gets a
 * record again, the disk gets its UUID, names and keys back. Internal.
 */
#pragma once

#include "objects/classes/storage/node.h"
#include "objects/classes/storage/vdi.h"

struct forgotten {
	struct record r; /* the UUID of this record is derived from the disk's */
	char *sr;
	char *path;  /* file of the disk, as its layer names it; absolute if the VDI has no layer */
	char *disk;  /* UUID of the VDI, */
	char *vdi;   /* record of the VDI before it was forgotten, JSON text */
	char *layer; /* UUID of its layer, which counts while the layer is on record */
	char *node;  /* record of its layer, JSON text; "": it had none */
};

RECORD_TYPE(forgotten)

/* The record of a disk that is being forgotten. Owned. @node may be NULL. */
struct forgotten *forgotten_new(const struct vdi *vdi, const struct node *node);
/*
 * The disk that was forgotten at this place: the record to save again, without layer; if none is
 * known, returns 0 with NULL in *ret. It has a new UUID if another object has the old one now.
 * Deletes the row. *node (may be NULL) is its old layer; NULL if it had none or another object has
 * that UUID.
 */
int forgotten_take(struct txn *t, const char *sr, const char *path, struct vdi **ret,
	struct node **node, struct vxe_error *err) _must_check_;
/* The layer of the disk that was forgotten at this place; NULL in *ret: it had none, or another object has its UUID. */
int forgotten_node(struct txn *t, const char *sr, const char *path, struct node **ret,
	struct vxe_error *err) _must_check_;
/*
 * True if the header of the layer's file still says what the layer's record does: this size, this parent (NULL: none).
 */
bool node_fits(const struct node *n, int64_t virtual_size, const char *parent);
/* True if the UUID belongs to a forgotten disk; a scan would bring the disk back under it. */
int forgotten_has(struct txn *t, const char *vdi, bool *ret, struct vxe_error *err) _must_check_;
/* Restores forgotten disks of the SR whose layer is still on record, because other layers need it. */
int forgotten_restore(struct txn *t, const char *sr, struct vxe_error *err) _must_check_;
