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
#define MERGE_DOMAIN_ID "domain-id" /* tells this run of the domain from others */
#define MERGE_SPEED "speed"	    /* speed limit of a vdi-merge in bytes per second; 0: none */

/*
 * Findings of a round of merges. Each pair of lists is parallel: a layer's UUID, and why it is left
 * alone for now, or who needs it unchanged.
 */
struct merge_holds {
	struct strv skipped, why;
	struct strv needed, users;
	const struct merge_ask *ask; /* the layers for which the user asks; NULL: none */
};

/* What coalesce() has chosen; the plan that is made under the locks must have the same. */
struct merge_wish {
	const struct strv *seeds; /* layers that belong to the tree */
	const struct merge_holds *holds;
	enum disk_action_kind kind;
	const char *gone, *stay;
	bool asked; /* the user has asked for this merge */
};

/* The first action that can run now; *next is NULL if there is none. The caller owns the tree and the actions. */
int merge_next(struct session *s, const struct strv *seeds, const struct merge_holds *holds,
	struct tree *tree, struct disk_actions *actions, const struct disk_action **next,
	struct vxe_error *err) _must_check_;
/*
 * The planning function of all three operations; @ctx is a struct merge_wish. VXE_TRY_AGAIN if the best action is
 * another one now.
 */
int merge_plan(struct session *s, void *ctx, struct plan *ret, struct vxe_error *err) _must_check_;
