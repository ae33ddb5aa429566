/* SPDX-License-Identifier: MIT */
/*
 * Merging two adjacent layers, as an operation. One of the pair is removed: COMMIT copies the upper
 * layer down into the lower, which takes over the names and children of the upper one; PULL copies
 * the lower layer up. The plan's first disk has the removed node as old_* and the remaining one as
 * new_*.
 */
#pragma once

#include "objects/base/error.h"
#include "objects/base/mem.h"
#include "objects/engine/plan.h"
#include "objects/disks/disk_plan.h"
#include "objects/disks/merge/merge_request.h"
#include "objects/session/session.h"

/* In the plan: */
#define MERGE_DOMAIN_ID "domain-id" /* identifies one run of the domain */
#define MERGE_SPEED "speed"	    /* of vdi-merge: bytes per second at most; 0: no limit */

/*
 * Findings of a round of merges. Each pair of lists is parallel: a node's UUID, and why it is left
 * alone for now, or who needs it unchanged.
 */
struct merge_holds {
	struct strv skipped, why;
	struct strv needed, users;
	const struct merge_ask *ask; /* NULL: the user asks for no layer */
};

/* The choice of coalesce(); the plan made under the locks must be the same. */
struct merge_wish {
	const struct strv *seeds; /* of the tree */
	const struct merge_holds *holds;
	enum disk_action_kind kind;
	const char *gone, *stay;
	bool asked; /* gone is among holds->ask */
};

/*
 * The first action that can run now, NULL in *next when there is none; the caller owns tree and
 * actions.
 */
int merge_next(struct session *s, const struct strv *seeds, const struct merge_holds *holds,
	struct tree *tree, struct disk_actions *actions, const struct disk_action **next,
	struct vxe_error *err) _must_check_;
/*
 * The plan_fn of all three operations; @ctx is a struct merge_wish. VXE_TRY_AGAIN: the plan is another
 * one now.
 */
int merge_plan(struct session *s, void *ctx, struct plan *ret, struct vxe_error *err) _must_check_;
