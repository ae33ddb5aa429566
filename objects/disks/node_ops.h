/* SPDX-License-Identifier: MIT */
/* Nodes: the files of VDIs. Locks their chains, loads them as trees, and removes a node. */
#pragma once

#include "objects/classes/storage/vdi.h"
#include "objects/engine/op.h"
#include "objects/disks/disk_plan.h"
#include "objects/disks/node_use.h"

/* Takes the write bits of a layer whose use another program has changed (*mode: as it was), or sets *mode. */
int layer_set_mode(struct session *s, const char *path, bool freeze, int64_t *mode,
	struct vxe_error *err) _must_check_;
/* Rewrites the header of a layer that nobody has open: it names @base (NULL: none) in that format. */
int layer_set_base(struct session *s, const char *path, const char *base, const char *format,
	struct vxe_error *err) _must_check_;

/*
 * The tree of all nodes connected with one of @seeds (NULL: all nodes), as it will be when the
 * VDIs, VBDs and VMs of @dropped (may be NULL) are deleted, with running domains and readers
 * marked.
 */
int tree_load(struct session *s, const struct strv *seeds, const struct strv *dropped,
	struct tree *ret, struct vxe_error *err) _must_check_;

/*
 * The trees of the nodes that @p frees, as they will be after its result; nothing is written.
 * @stopped: the plan stops its domain.
 */
int tree_load_after(struct session *s, const struct plan *p, bool stopped, struct tree *ret,
	struct vxe_error *err) _must_check_;

/*
 * The actions of disk_plan() that do not affect an unknown user: one search covers all files that
 * the plan would change. Marks the users in the tree, whose texts the plan borrows. If the search
 * fails, that is logged: the search before each step will fail, too, and prevent the step.
 */
int tree_plan(struct session *s, struct tree *t, struct disk_actions *ret,
	struct vxe_error *err) _must_check_;

/*
 * The only function that unlinks an image. The image must be made by vxe, no record, XML or header
 * may name it, and no process may hold a lock of QEMU's on it (else VXE_DEPENDENTS). Also deletes
 * its record. The caller holds the node's lock.
 */
int node_remove(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
