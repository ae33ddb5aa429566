/* SPDX-License-Identifier: MIT */
/*
 * Nodes: the files below VDIs. Locking their chains, loading them as trees, and removing one.
 */
#pragma once

#include "objects/classes/storage/vdi.h"
#include "objects/engine/op.h"
#include "objects/layers/disk_plan.h"
#include "objects/layers/node_use.h"

/* What a header in @child's file says of @base: relative inside one directory, else absolute. */
char *node_backing_name(const char *child, const char *base);

/* Shared locks on the node's whole chain; whoever reads its content calls node_use_chain(). */
int node_lock_chain(
	struct txn *t, const char *uuid, struct locks *l, struct vxe_error *err) _must_check_;

/*
 * The tree of every node connected with one of @seeds (all nodes when NULL), as it will be when
 * the VDIs, VBDs and VMs of @dropped (may be NULL) are gone, with running domains and readers
 * marked.
 */
int tree_load(struct session *s, const struct strv *seeds, const struct strv *dropped,
	struct tree *ret, struct vxe_error *err) _must_check_;

/*
 * What can be done with the tree, as disk_plan() says, when nothing is done under a stranger: one
 * search for all files that the plan would touch. Marks the tree, whose texts the plan borrows. A
 * search that fails is logged: the same one before each step then keeps that from being done.
 */
int tree_plan(struct session *s, struct tree *t, struct disk_actions *ret,
	struct vxe_error *err) _must_check_;

/*
 * The only place that unlinks an image: origin made, no record names it, no XML and no header does,
 * nobody holds a lock of QEMU's on it (else VXE_DEPENDENTS). Its record goes, too. The caller holds
 * the node's lock.
 */
int node_remove(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
