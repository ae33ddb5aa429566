/* SPDX-License-Identifier: MIT */
/*
 * Writes objects. The class is a parameter of each statement, so a process prepares a statement once for all classes.
 * A row of the table `objects` holds, beside the document, the values of the fields that lists read (store/cells.h).
 * The table `found` has a row per value by which an object can be searched. A change compares the values that the row
 * had with the new ones, and writes only those rows of `found` that differ: most changes write none.
 */
#include "store/sqlite_write.h"

#include <json-c/json_object.h>
#include <string.h>

#include "store/cells.h"
#include "store/doc.h"

/* Prepares a statement whose first two parameters are the class and the UUID of an object, and binds both. */
static int keyed(struct conn *c, const char *sql, const char *cls, const char *uuid,
	sqlite3_stmt **ret, struct vxe_error *err)
{
	if (conn_statement(c, sql, ret, err) < 0)
		return -1;
	conn_bind_text(*ret, 1, cls);
	conn_bind_text(*ret, 2, uuid);
	return 0;
}

/* ---- the row and its values for finding ------------------------------------------------------ */

static int run_found(struct conn *c, const char *sql, const struct object *o, const char *field,
	const char *value, struct vxe_error *err)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;

	if (keyed(c, sql, o->cls->name, o->uuid, &stmt, err) < 0)
		return -1;
	conn_bind_text(stmt, 3, field);
	conn_bind_text(stmt, 4, value);
	return conn_step(c, stmt, err);
}

static int change_found(struct conn *c, const struct object *o, size_t column, const char *before,
	const char *after, struct vxe_error *err)
{
	const char *field = o->cls->columns[column];

	if (!store_column_is_found(o->cls, column) || str_eq(before, after))
		return 0;
	if (before &&
		run_found(c,
			"DELETE FROM found WHERE class = ?1 AND uuid = ?2 AND field = ?3 AND value = ?4",
			o, field, before, err) < 0)
		return -1;
	if (!after)
		return 0;
	return run_found(c,
		"INSERT OR IGNORE INTO found(class, uuid, field, value) VALUES(?1, ?2, ?3, ?4)", o,
		field, after, err);
}

static int write_row(
	struct conn *c, const struct object *o, const struct str *cells, struct vxe_error *err)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;

	if (keyed(c,
		    "INSERT OR REPLACE INTO objects(class, uuid, generation, document, cells)"
		    " VALUES(?1, ?2, ?3, ?4, ?5)",
		    o->cls->name, o->uuid, &stmt, err) < 0)
		return -1;
	conn_bind_int(stmt, 3, o->generation);
	conn_bind_int(stmt, 4, o->document);
	conn_bind_bytes(stmt, 5, str_text(cells), cells->len);
	return conn_step(c, stmt, err);
}

int object_write(
	struct conn *c, const struct object *o, const char *const *before, struct vxe_error *err)
{
	_cleanup_str_ struct str cells = { 0 };

	for (size_t i = 0; o->cls->columns[i]; i++) {
		_cleanup_free_ char *value = doc_column(o->doc, o->cls->columns[i]);

		cells_add(&cells, value);
		if (change_found(c, o, i, before ? before[i] : NULL, value, err) < 0)
			return -1;
	}
	return write_row(c, o, &cells, err);
}

/* ---- put and del ----------------------------------------------------------------------------- */

/* A row of the table `objects` as it was before a write; values is NULL when there was no such row. */
struct old {
	int64_t document, generation;
	char *cells;
	const char **values;
};

static void old_clear(struct old *o)
{
	free(o->cells);
	free(o->values);
}
#define _cleanup_old_ _cleanup_(old_clear)

static int old_read(struct conn *c, const struct store_class *cls, const char *uuid,
	struct old *ret, struct vxe_error *err)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	size_t n = store_column_count(cls);

	if (keyed(c, SQLITE_ROW_BY_KEY, cls->name, uuid, &stmt, err) < 0)
		return -1;
	int rc = conn_step(c, stmt, err);
	if (rc <= 0)
		return rc;
	ret->document = sqlite3_column_int64(stmt, 0);
	const void *bytes = sqlite3_column_blob(stmt, 1);
	size_t len = (size_t)sqlite3_column_bytes(stmt, 1);
	ret->generation = sqlite3_column_int64(stmt, 2);
	ret->cells = xcalloc(len + 1, 1);
	if (len)
		memcpy(ret->cells, bytes, len);
	ret->values = xcalloc(n + 1, sizeof(char *));
	return cells_split(c->where, cls->name, uuid, ret->cells, len, n, ret->values, err);
}

