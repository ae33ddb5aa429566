/* SPDX-License-Identifier: MIT */
/*
 * Rows: queries and changes of an open transaction. A list reads only the index over all columns,
 * and no documents.
 */
#include "store/sqlite_rows.h"

#include <json-c/json_object.h>

#include "store/doc.h"

static struct conn *txn_conn(const struct txn *t)
{
	return ((const struct sqlite_txn *)t)->conn;
}

/* A row's cells, text or NULL; the first is the uuid; terminated by NULL. */
typedef int cells_fn(void *ctx, const char *const *cells, struct vxe_error *err);

static const char *cell(sqlite3_stmt *stmt, int i)
{
	return (const char *)sqlite3_column_text(stmt, i);
}

static int walk_rows(
	struct conn *c, sqlite3_stmt *stmt, cells_fn *fn, void *ctx, struct vxe_error *err)
{
	int n = sqlite3_column_count(stmt);
	_cleanup_free_ const char **cells = xcalloc((size_t)n + 1, sizeof(char *));
	int rc;

	while ((rc = conn_step(c, stmt, err)) > 0) {
		for (int i = 0; i < n; i++)
			cells[i] = cell(stmt, i);
		rc = fn(ctx, cells, err);
		if (rc != 0)
			return rc;
	}
	return rc;
}

/* The same for writers, whose @fn may change the rows: reads all rows first, then calls @fn. */
static int walk_copied(
	struct conn *c, sqlite3_stmt *stmt, cells_fn *fn, void *ctx, struct vxe_error *err)
{
	_cleanup_strv_ struct strv cells = { 0 };
	int n = sqlite3_column_count(stmt);
	int rc;

	while ((rc = conn_step(c, stmt, err)) > 0) {
		for (int i = 0; i < n; i++)
			strv_take(&cells, xstrdup_null(cell(stmt, i)));
		strv_take(&cells, NULL);
	}
	sqlite3_reset(stmt);
	for (size_t i = 0; i < cells.n && rc == 0; i += (size_t)n + 1)
		rc = fn(ctx, (const char *const *)&cells.items[i], err);
	return rc;
}

static int walk(
	const struct txn *t, sqlite3_stmt *stmt, cells_fn *fn, void *ctx, struct vxe_error *err)
{
	return (t->mode == TXN_WRITE ? walk_copied : walk_rows)(txn_conn(t), stmt, fn, ctx, err);
}

struct doc_walk {
	const char *where;
	txn_each_fn *fn;
	void *ctx;
};

static int call_with_doc(void *ctx, const char *const *cells, struct vxe_error *err)
{
	const struct doc_walk *w = ctx;
	struct json_object *doc = NULL;

	if (doc_parse(w->where, cells[0], cells[1], &doc, err) < 0)
		return -1;
	int rc = w->fn(w->ctx, cells[0], doc, err);
	json_object_put(doc);
	return rc;
}

struct row_walk {
	txn_row_fn *fn;
	void *ctx;
};

static int call_with_cells(void *ctx, const char *const *cells, struct vxe_error *err)
{
	const struct row_walk *w = ctx;

	return w->fn(w->ctx, cells[0], cells + 1, err);
}

int sqlite_get(struct txn *t, const char *cls, const char *uuid, struct json_object **ret,
	int64_t *generation, struct vxe_error *err)
{
	_cleanup_free_ char *sql =
		xasprintf("SELECT _json, _generation FROM \"%s\" WHERE uuid = ?1", cls);
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;

	if (conn_statement(txn_conn(t), sql, &stmt, err) < 0)
		return -1;
	conn_bind_text(stmt, 1, uuid);
	int rc = conn_step(txn_conn(t), stmt, err);
	if (rc == 0)
		*ret = NULL;
	if (rc <= 0)
		return rc;
	if (doc_parse(t->store->config.where, uuid, cell(stmt, 0), ret, err) < 0)
		return -1;
	if (generation)
		*generation = sqlite3_column_int64(stmt, 1);
	return 0;
}

int sqlite_each(struct txn *t, const char *cls, txn_each_fn *fn, void *ctx, struct vxe_error *err)
{
	_cleanup_free_ char *sql = xasprintf("SELECT uuid, _json FROM \"%s\" ORDER BY uuid", cls);
	struct doc_walk w = { t->store->config.where, fn, ctx };
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;

	if (conn_statement(txn_conn(t), sql, &stmt, err) < 0)
		return -1;
	return walk(t, stmt, call_with_doc, &w, err);
}

int sqlite_find(struct txn *t, const char *cls, const char *column, const char *value,
	txn_each_fn *fn, void *ctx, struct vxe_error *err)
{
	_cleanup_free_ char *sql = xasprintf(
		"SELECT uuid, _json FROM \"%s\" WHERE \"%s\" = ?1 ORDER BY uuid", cls, column);
	struct doc_walk w = { t->store->config.where, fn, ctx };
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;

	if (conn_statement(txn_conn(t), sql, &stmt, err) < 0)
		return -1;
	conn_bind_text(stmt, 1, value);
	return walk(t, stmt, call_with_doc, &w, err);
}

