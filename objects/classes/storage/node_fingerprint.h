/* SPDX-License-Identifier: MIT */
/*
 * The fingerprint of a frozen layer: taken when the layer is frozen, compared before its content is
 * read.
 */
#pragma once

#include "backends/content/content.h"
#include "objects/classes/storage/node.h"

/* True for a layer that has a fingerprint or will get one: a frozen layer of a disk, of a known format. */
bool node_has_print(const struct node *n);
/*
 * How the file of a frozen layer differs from the layer's fingerprint, as constant text; NULL: no difference is known.
 */
const char *node_changed(const struct node *n, struct content *c);
/*
 * Takes and stores the fingerprint of a frozen layer's file if the layer has none, or, with @again, a new one because
 * the caller has rewritten the file. plan_apply() does this for every layer that plan_touch_node() has named.
 */
int node_take_print(struct session *s, struct txn *t, const char *uuid, bool again,
	struct vxe_error *err) _must_check_;
/*
 * Marks a layer whose file did not match its record when a database dump was restored; nobody reads the file until the
 * user accepts it.
 */
int node_mark_lost(struct txn *t, struct node *n, struct vxe_error *err) _must_check_;
bool node_is_lost(const struct node *n);
/*
 * Notes in @n how the file of a frozen layer looks now, if another program may still commit into that file. The note is
 * only for node_written(), and node_take_print() replaces it by a fingerprint. Does not save the record.
 */
void node_note_print(struct node *n, struct content *c);
/* True if vxe took the layer's fingerprint when it froze the layer, so that the file must not change any more. */
bool node_is_printed(const struct node *n);
/*
 * Returns 1 if the layer's file was written to since its fingerprint was taken or noted, 0 if it was not, -1 if there
 * are no two fingerprints to compare.
 */
int node_written(const struct node *n, struct content *c);
/*
 * Takes new fingerprints of all frozen layers in the chain of the layer @uuid, because the user accepts their files as
 * they are now.
 */
int node_accept(
	struct session *s, struct txn *t, const char *uuid, struct vxe_error *err) _must_check_;
