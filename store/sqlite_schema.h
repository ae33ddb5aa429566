/* SPDX-License-Identifier: MIT */
/* The layout of the database: its tables, their version, and the declared columns. */
#pragma once

#include "store/sqlite_conn.h"
#include "store/store.h"

enum schema_state {
	SCHEMA_EMPTY, /* a new database */
	SCHEMA_STALE, /* the layout is an older one, or its columns differ from the declared ones */
	SCHEMA_CURRENT,
};

/* The declared columns as one text, as the database records it; owned by the caller. */
char *schema_columns(const struct store_class *classes) __attribute__((returns_nonnull));

/* Fails with VXE_STORE_UNUSABLE if the database is not a vxe store or has a newer version. */
int schema_state(struct conn *c, const char *columns, enum schema_state *ret,
	struct vxe_error *err) _must_check_;
/*
 * Makes the tables where they are missing, moves the rows of layout 1 into them, makes the checksums of
 * older layouts, and the columns of the declared classes anew from the documents. Inside a write transaction.
 */
int schema_build(
	struct conn *c, const struct store_class *classes, struct vxe_error *err) _must_check_;

/*
 * The generation of the newest commit. Fails with VXE_STORE_UNUSABLE if the columns are not
 * @columns any more: cells say nothing of their declaration, so each transaction asks.
 */
int schema_generation(
	struct conn *c, const char *columns, int64_t *ret, struct vxe_error *err) _must_check_;
int schema_set_generation(struct conn *c, int64_t value, struct vxe_error *err) _must_check_;

/* After this many commits all tombstones are forgotten. */
#define TOMBSTONES_STAY 256
/* Returns 1 if everything that was deleted since that generation has a tombstone; 0 if some are forgotten. */
int schema_knows(struct conn *c, int64_t since, struct vxe_error *err) _must_check_;
/* Called in the commit of @generation: forgets the tombstones when there are enough of them. */
int schema_forget(struct conn *c, int64_t generation, struct vxe_error *err) _must_check_;
