/* SPDX-License-Identifier: MIT */
/* What op.c and op_recover.c share: undoing, completing, and deciding between the two. */
#pragma once

#include "objects/engine/op.h"

size_t op_n_steps(const struct op_type *type);
/* Undoes the first @n_steps steps in reverse order, then removes the intent. */
int op_undo(struct op *op, size_t n_steps, struct vxe_error *err) _must_check_;
/* Completes the operation: the steps after the commit point, then the transaction of its result. */
int op_forward(struct op *op, struct vxe_error *err) _must_check_;
