/* SPDX-License-Identifier: MIT */
/*
 * FORGOTTEN, an internal record: a disk whose VDI record was deleted while its file may stay or come back, by
 * vdi-forget, or by a scan that missed the file. The UUID of a disk belongs to the place of its file: when that file
 * gets a record again, the disk gets its UUID, names and keys back.
 */
#pragma once

#include "objects/classes/storage/node.h"
#include "objects/classes/storage/vdi.h"

struct forgotten {
	struct record r; /* its UUID is derived from the UUID of the forgotten disk */
	char *sr;
	/* file of the disk, as the record of its layer names it; absolute if the VDI has no layer */
	char *path;
	char *disk; /* UUID of the forgotten VDI */
	char *vdi;  /* record of the VDI when it was forgotten, as JSON text */
	/* UUID of the disk's layer; it counts as a user of the layer while that is on record */
	char *layer;
	char *node; /* record of the disk's layer, as JSON text; "": the disk had no layer */
};

RECORD_TYPE(forgotten)

/*
 * Makes the FORGOTTEN record of a disk that is being forgotten, from its VDI and its layer @node (may be NULL). Owned.
 */
struct forgotten *forgotten_new(const struct vdi *vdi, const struct node *node);
/*
 * Brings back the disk that was forgotten with the file @path of the SR: *ret is its VDI record, without layer, to be
 * saved again; NULL with return 0 if no such disk is known. The VDI gets a new UUID if another object has its old one.
 * Deletes the FORGOTTEN record. *node (may be NULL) is the disk's former layer; NULL if it had none or another object
 * has the layer's UUID.
 */
int forgotten_take(struct txn *t, const char *sr, const char *path, struct vdi **ret,
	struct node **node, struct vxe_error *err) _must_check_;
/*
 * *ret: the former layer of the disk that was forgotten with the file @path of the SR; NULL if it had none, or if
 * another object has the layer's UUID.
 */
int forgotten_node(struct txn *t, const char *sr, const char *path, struct node **ret,
	struct vxe_error *err) _must_check_;
/*
 * True if the record of a layer still agrees with the header of its file: with the virtual size and the parent layer
 * (NULL: none) found there.
 */
bool node_fits(const struct node *n, int64_t virtual_size, const char *parent);
/* *ret: the UUID @vdi belongs to a forgotten disk, which a scan would bring back under this UUID. */
int forgotten_has(struct txn *t, const char *vdi, bool *ret, struct vxe_error *err) _must_check_;
/*
 * Restores the VDI records of those forgotten disks of the SR whose layer is still on record, because other layers need
 * it.
 */
int forgotten_restore(struct txn *t, const char *sr, struct vxe_error *err) _must_check_;
