/* SPDX-License-Identifier: MIT */
/* The library of disks: what other rooms know of it. */
#pragma once

#include "objects/engine/op.h"

/* ---- the engine ------------------------------------------------------------------------------ */

/* Its questions (op_disks); objects/registry.c passes them on. */
extern const struct op_disks disk_answers;

/* ---- merges ---------------------------------------------------------------------------------- */

struct merge_ask;

/* Trees of layers, as they are now or will be. */
struct layer_trees {
	const struct strv
		*seeds; /* nodes: all that are connected with one of them; NULL: all nodes */
	/*
	 * The VDIs, VBDs and VMs that are deleted by then; what goes with them may lose internal snapshots.
	 * NULL: the trees are as now.
	 */
	const struct strv *dropped;
	const struct merge_ask *ask; /* layers that the user wants merged; NULL: none */
};

/* What merging would do with a layer. */
struct layer_fate {
	char *node; /* its UUID */
	char *file; /* its path */
	char *text; /* for the user: "merge: FILE into FILE (N bytes)", "later: FILE (why)" */
	char *waits; /* as long as that is not done: "FILE (why)"; NULL: its file stays, and needs nothing */
	char *stays;	/* asked for, and not merged: why; NULL: not that */
	char *into;	/* asked for: the file that gets its content; NULL: not that */
	int64_t growth; /* bytes by which @into grows at most */
};
/* In the order in which it would be done. */
struct layer_fates {
	size_t n;
	struct layer_fate *items;
	struct strv lost; /* lines for the user: internal snapshots that are lost */
};
void layer_fates_clear(struct layer_fates *f);
#define _cleanup_fates_ _cleanup_(layer_fates_clear)

/*
 * What can be merged and removed in the trees by now, including a search for users that are not on record; nothing is
 * locked or changed.
 */
int layers_foresee(struct session *s, const struct layer_trees *of, struct layer_fates *ret,
	struct vxe_error *err) _must_check_;
/*
 * VXE_INTERNAL_SNAPSHOTS(file, snapshots) if some would be lost with the files that go; with force=true reports them
 * instead. The operation of @p (may be NULL) looks again before it commits at those that have none.
 */
int layers_check_lost(struct session *s, const struct layer_trees *of, struct plan *p,
	struct vxe_error *err) _must_check_;
/* The bytes that are freed when @of->dropped has gone, beyond those that are freed anyway. Nothing is searched. */
int layers_free(struct session *s, const struct layer_trees *of, int64_t *ret,
	struct vxe_error *err) _must_check_;
/*
 * Merges what the user asks for, and what is possible beside it. A failure of that is one of this function, and the rest
 * stays: VXE_LAYER_STAYS(file, reason), and those of the operation of a merge.
 */
int layers_merge(struct session *s, const struct strv *seeds, const struct merge_ask *ask,
	struct vxe_error *err) _must_check_;
