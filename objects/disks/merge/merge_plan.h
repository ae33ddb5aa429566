/* SPDX-License-Identifier: MIT */
/*
 * Merging two adjacent layers, as an operation. One of the pair is removed: COMMIT copies the upper
 * layer down into the lower, which takes over the names and children of the upper one; PULL copies
 * the lower layer up. The plan's first disk has the removed layer as old_* and the remaining one as
 * new_*.
 */
#pragma once

#include "objects/base/error.h"
#include "objects/base/mem.h"
#include "objects/engine/plan.h"
#include "objects/disks/disk_plan.h"
#include "objects/disks/merge/merge_request.h"
#include "objects/session/session.h"

/* Members of the plan: */
/* libvirt's id of the running domain, which is another one after a restart */
#define MERGE_DOMAIN_ID "domain-id"
#define MERGE_SPEED "speed" /* speed limit of a vdi-merge in bytes per second; 0: none */

/* How the error of a job of QEMU's begins that had begun to merge and then failed, as at a failed sync. */
#define MERGE_BROKE_OFF "the merge job in QEMU ended before it was complete"

/*
 * What a round of merges has found out, in two pairs of parallel lists: @skipped are UUIDs of layers that are left
 * alone for now, and @why has the reasons; @needed are UUIDs of layers whose content somebody needs unchanged, and
 * @users says who.
 */
struct merge_holds {
	struct strv skipped, why;
	struct strv needed, users;
	/* the layers that the user asks to merge (vdi-merge); NULL: none */
	const struct merge_ask *ask;
};

/* The merge that coalesce() has chosen; the plan that is made under the locks must choose the same one. */
struct merge_wish {
	const struct strv *seeds; /* layers that belong to the tree */
	const struct merge_holds *holds;
	enum disk_action_kind kind;
	const char *gone, *stay;
	bool asked; /* the user has asked for this merge (vdi-merge) */
};

/*
 * Plans all merges of a tree of layers and finds the first one that can run now; *next is NULL if there is none. The
 * caller owns the tree and the actions.
 */
int merge_next(struct session *s, const struct strv *seeds, const struct merge_holds *holds,
	struct tree *tree, struct disk_actions *actions, const struct disk_action **next,
	struct vxe_error *err) _must_check_;
/*
 * The planning function of the merge operations (commit, pull and vdi-merge); @ctx is a struct merge_wish. Fails with
 * VXE_TRY_AGAIN if another action than the wished one is the best now.
 */
int merge_plan(struct session *s, void *ctx, struct plan *ret, struct vxe_error *err) _must_check_;
