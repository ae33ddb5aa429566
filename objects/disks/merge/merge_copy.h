/* SPDX-License-Identifier: MIT */
#pragma once

#include "objects/disks/merge/merge_state.h"
#include "objects/engine/op.h"

/*
 * Step of a merge: copies the data of the upper layer into the lower one if no guest runs. With a running guest it
 * does nothing: QEMU copies in the later step that switches.
 */
int merge_step_copy(struct op *op, struct vxe_error *err) _must_check_;
/*
 * After a copy that was ended in its midst the lower file has clusters that nothing uses: gives them back. Returns 0
 * also if that fails: nothing but space is lost.
 */
int merge_free_leaks(const struct merge *m) _must_check_;
/* The speed limit of a merge in bytes per second; 0: none. */
int64_t merge_speed_of(const struct op *op);
