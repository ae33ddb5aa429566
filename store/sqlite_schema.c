/* SPDX-License-Identifier: MIT */
/*
 * The layout. Each class has a table with the document and generated columns, which SQLite itself
 * keeps equal to the document; the columns come before the long text, so that they are close
 * together. An index over all columns lets a list read nothing else. Each column used to find
 * objects has one more index. There are no others, because an index costs one page per write and
 * one line of SQL to parse at each start. Names of vxe's own begin with '_'.
 */
#include "store/sqlite_schema.h"

#include <string.h>

#include "store/engine.h"

#define LAYOUT_VERSION 1

static bool is_found(const struct store_class *c, size_t column)
{
	return c->found && c->found[column];
}

/*
 * The declared columns as one text: "VM:name_label,parent+;VDI:sr+;", with + for a column with an
 * index.
 */
static char *declared_text(const struct store_class *classes)
{
	struct str text = { 0 };

	for (const struct store_class *c = classes; c->name; c++) {
		str_addf(&text, "%s:", c->name);
		for (size_t i = 0; c->columns[i]; i++)
			str_addf(&text, "%s%s%s", i ? "," : "", c->columns[i],
				is_found(c, i) ? "+" : "");
		str_add(&text, ";");
	}
	return str_steal(&text);
}

/* The value of a row of _meta, as text; NULL in *ret when there is no such row. */
static int meta_get(struct conn *c, const char *key, char **ret, struct vxe_error *err)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;

	if (conn_statement(c, "SELECT value FROM _meta WHERE key = ?1", &stmt, err) < 0)
		return -1;
	conn_bind_text(stmt, 1, key);
	int rc = conn_step(c, stmt, err);
	if (rc < 0)
		return -1;
	*ret = rc ? xstrdup_null((const char *)sqlite3_column_text(stmt, 0)) : NULL;
	return 0;
}

static int meta_set(struct conn *c, const char *key, const char *value, struct vxe_error *err)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;

	if (conn_statement(
		    c, "INSERT OR REPLACE INTO _meta(key, value) VALUES(?1, ?2)", &stmt, err) < 0)
		return -1;
	conn_bind_text(stmt, 1, key);
	conn_bind_text(stmt, 2, value);
	return conn_step(c, stmt, err);
}

int schema_generation(struct conn *c, int64_t *ret, struct vxe_error *err)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;

	if (conn_statement(c, "SELECT value FROM _meta WHERE key = 'generation'", &stmt, err) < 0)
		return -1;
	int rc = conn_step(c, stmt, err);
	if (rc < 0)
		return -1;
	if (rc == 0)
		return store_fail(c->where, err, "damaged: it has no generation");
	*ret = sqlite3_column_int64(stmt, 0);
	return 0;
}

int schema_set_generation(struct conn *c, int64_t value, struct vxe_error *err)
{
	_cleanup_free_ char *text = xasprintf("%lld", (long long)value);

	return meta_set(c, "generation", text, err);
}

static int count_query(struct conn *c, const char *sql, int64_t *ret, struct vxe_error *err)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;

	if (conn_statement(c, sql, &stmt, err) < 0 || conn_step(c, stmt, err) < 0)
		return -1;
	*ret = sqlite3_column_int64(stmt, 0);
	return 0;
}

/* Tells whether the database is empty; if it has tables, they must be vxe's. */
static int check_tables(struct conn *c, bool *is_empty, struct vxe_error *err)
{
	int64_t all = 0;
	int64_t ours = 0;

	if (count_query(c, "SELECT count(*) FROM sqlite_schema", &all, err) < 0 ||
		count_query(c, "SELECT count(*) FROM sqlite_schema WHERE name = '_meta'", &ours,
			err) < 0)
		return -1;
	if (all > 0 && ours == 0)
		return store_fail(c->where, err, "vxe.db is a database, but not a store of vxe");
	*is_empty = all == 0;
	return 0;
}

static int check_version(struct conn *c, struct vxe_error *err)
{
	_cleanup_free_ char *text = NULL;

	if (meta_get(c, "layout", &text, err) < 0)
		return -1;
	long long version = text ? strtoll(text, NULL, 10) : 0;
	if (version < 1)
		return store_fail(c->where, err, "damaged: it has no layout version");
	if (version > LAYOUT_VERSION)
		return store_fail(c->where, err,
			"a newer vxe made it (layout %lld, this one knows %d)", version,
			LAYOUT_VERSION);
	return 0;
}

int schema_state(struct conn *c, const struct store_class *classes, enum schema_state *ret,
	struct vxe_error *err)
{
	_cleanup_free_ char *declared = declared_text(classes);
	_cleanup_free_ char *recorded = NULL;
	bool is_empty = false;

