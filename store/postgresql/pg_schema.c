/* SPDX-License-Identifier: MIT */
/*
 * Makes the tables. A list reads the values of columns and no document: rows are short, because the server keeps
 * everything but them outside the row (toast_tuple_target; STORAGE MAIN for what lists read). A column has the value that
 * doc_column() gives. Type json keeps the text of a document as it was written, which its checksum needs; jsonb does not.
 */
#include "store/postgresql/pg_schema.h"

#include <string.h>

#include "store/postgresql/pg_self_test.h"
#include "store/store_engine.h"

/* 2 has the table of beats. */
#define PG_LAYOUT 2

/* For one maker at a time: whoever waited looks again what there is to make. */
#define BEGIN_MAKING                                                                               \
	"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;"                                         \
	"SELECT pg_advisory_xact_lock(hashtextextended('vxe: the tables', 0))"

static const char common_tables[] =
	"CREATE SCHEMA vxe;"
	"CREATE TABLE vxe.meta(one boolean PRIMARY KEY CHECK (one), layout bigint NOT NULL, columns text NOT NULL,"
	" generation bigint NOT NULL, forgotten bigint NOT NULL) WITH (fillfactor = 10);"
	"INSERT INTO vxe.meta VALUES(true, 0, '', 0, 0);"
	"CREATE TABLE vxe.keys(uuid text COLLATE \"C\" PRIMARY KEY, class text COLLATE \"C\" NOT NULL);"
	"CREATE TABLE vxe.commits(generation bigint PRIMARY KEY, writer text NOT NULL);"
	"CREATE TABLE vxe.tombstones(class text COLLATE \"C\" NOT NULL, uuid text COLLATE \"C\" NOT NULL,"
	" generation bigint NOT NULL, PRIMARY KEY(class, uuid));"
	"CREATE INDEX ON vxe.tombstones(generation)";

static const char beats_table[] =
	"CREATE UNLOGGED TABLE IF NOT EXISTS vxe.beats(host text COLLATE \"C\" PRIMARY KEY, at timestamptz NOT NULL);";

/* ---- the declaration ------------------------------------------------------------------------- */

/* "VM!:name_label,parent+;", where ! marks a class whose UUIDs are unique, + a column with an index. */
static void add_declaration(struct str *text, const struct store_class *c)
{
	str_addf(text, "%s%s:", c->name, c->unique ? "!" : "");
	for (size_t i = 0; c->columns[i]; i++)
		str_addf(text, "%s%s%s", i ? "," : "", c->columns[i],
			store_column_is_found(c, i) ? "+" : "");
	str_add(text, ";");
}

char *pg_schema_columns(const struct store_class *classes)
{
	struct str text = { 0 };

	str_addf(&text, "%d;", PG_LAYOUT);
	for (const struct store_class *c = classes; c->name; c++)
		add_declaration(&text, c);
	return str_steal(&text);
}

/* The part of @columns that declares the class, up to its ';'; NULL: the class has no table yet. Owned. */
static char *recorded_declaration(const char *columns, const char *cls)
{
	_cleanup_free_ char *plain = xasprintf(";%s:", cls), *unique = xasprintf(";%s!:", cls);
	const char *at = strstr(columns, plain) ? strstr(columns, plain) : strstr(columns, unique);

	return at ? xstrndup(at + 1, strcspn(at + 1, ";") + 1) : NULL;
}

/* ---- statements ------------------------------------------------------------------------------ */

char *pg_changes_sql(const struct store_class *classes)
{
	struct str sql = { 0 };

	str_add(&sql,
		"SELECT uuid, class, 'del', generation FROM vxe.tombstones WHERE generation > $1");
	for (const struct store_class *c = classes; c->name; c++)
		str_addf(&sql,
			" UNION ALL SELECT uuid, '%s', 'put', _generation FROM vxe.\"%s\" WHERE _generation > $1",
			c->name, c->name);
	str_add(&sql, " ORDER BY 4, 2, 1");
	return str_steal(&sql);
}

