/* SPDX-License-Identifier: MIT */
/* The fingerprint of a frozen layer: taken when it is frozen, compared before its content is read. */
#pragma once

#include "objects/classes/storage/node.h"

/* True for a node that has a fingerprint, or is to get one: a frozen layer of a disk. */
bool node_has_print(const struct node *n);
/* What differs from the fingerprint of a frozen node, constant text; NULL: nothing that is known. */
const char *node_changed(const struct node *n, const char *path);
/*
 * Notes the fingerprint of a frozen node that has none, or (@again) whose file was rewritten by who
 * calls. Done for every node of plan_touch_node() with the plan's result.
 */
int node_take_print(
	struct txn *t, const char *uuid, bool again, struct vxe_error *err) _must_check_;
/* Its content is another one than its record was made for: reading it is refused until it is accepted. */
int node_mark_lost(struct txn *t, struct node *n, struct vxe_error *err) _must_check_;
bool node_is_lost(const struct node *n);
/* The frozen layers of the chain are taken as they are now. */
int node_accept(struct txn *t, const char *uuid, struct vxe_error *err) _must_check_;
