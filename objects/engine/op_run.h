/* SPDX-License-Identifier: MIT */
/* What running (op.c) and recovering (op_recover.c) an operation share: undoing and completing it. */
#pragma once

#include "objects/engine/op.h"

size_t op_n_steps(const struct op_type *type);
/* Undoes the first @n_steps steps of the operation in reverse order, then removes its intent from the store. */
int op_undo(struct op *op, size_t n_steps, struct vxe_error *err) _must_check_;
/* Completes the operation: runs the steps after the commit point, then the transaction that writes its result. */
int op_forward(struct op *op, struct vxe_error *err) _must_check_;

int op_run_step(struct op *op, const struct step *st, struct vxe_error *err) _must_check_;
/* Runs a step past the commit point. If the store is lost meanwhile, waits for it and runs the step again. */
int op_run_past(struct op *op, const struct step *st, struct vxe_error *err) _must_check_;
/*
 * Makes sure that the operation has its locks still, or again (store_keep_leases()); waits for a store that was lost. Fails
 * with VXE_STORE_LOST; sets op->ended if the intent is gone: then the operation is no longer this process's.
 */
int op_hold(struct op *op, bool ask, struct vxe_error *err) _must_check_;
/*
 * True if what has failed with @err is worth another try: it lacked the store, and the operation has its locks again. @err
 * is empty then.
 */
bool op_held_again(struct op *op, struct vxe_error *err) _must_check_;
/* Runs @body with @ctx in a write transaction, again if the store was lost meanwhile. */
int op_update(struct op *op, txn_body_fn *body, void *ctx, struct vxe_error *err) _must_check_;
