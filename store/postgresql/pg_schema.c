/* SPDX-License-Identifier: MIT */
/*
 * Makes the tables. A list reads the values of columns and no document: rows are short, because the server keeps
 * everything but them outside the row (toast_tuple_target; STORAGE MAIN for what lists read). A column has the value that
 * doc_column() gives. Type json keeps the text of a document as it was written, which its checksum needs; jsonb does not.
 */
#include "store/postgresql/pg_schema.h"

#include <string.h>

#include "objects/base/clock.h"
#include "objects/base/version.h"
#include "store/postgresql/pg_self_test.h"
#include "store/store_engine.h"

/*
 * 2 has the table of beats, 3 says who made it, 4 has the tables of 3, for a vxe that removes no definition before it has asked
 * the VM's home, 5 says when a person has decided for older records. A new column needs no other layout, as each vxe adds those that it misses and drops none; whatever a vxe must
 * know before it writes does.
 */
#ifndef PG_LAYOUT
#define PG_LAYOUT 5
#endif
/* A vxe that knows this layout can read the tables of PG_LAYOUT. By what it reads, one that knows 3 removes definitions. */
#define PG_READABLE 4

/* For one maker at a time: whoever waited looks again what there is to make. */
#define BEGIN_MAKING                                                                               \
	"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;"                                         \
	"SELECT pg_advisory_xact_lock(hashtextextended('vxe: the tables', 0))"
/*
 * Every transaction begins with a lock on vxe.meta. So none is open while tables change, which matters: the server writes
 * a table anew for a new column, and a reader whose state of the database is older finds it empty.
 */
#define STOP_OTHERS "SET LOCAL lock_timeout = '200ms'; LOCK TABLE vxe.meta IN ACCESS EXCLUSIVE MODE"
#define LOCK_NOT_AVAILABLE "55P03"
/* Whoever acts has such a lock. */
#define COUNT_ACTING                                                                                        \
	"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid() AND granted" \
	" AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
/* How long others may hinder a change of the tables. */
#define CHANGE_MS 10000
#define CHANGE_STEP_MS 100

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

/* Of layout 3, in a statement that a database of an older one can run as well. */
static const char maker_columns[] =
	"ALTER TABLE vxe.meta ADD COLUMN IF NOT EXISTS readable bigint NOT NULL DEFAULT 0,"
	" ADD COLUMN IF NOT EXISTS version text NOT NULL DEFAULT '';";

/* Of layout 5. */
static const char reconciled_column[] =
	"ALTER TABLE vxe.meta ADD COLUMN IF NOT EXISTS reconciled bigint NOT NULL DEFAULT 0;";

static const char beats_table[] =
	"CREATE UNLOGGED TABLE IF NOT EXISTS vxe.beats(host text COLLATE \"C\" PRIMARY KEY, at timestamptz NOT NULL);";

/* ---- the declaration ------------------------------------------------------------------------- */

/* The columns that a declaration names, "a" or with an index "a+". */
static void declared_columns(const char *declaration, struct strv *ret)
{
	_cleanup_free_ char *list = xstrdup(strchr(declaration, ':') + 1);

	list[strcspn(list, ";")] = '\0';
	if (*list)
		strv_split(ret, list, ',');
}

static char *column_word(const struct store_class *c, size_t i)
{
	return xasprintf("%s%s", c->columns[i], store_column_is_found(c, i) ? "+" : "");
}

static bool has_column(const struct strv *recorded, const char *name, bool found)
{
	_cleanup_free_ char *with_index = xasprintf("%s+", name);

	return strv_has(recorded, with_index) || (!found && strv_has(recorded, name));
}

/*
 * "VM!:name_label,parent+;", where ! marks a class whose UUIDs are unique, + a column with an index. The columns that
 * @recorded has (NULL: none) come first, as those of other versions stay.
 */
static void add_declaration(struct str *text, const struct store_class *c, const char *recorded)
{
	_cleanup_strv_ struct strv before = { 0 }, all = { 0 };

	if (recorded)
		declared_columns(recorded, &before);
	for (size_t i = 0; i < before.n; i++) {
		size_t k = 0;

		while (c->columns[k] && !str_eq(c->columns[k], before.items[i]))
			k++;
		strv_take(&all, c->columns[k] ? column_word(c, k) : xstrdup(before.items[i]));
	}
	for (size_t i = 0; c->columns[i]; i++)
		if (!has_column(&all, c->columns[i], store_column_is_found(c, i)))
			strv_take(&all, column_word(c, i));
	str_addf(text, "%s%s:", c->name, c->unique ? "!" : "");
	for (size_t i = 0; i < all.n; i++)
		str_addf(text, "%s%s", i ? "," : "", all.items[i]);
	str_add(text, ";");
}

char *pg_schema_columns(const struct store_class *classes)
{
	struct str text = { 0 };

	str_addf(&text, "%d;", PG_LAYOUT);
	for (const struct store_class *c = classes; c->name; c++)
		add_declaration(&text, c, NULL);
	return str_steal(&text);
}

