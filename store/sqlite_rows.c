/* SPDX-License-Identifier: MIT */
/*
 * Queries in an open transaction. A list reads the rows of the table objects and no documents; a search by a value uses
 * the key of the table found first, and then the key of objects. CROSS JOIN makes SQLite keep that order.
 */
#include "store/sqlite_rows.h"

#include <json-c/json_object.h>

#include "store/cells.h"
#include "store/doc.h"
#include "store/sqlite_schema.h"

static struct conn *txn_conn(const struct txn *t)
{
	return ((const struct sqlite_txn *)t)->conn;
}

/* ---- walks ----------------------------------------------------------------------------------- */

/*
 * Called for each row of a query with its values, each a text or NULL: first the UUID; a NULL follows the last value.
 */
typedef int values_fn(void *ctx, const char *const *values, struct vxe_error *err);

static const char *cell(sqlite3_stmt *stmt, int i)
{
	return (const char *)sqlite3_column_text(stmt, i);
}

/*
 * A run over the rows of an SQLite statement, with the callback for each row. If @cls is given, the second column of
 * the statement is a blob with the values of all columns of that class, and the values of @columns are read from the
 * blob.
 */
struct walk {
	const struct txn *t;
	sqlite3_stmt *stmt;
	const struct store_class *cls;
	const char *const *columns;
	values_fn *fn;
	void *ctx;
};

/* The row of an SQLite statement that is being read: the values that the callback gets. */
struct current {
	size_t n;
	const char **values; /* @n texts, one for each column that is read, then NULL */
	const char **all;    /* the values of all columns that the class declares */
	size_t *positions;   /* the index in @all of each value but the first, the UUID */
};

static void current_clear(struct current *c)
{
	free(c->values);
	free(c->all);
	free(c->positions);
}
#define _cleanup_current_ _cleanup_(current_clear)

static void current_init(struct current *c, const struct walk *w)
{
	c->n = (size_t)sqlite3_column_count(w->stmt);
	if (w->cls) {
		for (c->n = 1; w->columns[c->n - 1]; c->n++) {
			c->positions = xrealloc(c->positions, c->n + 1, sizeof(size_t));
			c->positions[c->n] = store_column_index(w->cls, w->columns[c->n - 1]);
		}
		c->all = xcalloc(store_column_count(w->cls) + 1, sizeof(char *));
	}
	c->values = xcalloc(c->n + 1, sizeof(char *));
}

static int read_columns(const struct walk *w, struct current *ret, struct vxe_error *err)
{
	const void *bytes = sqlite3_column_blob(w->stmt, 1);
	size_t len = (size_t)sqlite3_column_bytes(w->stmt, 1);

	if (cells_split(txn_conn(w->t)->where, w->cls->name, ret->values[0], bytes, len,
		    store_column_count(w->cls), ret->all, err) < 0)
		return -1;
	for (size_t i = 1; i < ret->n; i++)
		ret->values[i] = ret->all[ret->positions[i]];
	return 0;
}

/* Reads the next row of the statement into @ret. Returns 1 if a row was read, 0 after the last row, -1 on failure. */
static int next_row(const struct walk *w, struct current *ret, struct vxe_error *err)
{
	int rc = conn_step(txn_conn(w->t), w->stmt, err);

	if (rc <= 0)
		return rc;
	ret->values[0] = cell(w->stmt, 0);
	if (w->cls)
		return read_columns(w, ret, err) < 0 ? -1 : 1;
	for (size_t i = 1; i < ret->n; i++)
		ret->values[i] = cell(w->stmt, (int)i);
	return 1;
}

static int walk_rows(const struct walk *w, struct vxe_error *err)
{
	_cleanup_current_ struct current row = { 0 };
	int rc;

	current_init(&row, w);
	while ((rc = next_row(w, &row, err)) > 0) {
		rc = w->fn(w->ctx, row.values, err);
		if (rc != 0)
			return rc;
	}
	return rc;
}

/*
 * Calls the callback for each row of the statement, but reads all rows before the first call: in a write transaction
 * the callback may change the rows.
 */
static int walk_copied(const struct walk *w, struct vxe_error *err)
{
	_cleanup_strv_ struct strv all = { 0 };
	_cleanup_current_ struct current row = { 0 };
	int rc;

	current_init(&row, w);
	while ((rc = next_row(w, &row, err)) > 0)
		for (size_t i = 0; i <= row.n; i++)
			strv_take(&all, xstrdup_null(row.values[i]));
	sqlite3_reset(w->stmt);
	for (size_t i = 0; i < all.n && rc == 0; i += row.n + 1)
		rc = w->fn(w->ctx, (const char *const *)&all.items[i], err);
	return rc;
}

static int walk(const struct walk *w, struct vxe_error *err)
{
	return (w->t->mode == TXN_WRITE ? walk_copied : walk_rows)(w, err);
}