	if (check_tables(c, &is_empty, err) < 0)
		return -1;
	if (is_empty) {
		*ret = SCHEMA_EMPTY;
		return 0;
	}
	if (check_version(c, err) < 0 || meta_get(c, "columns", &recorded, err) < 0)
		return -1;
	*ret = str_eq(recorded, declared) ? SCHEMA_CURRENT : SCHEMA_STALE;
	return 0;
}

/*
 * Adds the column of the member @name: the text of a scalar. ->> would turn booleans into 0 and 1
 * and large integers into floating point; -> gives the document's own characters.
 */
static void add_column(struct str *sql, const char *name)
{
	str_addf(sql,
		"\"%s\" TEXT GENERATED ALWAYS AS (CASE json_type(_json, '$.%s')"
		" WHEN 'text' THEN _json ->> '$.%s' WHEN 'null' THEN NULL"
		" WHEN 'object' THEN NULL WHEN 'array' THEN NULL"
		" ELSE _json -> '$.%s' END) STORED, ",
		name, name, name, name);
}

static int create_table(struct conn *c, const struct store_class *cls, struct vxe_error *err)
{
	_cleanup_str_ struct str sql = { 0 };

	str_add(&sql, "CREATE TABLE _new (uuid TEXT NOT NULL PRIMARY KEY,"
		      " _generation INTEGER NOT NULL, ");
	for (size_t i = 0; cls->columns[i]; i++)
		add_column(&sql, cls->columns[i]);
	str_add(&sql, "_json TEXT NOT NULL)");
	return conn_run(c, str_text(&sql), err);
}

/* Each index contains the uuid, so its rows come in uuid order without a sort. */
static int create_indexes(struct conn *c, const struct store_class *cls, struct vxe_error *err)
{
	_cleanup_str_ struct str sql = { 0 };

	str_addf(&sql, "CREATE INDEX \"%s._generation\" ON \"%s\"(_generation, uuid);", cls->name,
		cls->name);
	str_addf(&sql, "CREATE INDEX \"%s._list\" ON \"%s\"(uuid", cls->name, cls->name);
	for (size_t i = 0; cls->columns[i]; i++)
		str_addf(&sql, ", \"%s\"", cls->columns[i]);
	str_add(&sql, ");");
	for (size_t i = 0; cls->columns[i]; i++)
		if (is_found(cls, i))
			str_addf(&sql,
				"CREATE INDEX \"%s.%s\" ON \"%s\"(\"%s\", uuid) WHERE \"%s\" IS "
				"NOT NULL;",
				cls->name, cls->columns[i], cls->name, cls->columns[i],
				cls->columns[i]);
	return conn_run(c, str_text(&sql), err);
}

/*
 * Moves the rows of the class's table, if it exists, to _new, and renames _new to the table's name.
 */
static int replace_table(struct conn *c, const struct store_class *cls, struct vxe_error *err)
{
	_cleanup_free_ char *exists =
		xasprintf("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = '%s'",
			cls->name);
	_cleanup_free_ char *move =
		xasprintf("INSERT INTO _new(uuid, _generation, _json)"
			  " SELECT uuid, _generation, _json FROM \"%s\" ORDER BY uuid;"
			  "DROP TABLE \"%s\"",
			cls->name, cls->name);
	_cleanup_free_ char *rename = xasprintf("ALTER TABLE _new RENAME TO \"%s\"", cls->name);
	int64_t n = 0;

	if (count_query(c, exists, &n, err) < 0)
		return -1;
	if (n > 0 && conn_run(c, move, err) < 0)
		return -1;
	return conn_run(c, rename, err);
}

static int build_meta(struct conn *c, const struct store_class *classes, struct vxe_error *err)
{
	_cleanup_free_ char *declared = declared_text(classes);
	_cleanup_free_ char *version = xasprintf("%d", LAYOUT_VERSION);

	if (conn_run(c,
		    "CREATE TABLE IF NOT EXISTS _meta"
		    " (key TEXT NOT NULL PRIMARY KEY, value TEXT) WITHOUT ROWID;"
		    "INSERT OR IGNORE INTO _meta(key, value) VALUES('generation', '0');"
		    "CREATE TABLE IF NOT EXISTS _tombstones (class TEXT NOT NULL,"
		    " uuid TEXT NOT NULL, generation INTEGER NOT NULL,"
		    " PRIMARY KEY(class, uuid)) WITHOUT ROWID;"
		    "CREATE INDEX IF NOT EXISTS \"_tombstones.generation\""
		    " ON _tombstones(generation)",
		    err) < 0)
		return -1;
	if (meta_set(c, "layout", version, err) < 0)
		return -1;
	return meta_set(c, "columns", declared, err);
}

int schema_build(struct conn *c, const struct store_class *classes, struct vxe_error *err)
{
	if (build_meta(c, classes, err) < 0)
		return -1;
	for (const struct store_class *cls = classes; cls->name; cls++)
		if (create_table(c, cls, err) < 0 || replace_table(c, cls, err) < 0 ||
			create_indexes(c, cls, err) < 0)
			return -1;
	return 0;
}
