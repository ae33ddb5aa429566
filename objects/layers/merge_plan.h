/* SPDX-License-Identifier: MIT */
/*
 * Merging two neighbouring layers, as an operation. Of the pair one goes: COMMIT copies the upper
 * one down into the lower, which goes on under the upper one's names and children; PULL copies the
 * lower one up. The plan's first disk has the node that goes as old_* and the one that stays as
 * new_*.
 */
#pragma once

#include "objects/base/error.h"
#include "objects/base/mem.h"
#include "objects/engine/plan.h"
#include "objects/layers/disk_plan.h"
#include "objects/session/session.h"

#define MERGE_DOMAIN_ID "domain-id" /* in the plan: which start of the domain this is */

/*
 * What a round of merges has learned and goes by. Each pair of lists is parallel: a node's UUID, and
 * why it is left alone for now, or who needs it as it is.
 */
struct merge_holds {
	struct strv skipped, why;
	struct strv needed, users;
};

/* What coalesce() chose; the plan is made again under the locks and must come to the same. */
struct merge_wish {
	const struct strv *seeds; /* of the tree */
	const struct merge_holds *holds;
	enum disk_action_kind kind;
	const char *gone, *stay;
};

/*
 * The first action that can run now; tree and actions belong to the caller, NULL in *next when
 * there is none.
 */
int merge_next(struct session *s, const struct strv *seeds, const struct merge_holds *holds,
	struct tree *tree, struct disk_actions *actions, const struct disk_action **next,
	struct vxe_error *err) _must_check_;
/* The plan_fn of both operations; @ctx is a struct merge_wish. VXE_TRY_AGAIN: another one now. */
int merge_plan(struct session *s, void *ctx, struct plan *ret, struct vxe_error *err) _must_check_;
