/* SPDX-License-Identifier: MIT */
/*
 * Merging two neighbouring layers, as an operation. Of the pair one goes: COMMIT copies the upper
 * one down into the lower, which goes on under the upper one's names and children; PULL copies the
 * lower one up. The plan's first disk has the node that goes as old_* and the one that stays as
 * new_*.
 */
#pragma once

#include "objects/layers/node_private.h"

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

/* ---- merge_state.c --------------------------------------------------------------------------- */

/* What the records say of the pair; they change only with the result. */
struct merge {
	struct op *op;
	const struct plan_disk *disk;
	struct node *gone, *stay;
	struct records above; /* COMMIT: the children of the node that goes */
	struct strv above_paths;
	char *base, *base_format; /* PULL: below the node that goes; NULL: none */
	bool down;
};
void merge_clear(struct merge *m);
#define _cleanup_merge_ _cleanup_(merge_clear)
int merge_load(struct op *op, struct merge *m, struct vxe_error *err) _must_check_;
/* 1: what goes is out of use, 0: not yet, by headers and definitions. */
int merge_switched(const struct merge *m, struct vxe_error *err) _must_check_;
/* 1: the header of @image names @backing. */
int header_names(const char *image, const char *backing, struct vxe_error *err) _must_check_;
/* 1: a disk of the domain is on the file. */
int domain_is_on(struct op *op, const char *uuid, enum hv_xml which, const char *path,
	struct vxe_error *err) _must_check_;
/* Gives the owner's write bit (never to an adopted base); or sets the bits as the state says. */
int merge_open_file(const struct node *n, const char *path, struct vxe_error *err) _must_check_;
int merge_shut_file(
	const struct node *n, int state, const char *path, struct vxe_error *err) _must_check_;

extern const struct op_type coalesce_commit_op, coalesce_pull_op;