/* A table may be there already, of a class that was not declared for a time. */
static void add_table(struct str *sql, const char *cls)
{
	str_addf(sql,
		"CREATE TABLE IF NOT EXISTS vxe.\"%s\"(uuid text COLLATE \"C\" PRIMARY KEY,"
		" _generation bigint NOT NULL, _sum bigint NOT NULL, _document json NOT NULL)"
		" WITH (toast_tuple_target = 128);"
		"ALTER TABLE vxe.\"%s\" ALTER COLUMN uuid SET STORAGE MAIN;"
		"CREATE INDEX IF NOT EXISTS \"%s._generation\" ON vxe.\"%s\"(_generation);",
		cls, cls, cls, cls);
}

/* Drops what @declaration names, "CLASS:name,other+;". */
static void drop_columns(struct str *sql, const char *cls, const char *declaration)
{
	_cleanup_strv_ struct strv names = { 0 };
	_cleanup_free_ char *list = xstrdup(strchr(declaration, ':') + 1);

	list[strcspn(list, ";")] = '\0';
	strv_split(&names, list, ',');
	for (size_t i = 0; i < names.n; i++) {
		names.items[i][strcspn(names.items[i], "+")] = '\0';
		str_addf(sql, "ALTER TABLE vxe.\"%s\" DROP COLUMN IF EXISTS \"%s\";", cls,
			names.items[i]);
	}
}

/* All columns in one statement: the server writes a table that has rows anew for each. */
static void add_columns(struct str *sql, const struct store_class *c)
{
	if (c->columns[0])
		str_addf(sql, "ALTER TABLE vxe.\"%s\"", c->name);
	for (size_t i = 0; c->columns[i]; i++)
		str_addf(sql,
			"%s ADD COLUMN \"%s\" text COLLATE \"C\" GENERATED ALWAYS AS ("
			"CASE json_typeof(_document->'%s') WHEN 'object' THEN NULL WHEN 'array' THEN NULL"
			" ELSE _document->>'%s' END) STORED, ALTER COLUMN \"%s\" SET STORAGE MAIN",
			i ? "," : "", c->columns[i], c->columns[i], c->columns[i], c->columns[i]);
	str_add(sql, c->columns[0] ? ";" : "");
	for (size_t i = 0; c->columns[i]; i++)
		if (store_column_is_found(c, i))
			str_addf(sql, "CREATE INDEX ON vxe.\"%s\" USING hash(\"%s\");", c->name,
				c->columns[i]);
}

/* The UUIDs of a class that are in vxe.keys: all or none. */
static void add_keys(struct str *sql, const struct store_class *c)
{
	str_addf(sql, "DELETE FROM vxe.keys WHERE class = '%s';", c->name);
	if (c->unique)
		str_addf(sql,
			"INSERT INTO vxe.keys SELECT uuid, '%s' FROM vxe.\"%s\" ON CONFLICT DO NOTHING;",
			c->name, c->name);
}

/* ---- what there is --------------------------------------------------------------------------- */

struct found_schema {
	bool exists;
	long long layout;
	char *columns;
};

static void found_schema_clear(struct found_schema *f)
{
	freep(&f->columns);
}

/*
 * Fails if the schema is somebody else's. The tables of the server's own see what another session has made since the
 * transaction began; to_regclass() need not.
 */
static int look_at_namespace(struct pg_conn *c, bool *has_meta, struct vxe_error *err)
{
	_cleanup_result_ PGresult *there = NULL;

	if (pg_run(c,
		    "SELECT (SELECT 1 FROM pg_namespace WHERE nspname = 'vxe'), (SELECT 1 FROM pg_class c"
		    " JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = 'vxe' AND relname = 'meta')",
		    &there, err) < 0)
		return -1;
	*has_meta = pg_value(there, 0, 1) != NULL;
	return pg_value(there, 0, 0) && !*has_meta
		? store_fail(
			  c->where, err, "its schema vxe is not that of a store, or cannot be read")
		: 0;
}

