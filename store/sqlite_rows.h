/* SPDX-License-Identifier: MIT */
/* Reading rows in a transaction: the functions that the SQLite engine puts into its struct store_ops. */
#pragma once

#include "store/store_engine.h"
#include "store/sqlite_conn.h"

/*
 * The statement that reads the row of an object by class and UUID. The code that reads and the code that writes use one
 * text, so that a process that writes prepares the statement once.
 */
#define SQLITE_ROW_BY_KEY                                                                          \
	"SELECT document, cells, generation FROM objects WHERE class = ?1 AND uuid = ?2"

struct sqlite_txn {
	struct txn base;
	struct conn *conn;
	/* SQL text that the store got from sqlite_holder_sql(), borrowed */
	const char *holder_sql;
};

/* The SQL text that asks all classes whose UUIDs are unique for an object with a given UUID. Owned. */
char *sqlite_holder_sql(const struct store_class *classes) __attribute__((returns_nonnull));

int sqlite_get(struct txn *t, const char *cls, const char *uuid, struct json_object **ret,
	int64_t *generation, struct vxe_error *err);
int sqlite_each(struct txn *t, const char *cls, txn_each_fn *fn, void *ctx, struct vxe_error *err);
int sqlite_find(struct txn *t, const char *cls, const char *column, const char *value,
	txn_each_fn *fn, void *ctx, struct vxe_error *err);
int sqlite_scan(struct txn *t, const char *cls, const char *const columns[], const char *where,
	const char *value, txn_row_fn *fn, void *ctx, struct vxe_error *err);
int sqlite_range(struct txn *t, const char *cls, const char *const columns[], const char *from,
	const char *until, txn_row_fn *fn, void *ctx, struct vxe_error *err);
int sqlite_count(struct txn *t, const char *cls, int64_t *ret, struct vxe_error *err);
int sqlite_holder(
	struct txn *t, const char *cls, const char *uuid, const char **ret, struct vxe_error *err);
int sqlite_changes(struct txn *t, int64_t since, txn_row_fn *fn, void *ctx, struct vxe_error *err);