int sqlite_scan(struct txn *t, const char *cls, const char *const columns[], const char *where,
	const char *value, txn_row_fn *fn, void *ctx, struct vxe_error *err)
{
	_cleanup_str_ struct str sql = { 0 };
	struct row_walk w = { fn, ctx };
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;

	str_add(&sql, "SELECT uuid");
	for (size_t i = 0; columns[i]; i++)
		str_addf(&sql, ", \"%s\"", columns[i]);
	/* The index is named, so that a missing column is an error and not a slow list. */
	if (where)
		str_addf(&sql, " FROM \"%s\" INDEXED BY \"%s.%s\" WHERE \"%s\" = ?1 ORDER BY uuid",
			cls, cls, where, where);
	else
		str_addf(&sql, " FROM \"%s\" INDEXED BY \"%s._list\" ORDER BY uuid", cls, cls);
	if (conn_statement(txn_conn(t), str_text(&sql), &stmt, err) < 0)
		return -1;
	if (where)
		conn_bind_text(stmt, 1, value);
	return walk(t, stmt, call_with_cells, &w, err);
}

int sqlite_count(struct txn *t, const char *cls, int64_t *ret, struct vxe_error *err)
{
	_cleanup_free_ char *sql = xasprintf("SELECT count(*) FROM \"%s\"", cls);
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;

	if (conn_statement(txn_conn(t), sql, &stmt, err) < 0 ||
		conn_step(txn_conn(t), stmt, err) < 0)
		return -1;
	*ret = sqlite3_column_int64(stmt, 0);
	return 0;
}

/* One statement for all classes, so a process that writes prepares only one. */
int sqlite_holder(
	struct txn *t, const char *cls, const char *uuid, const char **ret, struct vxe_error *err)
{
	const struct store_class *classes = t->store->config.classes;
	_cleanup_str_ struct str sql = { 0 };
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int rc;

	*ret = NULL;
	for (size_t i = 0; classes[i].name; i++)
		if (classes[i].unique)
			str_addf(&sql, "%sSELECT %zu FROM \"%s\" WHERE uuid = ?1",
				sql.len ? " UNION ALL " : "", i, classes[i].name);
	if (!sql.len)
		return 0;
	if (conn_statement(txn_conn(t), str_text(&sql), &stmt, err) < 0)
		return -1;
	conn_bind_text(stmt, 1, uuid);
	while ((rc = conn_step(txn_conn(t), stmt, err)) > 0) {
		const char *found = classes[sqlite3_column_int(stmt, 0)].name;

		if (!*ret || str_eq(found, cls))
			*ret = found;
	}
	return rc;
}

/* Runs @sql, whose parameters are @uuid and @generation. */
static int run_on_row(struct sqlite_txn *t, const char *sql, const char *uuid, int64_t generation,
	const char *json, struct vxe_error *err)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;

	if (conn_statement(t->conn, sql, &stmt, err) < 0)
		return -1;
	conn_bind_text(stmt, 1, uuid);
	if (sqlite3_bind_parameter_count(stmt) >= 2)
		conn_bind_int(stmt, 2, generation);
	if (json)
		conn_bind_text(stmt, 3, json);
	return conn_step(t->conn, stmt, err);
}

int sqlite_put(struct txn *base, const char *cls, const char *uuid, struct json_object *doc,
	struct vxe_error *err)
{
	struct sqlite_txn *t = (struct sqlite_txn *)base;
	_cleanup_free_ char *put =
		xasprintf("INSERT INTO \"%s\"(uuid, _generation, _json) VALUES(?1, ?2, ?3)"
			  " ON CONFLICT(uuid) DO UPDATE SET _generation = excluded._generation,"
			  " _json = excluded._json",
			cls);
	_cleanup_free_ char *revive =
		xasprintf("DELETE FROM _tombstones WHERE class = '%s' AND uuid = ?1", cls);

	t->dirty = true;
	if (run_on_row(t, put, uuid, t->generation + 1, doc_text(doc), err) < 0)
		return -1;
	return run_on_row(t, revive, uuid, 0, NULL, err);
}

int sqlite_del(struct txn *base, const char *cls, const char *uuid, struct vxe_error *err)
{
	struct sqlite_txn *t = (struct sqlite_txn *)base;
	_cleanup_free_ char *del = xasprintf("DELETE FROM \"%s\" WHERE uuid = ?1", cls);
	_cleanup_free_ char *bury =
		xasprintf("INSERT OR REPLACE INTO _tombstones(class, uuid, generation)"
			  " VALUES('%s', ?1, ?2)",
			cls);

	if (run_on_row(t, del, uuid, 0, NULL, err) < 0)
		return -1;
	if (sqlite3_changes(t->conn->db) == 0)
		return 0;
	t->dirty = true;
	return run_on_row(t, bury, uuid, t->generation + 1, NULL, err);
}

int sqlite_generation(struct txn *t, int64_t *ret, struct vxe_error *err)
{
	(void)err;
	*ret = ((const struct sqlite_txn *)t)->generation;
	return 0;
}

int sqlite_changes(struct txn *t, int64_t since, txn_row_fn *fn, void *ctx, struct vxe_error *err)
{
	_cleanup_str_ struct str sql = { 0 };
	struct row_walk w = { fn, ctx };
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;

	for (const struct store_class *c = t->store->config.classes; c->name; c++)
		str_addf(&sql,
			"SELECT uuid, '%s', 'put', _generation FROM \"%s\""
			" WHERE _generation > ?1 UNION ALL ",
			c->name, c->name);
	str_add(&sql, "SELECT uuid, class, 'del', generation FROM _tombstones"
		      " WHERE generation > ?1 ORDER BY 4, 2, 1");
	if (conn_statement(txn_conn(t), str_text(&sql), &stmt, err) < 0)
		return -1;
	conn_bind_int(stmt, 1, since);
	return walk(t, stmt, call_with_cells, &w, err);
}
