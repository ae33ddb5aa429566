/* SPDX-License-Identifier: MIT */
/* Tables of the memory engine: sorted arrays of immutable rows. Tables and rows are reference-counted. */
#pragma once

#include "objects/base/error.h"
#include "store/store.h"

/* A document with its columns, or the tombstone of a deleted one (then text is NULL). */
struct row {
	size_t refs;
	int64_t generation;
	char *uuid;
	char *text;
	size_t n_columns;
	char **columns;
};

struct table {
	size_t refs;
	size_t n;
	struct row **rows; /* sorted by UUID */
};

/*
 * A row of @doc with its declared columns; @doc NULL: a tombstone. The caller owns one reference.
 */
struct row *row_new(
	const struct store_class *c, const char *uuid, struct json_object *doc, int64_t generation);
void row_unref(struct row *r);

struct table *table_new(void);
struct table *table_ref(struct table *t); /* adds a reference; returns @t */
void table_unref(struct table *t);
DEFINE_CLEANUP(struct table *, table_unref)
struct table *table_copy(const struct table *from);
/* The row of the document with this UUID; NULL if there is none, or only a deleted one's tombstone. Borrowed. */
const struct row *table_row(const struct table *t, const char *uuid);
/* As table_row(), but a tombstone is a row, too. */
const struct row *table_entry(const struct table *t, const char *uuid);
/*
 * Which rows a scan reports: those with a certain value in a column, or with a UUID in a range. A NULL member limits
 * nothing.
 */
struct selection {
	const char *where, *value;
	const char *from, *until;
};
bool row_is_selected(
	const struct store_class *c, const struct row *row, const struct selection *only);
/* Call the callback of a reader with the row's document, or with the values of @columns. */
int row_pass_doc(const struct store *s, const char *cls, const struct row *row, txn_each_fn *fn,
	void *ctx, struct vxe_error *err) _must_check_;
int row_pass_columns(const struct store_class *c, const struct row *row,
	const char *const columns[], txn_row_fn *fn, void *ctx, struct vxe_error *err) _must_check_;
/*
 * Puts @row into the table, which takes ownership of it, in place of the row with the same UUID. Only while nobody else
 * uses @t.
 */
void table_set(struct table *t, struct row *row);
