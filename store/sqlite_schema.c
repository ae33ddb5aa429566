/* SPDX-License-Identifier: MIT */
/*
 * The tables of the database. Their number is small and does not grow with the classes or columns, because each process
 * parses the SQL of all tables. Which columns a class has is known to the declaration of the class alone: the row of an
 * object holds the values of all columns in one blob. Layout 1 of the database had a table for each class, with
 * generated columns; layout 2 had no checksums.
 */
#include "store/sqlite_schema.h"

#include <json-c/json_object.h>
#include <string.h>

#include "store/doc.h"
#include "store/sqlite_write.h"

#define LAYOUT_VERSION 3
#define FIRST_WITH_SUMS 3

static const char tables[] =
	"CREATE TABLE IF NOT EXISTS _meta(key TEXT NOT NULL PRIMARY KEY, value TEXT) WITHOUT "
	"ROWID;INSERT OR IGNORE INTO _meta(key, value) VALUES('generation', '0');CREATE TABLE IF "
	"NOT EXISTS _tombstones(class TEXT NOT NULL, uuid TEXT NOT NULL, generation INTEGER NOT "
	"NULL, PRIMARY KEY(class, uuid)) WITHOUT ROWID;CREATE INDEX IF NOT EXISTS "
	"\"_tombstones.generation\" ON _tombstones(generation);CREATE TABLE IF NOT EXISTS "
	"documents(id INTEGER PRIMARY KEY, json TEXT NOT NULL, sum INTEGER NOT NULL DEFAULT "
	"0);CREATE TABLE IF NOT EXISTS objects(class TEXT NOT NULL, uuid TEXT NOT NULL, generation "
	"INTEGER NOT NULL, document INTEGER NOT NULL, cells BLOB NOT NULL, PRIMARY KEY(class, "
	"uuid)) WITHOUT ROWID;CREATE INDEX IF NOT EXISTS \"objects.generation\" ON "
	"objects(generation);CREATE TABLE IF NOT EXISTS found(class TEXT NOT NULL, field TEXT NOT "
	"NULL, value TEXT NOT NULL, uuid TEXT NOT NULL, PRIMARY KEY(class, field, value, uuid)) "
	"WITHOUT ROWID";

/*
 * The layout version and the declared columns as one text: "3;VM:name_label,parent+;VDI:sr+;", where + marks a column
 * with an index. The layout version is included, because a vxe that still runs after a newer one has converted the
 * database compares this text and nothing else.
 */
char *schema_columns(const struct store_class *classes)
{
	struct str text = { 0 };

	str_addf(&text, "%d;", LAYOUT_VERSION);
	for (const struct store_class *c = classes; c->name; c++) {
		str_add(&text, c->name);
		str_add(&text, ":");
		for (size_t i = 0; c->columns[i]; i++) {
			str_add(&text, i ? "," : "");
			str_add(&text, c->columns[i]);
			str_add(&text, store_column_is_found(c, i) ? "+" : "");
		}
		str_add(&text, ";");
	}
	return str_steal(&text);
}

/* Reads the value of @key in the table _meta, as text; *ret is NULL when the table has no such row. */
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

int schema_generation(struct conn *c, const char *columns, int64_t *ret, struct vxe_error *err)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_free_ char *recorded = NULL;

	if (meta_get(c, "generation", &text, err) < 0 || meta_get(c, "columns", &recorded, err) < 0)
		return -1;
	if (!text)
		return store_fail(c->where, err, "damaged: it has no generation");
	if (!str_eq(recorded, columns))
		return store_fail(
			c->where, err, "another version of vxe has changed its columns meanwhile");
	*ret = strtoll(text, NULL, 10);
	return 0;
}

int schema_set_generation(struct conn *c, int64_t value, struct vxe_error *err)
{
	_cleanup_free_ char *text = xasprintf("%lld", (long long)value);

	return meta_set(c, "generation", text, err);
}

/* ---- tombstones ------------------------------------------------------------------------------ */

/*
 * The generation up to which tombstones (records of deleted objects) have been removed, so that deletions may be
 * forgotten; 0: none were removed.
 */
