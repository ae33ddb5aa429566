/* SPDX-License-Identifier: MIT */
#pragma once

#include "objects/engine/op.h"

/*
 * Step of a merge: copies the data of the upper layer into the lower one if no guest runs. With a running guest it
 * does nothing: QEMU copies in the later step that switches.
 */
int merge_step_copy(struct op *op, struct vxe_error *err) _must_check_;
/* The speed limit of a merge in bytes per second; 0: none. */
int64_t merge_speed_of(const struct op *op);
