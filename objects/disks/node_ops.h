/* SPDX-License-Identifier: MIT */
/* Works on layers, the image files of VDIs: changes their headers, loads their trees, and removes a layer. */
#pragma once

#include "objects/disks/disks.h"
#include "objects/disks/disk_plan.h"
#include "objects/disks/node_use.h"

/*
 * Loads the tree of all layers connected with one of @seeds (NULL: all layers), as it will be when the VDIs, VBDs and
 * VMs of @dropped (may be NULL) are deleted. Running domains, and processes that read a layer, are marked in the tree.
 */
int tree_load(struct session *s, const struct strv *seeds, const struct strv *dropped,
	struct tree *ret, struct vxe_error *err) _must_check_;

/* True if the tree has all these layers. */
bool tree_has_all(const struct tree *t, const struct strv *nodes);
/*
 * Makes of a tree as it is now, loaded with all the layers @named, what it will be when the VDIs and VMs of @dropped are
 * deleted, which are records of snapshots and name no layers but these.
 */
int tree_drop(struct session *s, struct txn *txn, struct tree *t, const struct strv *named,
	const struct strv *dropped, struct vxe_error *err) _must_check_;

/*
 * Loads the trees of the layers that the plan @p frees, as they will be after the plan's result; nothing is written.
 * @stopped: the plan stops its domain.
 */
int tree_load_after(struct session *s, const struct plan *p, bool stopped, struct tree *ret,
	struct vxe_error *err) _must_check_;

/*
 * *ret: the actions of disk_plan() that do not affect a user of a file that is not on record: one search covers all
 * files that the plan would change. Such users are marked in the tree, whose texts the plan borrows. If the search
 * fails, that is logged: the search before each step will fail, too, and prevent the step.
 */
int tree_plan(struct session *s, struct tree *t, struct disk_actions *ret,
	struct vxe_error *err) _must_check_;
/* Adds lines for the user about what merges lose that the files remaining have: all, or the merge of one layer. */
void tree_lost(const struct tree *t, const struct disk_actions *actions, struct strv *ret);
void tree_lost_below(const struct tree_node *gone, const struct tree_node *into, struct strv *ret);

/*
 * Removes a layer, its file and its record; the only function that unlinks an image. The image must be made by vxe, no
 * record, XML or header may name it, and no process may hold a lock of QEMU's on it (else VXE_DEPENDENTS). The caller
 * holds the layer's lock.
 */
int node_remove(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;

/*
 * As strangers_find() without @fn, for files that an operation has made and not finished: nobody else knows them, so folders
 * that cannot be searched count for nothing.
 */
int strangers_find_new(struct session *s, const struct strv *paths, const struct strv *known,
	struct vxe_error *err) _must_check_;
/* Text of why a file stays that @user uses, as strangers_find() describes him; owned. */
char *stranger_needs(const char *user);