static int meta_forgotten(struct conn *c, int64_t *ret, struct vxe_error *err)
{
	_cleanup_free_ char *text = NULL;

	if (meta_get(c, "forgotten", &text, err) < 0)
		return -1;
	*ret = text ? strtoll(text, NULL, 10) : 0;
	return 0;
}

int schema_knows(struct conn *c, int64_t since, struct vxe_error *err)
{
	int64_t forgotten;

	return meta_forgotten(c, &forgotten, err) < 0 ? -1 : since >= forgotten;
}

/*
 * Removes all tombstones (records of deleted objects) at once: SQLite frees the pages of a DELETE without WHERE unread.
 * Tombstones hold no secrets, so they need no overwriting (secure_delete), which would fill the WAL if an old store has
 * many.
 */
int schema_forget(struct conn *c, int64_t generation, struct vxe_error *err)
{
	_cleanup_free_ char *text = xasprintf("%lld", (long long)generation);
	int64_t forgotten;

	if (meta_forgotten(c, &forgotten, err) < 0)
		return -1;
	if (generation - forgotten < TOMBSTONES_STAY)
		return 0;
	if (conn_run(c, "PRAGMA secure_delete = FAST; DELETE FROM _tombstones", err) < 0 ||
		conn_run(c, "PRAGMA secure_delete = ON", err) < 0)
		return -1;
	return meta_set(c, "forgotten", text, err);
}

/* ---- the state of a database ----------------------------------------------------------------- */

static int ask_number(struct conn *c, const char *sql, int64_t *ret, struct vxe_error *err)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;

	if (conn_statement(c, sql, &stmt, err) < 0 || conn_step(c, stmt, err) < 0)
		return -1;
	*ret = sqlite3_column_int64(stmt, 0);
	return 0;
}

/*
 * Called when the table _meta cannot be read: sets @is_empty if the database has no tables at all, and fails if it has
 * tables but no _meta, so that it belongs to another program. Asks in one statement, because another process may be
 * making the tables.
 */
static int check_tables(struct conn *c, bool *is_empty, struct vxe_error *err)
{
	enum { EMPTY, FOREIGN, HAS_META };
	int64_t what = EMPTY;

	if (ask_number(c,
		    "SELECT (count(*) > 0) + ifnull(max(name = '_meta'), 0) FROM sqlite_schema",
		    &what, err) < 0)
		return -1;
	if (what == FOREIGN)
		return store_fail(c->where, err, "vxe.db is a database, but not a store of vxe");
	*is_empty = what == EMPTY;
	return 0;
}

static int read_layout(struct conn *c, char **ret, bool *is_empty, struct vxe_error *err)
{
	*is_empty = false;
	if (meta_get(c, "layout", ret, err) == 0)
		return 0;
	if ((sqlite3_errcode(c->db) & 0xff) != SQLITE_ERROR)
		return -1;
	/* the error says that the table _meta does not exist, which is not a failure here */
	error_clear(err);
	if (check_tables(c, is_empty, err) < 0)
		return -1;
	return *is_empty ? 0 : meta_get(c, "layout", ret, err);
}

static int check_version(
	const struct conn *c, const char *layout, long long *ret, struct vxe_error *err)
{
	*ret = layout ? strtoll(layout, NULL, 10) : 0;
	if (*ret < 1)
		return store_fail(c->where, err, "damaged: it has no layout version");
	if (*ret > LAYOUT_VERSION)
		return store_fail(c->where, err,
			"a newer vxe made it (layout %lld, this one knows %d)", *ret,
			LAYOUT_VERSION);
	return 0;
}

int schema_state(struct conn *c, const char *columns, enum schema_state *ret, struct vxe_error *err)
{
	_cleanup_free_ char *recorded = NULL;
	_cleanup_free_ char *layout = NULL;
	bool is_empty;
	long long version;

	if (read_layout(c, &layout, &is_empty, err) < 0)
		return -1;
	if (is_empty) {
		*ret = SCHEMA_EMPTY;
		return 0;
	}
	if (check_version(c, layout, &version, err) < 0 ||
		meta_get(c, "columns", &recorded, err) < 0)
		return -1;
	*ret = version == LAYOUT_VERSION && str_eq(recorded, columns) ? SCHEMA_CURRENT
								      : SCHEMA_STALE;
	return 0;
}

