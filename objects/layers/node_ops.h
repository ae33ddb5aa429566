/* SPDX-License-Identifier: MIT */
/*
 * Nodes: the files below VDIs. Loading chains, finding who uses a file, moving a VDI to another
 * node, removing, and the merging of layers that nothing names.
 */
#pragma once

#include "objects/classes/storage/vdi.h"
#include "objects/engine/op.h"
#include "objects/layers/disk_plan.h"
#include "objects/layers/node_use.h"

/* Shared locks on the node's whole chain; whoever reads its content calls node_use_chain(). */
int node_lock_chain(
	struct txn *t, const char *uuid, struct locks *l, struct vxe_error *err) _must_check_;

/* ---- internal snapshots: those that virsh and virt-manager make (node_loss.c) ----------------- */

/*
 * Their names and times as text, NULL: the image holds none, or is not there. A table that cannot be
 * read counts as some.
 */
int node_internal(
	const struct node *n, const char *path, char **ret, struct vxe_error *err) _must_check_;
enum loss {
	LOSS_FROZEN, /* the layer is about to be frozen */
	LOSS_GONE,   /* it is about to be left or removed */
};
/*
 * VXE_INTERNAL_SNAPSHOTS(file, snapshots) when the layer holds some; with force=true they are named
 * instead (ui.notice, once), and the layer may go.
 */
int loss_check(struct session *s, const struct node *n, const char *path, enum loss how,
	struct vxe_error *err) _must_check_;
/* The same for a VDI's node, where it goes together with that one name of it. */
int loss_check_last(
	struct session *s, struct txn *t, const char *node, struct vxe_error *err) _must_check_;
/* True when the layer's internal snapshots were named, and may go with it. */
bool loss_is_named(const struct session *s, const char *node);
/* Says what goes together with the layer: internal snapshots, bitmaps of backups. Fails for nothing. */
void loss_tell(struct session *s, const struct node *n, const char *path);

/*
 * The tree of every node connected with one of @seeds (all nodes when NULL), as it will be when
 * the VDIs, VBDs and VMs of @dropped (may be NULL) are gone, with running domains and readers
 * marked.
 */
int tree_load(struct session *s, const struct strv *seeds, const struct strv *dropped,
	struct tree *ret, struct vxe_error *err) _must_check_;

/*
 * Users of the files at @paths outside @known (absolute paths of files, UUIDs of domains that may
 * use them): XML of all domains, live and inactive, headers in the directories of all SRs and
 * active pools and of the files themselves. VXE_DEPENDENTS(file, user) names the first.
 */
int strangers_check(struct session *s, const struct strv *paths, const struct strv *known,
	struct vxe_error *err) _must_check_;

/* The same search, which tells of every user; an error of @fn ends it. */
typedef int stranger_fn(void *ctx, const char *path, const char *user, struct vxe_error *err);
int strangers_find(struct session *s, const struct strv *paths, const struct strv *known,
	stranger_fn *fn, void *ctx, struct vxe_error *err) _must_check_;
/*
 * What can be done with the tree, as disk_plan() says, when nothing is done under a stranger: one
 * search for all files that the plan would touch. Marks the tree, whose texts the plan borrows. A
 * search that fails is logged: the same one before each step then keeps that from being done.
 */
int tree_plan(struct session *s, struct tree *t, struct disk_actions *ret,
	struct vxe_error *err) _must_check_;

/*
 * The one function that moves a VDI to another node's file: plans the record's change, and adds
 * to the plan every domain beside p->domain whose definition names the old
 * file; step_define_others() patches them from the plan's disks (old_path, new_path), which the
 * caller adds. VDI_IN_USE(vdi, operation) when one of those domains runs.
 */
int vdi_move(struct session *s, struct txn *t, const struct vdi *vdi, const struct node *to,
	struct plan *p, struct vxe_error *err) _must_check_;

/*
 * The only place that unlinks an image: origin made, no record names it, no XML and no header does,
 * nobody holds a lock of QEMU's on it (else VXE_DEPENDENTS). Its record goes, too. The caller holds
 * the node's lock.
 */
int node_remove(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
