/* SPDX-License-Identifier: MIT */
/* The layout of the database: its tables, their version, and the declared columns. */
#pragma once

#include "store/sqlite_conn.h"
#include "store/store.h"

enum schema_state {
	SCHEMA_EMPTY, /* a new database, without any tables */
	/* the layout is an older one, or the recorded columns differ from the declared ones */
	SCHEMA_STALE,
	SCHEMA_CURRENT,
};

/* The declared columns of all classes as one text, in the form in which the database records them. Owned. */
char *schema_columns(const struct store_class *classes) __attribute__((returns_nonnull));

/*
 * Tells whether the database is new, outdated or current. Fails with VXE_STORE_UNUSABLE if the database is not a vxe
 * store, or if a newer vxe made it.
 */
int schema_state(struct conn *c, const char *columns, enum schema_state *ret,
	struct vxe_error *err) _must_check_;
/*
 * Makes the tables that are missing, moves the rows of a database of layout 1 into them, gives the documents of older
 * layouts their checksums, and makes the column values of the declared classes anew from the documents. The caller has
 * begun a write transaction, or uses a private copy of the database.
 */
int schema_build(
	struct conn *c, const struct store_class *classes, struct vxe_error *err) _must_check_;

/*
 * Reads the generation (the number) of the newest commit. Fails with VXE_STORE_UNUSABLE if the database records other
 * columns than @columns: another version of vxe has changed them. Stored values do not say to which columns they
 * belong, so each transaction calls this.
 */
int schema_generation(
	struct conn *c, const char *columns, int64_t *ret, struct vxe_error *err) _must_check_;
int schema_set_generation(struct conn *c, int64_t value, struct vxe_error *err) _must_check_;

/* After this many commits all tombstones (records of deleted objects) are removed. */
#define TOMBSTONES_STAY 256
/*
 * Returns 1 if every object that was deleted after the commit @since still has a tombstone (a record of the deletion),
 * 0 if some of these tombstones may have been removed, -1 on failure.
 */
int schema_knows(struct conn *c, int64_t since, struct vxe_error *err) _must_check_;
/*
 * Called in the commit of @generation: removes all tombstones (records of deleted objects) if TOMBSTONES_STAY commits
 * have passed since the last removal.
 */
int schema_forget(struct conn *c, int64_t generation, struct vxe_error *err) _must_check_;