/* ---- layout 1 -------------------------------------------------------------------------------- */

/*
 * Finds a table of layout 1, in which each class had a table; the class need not be declared any more. *ret is the
 * name, or NULL if no such table is left.
 */
static int old_table(struct conn *c, char **ret, struct vxe_error *err)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;

	if (conn_statement(c,
		    "SELECT name FROM sqlite_schema AS s WHERE type = 'table' AND name NOT GLOB '*[^A-Za-z0-9_]*'"
		    " AND 3 = (SELECT count(*) FROM pragma_table_info(s.name)"
		    " WHERE name IN ('uuid', '_generation', '_json')) LIMIT 1",
		    &stmt, err) < 0)
		return -1;
	int rc = conn_step(c, stmt, err);
	if (rc < 0)
		return -1;
	*ret = rc ? xstrdup((const char *)sqlite3_column_text(stmt, 0)) : NULL;
	return 0;
}

static int move_tables(struct conn *c, struct vxe_error *err)
{
	for (;;) {
		_cleanup_free_ char *name = NULL;

		if (old_table(c, &name, err) < 0)
			return -1;
		if (!name)
			return 0;
		/*
		 * Moves the rows of a table of layout 1 into the tables documents and objects. The blob with the values
		 * of columns stays empty: rebuild_class() makes it.
		 */
		int64_t last = 0;

		if (ask_number(c, "SELECT max(id) FROM documents", &last, err) < 0)
			return -1;
		_cleanup_free_ char *sql = xasprintf(
			"INSERT INTO documents(id, json) SELECT rowid + %lld, _json FROM \"%s\";"
			"INSERT INTO objects(class, uuid, generation, document, cells)"
			" SELECT '%s', uuid, _generation, rowid + %lld, x'' FROM \"%s\" ORDER BY uuid;DROP TABLE \"%s\"",
			(long long)last, name, name, (long long)last, name, name);
		if (conn_run(c, sql, err) < 0)
			return -1;
	}
}

/* ---- layout 2 -------------------------------------------------------------------------------- */

static int ensure_sums(struct conn *c, struct vxe_error *err)
{
	int64_t is_there = 0;

	if (ask_number(c, "SELECT count(*) FROM pragma_table_info('documents') WHERE name = 'sum'",
		    &is_there, err) < 0)
		return -1;
	return is_there
		? 0
		: conn_run(c, "ALTER TABLE documents ADD COLUMN sum INTEGER NOT NULL DEFAULT 0",
			  err);
}

static int set_sum(struct conn *c, int64_t document, int64_t sum, struct vxe_error *err)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;

	if (conn_statement(c, "UPDATE documents SET sum = ?2 WHERE id = ?1", &stmt, err) < 0)
		return -1;
	conn_bind_int(stmt, 1, document);
	conn_bind_int(stmt, 2, sum);
	return conn_step(c, stmt, err);
}

/*
 * Gives a checksum to the document of the first object whose key is greater than (*cls, *uuid), and puts the key of
 * that object there. Returns 1, 0 if there is no such object, -1 on failure.
 */
static int sum_next(struct conn *c, char **cls, char **uuid, struct vxe_error *err)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;

	if (conn_statement(c,
		    "SELECT class, uuid, json, generation, document FROM objects LEFT JOIN documents ON id = document"
		    " WHERE (class, uuid) > (?1, ?2) ORDER BY class, uuid LIMIT 1",
		    &stmt, err) < 0)
		return -1;
	conn_bind_text(stmt, 1, *cls);
	conn_bind_text(stmt, 2, *uuid);
	int rc = conn_step(c, stmt, err);
	if (rc <= 0)
		return rc;
	struct doc_row row = { (const char *)sqlite3_column_text(stmt, 0),
		(const char *)sqlite3_column_text(stmt, 1),
		(const char *)sqlite3_column_text(stmt, 2), sqlite3_column_int64(stmt, 3), 0 };
	if (row.text && set_sum(c, sqlite3_column_int64(stmt, 4), doc_sum(&row), err) < 0)
		return -1;
	str_replace(cls, row.cls);
	str_replace(uuid, row.uuid);
	return 1;
}

