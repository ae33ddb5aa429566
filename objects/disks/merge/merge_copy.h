/* SPDX-License-Identifier: MIT */
#pragma once

#include "objects/engine/op.h"

/* Copies the upper layer into the lower one; under a running domain QEMU does that in the switch. */
int merge_step_copy(struct op *op, struct vxe_error *err) _must_check_;
/* Bytes per second at most; 0: as fast as possible. */
int64_t merge_speed_of(const struct op *op);
