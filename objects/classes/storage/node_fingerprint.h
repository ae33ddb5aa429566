/* SPDX-License-Identifier: MIT */
/*
 * The fingerprint of a frozen layer: taken when the layer is frozen, compared before its content is
 * read.
 */
#pragma once

#include "backends/content/content.h"
#include "objects/classes/storage/node.h"

/* True for a node that has a fingerprint, or will get one: a frozen layer of a disk. */
bool node_has_print(const struct node *n);
/* The difference from the fingerprint of a frozen node, constant text; NULL: none is known. */
const char *node_changed(const struct node *n, struct content *c);
/*
 * Stores the fingerprint of a frozen node that has none, or (@again) whose file the caller has
 * rewritten. plan_apply() does this for every node of plan_touch_node().
 */
int node_take_print(struct session *s, struct txn *t, const char *uuid, bool again,
	struct vxe_error *err) _must_check_;
/*
 * Marks a node whose content does not match its record: reading it is refused until it is accepted.
 */
int node_mark_lost(struct txn *t, struct node *n, struct vxe_error *err) _must_check_;
bool node_is_lost(const struct node *n);
/*
 * How the file of a frozen node looks now, for a layer that another program may still commit into: it says only whether
 * somebody did (node_written()), and gives way to a fingerprint. Does not save the record.
 */
void node_note_print(struct node *n, struct content *c);
/* True if the fingerprint was taken: the file must stay as it was. */
bool node_is_printed(const struct node *n);
/* 1: the file was written to since its fingerprint was taken or noted; 0: it is as it was; -1: nothing tells. */
int node_written(const struct node *n, struct content *c);
/* Accepts the frozen layers of the chain as they are now. */
int node_accept(
	struct session *s, struct txn *t, const char *uuid, struct vxe_error *err) _must_check_;