struct doc_walk {
	const struct store *store;
	const char *cls;
	txn_each_fn *fn;
	void *ctx;
};

/*
 * The number that the text of a column holds; 0 for NULL, which a LEFT JOIN yields if the document of a row is missing.
 */
static int64_t column_number(const char *text)
{
	return text ? strtoll(text, NULL, 10) : 0;
}

static int call_with_doc(void *ctx, const char *const *values, struct vxe_error *err)
{
	const struct doc_walk *w = ctx;
	struct doc_row row = { w->cls, values[0], values[1], column_number(values[2]),
		column_number(values[3]) };
	struct json_object *doc = NULL;

	if (doc_read(w->store, &row, &doc, err) < 0)
		return -1;
	int rc = doc ? w->fn(w->ctx, values[0], doc, err) : 0;
	json_object_put(doc);
	return rc;
}

struct row_walk {
	txn_row_fn *fn;
	void *ctx;
};

static int call_with_values(void *ctx, const char *const *values, struct vxe_error *err)
{
	const struct row_walk *w = ctx;

	return w->fn(w->ctx, values[0], values + 1, err);
}

/* ---- slots ----------------------------------------------------------------------------------- */

/*
 * Reads the document of an object. LEFT JOIN: a row whose document is missing is reported as damage, and not as an
 * object that does not exist.
 */
int sqlite_get(struct txn *t, const char *cls, const char *uuid, struct json_object **ret,
	int64_t *generation, struct vxe_error *err)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;

	if (conn_statement(txn_conn(t),
		    "SELECT json, generation, sum FROM objects LEFT JOIN documents ON id = document"
		    " WHERE class = ?1 AND uuid = ?2",
		    &stmt, err) < 0)
		return -1;
	conn_bind_text(stmt, 1, cls);
	conn_bind_text(stmt, 2, uuid);
	int rc = conn_step(txn_conn(t), stmt, err);
	if (rc == 0)
		*ret = NULL;
	if (rc <= 0)
		return rc;
	struct doc_row row = { cls, uuid, cell(stmt, 0), sqlite3_column_int64(stmt, 1),
		sqlite3_column_int64(stmt, 2) };
	if (doc_read(t->store, &row, ret, err) < 0)
		return -1;
	if (generation)
		*generation = row.generation;
	return 0;
}

int sqlite_each(struct txn *t, const char *cls, txn_each_fn *fn, void *ctx, struct vxe_error *err)
{
	struct doc_walk d = { t->store, cls, fn, ctx };
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;

	if (conn_statement(txn_conn(t),
		    "SELECT uuid, json, generation, sum FROM objects LEFT JOIN documents ON id = "
		    "document WHERE class = ?1 ORDER BY uuid",
		    &stmt, err) < 0)
		return -1;
	conn_bind_text(stmt, 1, cls);
	return walk(&(struct walk){ t, stmt, NULL, NULL, call_with_doc, &d }, err);
}

struct filter {
	const char *column;
	const char *value;
	txn_each_fn *fn;
	void *ctx;
};

static int call_if_equal(
	void *ctx, const char *uuid, struct json_object *doc, struct vxe_error *err)
{
	const struct filter *f = ctx;
	_cleanup_free_ char *value = doc_column(doc, f->column);

	return value && str_eq(value, f->value) ? f->fn(f->ctx, uuid, doc, err) : 0;
}

static void bind_found(sqlite3_stmt *stmt, const char *cls, const char *column, const char *value)
{
	conn_bind_text(stmt, 1, cls);
	conn_bind_text(stmt, 2, column);
	conn_bind_text(stmt, 3, value);
}

int sqlite_find(struct txn *t, const char *cls, const char *column, const char *value,
	txn_each_fn *fn, void *ctx, struct vxe_error *err)
{
	const struct store_class *c = txn_class(t, cls);
	struct doc_walk d = { t->store, cls, fn, ctx };
	struct filter filter = { column, value, fn, ctx };
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;

	if (!store_column_is_found(c, store_column_index(c, column)))
		return sqlite_each(t, cls, call_if_equal, &filter, err);
	if (conn_statement(txn_conn(t),
		    "SELECT f.uuid, json, generation, sum FROM found f CROSS JOIN objects o"
		    " ON o.class = f.class AND o.uuid = f.uuid LEFT JOIN documents ON id = document"
		    " WHERE f.class = ?1 AND field = ?2 AND value = ?3 ORDER BY f.uuid",
		    &stmt, err) < 0)
		return -1;
	bind_found(stmt, cls, column, value);
	return walk(&(struct walk){ t, stmt, NULL, NULL, call_with_doc, &d }, err);
}