/* Reads what is recorded of the tables of a store that exists. */
static int read_meta(struct pg_conn *c, struct found_schema *ret, struct vxe_error *err)
{
	_cleanup_result_ PGresult *meta = NULL;

	if (pg_run(c, "SELECT layout, columns FROM vxe.meta", &meta, err) < 0)
		return -1;
	if (PQntuples(meta) != 1)
		return store_fail(c->where, err, "damaged: it has no layout version");
	ret->exists = true;
	ret->layout = strtoll(pg_value(meta, 0, 0), NULL, 10);
	str_replace(&ret->columns, pg_value(meta, 0, 1));
	if (ret->layout > PG_LAYOUT)
		return store_fail(c->where, err,
			"a newer vxe made it (layout %lld, this one knows %d)", ret->layout,
			PG_LAYOUT);
	return 0;
}

static int look_at_schema(struct pg_conn *c, struct found_schema *ret, struct vxe_error *err)
{
	bool has_meta = false;

	if (look_at_namespace(c, &has_meta, err) < 0)
		return -1;
	return has_meta ? read_meta(c, ret, err) : 0;
}

/* As look_at_schema(), outside a transaction: most stores exist, so that is tried first, with one message. */
static int look_first(struct pg_conn *c, struct found_schema *ret, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error failed = { 0 };

	if (read_meta(c, ret, &failed) == 0)
		return 0;
	if (str_eq(c->state, "42P01") || str_eq(c->state, "3F000"))
		return look_at_schema(c, ret, err);
	error_move(err, &failed);
	return -1;
}

/* ---- making ---------------------------------------------------------------------------------- */

static void add_changes(
	struct str *sql, const struct store_class *classes, const struct found_schema *f)
{
	if (!f->exists)
		str_addf(sql, "%s;", common_tables);
	if (f->layout < 2)
		str_add(sql, beats_table);
	for (const struct store_class *c = classes; c->name; c++) {
		_cleanup_free_ char *before =
			recorded_declaration(f->exists ? f->columns : "", c->name);
		_cleanup_str_ struct str now = { 0 };

		add_declaration(&now, c);
		if (str_eq(before, str_text(&now)))
			continue;
		add_table(sql, c->name);
		if (before)
			drop_columns(sql, c->name, before);
		drop_columns(sql, c->name, str_text(&now));
		add_columns(sql, c);
		add_keys(sql, c);
	}
}

static int change_schema(struct pg_conn *c, const struct store_class *classes, const char *declared,
	struct vxe_error *err)
{
	_cleanup_(found_schema_clear) struct found_schema f = { 0 };
	_cleanup_free_ char *layout = xasprintf("%d", PG_LAYOUT);
	_cleanup_str_ struct str sql = { 0 };

	if (pg_run(c, BEGIN_MAKING, NULL, err) < 0 || look_at_schema(c, &f, err) < 0)
		return -1;
	if (f.exists && f.layout == PG_LAYOUT && str_eq(f.columns, declared))
		return pg_run(c, "COMMIT", NULL, err);
	add_changes(&sql, classes, &f);
	if (pg_run(c, str_text(&sql), NULL, err) < 0 ||
		pg_ask(c, "UPDATE vxe.meta SET layout = $1, columns = $2", 2,
			(const char *const[]){ layout, declared }, NULL, err) < 0)
		return -1;
	return pg_run(c, "COMMIT", NULL, err);
}

int pg_schema_prepare(struct pg_conn *c, const struct pg_params *params,
	const struct store_class *classes, bool readonly, struct vxe_error *err)
{
	_cleanup_(found_schema_clear) struct found_schema f = { 0 };
	_cleanup_free_ char *declared = pg_schema_columns(classes);

	if (look_first(c, &f, err) < 0)
		return -1;
	if (f.exists && f.layout == PG_LAYOUT && str_eq(f.columns, declared))
		return 0;
	if (readonly)
		return store_fail(c->where, err,
			f.exists ? "an older vxe made it, and it was opened for reading only"
				 : STORE_IS_NEW);
	if (!f.exists && pg_self_test(c, params, err) < 0)
		return -1;
	if (change_schema(c, classes, declared, err) == 0)
		return 0;
	pg_rollback(c);
	return -1;
}
