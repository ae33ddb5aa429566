/* SPDX-License-Identifier: MIT */
/*
 * Stores of layout 1, which had a table for each class with generated columns: they are converted
 * whole or not at all.
 */
#include "tests/unit/sqlite_fixture.h"

TestSuite(store_layout, .init = scratch_make, .fini = scratch_remove, .timeout = 600);

/* ---- a store of layout 1 --------------------------------------------------------------------- */

static bool is_found(const struct store_class *c, size_t column)
{
	return c->found && c->found[column];
}

/* The SQL with which layout 1 made the table and the indexes of a class. */
static void add_old_class(struct str *sql, const struct store_class *c)
{
	str_addf(sql,
		"CREATE TABLE \"%s\" (uuid TEXT NOT NULL PRIMARY KEY,"
		" _generation INTEGER NOT NULL, ",
		c->name);
	for (size_t i = 0; c->columns[i]; i++) {
		const char *name = c->columns[i];

		str_addf(sql,
			"\"%s\" TEXT GENERATED ALWAYS AS (CASE json_type(_json, '$.%s')"
			" WHEN 'text' THEN _json ->> '$.%s' WHEN 'null' THEN NULL"
			" WHEN 'object' THEN NULL WHEN 'array' THEN NULL"
			" ELSE _json -> '$.%s' END) STORED, ",
			name, name, name, name);
	}
	str_addf(sql, "_json TEXT NOT NULL);");
	str_addf(sql, "CREATE INDEX \"%s._generation\" ON \"%s\"(_generation, uuid);", c->name,
		c->name);
	str_addf(sql, "CREATE INDEX \"%s._list\" ON \"%s\"(uuid", c->name, c->name);
	for (size_t i = 0; c->columns[i]; i++)
		str_addf(sql, ", \"%s\"", c->columns[i]);
	str_add(sql, ");");
	for (size_t i = 0; c->columns[i]; i++)
		if (is_found(c, i))
			str_addf(sql,
				"CREATE INDEX \"%s.%s\" ON \"%s\"(\"%s\", uuid) WHERE \"%s\" IS "
				"NOT NULL;",
				c->name, c->columns[i], c->name, c->columns[i], c->columns[i]);
}

static void add_old_columns(struct str *sql, const struct store_class *classes)
{
	str_add(sql, "INSERT INTO _meta VALUES('layout', '1'), ('columns', '");
	for (const struct store_class *c = classes; c->name; c++) {
		str_addf(sql, "%s:", c->name);
		for (size_t i = 0; c->columns[i]; i++)
			str_addf(sql, "%s%s%s", i ? "," : "", c->columns[i],
				is_found(c, i) ? "+" : "");
		str_add(sql, ";");
	}
	str_add(sql, "');");
}

/* The commits of a store, the first has generation 1; no text: the object is deleted. */
static const struct commit {
	const char *cls;
	const char *uuid;
	const char *text;
} commits[] = {
	{ "VM", "d", "{\"name_label\":[\"x\"],\"parent\":{},\"size\":18446744073709551615}" },
	{ "VM", "a",
		"{\"name_label\":\"o'hara \\\"x\\\" \\\\\",\"is_a_template\":true,"
		"\"parent\":\"d\",\"size\":9007199254740993}" },
	{ "VM", "b",
		"{\"name_label\":\"K\xc3\xb6ln / \xe6\x9d\xb1\",\"is_a_template\":false,"
		"\"parent\":null,\"size\":1.50}" },
	{ "VDI", "a", "{\"sr\":\"s\",\"MAC\":\"\",\"map\":{\"k\":[1,{}]}}" },
	{ "VM", "c", "{}" },
	{ "VDI", "gone", NULL },
	{ "FILE", "f", "{\"sr\":\"s\",\"path\":\"/a'b\"}" },
	{ "VM", "e", "{\"name_label\":\"\",\"parent\":\"d\",\"size\":-9223372036854775808}" },
	{ "PIF", "p", "{\"x\":1}" },
	{ "VM", "too", NULL },
};

static const char more_tables[] =
	"CREATE TABLE _meta (key TEXT NOT NULL PRIMARY KEY, value TEXT) WITHOUT ROWID;"
	"CREATE TABLE _tombstones (class TEXT NOT NULL, uuid TEXT NOT NULL,"
	" generation INTEGER NOT NULL, PRIMARY KEY(class, uuid)) WITHOUT ROWID;"
	"CREATE INDEX \"_tombstones.generation\" ON _tombstones(generation);";

/* Classes that this vxe does not declare, but another one did. */
static const struct store_class undeclared[] = {
	{ "GUEST", (const char *const[]){ "vm", "size", NULL }, (const bool[]){ true, false },
		false, NULL },
	{ NULL, NULL, NULL, false, NULL },
};

