/* SPDX-License-Identifier: MIT */
/*
 * FORGOTTEN: a disk whose record went while its file may stay or come back: vdi-forget, or a scan
 * that missed the file. The UUID of a disk belongs to its place; whoever takes the file in again
 * gives the disk back what it was called and named by. Internal.
 */
#pragma once

#include "objects/classes/storage/node.h"
#include "objects/classes/storage/vdi.h"

struct forgotten {
	struct record r; /* its own UUID, derived from the disk's */
	char *sr;
	char *path;  /* as the node has it; of a file that a VDI only refers to: absolute */
	char *disk;  /* UUID of the VDI, */
	char *vdi;   /* the record as it was, JSON text */
	char *layer; /* and of its node, which this names as long as it is on record, */
	char *node;  /* the record; "": none */
};

RECORD_TYPE(forgotten)

/* The row to put when the record goes. Owned. @node may be NULL. */
struct forgotten *forgotten_new(const struct vdi *vdi, const struct node *node);
/*
 * The disk that was forgotten at this place: the record to save anew, without node; NULL in *ret with
 * return 0 when none is known. Its UUID is a new one when somebody else has it now. Its row goes.
 * *node (may be NULL) is its node as it was, NULL when it had none or that UUID has another owner.
 */
int forgotten_take(struct txn *t, const char *sr, const char *path, struct vdi **ret,
	struct node **node, struct vxe_error *err) _must_check_;
/* Disks of the SR whose node is on record still, as others build on it, come back to it. */
int forgotten_restore(struct txn *t, const char *sr, struct vxe_error *err) _must_check_;
