/* SPDX-License-Identifier: MIT */
/* Compares the record of one disk with its file. */
#pragma once

#include "objects/classes/storage/node.h"
#include "objects/classes/storage/vdi.h"
#include "objects/engine/file_claims.h"
#include "objects/session/session.h"

/*
 * Updates the record of one disk from its file: sets the size; if the file is missing, records a disk without users as
 * a forgotten disk, and marks any other disk as missing. Leaves alone a file that an unfinished operation of @claims
 * has reserved. Saves what it changes.
 */
int vdi_look_at(struct session *s, struct txn *t, struct vdi *v, const struct claims *claims,
	struct vxe_error *err) _must_check_;
/*
 * The layer further down on record on whose file that of @n lies by its header, if those between have no file: they were merged
 * since, as after older records. Owned; NULL: there is none.
 */
int vdi_layer_below(struct session *s, struct txn *t, const struct node *n, struct node **ret,
	struct vxe_error *err) _must_check_;
/*
 * Reads the size of the disk from its file. With force=true the disk is accepted as it is: a frozen layer that somebody has written
 * to, and a chain without layers that were merged since (vdi_layer_below()).
 */
int vdi_update(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