static void make_old_store(void)
{
	_cleanup_free_ char *dir = in_db("");
	_cleanup_str_ struct str text = { 0 };

	cr_assert_eq(mkdir(dir, 0700), 0);
	str_add(&text, "PRAGMA journal_mode = WAL; BEGIN;");
	str_add(&text, more_tables);
	add_old_columns(&text, test_classes);
	for (const struct store_class *c = test_classes; c->name; c++)
		add_old_class(&text, c);
	add_old_class(&text, undeclared);
	str_add(&text,
		"INSERT INTO GUEST(uuid, _generation, _json)"
		" VALUES('g', 2, '{\"vm\":\"a\",\"size\":true}');");
	for (size_t i = 0; i < ARRAY_LEN(commits); i++) {
		const struct commit *c = &commits[i];
		char *put = c->text ? sqlite3_mprintf("INSERT INTO \"%w\"(uuid, _generation, _json)"
						      " VALUES(%Q, %d, %Q);",
					      c->cls, c->uuid, (int)i + 1, c->text)
				    : sqlite3_mprintf("INSERT INTO _tombstones VALUES(%Q, %Q, %d);",
					      c->cls, c->uuid, (int)i + 1);

		str_add(&text, put);
		sqlite3_free(put);
	}
	str_addf(
		&text, "INSERT INTO _meta VALUES('generation', '%zu'); COMMIT", ARRAY_LEN(commits));
	run_sql(str_text(&text));
}

/* What the memory engine has after the same commits. */
static char *wanted_dump(void)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_store_ struct store *s =
		open_with(&store_mem_ops, "db", test_classes, false, &err);

	for (size_t i = 0; i < ARRAY_LEN(commits); i++) {
		const struct commit *c = &commits[i];
		struct txn *t = NULL;

		cr_ok(txn_begin(s, TXN_WRITE, &t, &err), &err);
		put_text(t, c->cls, c->uuid, c->text ? c->text : "{}");
		if (!c->text)
			cr_ok(txn_del(t, c->cls, c->uuid, &err), &err);
		cr_ok(txn_commit(t, &err), &err);
	}
	return dump(s);
}

/* The dump, without the class that is not declared. */
static char *declared_dump(struct store *s)
{
	_cleanup_free_ char *text = dump(s);
	static const char other[] = "g GUEST put 2;";
	char *at = strstr(text, other);

	cr_assert(at);
	memmove(at, at + strlen(other), strlen(at + strlen(other)) + 1);
	return TAKE(text);
}

static char *table_names(void)
{
	return sql("SELECT group_concat(name) FROM (SELECT name FROM sqlite_schema"
		   " WHERE type = 'table' ORDER BY name)");
}

Test(store_layout, an_old_store_is_converted)
{
	static const char columns[] =
		"SELECT group_concat(uuid || ' ' || ifnull(name_label, '-') || ' ' ||"
		" ifnull(is_a_template, '-') || ' ' || ifnull(parent, '-') || ' ' ||"
		" ifnull(size, '-') || ';', '') FROM (SELECT * FROM VM ORDER BY uuid)";
	_cleanup_free_ char *wanted = wanted_dump();

	make_old_store();
	_cleanup_free_ char *generated = sql(columns);
	cr_assert(strstr(generated, "b K\xc3\xb6ln / \xe6\x9d\xb1 false - 1.50;"));
	cr_assert(str_starts(wanted, generated), "%s is not %s", wanted, generated);
	struct store *s = open_db(false);
	cr_text(declared_dump(s), wanted);
	store_close(s);
	cr_text(table_names(), "_meta,_tombstones,documents,found,objects");
	cr_text(sql("SELECT value FROM _meta WHERE key = 'layout'"), "3");
	cr_text(sql("PRAGMA integrity_check"), "ok");
	cr_text(sql("PRAGMA journal_mode"), "wal");

	s = open_db(true);
	cr_text(declared_dump(s), wanted);
	_cleanup_error_ struct vxe_error err = { 0 };
	struct txn *t = NULL;
	cr_ok(txn_begin(s, TXN_READ, &t, &err), &err);
	cr_text(find_text(t, "VM", "parent", "d"), "a;e;");
	cr_text(find_text(t, "VM", "size", "1.50"), "b;");
	cr_text(find_text(t, "FILE", "path", "/a'b"), "f;");
	cr_text(find_text(t, "VDI", "sr", "s"), "a;");
	txn_abort(t);
	store_close(s);
}

