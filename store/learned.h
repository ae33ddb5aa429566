/* SPDX-License-Identifier: MIT */
/*
 * What a dry run has learned (store_learn()): rows that it may not write, and that its later transactions see all the same.
 * A read transaction reads them above the rows of the store; into a write transaction, which will be aborted, they are
 * written when it begins. Nothing is locked in between.
 */
#pragma once

#include "store/mem_table.h"
#include "store/store_engine.h"

struct learned;

struct learned *learned_ref(struct learned *l); /* accepts NULL */
void learned_unref(struct learned *l);		/* accepts NULL */

/* Keeps the rows that the transaction has put or deleted for later transactions of the store. */
int learned_keep(struct txn *t, struct vxe_error *err) _must_check_;
/* Writes what was learned into a write transaction that has just begun. */
int learned_replay(struct txn *t, struct vxe_error *err) _must_check_;

/*
 * The functions of an engine, for a read transaction with something learned. *known: the row was learned, or is gone;
 * else the engine has to be asked.
 */
int learned_get(struct txn *t, const char *cls, const char *uuid, struct json_object **ret,
	int64_t *generation, bool *known, struct vxe_error *err) _must_check_;
/* @column NULL: all rows */
int learned_each(struct txn *t, const char *cls, const char *column, const char *value,
	txn_each_fn *fn, void *ctx, struct vxe_error *err) _must_check_;
int learned_scan(struct txn *t, const char *cls, const char *const columns[],
	const struct selection *only, txn_row_fn *fn, void *ctx,
	struct vxe_error *err) _must_check_;
int learned_count(struct txn *t, const char *cls, int64_t *ret, struct vxe_error *err) _must_check_;
int learned_holder(
	struct txn *t, const char *uuid, const char **ret, struct vxe_error *err) _must_check_;
