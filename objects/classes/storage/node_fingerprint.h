/* SPDX-License-Identifier: MIT */
/*
 * The fingerprint of a frozen layer: taken when the layer is frozen, compared before its content is
 * read.
 */
#pragma once

#include "backends/content/content.h"
#include "objects/classes/storage/node.h"

/* True for a frozen layer of a disk: it has a fingerprint, or will get one. */
bool node_has_print(const struct node *n);
/* How a frozen layer's file differs from its fingerprint, as constant text; NULL: no difference is known. */
const char *node_changed(const struct node *n, struct content *c);
/*
 * Stores the fingerprint of a frozen layer that has none, or (@again) whose file the caller has
 * rewritten. plan_apply() does this for every layer of plan_touch_node().
 */
int node_take_print(struct session *s, struct txn *t, const char *uuid, bool again,
	struct vxe_error *err) _must_check_;
/* Marks a layer whose file does not match its record; nobody reads the file until the user accepts it. */
int node_mark_lost(struct txn *t, struct node *n, struct vxe_error *err) _must_check_;
bool node_is_lost(const struct node *n);
/*
 * How the file of a frozen layer looks now, for a layer that another program may still commit into: it says only whether
 * somebody did (node_written()), and gives way to a fingerprint. Does not save the record.
 */
void node_note_print(struct node *n, struct content *c);
/* True if the fingerprint was taken when vxe froze the layer: the file must not change any more. */
bool node_is_printed(const struct node *n);
/*
 * Returns 1 if the file was written to since its fingerprint was taken or noted, 0 if it was not, -1 if nothing
 * tells.
 */
int node_written(const struct node *n, struct content *c);
/* Records that the user accepts the frozen layers of the chain as they are now. */
int node_accept(
	struct session *s, struct txn *t, const char *uuid, struct vxe_error *err) _must_check_;