/* It is converted in memory, for each transaction that is open at once. */
Test(store_layout, an_old_store_is_read_without_writing)
{
	_cleanup_free_ char *wanted = wanted_dump();
	_cleanup_free_ char *path = in_db("vxe.db");
	_cleanup_error_ struct vxe_error err = { 0 };
	struct txn *a = NULL, *b = NULL;
	size_t n = 0;

	make_old_store();
	_cleanup_free_ char *before = read_bytes(path, &n);
	struct store *s = open_db(true);
	cr_text(declared_dump(s), wanted);
	cr_ok(txn_begin(s, TXN_READ, &a, &err), &err);
	cr_ok(txn_begin(s, TXN_READ, &b, &err), &err);
	cr_text(find_text(a, "VM", "parent", "d"), "a;e;");
	cr_text(find_text(b, "VM", "parent", "d"), "a;e;");
	txn_abort(a);
	txn_abort(b);
	store_close(s);
	check_untouched(before, n);
}

Test(store_layout, a_converted_store_goes_on)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_str_ struct str text = { 0 };
	struct txn *t = NULL;

	make_old_store();
	_cleanup_store_ struct store *s = open_db(false);
	put_now(s, "VM", "too", "{\"parent\":\"d\"}");
	put_now(s, "VM", "a", "{\"parent\":\"c\"}");
	cr_ok(txn_begin(s, TXN_WRITE, &t, &err), &err);
	cr_ok(txn_del(t, "VM", "e", &err), &err);
	cr_text(find_text(t, "VM", "parent", "d"), "too;");
	cr_ok(txn_commit(t, &err), &err);
	cr_ok(txn_begin(s, TXN_READ, &t, &err), &err);
	cr_ok(txn_changes(t, 9, add_row, &text, &err), &err);
	cr_assert_str_eq(str_text(&text), "too VM put 11;a VM put 12;e VM del 13;");
	txn_abort(t);
}

/* Rows of a class that is not declared stay; whoever declares it has its columns. */
Test(store_layout, undeclared_classes_are_kept)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_str_ struct str text = { 0 };
	struct txn *t = NULL;

	make_old_store();
	store_close(open_db(false));
	store_close(open_db(true));
	_cleanup_store_ struct store *s =
		open_with(&store_sqlite_ops, "db", undeclared, false, &err);
	cr_ok(txn_begin(s, TXN_READ, &t, &err), &err);
	cr_ok(txn_scan_where(t, "GUEST", LIST("size"), "vm", "a", add_row, &text, &err), &err);
	cr_assert_str_eq(str_text(&text), "g true;");
	cr_text(find_text(t, "GUEST", "vm", "a"), "g;");
	txn_abort(t);
	cr_text(sql("SELECT count(*) FROM objects WHERE class = 'VM'"), "5");
	cr_text(sql("SELECT count(*) FROM found WHERE class = 'VM'"), "2");
}

Test(store_layout, other_tables_are_left_alone)
{
	make_old_store();
	run_sql("CREATE TABLE notes(uuid, text); INSERT INTO notes VALUES(1, 'mine')");
	store_close(open_db(false));
	cr_text(sql("SELECT text FROM notes"), "mine");
}

/* The document in @text makes the conversion fail; the store stays as it was. */
Test(store_layout, a_damaged_document_stops_it)
{
	_cleanup_error_ struct vxe_error err = { 0 };

	make_old_store();
	run_sql("UPDATE PIF SET _json = '[1]' WHERE uuid = 'p'");
	_cleanup_free_ char *before = table_names();
	cr_assert_null(open_with(&store_sqlite_ops, "db", test_classes, false, &err));
	cr_damaged(&err, "PIF", "p", "not a JSON object");
	cr_text(table_names(), before);
	cr_text(sql("SELECT value FROM _meta WHERE key = 'layout'"), "1");
	run_sql("UPDATE PIF SET _json = '{}'");
	store_close(open_db(false));
	cr_text(sql("SELECT value FROM _meta WHERE key = 'layout'"), "3");
}

Test(store_layout, killed_while_converting_leaves_all)
{
	_cleanup_free_ char *path = in_db("vxe.db");
	_cleanup_free_ char *log = in_db("vxe.db-wal");
	_cleanup_free_ char *index = in_db("vxe.db-shm");
	_cleanup_free_ char *wanted = NULL;
	int unfinished = 0;
	size_t n = 0;

	make_old_store();
	run_sql("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)"
		" INSERT INTO VM(uuid, _generation, _json)"
		" SELECT 'n' || i, 2, '{\"parent\":\"p' || i || '\",\"size\":' || i || '}' FROM n");
	_cleanup_free_ char *old = read_bytes(path, &n);
	for (int i = 0; i < 20; i++) {
		(void)!unlink(log);
		(void)!unlink(index);
		write_bytes(path, old, n);
		pid_t pid = fork();

		cr_assert_geq(pid, 0);
		if (pid == 0) {
			store_close(open_db(false));
			_exit(0);
		}
		clock_sleep_ms(1 + i * 5);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		_cleanup_free_ char *layout = sql("SELECT value FROM _meta WHERE key = 'layout'");
		_cleanup_free_ char *tables = table_names();
		unfinished += str_eq(layout, "1");
		cr_assert_eq(!strstr(tables, "objects"), str_eq(layout, "1"), "%s", tables);
		_cleanup_store_ struct store *s = open_db(false);
		_cleanup_free_ char *now = dump(s);
		if (!wanted)
			wanted = xstrdup(now);
		cr_assert_str_eq(now, wanted);
		cr_text(sql("PRAGMA integrity_check"), "ok");
	}
	cr_assert_gt(unfinished, 0);
	cr_assert(strstr(wanted, "n2999 - - p2999 2999;"));
}

