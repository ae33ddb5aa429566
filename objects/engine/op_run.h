/* SPDX-License-Identifier: MIT */
/* What op.c and op_recover.c share: the way back, the way on, and the question which it is. */
#pragma once

#include "objects/engine/op.h"

size_t op_n_steps(const struct op_type *type);
/* Undoes the first @n_steps steps, last first, then removes the intent. */
int op_undo(struct op *op, size_t n_steps, struct vxe_error *err) _must_check_;
/* Runs what stands behind the commit point, then the result transaction. */
int op_forward(struct op *op, struct vxe_error *err) _must_check_;
int op_commit(struct op *op, struct vxe_error *err) _must_check_;
