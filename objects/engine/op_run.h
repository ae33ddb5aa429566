/* SPDX-License-Identifier: MIT */
/* What running (op.c) and recovering (op_recover.c) an operation share: undoing and completing it. */
#pragma once

#include "objects/engine/op.h"

size_t op_n_steps(const struct op_type *type);
/* Undoes the first @n_steps steps of the operation in reverse order, then removes its intent from the store. */
int op_undo(struct op *op, size_t n_steps, struct vxe_error *err) _must_check_;
/* Completes the operation: runs the steps after the commit point, then the transaction that writes its result. */
int op_forward(struct op *op, struct vxe_error *err) _must_check_;