/*
 * Returns 1 if the row has this document already, sound, with its columns. What is damaged is written anew. The texts
 * are compared, not their checksums, which two texts may share.
 */
static int is_same(struct conn *c, const struct old *old, const struct object *o, const char *text,
	struct vxe_error *err)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	const struct doc_row row = { o->cls->name, o->uuid, text, old->generation, 0 };

	for (size_t i = 0; o->cls->columns[i]; i++) {
		_cleanup_free_ char *value = doc_column(o->doc, o->cls->columns[i]);

		if (!str_eq(value, old->values[i]))
			return 0;
	}
	if (conn_statement(c, "SELECT json, sum FROM documents WHERE id = ?1", &stmt, err) < 0)
		return -1;
	conn_bind_int(stmt, 1, old->document);
	int rc = conn_step(c, stmt, err);

	return rc <= 0 ? rc
		       : str_eq((const char *)sqlite3_column_text(stmt, 0), text) &&
			sqlite3_column_int64(stmt, 1) == doc_sum(&row);
}

/*
 * Writes the JSON text of @r to the row @id of the table `documents` or, if @id is 0, to a new row; *ret is the id of
 * that row.
 */
static int write_document(
	struct conn *c, int64_t id, const struct doc_row *r, int64_t *ret, struct vxe_error *err)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;

	if (conn_statement(c, "INSERT OR REPLACE INTO documents(id, json, sum) VALUES(?1, ?2, ?3)",
		    &stmt, err) < 0)
		return -1;
	if (id)
		conn_bind_int(stmt, 1, id);
	conn_bind_text(stmt, 2, r->text);
	conn_bind_int(stmt, 3, doc_sum(r));
	if (conn_step(c, stmt, err) < 0)
		return -1;
	*ret = sqlite3_last_insert_rowid(c->db);
	return 0;
}

static int run_keyed(
	struct conn *c, const char *sql, const char *cls, const char *uuid, struct vxe_error *err)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;

	if (keyed(c, sql, cls, uuid, &stmt, err) < 0)
		return -1;
	return conn_step(c, stmt, err);
}

int sqlite_put(struct txn *base, const char *cls, const char *uuid, struct json_object *doc,
	bool known, struct vxe_error *err)
{
	(void)known;
	struct sqlite_txn *t = (struct sqlite_txn *)base;
	struct object o = { txn_class(base, cls), uuid, t->base.generation + 1, 0, doc };
	struct doc_row row = { cls, uuid, doc_text(doc), o.generation, 0 };
	_cleanup_old_ struct old old = { 0 };

	if (old_read(t->conn, o.cls, uuid, &old, err) < 0)
		return -1;
	int same = old.values ? is_same(t->conn, &old, &o, row.text, err) : 0;

	if (same != 0)
		return same;
	t->base.dirty = true;
	if (write_document(t->conn, old.document, &row, &o.document, err) < 0 ||
		object_write(t->conn, &o, old.values, err) < 0)
		return -1;
	if (old.values)
		return 0;
	return run_keyed(
		t->conn, "DELETE FROM _tombstones WHERE class = ?1 AND uuid = ?2", cls, uuid, err);
}

static int del_document(struct conn *c, int64_t id, struct vxe_error *err)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;

	if (conn_statement(c, "DELETE FROM documents WHERE id = ?1", &stmt, err) < 0)
		return -1;
	conn_bind_int(stmt, 1, id);
	return conn_step(c, stmt, err);
}

int sqlite_del(struct txn *base, const char *cls, const char *uuid, struct vxe_error *err)
{
	struct sqlite_txn *t = (struct sqlite_txn *)base;
	struct object o = { .cls = txn_class(base, cls), .uuid = uuid };
	_cleanup_old_ struct old old = { 0 };

	if (old_read(t->conn, o.cls, uuid, &old, err) < 0)
		return -1;
	if (!old.values)
		return 0;
	t->base.dirty = true;
	for (size_t i = 0; o.cls->columns[i]; i++)
		if (change_found(t->conn, &o, i, old.values[i], NULL, err) < 0)
			return -1;
	if (del_document(t->conn, old.document, err) < 0 ||
		run_keyed(t->conn, "DELETE FROM objects WHERE class = ?1 AND uuid = ?2", cls, uuid,
			err) < 0)
		return -1;
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;

	if (keyed(t->conn,
		    "INSERT OR REPLACE INTO _tombstones(class, uuid, generation) VALUES(?1, ?2, ?3)",
		    cls, uuid, &stmt, err) < 0)
		return -1;
	conn_bind_int(stmt, 3, t->base.generation + 1);
	return conn_step(t->conn, stmt, err);
}
