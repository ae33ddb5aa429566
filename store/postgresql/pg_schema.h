/* SPDX-License-Identifier: MIT */
/*
 * The tables of the store. Each class has one, whose name is that of the class: uuid, _generation, _sum, _document, and
 * a column for each declared column, which the server makes of the document. Besides there are
 *   vxe.meta         one row: layout, columns of all versions, generation, the generation up to which deletions are
 *                    forgotten, the version that made the layout, the oldest layout whose programs can read it, and when
 *                    a person has decided last that the records are the right ones (pg_seen.c)
 *   vxe.keys         UUID and class of each object of the classes whose UUIDs are unique
 *   vxe.tombstones   class and UUID of what was deleted, with the generation
 *   vxe.commits      the generation of each commit with the writer's word for it, as long as tombstones stay, and the first of each
 *                    life of the server for ever; objections of hosts (pg_seen.c)
 */
#pragma once

#include "store/postgresql/pg_conn.h"
#include "store/store.h"

/* The layout and the declared columns of all classes as one text, in the form in which vxe.meta has it. Owned. */
char *pg_schema_columns(const struct store_class *classes) __attribute__((returns_nonnull));
/*
 * Makes the tables, or adds what those of an older vxe lack, if that is necessary, in one transaction; with @readonly
 * fails if it is. Tables of another layout are changed while no operation is in progress. Succeeds if a newer vxe made
 * them and they can be read. Fails with VXE_STORE_UNUSABLE. *made is set if there were no tables.
 */
int pg_schema_prepare(struct pg_conn *c, const struct pg_params *params,
	const struct store_class *classes, bool readonly, bool *made,
	struct vxe_error *err) _must_check_;
/*
 * Called in a transaction that finds that vxe.meta records other @columns than this vxe would. Returns 1 if that is
 * of no matter, 0 if it is of none for reading. Fails with VXE_STORE_UNUSABLE.
 */
int pg_schema_check(struct pg_conn *c, const struct store_class *classes, const char *columns,
	bool writes, struct vxe_error *err) _must_check_;
/* The statement that tells the changes since generation $1. Owned. */
char *pg_changes_sql(const struct store_class *classes) __attribute__((returns_nonnull));