/* ---- layout 2 -------------------------------------------------------------------------------- */

/* The store as layout 2 had it: without checksums. */
static void take_sums(void)
{
	run_sql("ALTER TABLE documents DROP COLUMN sum;"
		"UPDATE _meta SET value = '2' WHERE key = 'layout';"
		"UPDATE _meta SET value = substr(value, 3) WHERE key = 'columns'");
}

static char *dump_now(bool readonly)
{
	_cleanup_store_ struct store *s = open_db(readonly);

	return dump(s);
}

Test(store_layout, a_store_without_checksums_gets_them)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *path = in_db("vxe.db");
	size_t n = 0;

	make_old_store();
	store_close(open_db(false));
	_cleanup_free_ char *wanted = dump_now(true);

	take_sums();
	_cleanup_free_ char *before = read_bytes(path, &n);
	cr_text(dump_now(true), wanted);
	check_untouched(before, n);
	cr_text(dump_now(false), wanted);
	cr_text(sql("SELECT value FROM _meta WHERE key = 'layout'"), "3");
	cr_text(sql("SELECT count(*) FROM documents WHERE sum = 0"), "0");
	store_close(open_with(&store_sqlite_ops, "db", undeclared, false, &err));
	cr_assert_eq(err.code, VXE_OK);
}

/* One that goes on beside the upgrade would write documents without a checksum. */
Test(store_layout, a_running_program_of_layout_2_is_refused)
{
	make_store();
	_cleanup_free_ char *columns = sql("SELECT value FROM _meta WHERE key = 'columns'");
	take_sums();
	_cleanup_free_ char *old = sql("SELECT value FROM _meta WHERE key = 'columns'");

	cr_assert(str_starts(old, "VM:"), "%s", old);
	make_store();
	cr_text(sql("SELECT value FROM _meta WHERE key = 'columns'"), columns);
	cr_assert(str_ends(columns, old) && !str_eq(columns, old));
}

/* ---- changed declarations -------------------------------------------------------------------- */

static char *derived(void)
{
	return sql("SELECT (SELECT group_concat(class || uuid || generation || hex(cells))"
		   " FROM (SELECT * FROM objects ORDER BY class, uuid)) ||"
		   " (SELECT group_concat(class || field || value || uuid)"
		   " FROM (SELECT * FROM found ORDER BY 1, 2, 3, 4))");
}

/* What single writes leave is what making all anew from the documents gives. */
Test(store_layout, writes_and_rebuilding_agree)
{
	static const char *const values[] = { "true", "null", "\"x\"", "\"y\"", "[]", "1.50" };
	_cleanup_error_ struct vxe_error err = { 0 };
	unsigned seed = 5;
	struct store *s = open_db(false);
	struct txn *t = NULL;

	cr_ok(txn_begin(s, TXN_WRITE, &t, &err), &err);
	for (int i = 0; i < 2000; i++) {
		_cleanup_free_ char *uuid = xasprintf("u%d", rand_r(&seed) % 30);
		const char *value = values[(size_t)rand_r(&seed) % ARRAY_LEN(values)];
		_cleanup_free_ char *json =
			xasprintf("{\"%s\":%s}", rand_r(&seed) % 3 ? "parent" : "sr", value);
		const char *cls = rand_r(&seed) % 2 ? "VM" : "VDI";

		if (rand_r(&seed) % 4)
			put_text(t, cls, uuid, json);
		else
			cr_ok(txn_del(t, cls, uuid, &err), &err);
	}
	cr_ok(txn_commit(t, &err), &err);
	store_close(s);
	_cleanup_free_ char *wanted = derived();
	run_sql("UPDATE _meta SET value = 'other' WHERE key = 'columns';"
		"UPDATE objects SET cells = x'00'; DELETE FROM found WHERE uuid > 'u1';"
		"INSERT INTO found SELECT DISTINCT 'VM', 'gone', 'x', uuid FROM objects");
	store_close(open_db(false));
	cr_text(derived(), wanted);
}