int sqlite_scan(struct txn *t, const char *cls, const char *const columns[], const char *where,
	const char *value, txn_row_fn *fn, void *ctx, struct vxe_error *err)
{
	const struct store_class *c = txn_class(t, cls);
	struct row_walk r = { fn, ctx };
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;

	if (conn_statement(txn_conn(t),
		    where ? "SELECT f.uuid, cells FROM found f CROSS JOIN objects o"
			    " ON o.class = f.class AND o.uuid = f.uuid"
			    " WHERE f.class = ?1 AND field = ?2 AND value = ?3 ORDER BY f.uuid"
			  : "SELECT uuid, cells FROM objects WHERE class = ?1 ORDER BY uuid",
		    &stmt, err) < 0)
		return -1;
	if (where)
		bind_found(stmt, cls, where, value);
	else
		conn_bind_text(stmt, 1, cls);
	return walk(&(struct walk){ t, stmt, c, columns, call_with_values, &r }, err);
}

int sqlite_range(struct txn *t, const char *cls, const char *const columns[], const char *from,
	const char *until, txn_row_fn *fn, void *ctx, struct vxe_error *err)
{
	struct row_walk r = { fn, ctx };
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;

	if (conn_statement(txn_conn(t),
		    "SELECT uuid, cells FROM objects WHERE class = ?1 AND uuid >= ?2 AND uuid < ?3 ORDER BY uuid",
		    &stmt, err) < 0)
		return -1;
	conn_bind_text(stmt, 1, cls);
	conn_bind_text(stmt, 2, from);
	conn_bind_text(stmt, 3, until);
	return walk(
		&(struct walk){ t, stmt, txn_class(t, cls), columns, call_with_values, &r }, err);
}

int sqlite_count(struct txn *t, const char *cls, int64_t *ret, struct vxe_error *err)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;

	if (conn_statement(
		    txn_conn(t), "SELECT count(*) FROM objects WHERE class = ?1", &stmt, err) < 0)
		return -1;
	conn_bind_text(stmt, 1, cls);
	if (conn_step(txn_conn(t), stmt, err) < 0)
		return -1;
	*ret = sqlite3_column_int64(stmt, 0);
	return 0;
}

static int has_row(
	struct conn *c, const char *cls, const char *uuid, bool *ret, struct vxe_error *err)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;

	if (conn_statement(c, SQLITE_ROW_BY_KEY, &stmt, err) < 0)
		return -1;
	conn_bind_text(stmt, 1, cls);
	conn_bind_text(stmt, 2, uuid);
	int rc = conn_step(c, stmt, err);
	*ret = rc > 0;
	return rc < 0 ? -1 : 0;
}

/*
 * Joins a VALUES list of class names with the table objects: SQLite just loops over VALUES, but for IN (...) would
 * build a table at each run. Names of classes are plain words, so they are safe inside SQL.
 */
char *sqlite_holder_sql(const struct store_class *classes)
{
	struct str sql = { 0 };

	str_add(&sql, "SELECT class FROM (VALUES('')");
	for (const struct store_class *c = classes; c->name; c++) {
		if (!c->unique)
			continue;
		str_add(&sql, ",('");
		str_add(&sql, c->name);
		str_add(&sql, "')");
	}
	str_add(&sql, ") CROSS JOIN objects ON class = column1 AND uuid = ?1");
	return str_steal(&sql);
}

/*
 * Finds the class that has an object with this UUID. Asks @cls first, because most writes change objects that exist;
 * one more statement asks all classes whose UUIDs are unique.
 */
int sqlite_holder(
	struct txn *t, const char *cls, const char *uuid, const char **ret, struct vxe_error *err)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	bool found = false;

	if (*cls && has_row(txn_conn(t), cls, uuid, &found, err) < 0)
		return -1;
	*ret = found ? txn_class(t, cls)->name : NULL;
	if (found)
		return 0;
	if (conn_statement(txn_conn(t), ((const struct sqlite_txn *)t)->holder_sql, &stmt, err) < 0)
		return -1;
	conn_bind_text(stmt, 1, uuid);
	int rc = conn_step(txn_conn(t), stmt, err);
	if (rc > 0)
		*ret = txn_class(t, cell(stmt, 0))->name;
	return rc < 0 ? -1 : 0;
}

int sqlite_changes(struct txn *t, int64_t since, txn_row_fn *fn, void *ctx, struct vxe_error *err)
{
	struct row_walk r = { fn, ctx };
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int known = schema_knows(txn_conn(t), since, err);

	if (known <= 0)
		return known < 0 ? -1 : STORE_AGAIN;
	if (conn_statement(txn_conn(t),
		    "SELECT uuid, class, 'put', generation FROM objects WHERE generation > ?1 UNION ALL SELECT uuid, class, 'del', generation FROM _tombstones WHERE generation > ?1 ORDER BY 4, 2, 1",
		    &stmt, err) < 0)
		return -1;
	conn_bind_int(stmt, 1, since);
	return walk(&(struct walk){ t, stmt, NULL, NULL, call_with_values, &r }, err);
}