/* Gives all documents checksums, if the layout of the database had none. The documents are taken as undamaged. */
static int sum_documents(struct conn *c, struct vxe_error *err)
{
	_cleanup_free_ char *layout = NULL, *cls = xstrdup(""), *uuid = xstrdup("");
	int rc = meta_get(c, "layout", &layout, err);

	if (rc < 0 || (layout && strtoll(layout, NULL, 10) >= FIRST_WITH_SUMS))
		return rc;
	while ((rc = sum_next(c, &cls, &uuid, err)) > 0)
		;
	return rc;
}

/* ---- cells and found, from the documents ----------------------------------------------------- */

/*
 * Reads the first object of the class o->cls whose UUID is greater than @after into @o; the caller owns *uuid and
 * o->doc. Returns 1, 0 if there is no such object, -1 on failure.
 */
static int next_object(struct conn *c, struct json_tokener *parser, const char *after,
	struct object *o, char **uuid, struct vxe_error *err)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;

	if (conn_statement(c,
		    "SELECT uuid, generation, document, json FROM objects LEFT JOIN documents ON id = document"
		    " WHERE class = ?1 AND uuid > ?2 ORDER BY uuid LIMIT 1",
		    &stmt, err) < 0)
		return -1;
	conn_bind_text(stmt, 1, o->cls->name);
	conn_bind_text(stmt, 2, after);
	int rc = conn_step(c, stmt, err);
	if (rc <= 0)
		return rc;
	*uuid = xstrdup((const char *)sqlite3_column_text(stmt, 0));
	o->uuid = *uuid;
	o->generation = sqlite3_column_int64(stmt, 1);
	o->document = sqlite3_column_int64(stmt, 2);
	struct doc_row row = { o->cls->name, *uuid, (const char *)sqlite3_column_text(stmt, 3),
		o->generation, 0 };
	return doc_parse(parser, c->where, &row, &o->doc, err) < 0 ? -1 : 1;
}

static int forget_found(struct conn *c, const char *cls, struct vxe_error *err)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;

	if (conn_statement(c, "DELETE FROM found WHERE class = ?1", &stmt, err) < 0)
		return -1;
	conn_bind_text(stmt, 1, cls);
	return conn_step(c, stmt, err);
}

/*
 * Makes the column values and index rows of all objects of a class anew from their documents: one object after the
 * other, so that the use of memory does not grow with the number of objects.
 */
static int rebuild_class(struct conn *c, struct json_tokener *parser, const struct store_class *cls,
	struct vxe_error *err)
{
	_cleanup_free_ char *last = xstrdup("");
	int rc = forget_found(c, cls->name, err);

	while (rc == 0) {
		struct object o = { .cls = cls };
		_cleanup_free_ char *uuid = NULL;

		rc = next_object(c, parser, last, &o, &uuid, err);
		if (rc <= 0)
			return rc;
		rc = object_write(c, &o, NULL, err);
		json_object_put(o.doc);
		str_replace(&last, uuid);
	}
	return rc;
}

int schema_build(struct conn *c, const struct store_class *classes, struct vxe_error *err)
{
	_cleanup_free_ char *columns = schema_columns(classes);
	_cleanup_free_ char *version = xasprintf("%d", LAYOUT_VERSION);
	_cleanup_parser_ struct json_tokener *parser = doc_parser_new();

	if (conn_run(c, tables, err) < 0 || ensure_sums(c, err) < 0 || move_tables(c, err) < 0 ||
		sum_documents(c, err) < 0)
		return -1;
	for (const struct store_class *cls = classes; cls->name; cls++)
		if (rebuild_class(c, parser, cls, err) < 0)
			return -1;
	if (meta_set(c, "layout", version, err) < 0)
		return -1;
	return meta_set(c, "columns", columns, err);
}