/* The part of @columns that declares the class, up to its ';'; NULL: the class has no table yet. Owned. */
static char *recorded_declaration(const char *columns, const char *cls)
{
	_cleanup_free_ char *plain = xasprintf(";%s:", cls), *unique = xasprintf(";%s!:", cls);
	const char *at = strstr(columns, plain) ? strstr(columns, plain) : strstr(columns, unique);

	return at ? xstrndup(at + 1, strcspn(at + 1, ";") + 1) : NULL;
}

static bool is_unique(const char *declaration)
{
	return strstr(declaration, "!:") != NULL;
}

/* True if the recorded tables have all that this vxe declares; what other versions have besides is of no matter. */
static bool has_all(const char *columns, const struct store_class *classes)
{
	for (const struct store_class *c = classes; c->name; c++) {
		_cleanup_free_ char *recorded = recorded_declaration(columns, c->name);
		_cleanup_strv_ struct strv there = { 0 };

		if (!recorded || is_unique(recorded) != c->unique)
			return false;
		declared_columns(recorded, &there);
		for (size_t i = 0; c->columns[i]; i++)
			if (!has_column(&there, c->columns[i], store_column_is_found(c, i)))
				return false;
	}
	return true;
}

/* What vxe.meta records when this vxe has added what it misses. Owned. */
static char *columns_of_all(const char *before, const struct store_class *classes)
{
	_cleanup_free_ char *own = pg_schema_columns(classes);
	_cleanup_strv_ struct strv recorded = { 0 };
	struct str text = { 0 };

	str_addf(&text, "%d;", PG_LAYOUT);
	for (const struct store_class *c = classes; c->name; c++) {
		_cleanup_free_ char *there = recorded_declaration(before, c->name);

		add_declaration(&text, c, there);
	}
	strv_split(&recorded, before, ';');
	for (size_t i = 1; i < recorded.n; i++) { /* the first is the layout */
		_cleanup_free_ char *name =
			xstrndup(recorded.items[i], strcspn(recorded.items[i], "!:"));
		_cleanup_free_ char *ours = recorded_declaration(own, name);

		if (*name && !ours)
			str_addf(&text, "%s;", recorded.items[i]);
	}
	return str_steal(&text);
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

/* All columns that are missing, in one statement: the server writes a table that has rows anew for each. */
static void add_columns(struct str *sql, const struct store_class *c, const struct strv *before)
{
	size_t n = 0;

	for (size_t i = 0; c->columns[i]; i++) {
		const char *name = c->columns[i];

		if (has_column(before, name, false))
			continue;
		if (!n)
			str_addf(sql, "ALTER TABLE vxe.\"%s\"", c->name);
		str_addf(sql,
			"%s DROP COLUMN IF EXISTS \"%s\", ADD COLUMN \"%s\" text COLLATE \"C\" GENERATED ALWAYS AS ("
			"CASE json_typeof(_document->'%s') WHEN 'object' THEN NULL WHEN 'array' THEN NULL"
			" ELSE _document->>'%s' END) STORED, ALTER COLUMN \"%s\" SET STORAGE MAIN",
			n++ ? "," : "", name, name, name, name, name);
	}
	str_add(sql, n ? ";" : "");
	for (size_t i = 0; c->columns[i]; i++)
		if (store_column_is_found(c, i) && !has_column(before, c->columns[i], true))
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

/*
 * Fails if this vxe may not use the tables of a newer one, of layout @layout. It may read them, if the newer one says so
 * and they have its columns.
 */
static int check_newer(struct pg_conn *c, const struct store_class *classes, long long layout,
	const char *columns, bool writes, struct vxe_error *err)
{
	_cleanup_result_ PGresult *maker = NULL;

	if (pg_run(c, "SELECT readable, version FROM vxe.meta", &maker, err) < 0)
		return -1;
	const char *version = pg_value(maker, 0, 1);
	bool reads =
		strtoll(pg_value(maker, 0, 0), NULL, 10) <= PG_LAYOUT && has_all(columns, classes);

	if (reads && !writes)
		return 0;
	return store_fail(c->where, err,
		"a newer vxe, %s, has changed its tables (layout %lld); this is vxe " VXE_VERSION
		" (layout %d), which %s: install vxe %s on this host",
		version, layout, PG_LAYOUT,
		reads ? "reads them and writes nothing" : "cannot read them", version);
}

int pg_schema_check(struct pg_conn *c, const struct store_class *classes, const char *columns,
	bool writes, struct vxe_error *err)
{
	long long layout = strtoll(columns, NULL, 10);

	if (layout > PG_LAYOUT)
		return check_newer(c, classes, layout, columns, writes, err) < 0 ? -1 : 0;
	if (layout == PG_LAYOUT && has_all(columns, classes))
		return 1;
	return store_fail(
		c->where, err, "another version of vxe has changed its columns meanwhile");
}

/* ---- making ---------------------------------------------------------------------------------- */

static void add_changes(
	struct str *sql, const struct store_class *classes, const struct found_schema *f)
{
	if (!f->exists)
		str_addf(sql, "%s;", common_tables);
	str_add(sql, f->layout < 2 ? beats_table : "");
	str_add(sql, f->layout < 3 ? maker_columns : "");
	str_add(sql, f->layout < 5 ? reconciled_column : "");
	for (const struct store_class *c = classes; c->name; c++) {
		_cleanup_free_ char *recorded =
			recorded_declaration(f->exists ? f->columns : "", c->name);
		_cleanup_strv_ struct strv before = { 0 };

		if (recorded)
			declared_columns(recorded, &before);
		else
			add_table(sql, c->name);
		add_columns(sql, c, &before);
		if (!recorded || is_unique(recorded) != c->unique)
			add_keys(sql, c);
	}
}

static bool is_ready(const struct found_schema *f, const struct store_class *classes)
{
	return f->exists && f->layout == PG_LAYOUT && has_all(f->columns, classes);
}

/* Returns 1 if an operation of another vxe is in progress, which would not understand another layout at its end. */
static int is_acting(struct pg_conn *c, const struct found_schema *f, struct vxe_error *err)
{
	_cleanup_result_ PGresult *n = NULL;

	if (!f->exists || f->layout == PG_LAYOUT)
		return 0;
	return pg_run(c, COUNT_ACTING, &n, err) < 0 ? -1 : !str_eq(pg_value(n, 0, 0), "0");
}

static int write_changes(struct pg_conn *c, const struct store_class *classes,
	const struct found_schema *f, struct vxe_error *err)
{
	_cleanup_free_ char *columns = columns_of_all(f->exists ? f->columns : "", classes);
	_cleanup_free_ char *layout = xasprintf("%d", PG_LAYOUT);
	_cleanup_free_ char *readable = xasprintf("%d", PG_READABLE);
	_cleanup_str_ struct str sql = { 0 };

	add_changes(&sql, classes, f);
	if (pg_run(c, str_text(&sql), NULL, err) < 0 ||
		pg_ask(c, "UPDATE vxe.meta SET layout = $1, columns = $2", 2,
			(const char *const[]){ layout, columns }, NULL, err) < 0)
		return -1;
	return f->layout == PG_LAYOUT
		? 0
		: pg_ask(c, "UPDATE vxe.meta SET readable = $1, version = $2", 2,
			  (const char *const[]){ readable, VXE_VERSION }, NULL, err);
}

/* Changes the tables, if that is necessary. Returns 1, with nothing changed, if others hinder it. */
static int change_once(struct pg_conn *c, const struct store_class *classes, struct vxe_error *err)
{
	_cleanup_(found_schema_clear) struct found_schema f = { 0 };

	if (pg_run(c, BEGIN_MAKING, NULL, err) < 0 || look_at_schema(c, &f, err) < 0)
		return -1;
	if (f.exists && f.layout > PG_LAYOUT)
		return check_newer(c, classes, f.layout, f.columns, false, err);
	if (is_ready(&f, classes))
		return 0;
	if (f.exists && pg_run(c, STOP_OTHERS, NULL, err) < 0) {
		if (!str_eq(c->state, LOCK_NOT_AVAILABLE))
			return -1;
		error_clear(err);
		return 1;
	}
	int rc = is_acting(c, &f, err);

	if (rc)
		return rc;
	return write_changes(c, classes, &f, err) < 0 ? -1 : pg_run(c, "COMMIT", NULL, err);
}

static int change_schema(
	struct pg_conn *c, const struct store_class *classes, struct vxe_error *err)
{
	int64_t until = clock_ms() + CHANGE_MS;

	for (;;) {
		int rc = change_once(c, classes, err);

		pg_rollback(c);
		if (rc <= 0)
			return rc;
		if (clock_ms() > until)
			return store_fail(c->where, err,
				"its tables are of an older vxe, and operations of one are in progress "
				"('vxe task-list' there): they are changed when those have ended");
		clock_sleep_ms(CHANGE_STEP_MS);
	}
}

int pg_schema_prepare(struct pg_conn *c, const struct pg_params *params,
	const struct store_class *classes, bool readonly, bool *made, struct vxe_error *err)
{
	_cleanup_(found_schema_clear) struct found_schema f = { 0 };

	if (look_first(c, &f, err) < 0)
		return -1;
	if (f.exists && f.layout > PG_LAYOUT)
		return check_newer(c, classes, f.layout, f.columns, false, err);
	if (is_ready(&f, classes))
		return 0;
	if (readonly)
		return store_fail(c->where, err,
			f.exists ? "an older vxe made it, and it was opened for reading only"
				 : STORE_IS_NEW);
	if (!f.exists && pg_self_test(c, params, err) < 0)
		return -1;
	*made = !f.exists;
	return change_schema(c, classes, err);
}
