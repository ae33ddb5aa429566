/* SPDX-License-Identifier: MIT */
#pragma once

#include "objects/engine/op.h"

/*
 * Copies the upper layer into the lower one. Under a running guest it does nothing: there QEMU copies, in the step
 * that switches.
 */
int merge_step_copy(struct op *op, struct vxe_error *err) _must_check_;
/* The speed limit in bytes per second; 0: none. */
int64_t merge_speed_of(const struct op *op);
