/* SPDX-License-Identifier: MIT */
/* How the statements of the SQLite engine find their rows, and how many of them a process prepares. */
#include "tests/unit/sqlite_fixture.h"

TestSuite(store_statements, .init = scratch_make, .fini = scratch_remove, .timeout = 600);

/* The SQL that connections of this process have run, each text once. */
static struct strv seen;
static size_t n_run; /* each time */

static int note(unsigned type, void *ctx, void *stmt, void *text)
{
	(void)type, (void)ctx, (void)text;
	n_run++;
	if (!strv_has(&seen, sqlite3_sql(stmt)))
		strv_add(&seen, sqlite3_sql(stmt));
	return 0;
}

static int watch(sqlite3 *db, char **error, const void *api)
{
	(void)error, (void)api;
	return sqlite3_trace_v2(db, SQLITE_TRACE_STMT, note, NULL);
}

static void watch_statements(void)
{
	cr_assert_eq(sqlite3_auto_extension((void (*)(void))watch), SQLITE_OK);
}

/* The steps of the plan, each followed by ";". */
static char *plan_of(const char *statement)
{
	_cleanup_free_ char *path = in_db("vxe.db");
	_cleanup_free_ char *text = xasprintf("EXPLAIN QUERY PLAN %s", statement);
	struct str plan = { 0 };
	sqlite3_stmt *stmt = NULL;
	sqlite3 *db = NULL;

	cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
	cr_assert_eq(
		sqlite3_prepare_v2(db, text, -1, &stmt, NULL), SQLITE_OK, "%s", sqlite3_errmsg(db));
	while (sqlite3_step(stmt) == SQLITE_ROW)
		str_addf(&plan, "%s;", sqlite3_column_text(stmt, 3));
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return str_steal(&plan);
}

/* The plan of the only statement that has run since the last call and that contains @part. */
static char *plan_seen(const char *part)
{
	const char *statement = NULL;

	for (size_t i = 0; i < seen.n; i++)
		if (strstr(seen.items[i], part)) {
			cr_assert_null(statement, "%s", seen.items[i]);
			statement = seen.items[i];
		}
	cr_assert(statement, "%s", part);
	char *plan = plan_of(statement);
	strv_clear(&seen);
	return plan;
}

#define BY_VALUE                                                                                   \
	"SEARCH f USING PRIMARY KEY (class=? AND field=? AND value=?);"                            \
	"SEARCH o USING PRIMARY KEY (class=? AND uuid=?);"
#define DOCUMENT "SEARCH documents USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN;"

Test(store_statements, no_query_scans_or_sorts)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_str_ struct str text = { 0 };
	const char *holder = NULL;
	struct txn *t = NULL;

	make_store();
	watch_statements();
	struct store *s = open_db(false);
	cr_ok(txn_begin(s, TXN_READ, &t, &err), &err);
	strv_clear(&seen);
	free(get_text(t, "VM", "a"));
	cr_text(plan_seen("SELECT"),
		"SEARCH objects USING PRIMARY KEY (class=? AND uuid=?);" DOCUMENT);
	cr_ok(txn_each(t, "VM", add_uuid, &text, &err), &err);
	cr_text(plan_seen("SELECT"), "SEARCH objects USING PRIMARY KEY (class=?);" DOCUMENT);
	free(find_text(t, "VM", "parent", "x"));
	cr_text(plan_seen("SELECT"), BY_VALUE DOCUMENT);
	cr_ok(txn_scan_where(t, "VM", LIST("size"), "parent", "x", add_row, &text, &err), &err);
	cr_text(plan_seen("SELECT"), BY_VALUE);
	cr_ok(txn_scan(t, "VM", LIST("size"), add_row, &text, &err), &err);
	cr_text(plan_seen("SELECT"), "SEARCH objects USING PRIMARY KEY (class=?);");
	cr_ok(txn_scan_begun(t, "VM", LIST("size"), "a", add_row, &text, &err), &err);
	cr_text(plan_seen("SELECT"),
		"SEARCH objects USING PRIMARY KEY (class=? AND uuid>? AND uuid<?);");
	n_run = 0;
	cr_ok(txn_holder(t, "a", &holder, &err), &err);
	cr_assert_eq(n_run, 1, "one statement asks for all classes");
	_cleanup_free_ char *plan =
		plan_seen("SELECT"); /* versions name the loop of values differently */
	cr_expect(str_ends(plan, "SEARCH objects USING PRIMARY KEY (class=? AND uuid=?);"), "%s",
		plan);
	cr_expect_null(strstr(plan, "SCAN objects"), "%s", plan);
	cr_ok(txn_changes(t, 0, add_row, &text, &err), &err);
	cr_text(plan_seen("UNION"),
		"MERGE (UNION ALL);LEFT;"
		"SEARCH objects USING COVERING INDEX objects.generation (generation>?);RIGHT;"
		"SEARCH _tombstones USING COVERING INDEX _tombstones.generation (generation>?);");
	txn_abort(t);
	store_close(s);
	strv_clear(&seen);
}

Test(store_statements, no_write_scans)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct txn *t = NULL;

	watch_statements();
	struct store *s = open_db(false);
	cr_ok(txn_begin(s, TXN_WRITE, &t, &err), &err);
	strv_clear(&seen);
	put_text(t, "VM", "a", "{\"parent\":\"x\"}");
	put_text(t, "VM", "a", "{\"parent\":\"y\"}");
	cr_ok(txn_del(t, "VM", "a", &err), &err);
	size_t n = seen.n;
	put_text(t, "FILE", "a", "{\"sr\":\"x\",\"path\":\"p\"}");
	cr_ok(txn_del(t, "FILE", "a", &err), &err);
	cr_assert_leq(seen.n, n + 2, "all classes share the statements; FILE asks for its places");
	txn_abort(t);
	store_close(s);
	for (size_t i = 0; i < seen.n; i++) {
		_cleanup_free_ char *plan = plan_of(seen.items[i]);

		cr_assert(!strstr(plan, "SCAN") && !strstr(plan, "TEMP B-TREE"), "%s: %s",
			seen.items[i], plan);
	}
	strv_clear(&seen);
}

/* Each statement that a process prepares, and each table whose SQL it parses, costs all commands. */
Test(store_statements, a_command_prepares_few_statements)
{
	make_store();
	watch_statements();
	struct store *s = open_db(false);
	cr_text(get_now(s, "a"), "{\"name_label\":\"one\"}");
	store_close(s);
	_cleanup_free_ char *all = strv_join(&seen, ";");
	cr_assert_str_eq(all,
		"PRAGMA journal_size_limit = 1048576;PRAGMA synchronous = FULL;"
		"SELECT value FROM _meta WHERE key = ?1;BEGIN;"
		"SELECT json, generation, sum FROM objects LEFT JOIN documents ON id = document"
		" WHERE class = ?1 AND uuid = ?2;ROLLBACK");
	strv_clear(&seen);
	cr_text(sql("SELECT count(*) || ' ' || (sum(length(sql)) < 1000) FROM sqlite_schema"
		    " WHERE sql IS NOT NULL"),
		"7 1");
	strv_clear(&seen);
}
