/* SPDX-License-Identifier: MIT */
#pragma once

#include "objects/engine/op.h"
#include "objects/disks/merge/coalesce.h"

void coalesce_result_clear(struct coalesce_result *r);
#define _cleanup_coalesce_ _cleanup_(coalesce_result_clear)
/*
 * Merges and removes what can be after a command's own work: a failure is logged and does not fail the command. @waits
 * gets a line for each layer that has to wait; NULL: a notice says where the user has ended it.
 */
void coalesce_quietly(struct session *s, const struct strv *seeds, struct strv *waits);

/*
 * As op_run(), and merges and removes what can be in the trees of plan.freed: the list that a dry run shows is that of the
 * plan that was run. @then (may be NULL) is called between the two.
 */
int op_run_freeing(struct session *s, const struct op_type *type, plan_fn *plan, void *ctx,
	void (*then)(struct session *s, void *ctx), struct vxe_error *err) _must_check_;
/*
 * As op_run(), for an operation whose planner asks depth_check_limit(): if a disk has too many layers (reports.deep), merges
 * what can be merged there, and runs it again.
 */
int op_run_merging(struct session *s, const struct op_type *type, plan_fn *plan, void *ctx,
	struct vxe_error *err) _must_check_;

/*
 * Recovers every intent whose owner is dead, then merges and removes what nothing needs. @sr NULL:
 * all.
 */
int sr_coalesce(struct session *s, const char *sr, struct coalesce_result *ret,
	struct vxe_error *err) _must_check_;
