/* SPDX-License-Identifier: MIT */
/* What only the engine for PostgreSQL has: a server that goes away, tables of other versions, texts, names. */
#include "tests/unit/engines_fixture.h"
#include "objects/base/uuid.h"
#include "objects/base/version.h"

#include <sys/socket.h>
#include <sys/un.h>

TestSuite(postgresql, .init = scratch_make, .fini = scratch_remove, .timeout = 600);

static struct store *open_pg(bool readonly)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct store *s = open_engine(ENGINE_POSTGRESQL, test_classes, readonly, &err);

	cr_assert(s, "%s", err.n_params > 1 ? err.params[1] : "");
	return s;
}

static void refused(const struct store_class *classes, bool readonly, const char *reason)
{
	_cleanup_error_ struct vxe_error err = { 0 };

	cr_assert_null(open_engine(ENGINE_POSTGRESQL, classes, readonly, &err));
	cr_assert_eq(err.code, VXE_STORE_UNUSABLE);
	cr_assert(strstr(err.params[1], reason), "%s", err.params[1]);
}

static void sql(const char *text)
{
	free(pg_sql(NULL, own_database(), text));
}

static char *get_now(struct store *s, const char *uuid)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_txn_ struct txn *t = NULL;

	cr_ok(txn_begin(s, TXN_READ, &t, &err), &err);
	return get_text(t, "VM", uuid);
}

/* ---- names ------------------------------------------------------------------------------------- */

/* Neither libpq's words nor vxe's quote it, whatever is wrong with the URI. */
Test(postgresql, errors_name_no_password)
{
	static const char *const uris[] = {
		"postgresql://u:secret@127.0.0.1:1/db",
		"postgresql://u:x/secret@127.0.0.1:1/db",
		"postgresql://u:x@secret@127.0.0.1:1/db",
		"postgresql://u:x?secret@127.0.0.1:1/db",
		"postgresql://u:%zzsecret@127.0.0.1:1/db",
		"postgresql://u@127.0.0.1:1/db?password=secret",
		"postgresql://u@127.0.0.1:1/db?password=secret&nonsense=1",
		"postgresql://u:secret@[127.0.0.1/db",
	};

	for (size_t i = 0; i < ARRAY_LEN(uris); i++) {
		_cleanup_error_ struct vxe_error err = { 0 };

		cr_assert_null(
			open_with(&store_postgresql_ops, uris[i], test_classes, false, &err));
		cr_assert_eq(err.code, VXE_STORE_UNUSABLE);
		cr_assert(!strstr(err.params[0], "secret"), "%s", err.params[0]);
		cr_assert(!strstr(err.params[1], "secret"), "%s", err.params[1]);
	}
}

/* ---- tables ------------------------------------------------------------------------------------ */

static const struct store_class other_classes[] = {
	{ "VM", (const char *const[]){ "size", "name_label", NULL }, (const bool[]){ true, false },
		false, NULL },
	{ "NEW", (const char *const[]){ "x", NULL }, NULL, false, NULL },
	{ NULL, NULL, NULL, false, NULL },
};

/* Each finds what the other one has written, by its own columns. */
Test(postgresql, two_versions_with_other_columns_work_on_one_store)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_str_ struct str text = { 0 };
	_cleanup_store_ struct store *s = open_pg(false);
	struct txn *t = NULL;

	put_now(s, "VM", "a", "{\"name_label\":\"one\",\"size\":7}");
	put_now(s, "VDI", "d", "{\"sr\":\"s\"}");
	_cleanup_store_ struct store *changed =
		open_engine(ENGINE_POSTGRESQL, other_classes, false, &err);
	cr_assert(changed, "%s", err.params[1]);
	put_now(s, "VM", "b", "{\"name_label\":\"two\",\"size\":7,\"parent\":\"a\"}");
	put_now(changed, "NEW", "n", "{\"x\":1}");
	cr_ok(txn_begin(changed, TXN_READ, &t, &err), &err);
	cr_ok(txn_scan_where(t, "VM", LIST("name_label"), "size", "7", add_row, &text, &err), &err);
	cr_assert_str_eq(str_text(&text), "a one;b two;");
	txn_abort(t);
	cr_ok(txn_begin(s, TXN_READ, &t, &err), &err);
	cr_text(find_text(t, "VM", "parent", "a"), "b;");
	cr_text(find_text(t, "VDI", "sr", "s"), "d;");
	txn_abort(t);
	/* nothing is made again by whoever comes next */
	_cleanup_free_ char *before = pg_sql(NULL, own_database(), "SELECT columns FROM vxe.meta");
	store_close(open_pg(true));
	store_close(open_engine(ENGINE_POSTGRESQL, other_classes, true, &err));
	cr_text(pg_sql(NULL, own_database(), "SELECT columns FROM vxe.meta"), before);
	cr_assert(strstr(before, ";VM:name_label,is_a_template,parent+,size+;"), "%s", before);
	cr_assert(strstr(before, ";NEW:x;"), "%s", before);
}

/* The server writes a table anew for a new column; it is empty for a reader that has an older state of the database. */
Test(postgresql, a_reader_finds_all_rows_while_tables_change)
{
	_cleanup_store_ struct store *s = open_pg(false);
	int status = -1, n = 0;

	put_now(s, "VM", "a", "{\"n\":1}");
	pid_t pid = fork();
	cr_assert_geq(pid, 0);
	for (int i = 0; pid == 0 && i < 40; i++) {
		_cleanup_free_ char *name = xasprintf("c%d", i);
		const char *const columns[] = { name, NULL };
		const struct store_class classes[] = { { "VM", columns, NULL, false, NULL },
			{ NULL, NULL, NULL, false, NULL } };
		struct vxe_error err = { 0 };
		struct store *own = open_engine(ENGINE_POSTGRESQL, classes, false, &err);

		if (!own) {
			fprintf(stderr, "%s\n", err.params[1]);
			_exit(1);
		}
		store_close(own);
	}
	if (pid == 0)
		_exit(0);
	for (; waitpid(pid, &status, WNOHANG) == 0; n++) {
		_cleanup_error_ struct vxe_error err = { 0 };
		_cleanup_txn_ struct txn *t = NULL;
		int64_t rows = 0;

		cr_ok(txn_begin(s, TXN_READ, &t, &err), &err);
		cr_ok(txn_count(t, "VM", &rows, &err), &err); /* gets no rows from a cache */
		cr_assert_eq(rows, 1, "%d", n);
	}
	cr_assert_eq(status, 0);
	cr_assert_gt(n, 100);
}

static void write_refused(struct store *s, const char *reason)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct txn *t = NULL;

	cr_assert_eq(txn_begin(s, TXN_WRITE, &t, &err), -1);
	cr_assert_eq(err.code, VXE_STORE_UNUSABLE);
	cr_assert(strstr(err.params[1], reason), "%s", err.params[1]);
}

#define MADE_BY_NEWER                                                                              \
	"UPDATE vxe.meta SET layout = 1000, version = '9.9',"                                      \
	" columns = '1000' || substr(columns, strpos(columns, ';'))"

Test(postgresql, tables_of_a_newer_vxe_are_read_and_not_written)
{
	static const char reason[] =
		"a newer vxe, 9.9, has changed its tables (layout 1000); this is vxe " VXE_VERSION
		" (layout 5), which reads them and writes nothing: install vxe 9.9 on this host";
	_cleanup_store_ struct store *s = open_pg(false), *later = NULL;

	put_now(s, "VM", "a", "{\"n\":1}");
	sql(MADE_BY_NEWER);
	sql("ALTER TABLE vxe.meta ADD COLUMN later text");
	cr_text(get_now(s, "a"), "{\"n\":1}");
	write_refused(s, reason);
	later = open_pg(false);
	cr_text(get_now(later, "a"), "{\"n\":1}");
	write_refused(later, reason);
	cr_text(get_now(later, "a"), "{\"n\":1}");
	cr_text(pg_sql(NULL, own_database(), "SELECT layout FROM vxe.meta"), "1000");
	sql("UPDATE vxe.meta SET readable = 6");
	refused(test_classes, false, "which cannot read them: install vxe 9.9");
}

Test(postgresql, an_older_layout_is_changed_by_who_may_write)
{
	store_close(open_pg(false));
	sql("UPDATE vxe.meta SET layout = 2; ALTER TABLE vxe.meta DROP COLUMN version, DROP COLUMN readable,"
	    " DROP COLUMN reconciled");
	refused(test_classes, true, "an older vxe made it");
	store_close(open_pg(false));
	store_close(open_pg(true));
	cr_text(pg_sql(NULL, own_database(), "SELECT layout || version || readable FROM vxe.meta"),
		"5" VXE_VERSION "4");
}

/* The operation of an older vxe could not write its end. */
Test(postgresql, another_layout_waits_for_operations)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_store_ struct store *s = open_pg(false);
	struct lease *l = NULL;
	int status = -1;

	cr_ok(store_lease(s, "k", LEASE_EXCLUSIVE, false, &l, &err), &err);
	sql("UPDATE vxe.meta SET layout = 2");
	pid_t pid = fork();
	cr_assert_geq(pid, 0);
	if (pid == 0) {
		struct store *own = open_engine(ENGINE_POSTGRESQL, test_classes, false, &err);

		_exit(!own);
	}
	clock_sleep_ms(700);
	cr_text(pg_sql(NULL, own_database(), "SELECT layout FROM vxe.meta"), "2");
	store_release(l);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert_eq(status, 0);
	cr_text(pg_sql(NULL, own_database(), "SELECT layout FROM vxe.meta"), "5");
	/* for ever it does not wait */
	cr_ok(store_lease(s, "k", LEASE_EXCLUSIVE, false, &l, &err), &err);
	sql("UPDATE vxe.meta SET layout = 2");
	refused(test_classes, false, "operations of one are in progress");
	store_release(l);
}

Test(postgresql, a_readonly_store_makes_nothing)
{
	refused(test_classes, true, "it has no records");
	cr_text(pg_sql(NULL, own_database(),
			"SELECT count(*) FROM pg_namespace WHERE nspname = 'vxe'"),
		"0");
	sql("CREATE SCHEMA vxe");
	refused(test_classes, false, "its schema vxe is not that of a store");
}

#define LOCKS_DO_NOTHING                                                                           \
	"SET allow_system_table_mods = on;"                                                        \
	"ALTER FUNCTION pg_catalog.pg_try_advisory_lock(bigint) RENAME TO real_lock;"              \
	"CREATE FUNCTION pg_catalog.pg_try_advisory_lock(bigint) RETURNS boolean LANGUAGE sql AS 'SELECT true'"

/* As with servers that only speak the protocol: the function is there, and locks nothing. */
Test(postgresql, a_server_whose_locks_do_nothing_is_refused)
{
	sql(LOCKS_DO_NOTHING);
	refused(test_classes, false, "its advisory locks exclude nobody");
	sql("SET allow_system_table_mods = on;"
	    "DROP FUNCTION pg_catalog.pg_try_advisory_lock(bigint);"
	    "ALTER FUNCTION pg_catalog.real_lock(bigint) RENAME TO pg_try_advisory_lock;"
	    "ALTER FUNCTION pg_catalog.pg_notify(text, text) RENAME TO real_notify;"
	    "CREATE FUNCTION pg_catalog.pg_notify(text, text) RETURNS void LANGUAGE sql AS 'SELECT null::void'");
	refused(test_classes, false, "its notifications (NOTIFY) do not arrive");
	cr_text(pg_sql(NULL, own_database(),
			"SELECT count(*) FROM pg_namespace WHERE nspname = 'vxe'"),
		"0");
}

Test(postgresql, a_server_that_takes_no_settings_is_refused)
{
	sql("SET allow_system_table_mods = on;"
	    "ALTER FUNCTION pg_catalog.current_setting(text) RENAME TO real_setting;"
	    "CREATE FUNCTION pg_catalog.current_setting(text) RETURNS text LANGUAGE sql AS $$ SELECT '5min' $$");
	refused(test_classes, false, "it takes no settings of a session");
	sql("SET allow_system_table_mods = on;"
	    "CREATE OR REPLACE FUNCTION pg_catalog.current_setting(text) RETURNS text LANGUAGE sql AS $$ SELECT '0' $$;"
	    "CREATE OR REPLACE FUNCTION pg_catalog.inet_client_addr() RETURNS inet LANGUAGE sql AS $$ SELECT '10.9.0.1'::inet $$");
	refused(test_classes, false, "its system knows no tcp_user_timeout");
}

Test(postgresql, a_database_of_another_encoding_is_refused)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *name = xasprintf("%s-latin", own_database());
	_cleanup_free_ char *make = xasprintf(
		"CREATE DATABASE \"%s\" ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0", name);
	_cleanup_free_ char *uri = pg_uri(NULL, name);

	free(pg_sql(NULL, "postgres", make));
	cr_assert_null(open_with(&store_postgresql_ops, uri, test_classes, false, &err));
	cr_assert(strstr(err.params[1], "LATIN1"), "%s", err.params[1]);
}

/* ---- documents --------------------------------------------------------------------------------- */

Test(postgresql, texts_that_it_cannot_keep_are_refused)
{
	static const char *const bad[] = { "{\"n\":\"a\\u0000\"}", "{\"n\":\"\\\\\\u0000\"}",
		"{\"n\":\"\xed\xa0\x80\"}", "{\"n\":\"\xff\"}" };
	static const char good[] = "{\"n\":\"\\\\u0000\",\"m\":\"\xef\xbf\xbd\"}";
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_store_ struct store *s = open_pg(false);
	_cleanup_txn_ struct txn *t = NULL;

	cr_ok(txn_begin(s, TXN_WRITE, &t, &err), &err);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct json_object *doc = json_tokener_parse(bad[i]);

		cr_assert(doc, "%zu", i);
		cr_assert_eq(txn_put(t, "VM", "a", doc, &err), -1, "%zu", i);
		cr_assert_str_eq(err.params[0], "VM a");
		cr_error(&err, INVALID_VALUE);
		json_object_put(doc);
	}
	put_text(t, "VM", "a", good);
	cr_ok(txn_commit(TAKE(t), &err), &err);
	cr_text(get_now(s, "a"), good);
}

Test(postgresql, a_document_that_was_changed_is_found)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_store_ struct store *s = open_pg(false), *other = open_pg(false);
	_cleanup_txn_ struct txn *t = NULL;
	struct json_object *doc = NULL;

	put_now(s, "VM", "a", "{\"n\":1}");
	sql("UPDATE vxe.\"VM\" SET _document = '{\"n\":2}'");
	cr_ok(txn_begin(other, TXN_READ, &t, &err), &err);
	cr_assert_eq(txn_get(t, "VM", "a", &doc, NULL, &err), -1);
	cr_error(&err, VXE_RECORD_DAMAGED);
}

Test(postgresql, long_values_can_be_kept_and_found)
{
	_cleanup_free_ char *text = xcalloc(1, 100001);
	_cleanup_store_ struct store *s = open_pg(false);
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_txn_ struct txn *t = NULL;

	for (size_t i = 0; i < 100000; i++)
		text[i] = (char)('a' + (i * i * 31 + i / 7) % 26);
	_cleanup_free_ char *json =
		xasprintf("{\"parent\":\"%s\",\"name_label\":\"%s\"}", text, text);
	put_now(s, "VM", "a", json);
	cr_ok(txn_begin(s, TXN_READ, &t, &err), &err);
	cr_text(find_text(t, "VM", "parent", text), "a;");
	cr_text(get_text(t, "VM", "a"), json);
}

Test(postgresql, old_deletions_are_forgotten)
{
	_cleanup_store_ struct store *s = open_pg(false);
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_str_ struct str text = { 0 };
	_cleanup_txn_ struct txn *t = NULL;

	put_now(s, "VM", "a", "{}");
	cr_ok(txn_begin(s, TXN_WRITE, &t, &err), &err);
	cr_ok(txn_del(t, "VM", "a", &err), &err);
	cr_ok(txn_commit(TAKE(t), &err), &err);
	for (int i = 0; i < 260; i++)
		put_now(s, "VM", "b", i % 2 ? "{}" : "{\"n\":1}");
	cr_ok(txn_begin(s, TXN_READ, &t, &err), &err);
	cr_assert_eq(txn_changes(t, 1, add_row, &text, &err), STORE_AGAIN);
	cr_ok(txn_changes(t, 260, add_row, &text, &err), &err);
	cr_assert_str_eq(str_text(&text), "b VM put 262;");
	cr_text(pg_sql(NULL, own_database(), "SELECT count(*) < 300 FROM vxe.commits"), "t");
}

/* ---- a connection that is lost ----------------------------------------------------------------- */

/* Ends the sessions of vxe's, as a server does that is stopped. */
static void cut(void)
{
	sql("SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
	    " WHERE datname = current_database() AND pid <> pg_backend_pid()");
}

static struct json_object *one(int n)
{
	struct json_object *doc = json_object_new_object();

	json_object_object_add(doc, "n", json_object_new_int(n));
	return doc;
}

struct cutting {
	int runs;
	int cut_at; /* in this run the connection is cut ... */
	bool late;  /* ... after the write, not before it */
};

static int put_and_cut(struct txn *t, void *ctx, struct vxe_error *err)
{
	struct cutting *c = ctx;
	struct json_object *doc = one(++c->runs);

	if (c->runs == c->cut_at && !c->late)
		cut();
	int rc = txn_put(t, "VM", "a", doc, err);
	if (c->runs == c->cut_at && c->late)
		cut();
	json_object_put(doc);
	return rc;
}

Test(postgresql, what_was_not_committed_is_done_again_without_leases)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_store_ struct store *s = open_pg(false);
	struct lease *l = NULL;

	put_now(s, "VM", "b", "{}");
	cut(); /* between transactions nothing is lost */
	put_now(s, "VM", "b", "{}");
	cut();
	cr_ok(store_lease(s, "k", LEASE_EXCLUSIVE, false, &l, &err), &err);
	store_release(l);
	for (int late = 0; late < 2; late++) {
		struct cutting c = { .cut_at = 1, .late = late };

		cr_ok(store_update(s, put_and_cut, &c, &err), &err);
		cr_assert_eq(c.runs, 2);
		cr_text(get_now(s, "a"), "{\"n\":2}");
	}
}

Test(postgresql, with_a_lease_a_lost_connection_is_an_error)
{
	for (int late = 0; late < 2; late++) {
		_cleanup_error_ struct vxe_error err = { 0 };
		_cleanup_store_ struct store *s = open_pg(false);
		_cleanup_store_ struct store *other = open_pg(false);
		struct cutting c = { .cut_at = 1, .late = late };
		struct lease *l = NULL, *m = NULL;

		cr_ok(store_lease(s, "k", LEASE_EXCLUSIVE, false, &l, &err), &err);
		cr_assert_eq(store_update(s, put_and_cut, &c, &err), -1);
		cr_assert_eq(c.runs, 1);
		cr_error(&err, VXE_STORE_LOST);
		cr_assert_null(get_now(other, "a"));
		/* and stays one, for reads and locks as well, until the lease is given back */
		c = (struct cutting){ 0 };
		cr_assert_eq(store_update(s, put_and_cut, &c, &err), -1);
		cr_error(&err, VXE_STORE_LOST);
		cr_assert_eq(store_lease(s, "m", LEASE_SHARED, false, &m, &err), -1);
		cr_error(&err, VXE_STORE_LOST);
		store_release(l);
		cr_ok(store_update(s, put_and_cut, &c, &err), &err);
		cr_ok(store_lease(s, "k", LEASE_EXCLUSIVE, false, &l, &err), &err);
		store_release(l);
		sql("DELETE FROM vxe.\"VM\"");
	}
}

/* Its second run prepares the statement, in one message with the run. */
Test(postgresql, a_statement_that_fails_when_it_comes_again)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_store_ struct store *s = open_pg(false);
	struct json_object *doc = NULL;
	struct txn *t = NULL;

	put_now(s, "VM", "a", "{\"n\":1}");
	cr_text(get_now(s, "a"), "{\"n\":1}");
	sql("ALTER TABLE vxe.\"VM\" RENAME TO away; DELETE FROM vxe.commits");
	cr_ok(txn_begin(s, TXN_READ, &t, &err), &err);
	cr_assert_eq(txn_get(t, "VM", "b", &doc, NULL, &err), -1);
	cr_assert(strstr(err.params[1], "\"vxe.VM\" does not exist"), "%s", err.params[1]);
	cr_error(&err, VXE_STORE_UNUSABLE);
	txn_abort(t);
	sql("ALTER TABLE vxe.away RENAME TO \"VM\"");
	for (int i = 0; i < 3; i++)
		cr_text(get_now(s, "a"), "{\"n\":1}");
}

/* ... and the connection is lost under it: what is no transaction that writes is told so, and goes on with the next one. */
Test(postgresql, a_connection_that_is_lost_when_a_statement_comes_again)
{
	for (int runs = 1; runs < 4; runs++) {
		_cleanup_error_ struct vxe_error err = { 0 };
		_cleanup_store_ struct store *s = open_pg(false);
		struct json_object *doc = NULL;
		struct txn *t = NULL;

		put_now(s, "VM", "a", "{\"n\":1}");
		cr_ok(txn_begin(s, TXN_READ, &t, &err), &err);
		for (int i = 0; i < runs; i++) {
			_cleanup_free_ char *uuid = xasprintf("%d", i);

			cr_assert_null(get_text(t, "VM", uuid));
		}
		cut();
		cr_assert_eq(txn_get(t, "VM", "b", &doc, NULL, &err), -1);
		cr_error(&err, VXE_STORE_LOST);
		txn_abort(t);
		cr_text(get_now(s, "a"), "{\"n\":1}");
	}
}

/* A known object is changed by another statement than a new one, which is made where its row is gone. */
Test(postgresql, a_row_that_is_gone_is_made_again)
{
	_cleanup_store_ struct store *s = open_pg(false);

	put_now(s, "PIF", "r", "{\"n\":1}");
	put_now(s, "PIF", "r", "{\"n\":2}");
	cr_text(pg_sql(NULL, own_database(), "SELECT _document FROM vxe.\"PIF\""), "{\"n\":2}");
	sql("DELETE FROM vxe.\"PIF\"");
	put_now(s, "PIF", "r", "{\"n\":3}");
	cr_text(pg_sql(NULL, own_database(), "SELECT _document FROM vxe.\"PIF\""), "{\"n\":3}");
}

static struct txn *begun(struct store *s, enum txn_mode mode)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct txn *t = NULL;

	cr_ok(txn_begin(s, mode, &t, &err), &err);
	return t;
}

/*
 * Writes "bad", which the server refuses, and "good"; nobody has waited for either. What is prepared behind the first one never is.
 */
static struct txn *written(struct store *s)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct txn *t = begun(s, TXN_WRITE);

	for (int i = 0; i < 2; i++) {
		struct json_object *none = NULL;

		cr_ok(txn_get(t, "VM", i ? "good" : "bad", &none, NULL, &err), &err);
		cr_assert_null(none);
	}
	put_text(t, "VM", "bad", "{\"n\":1}");
	put_text(t, "VM", "good", "{\"n\":1}");
	return t;
}

/* A write is sent without a wait: if the server refuses it, so it does with what comes behind it, and all is as it was. */
Test(postgresql, a_write_that_is_refused_fails_its_transaction)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_store_ struct store *s = open_pg(false);
	struct json_object *none = NULL;
	int64_t n;

	sql("ALTER TABLE vxe.\"VM\" ADD CONSTRAINT no CHECK (uuid <> 'bad')");
	for (int i = 0; i < 4; i++) { /* prepared statements, too */
		struct txn *t = written(s);

		if (i < 2) {
			cr_assert_eq(txn_commit(t, &err), -1);
		} else {
			cr_assert_eq(
				i == 2 ? txn_allocate(t, &err) : txn_count(t, "VM", &n, &err), -1);
			txn_abort(t);
		}
		cr_error(&err, VXE_STORE_UNUSABLE);
		txn_abort(written(s));
		t = begun(s, TXN_READ);
		cr_ok(txn_get(t, "VM", "good", &none, NULL, &err), &err);
		cr_assert_null(none, "%d", i);
		txn_abort(t);
		put_now(s, "VM", "other", i % 2 ? "{\"n\":1}" : "{\"n\":2}");
	}
	sql("ALTER TABLE vxe.\"VM\" DROP CONSTRAINT no");
	cr_ok(txn_commit(written(s), &err), &err);
	cr_text(pg_sql(NULL, own_database(),
			"SELECT string_agg(uuid, ' ' ORDER BY uuid) FROM vxe.\"VM\""),
		"bad good other");
}

/* A trigger that runs as the transaction commits ends the session: then it was not, or was, committed before. */
Test(postgresql, a_commit_without_an_answer_is_asked_about)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_store_ struct store *s = open_pg(false);
	struct cutting c = { 0 };

	put_now(s, "VM", "b", "{}");
	sql("CREATE SEQUENCE public.times;"
	    "CREATE FUNCTION public.cut() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
	    " IF nextval('public.times') = 1 THEN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(5); END IF;"
	    " RETURN NULL; END $$;"
	    "CREATE CONSTRAINT TRIGGER cut AFTER INSERT ON vxe.commits DEFERRABLE INITIALLY DEFERRED"
	    " FOR EACH ROW EXECUTE FUNCTION public.cut()");
	cr_ok(store_update(s, put_and_cut, &c, &err), &err);
	cr_assert_eq(c.runs, 2, "it was not, so it was done again");
	cr_text(get_now(s, "a"), "{\"n\":2}");
	cr_text(pg_sql(NULL, own_database(), "SELECT generation FROM vxe.meta"), "2");
}

/* The server commits, and its answer does not arrive: the socket is shut down behind libpq. */
static int put_and_shut(struct txn *t, void *ctx, struct vxe_error *err)
{
	int *runs = ctx;
	struct json_object *doc = one(++*runs);
	int rc = txn_put(t, "VM", "a", doc, err);

	json_object_put(doc);
	for (int fd = 3; fd < 64 && *runs == 1; fd++) {
		struct sockaddr_un at = { 0 };
		socklen_t len = sizeof(at);

		if (getpeername(fd, (struct sockaddr *)&at, &len) == 0 &&
			at.sun_family == AF_UNIX && strstr(at.sun_path, ".s.PGSQL"))
			cr_assert_eq(shutdown(fd, SHUT_RD), 0);
	}
	return rc;
}

Test(postgresql, a_commit_whose_answer_was_lost_is_not_done_twice)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_store_ struct store *s = open_pg(false);
	struct lease *l = NULL;
	int runs = 0;

	/* the server is still at it when the outcome is asked about */
	sql("CREATE FUNCTION public.wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
	    " PERFORM pg_sleep(0.5); RETURN NULL; END $$;"
	    "CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON vxe.commits DEFERRABLE INITIALLY DEFERRED"
	    " FOR EACH ROW EXECUTE FUNCTION public.wait()");
	cr_ok(store_lease(s, "k", LEASE_EXCLUSIVE, false, &l, &err), &err);
	cr_ok(store_update(s, put_and_shut, &runs, &err), &err);
	cr_assert_eq(runs, 1);
	cr_text(pg_sql(NULL, own_database(), "SELECT _document FROM vxe.\"VM\""), "{\"n\":1}");
	/* what was written is written, and the lease is gone */
	cr_assert_eq(store_update(s, put_and_shut, &runs, &err), -1);
	cr_error(&err, VXE_STORE_LOST);
	store_release(l);
}

/* What a write transaction of a new process fails with. Owned. */
static char *why_refused(void)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_store_ struct store *s = open_pg(false);
	struct txn *t = NULL;

	cr_assert_eq(txn_begin(s, TXN_WRITE, &t, &err), -1);
	char *why = xstrdup(err.params[1]);

	cr_error(&err, VXE_STORE_UNUSABLE);
	return why;
}

static void write_anew(int n)
{
	_cleanup_store_ struct store *s = open_pg(false);

	for (int i = 0; i < n; i++)
		put_now(s, "VM", "a", i % 2 ? "{}" : "{\"n\":1}");
}

/* Of the host of a pool with this folder, and whether a person decides. */
static struct store *open_kept(const char *keep_dir, bool reconcile)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *uri = pg_uri(NULL, own_database());
	_cleanup_free_ char *locks = xasprintf("%s/run/locks", scratch);
	const struct store_config config = { .where = uri,
		.classes = test_classes,
		.lock_dir = locks,
		.keep_dir = keep_dir,
		.reconcile = reconcile };
	struct store *s = NULL;

	cr_ok(store_open(&s, &store_postgresql_ops, &config, &err), &err);
	return s;
}

/* Who is about to decide sees the records all the same, and writes nothing; then the first commit tells it to all. */
static void decide(void)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_store_ struct store *s = open_kept(NULL, true);
	struct txn *t = NULL;

	free(get_now(s, "a"));
	cr_assert_eq(txn_begin(s, TXN_WRITE, &t, &err), -1);
	cr_error(&err, VXE_STORE_UNUSABLE);
	store_decide(s);
	put_now(s, "VM", "decided", "{}");
}

/* Refused with these words, until a person decides. */
static void is_another(const char *words)
{
	_cleanup_free_ char *why = why_refused();

	cr_assert(strstr(why, words), "%s", why);
	cr_assert(strstr(why, "'vxe pool-reconcile'"), "%s", why);
	decide();
}

/* Of a host that has not seen the database, for a time. */
static void host_changes(const char *from, const char *to)
{
	_cleanup_free_ char *uri = pg_uri(NULL, own_database());
	_cleanup_free_ char *name = uuid_derive("postgresql", uri);
	_cleanup_free_ char *a = xasprintf("%s/run/locks/%s-%s", scratch, from, name);
	_cleanup_free_ char *b = xasprintf("%s/run/locks/%s-%s", scratch, to, name);

	cr_assert_eq(rename(a, b), 0);
}

static void objections(const char *n)
{
	cr_text(pg_sql(NULL, own_database(),
			"SELECT count(*) FROM vxe.commits WHERE generation < 0"),
		n);
}

#define WITHOUT_THE_LAST                                                                           \
	"UPDATE vxe.meta SET generation = 1; DELETE FROM vxe.commits WHERE generation > 1"
#define BY_ANOTHER_SERVER                                                                          \
	WITHOUT_THE_LAST ";UPDATE vxe.meta SET generation = 2;"                                    \
			 "INSERT INTO vxe.commits VALUES(2, 'x later')"

/* Also one with tables; who only reads takes no locks. */
Test(postgresql, a_server_is_tried_by_each_host_that_meets_it)
{
	write_anew(1);
	sql(LOCKS_DO_NOTHING);
	host_changes("seen", "away");
	refused(test_classes, false, "its advisory locks exclude nobody");
	store_close(open_pg(true));
	host_changes("away", "seen");
	store_close(open_pg(false));
}

/* As that of a server that another one has replaced. */
Test(postgresql, records_older_than_those_seen_are_refused)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct store *s = open_pg(false);
	struct txn *t = NULL;

	put_now(s, "VM", "a", "{}");
	put_now(s, "VM", "a", "{\"n\":1}");
	sql(WITHOUT_THE_LAST);
	cr_assert_eq(txn_begin(s, TXN_READ, &t, &err), -1);
	cr_error(&err, VXE_STORE_UNUSABLE);
	store_close(s);
	is_another("(generation 2, now 1)");
	write_anew(1);
}

/* As of a server that lacked the last commit when it took over, before others wrote. */
Test(postgresql, as_many_other_commits_are_another_history)
{
	write_anew(2);
	sql(BY_ANOTHER_SERVER);
	free(why_refused());
	objections("1");
	is_another("have another history than those that this host has seen (generation 2, now 2)");
	objections("0");
	write_anew(1);
}

/* The other one has seen what is missing as well, and is told by the records alone. Older ones are refused again. */
Test(postgresql, a_person_decides_for_all_hosts_until_older_records_come_back)
{
	write_anew(2);
	host_changes("seen", "other");
	write_anew(2);
	sql("CREATE TABLE kept AS SELECT * FROM vxe.meta; CREATE TABLE words AS SELECT * FROM vxe.commits;" WITHOUT_THE_LAST
	    "; CREATE TABLE kept1 AS SELECT * FROM vxe.meta; CREATE TABLE words1 AS SELECT * FROM vxe.commits");
	is_another("(generation 4, now 1)");
	host_changes("seen", "first");
	host_changes("other", "seen");
	write_anew(1);
	host_changes("seen", "other");
	host_changes("first", "seen");
	write_anew(1);
	sql("DELETE FROM vxe.meta; INSERT INTO vxe.meta SELECT * FROM kept1;"
	    "DELETE FROM vxe.commits; INSERT INTO vxe.commits SELECT * FROM words1");
	free(why_refused());
	/* the same as all had seen before the decision is older than that */
	sql("DELETE FROM vxe.meta; INSERT INTO vxe.meta SELECT * FROM kept;"
	    "DELETE FROM vxe.commits; INSERT INTO vxe.commits SELECT * FROM words");
	is_another("(generation ");
	sql("DROP TABLE kept, kept1, words, words1");
}

/* What the last heartbeat had seen. */
Test(postgresql, a_boot_and_another_uri_forget_nothing)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *name = uuid_derive("postgresql", scratch);
	_cleanup_free_ char *path = xasprintf("%s/run/locks/seen-%s", scratch, name);
	struct store *s = open_kept(scratch, false);
	struct txn *t = NULL;

	put_now(s, "VM", "a", "{}");
	cr_ok(store_beat(s, "h", &err), &err);
	store_close(s);
	s = open_kept(scratch, false);
	put_now(s, "VM", "a", "{\"n\":1}");
	put_now(s, "VM", "a", "{\"n\":2}");
	store_close(s);
	cr_assert_eq(unlink(path), 0);
	sql("UPDATE vxe.meta SET generation = 0; DELETE FROM vxe.commits");
	s = open_kept(scratch, false);
	cr_assert_eq(txn_begin(s, TXN_READ, &t, &err), -1);
	cr_assert(strstr(err.params[1], "(generation 1, now 0)"), "%s", err.params[1]);
	cr_error(&err, VXE_STORE_UNUSABLE);
	store_close(s);
	s = open_kept(scratch, true);
	store_decide(s);
	put_now(s, "VM", "decided", "{}");
	store_close(s);
	store_close(open_kept(scratch, false));
}

Test(postgresql, the_objection_of_another_host_is_heeded)
{
	write_anew(2);
	sql("INSERT INTO vxe.commits VALUES(-7, 'other')");
	_cleanup_free_ char *why = why_refused();

	cr_assert(strstr(why, "the host other has seen commits that are not in it (generation 7)"),
		"%s", why);
	/* what this host had against it is taken back meanwhile: the other one may wait for that */
	sql("INSERT INTO vxe.commits SELECT g, 'OWN' FROM (VALUES (-6), (-8)) v(g)");
	char host[65] = "";
	(void)gethostname(host, sizeof(host) - 1);
	_cleanup_free_ char *own =
		xasprintf("UPDATE vxe.commits SET writer = '%s' WHERE writer = 'OWN'", host);
	sql(own);
	free(why_refused());
	objections("1");
	sql("DELETE FROM vxe.commits WHERE generation < 0");
	write_anew(1);
}

/* The words of the commits are forgotten by then. */
static void after_many_commits(const char *kept)
{
	host_changes("seen", "away");
	write_anew(600);
	cr_text(pg_sql(NULL, own_database(),
			"SELECT string_agg(generation::text, ',') FROM"
			" (SELECT * FROM vxe.commits ORDER BY 1 LIMIT 4) c"),
		kept);
	host_changes("away", "seen");
}

Test(postgresql, the_same_history_is_known_after_many_commits)
{
	write_anew(4);
	after_many_commits("1,257,258,259");
	write_anew(1);
}

/* A word without the life of a server. */
Test(postgresql, words_of_an_older_vxe_are_a_history)
{
	struct store *s;

	write_anew(4);
	sql("UPDATE vxe.commits SET writer = split_part(writer, ' ', 1)");
	host_changes("seen", "away");
	s = open_pg(false);
	free(get_now(s, "a"));
	store_close(s);
	after_many_commits("1,5,257,258");
	write_anew(1);
}

/* Nobody else is kept from work that has gone on for so long. */
Test(postgresql, another_history_is_known_after_many_commits)
{
	write_anew(4);
	sql(BY_ANOTHER_SERVER "; INSERT INTO vxe.commits VALUES(3, 'y later'), (4, 'z later');"
			      "UPDATE vxe.meta SET generation = 4");
	after_many_commits("1,2,257,258");
	is_another("(generation 4, now 604)");
	objections("0");
	write_anew(1);
}

/* So many locks sessions have. The server ends a session some time after its client has gone. */
static void locked(const char *n)
{
	char *now = NULL;

	for (int i = 0; i < 100 && !str_eq(now, n); i++) {
		if (now)
			usleep(50000);
		free(now);
		now = pg_sql(NULL, own_database(),
			"SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = database"
			" WHERE locktype = 'advisory' AND datname = current_database()");
	}
	cr_text(now, n);
}

static int keep(struct store *s, bool *gone, struct vxe_error *err)
{
	static int n;

	return store_keep_leases(s, "VM", "pledge", n++ % 2, gone, err);
}

Test(postgresql, lost_leases_are_held_again_while_their_row_is_there)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_store_ struct store *s = open_pg(false);
	struct cutting c = { 0 };
	struct lease *l = NULL, *m = NULL;
	bool gone;

	cr_ok(keep(s, &gone, &err), &err);
	put_now(s, "VM", "pledge", "{}");
	cr_ok(store_lease(s, "k", LEASE_EXCLUSIVE, false, &l, &err), &err);
	cr_ok(store_lease(s, "m", LEASE_SHARED, false, &m, &err), &err);
	cr_ok(keep(s, &gone, &err), &err);
	for (int i = 0; i < 2; i++) {
		cut();
		locked("0");
		cr_ok(keep(s, &gone, &err), &err);
		locked("2");
		cr_ok(store_update(s, put_and_cut, &c, &err), &err);
	}
	store_release(l);
	locked("1");
	store_release(m);
	locked("0");
}

Test(postgresql, lost_leases_are_lost_when_their_row_is_gone_or_a_lock_another_s)
{
	static const char *const meanwhile[] = {
		"DELETE FROM vxe.\"VM\"",
		"SELECT pg_advisory_lock(hashtextextended('m', 0))",
	};

	for (size_t i = 0; i < ARRAY_LEN(meanwhile); i++) {
		_cleanup_error_ struct vxe_error err = { 0 };
		_cleanup_store_ struct store *s = open_pg(false);
		_cleanup_free_ char *uri = pg_uri(NULL, own_database());
		PGconn *other;
		struct cutting c = { 0 };
		struct lease *l = NULL, *m = NULL;
		bool gone;

		put_now(s, "VM", "pledge", "{}");
		cr_ok(store_lease(s, "k", LEASE_EXCLUSIVE, false, &l, &err), &err);
		cr_ok(store_lease(s, "m", LEASE_SHARED, false, &m, &err), &err);
		cut();
		other = PQconnectdb(uri);
		PQclear(PQexec(other, meanwhile[i]));
		cr_assert_eq(keep(s, &gone, &err), -1);
		cr_assert_eq(gone, i == 0);
		cr_error(&err, VXE_STORE_LOST);
		cr_assert_eq(store_update(s, put_and_cut, &c, &err), -1);
		cr_error(&err, VXE_STORE_LOST);
		PQfinish(other);
		store_release(l);
		store_release(m);
		locked("0");
	}
}

/* ---- a server that is stopped and started again -------------------------------------------------- */

Test(postgresql, a_server_that_is_started_again)
{
	static const int signals[] = { SIGINT, SIGQUIT };
	_cleanup_error_ struct vxe_error err = { 0 };
	struct pg_server server;

	pg_make(&server);
	pg_create(server.dir, "again");
	_cleanup_free_ char *uri = pg_uri(server.dir, "again");
	struct store *s = open_with(&store_postgresql_ops, uri, test_classes, false, &err);
	for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
		struct cutting c = { 0 };
		struct txn *t = NULL;

		put_now(s, "VM", "b", "{}");
		cr_ok(txn_begin(s, TXN_WRITE, &t, &err), &err);
		put_text(t, "VM", "a", "{}");
		pg_stop(&server, signals[i]);
		pg_start(&server);
		cr_assert_eq(txn_commit(t, &err), STORE_AGAIN);
		cr_assert_null(get_now(s, "a"));
		cr_ok(store_update(s, put_and_cut, &c, &err), &err);
		cr_ok(txn_begin(s, TXN_WRITE, &t, &err), &err);
		cr_ok(txn_del(t, "VM", "a", &err), &err);
		cr_ok(txn_commit(t, &err), &err);
	}
	store_close(s);
	pg_drop(&server);
}

/* ---- a client that is killed --------------------------------------------------------------------- */

Test(postgresql, a_client_that_is_killed_leaves_nothing)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_store_ struct store *s = open_pg(false);
	struct lease *l = NULL;
	int fds[2];
	char c;

	cr_assert_eq(pipe(fds), 0);
	pid_t pid = fork();
	cr_assert_geq(pid, 0);
	if (pid == 0) {
		struct store *own = open_pg(false);
		struct txn *t = NULL;

		if (store_lease(own, "k", LEASE_EXCLUSIVE, false, &l, &err) == 0 &&
			txn_begin(own, TXN_WRITE, &t, &err) == 0) {
			put_text(t, "VM", "a", "{}");
			if (write(fds[1], "x", 1) == 1)
				clock_sleep_ms(60000);
		}
		_exit(1);
	}
	cr_assert_eq(read(fds[0], &c, 1), 1);
	cr_assert_eq(store_lease(s, "k", LEASE_EXCLUSIVE, false, &l, &err), -1);
	cr_error(&err, VXE_BUSY);
	kill(pid, SIGKILL);
	cr_assert_eq(waitpid(pid, NULL, 0), pid);
	cr_ok(store_lease(s, "k", LEASE_EXCLUSIVE, true, &l, &err), &err);
	store_release(l);
	cr_assert_null(get_now(s, "a"));
	put_now(s, "VM", "a", "{\"n\":1}");
	cr_text(get_now(s, "a"), "{\"n\":1}");
	close(fds[0]);
	close(fds[1]);
}

/* Two machines have no lock files in common. */
Test(postgresql, a_lock_holds_between_machines)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *uri = pg_uri(NULL, own_database());
	_cleanup_free_ char *elsewhere = xasprintf("%s/elsewhere", scratch);
	struct store_config config = {
		.where = uri, .classes = test_classes, .lock_dir = elsewhere
	};
	_cleanup_store_ struct store *s = open_pg(false);
	_cleanup_store_ struct store *other = NULL;
	struct lease *l = NULL, *m = NULL;

	cr_ok(store_open(&other, &store_postgresql_ops, &config, &err), &err);
	cr_ok(store_lease(s, "k", LEASE_SHARED, false, &l, &err), &err);
	cr_ok(store_lease(other, "k", LEASE_SHARED, false, &m, &err), &err);
	store_release(m);
	cr_assert_eq(store_lease(other, "k", LEASE_EXCLUSIVE, false, &m, &err), -1);
	cr_assert_str_eq(err.params[1], "");
	cr_error(&err, VXE_BUSY);
	store_release(l);
	cr_ok(store_lease(other, "k", LEASE_EXCLUSIVE, false, &m, &err), &err);
	cr_assert_eq(store_lease(s, "k", LEASE_SHARED, false, &l, &err), -1);
	cr_error(&err, VXE_BUSY);
	store_release(m);
}

/* ---- many writers -------------------------------------------------------------------------------- */

static int count_one_up(struct txn *t, void *ctx, struct vxe_error *err)
{
	struct json_object *doc = NULL;

	(void)ctx;
	if (txn_get(t, "VM", "n", &doc, NULL, err) < 0)
		return -1;
	int n = doc ? json_object_get_int(json_object_object_get(doc, "n")) : 0;
	json_object_put(doc);
	doc = one(n + 1);
	int rc = txn_put(t, "VM", "n", doc, err);
	json_object_put(doc);
	return rc;
}

/* They race to make the tables, too. */
Test(postgresql, eight_processes_lose_no_update)
{
	pid_t pids[8];
	int failed = 0;

	(void)own_database();
	for (size_t i = 0; i < ARRAY_LEN(pids); i++) {
		pids[i] = fork();
		cr_assert_geq(pids[i], 0);
		for (int k = 0; pids[i] == 0; k++) {
			struct vxe_error err = { 0 };
			struct store *s = open_engine(ENGINE_POSTGRESQL, test_classes, false, &err);

			if (!s || store_update(s, count_one_up, NULL, &err) < 0) {
				fprintf(stderr, "%s\n", err.params[1]);
				_exit(1);
			}
			store_close(s);
			if (k == 9)
				_exit(0);
		}
	}
	for (size_t i = 0; i < ARRAY_LEN(pids); i++) {
		int status = -1;

		waitpid(pids[i], &status, 0);
		failed += status != 0;
	}
	cr_assert_eq(failed, 0);
	_cleanup_store_ struct store *s = open_pg(false);
	cr_text(get_now(s, "n"), "{\"n\":80}");
}

/* ---- hosts that are up ------------------------------------------------------------------------ */

Test(postgresql, a_host_is_known_to_be_up_for_a_time)
{
	_cleanup_store_ struct store *s = open_pg(false), *other = open_pg(false);
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_error_ struct vxe_error err = { 0 };
	int64_t ms = 0, generation;

	cr_ok(store_last_beat(other, "a", &ms, &err), &err);
	cr_assert_eq(ms, -1);
	cr_ok(store_beat(s, "a", &err), &err);
	clock_sleep_ms(300);
	cr_ok(txn_begin(other, TXN_READ, &t, &err), &err); /* a list asks within its transaction */
	cr_ok(txn_generation(t, &generation, &err), &err);
	cr_assert_eq(generation, 0);
	cr_ok(store_last_beat(other, "a", &ms, &err), &err);
	cr_assert(ms >= 250 && ms < 60000, "%lld", (long long)ms);
	cr_ok(txn_last_beat(t, "a", &ms, &err), &err);
	cr_assert(ms >= 250 && ms < 60000, "%lld", (long long)ms);
	cr_ok(store_beat(s, "a", &err), &err);
	cr_ok(store_beat(s, "b", &err), &err);
	cr_ok(txn_last_beat(t, "b", &ms, &err), &err);
	cr_assert_eq(ms, -1); /* the answer of before */
	sql("DELETE FROM vxe.beats WHERE host = 'b'");
	cr_ok(store_last_beat(other, "b", &ms, &err), &err);
	cr_assert_eq(ms, -1);
	cut(); /* so an answer was kept */
	cr_ok(txn_last_beat(t, "a", &ms, &err), &err);
	cr_assert(ms >= 250, "%lld", (long long)ms);
}

Test(postgresql, a_store_of_the_first_layout_gets_what_it_lacks)
{
	_cleanup_store_ struct store *s = NULL;
	_cleanup_error_ struct vxe_error err = { 0 };
	int64_t ms = 0;

	store_close(open_pg(false));
	sql("DROP TABLE vxe.beats; UPDATE vxe.meta SET layout = 1");
	s = open_pg(false);
	cr_ok(store_beat(s, "a", &err), &err);
	cr_ok(store_last_beat(s, "a", &ms, &err), &err);
	cr_assert(ms >= 0);
}

/* ---- commits that are waited for --------------------------------------------------------------- */

Test(postgresql, a_commit_of_anybody_is_told)
{
	_cleanup_store_ struct store *s = open_pg(false), *other = open_pg(false);
	_cleanup_error_ struct vxe_error err = { 0 };
	int64_t before = clock_ms();

	put_now(other, "VM", "a", "{\"n\":0}");
	cr_assert_eq(store_await(s, 0, 60000, &err), 1, "one that was there before");
	cr_assert_null(get_now(s, "b")); /* a transaction between leaves an answer to its end */
	put_now(other, "VM", "a", "{\"n\":1}");
	cr_assert_eq(store_await(s, 1, 60000, &err), 1);
	cr_assert_eq(store_await(s, 2, 100, &err), 0, "the last one is known");
	put_now(s, "VM", "a", "{\"n\":2}");
	cr_assert_eq(store_await(s, 2, 60000, &err), 1, "its own");
	cut();
	cr_assert_eq(store_await(s, 3, 60000, &err), 1, "nobody knows");
	cr_assert_eq(store_await(s, 3, 100, &err), 0, "it listens again");
	put_now(other, "VM", "a", "{\"n\":3}");
	cr_assert_eq(store_await(s, 3, 60000, &err), 1);
	cr_assert_lt(clock_ms() - before, 30000);
}

/* ---- answers that are kept ----------------------------------------------------------------------- */

/* The same questions, some of them, in an order that @seed tells. */
static char *view(struct txn *t, unsigned seed)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct str text = { 0 };
	const struct store_question ahead[] = {
		{ "VM", .uuid = "u1" },
		{ "VM", .where = "parent", .value = "u2" },
		{ "VDI", .uuid = "u3" },
		{ .cls = "VM" },
	};

	if (rand_r(&seed) % 4 == 0)
		cr_ok(txn_hold(t, (const char *const[]){ "VM", "VDI", NULL }, &err), &err);
	if (rand_r(&seed) % 2)
		cr_ok(txn_ask_ahead(t, ahead, ARRAY_LEN(ahead), &err), &err);
	for (int i = rand_r(&seed) % 6; i >= 0; i--) {
		_cleanup_free_ char *uuid = xasprintf("u%d", rand_r(&seed) % 5), *found = NULL;
		const char *cls = rand_r(&seed) % 3 ? "VM" : "VDI";
		int64_t n;

		switch (rand_r(&seed) % 5) {
		case 0:
			found = get_text(t, cls, uuid);
			break;
		case 1:
			found = find_text(t, "VM", "parent", rand_r(&seed) % 4 ? uuid : "");
			break;
		case 2:
			cr_ok(txn_count(t, cls, &n, &err), &err);
			found = xasprintf("%d", (int)n);
			break;
		case 3:
			cr_ok(txn_each(t, cls, add_doc, &text, &err), &err);
			break;
		default:
			cr_ok(txn_scan(t, "VM", ALL_COLUMNS, add_columns, &text, &err), &err);
		}
		str_addf(&text, "%s\n", found ? found : "-");
	}
	return str_steal(&text);
}

static void change(struct txn *t, unsigned seed)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *uuid = xasprintf("u%d", rand_r(&seed) % 5);
	_cleanup_free_ char *doc = xasprintf("{\"name_label\":\"n%d\",\"parent\":\"u%d\"}",
		rand_r(&seed) % 3, rand_r(&seed) % 5);
	const char *cls = rand_r(&seed) % 2 ? "VM" : "VDI";

	if (rand_r(&seed) % 3)
		put_text(t, cls, uuid, rand_r(&seed) % 4 ? doc : "{\"name_label\":\"n\"}");
	else
		cr_ok(txn_del(t, cls, uuid, &err), &err);
}

/* Asks both the same. */
static void same(struct txn *a, struct txn *b, unsigned seed, unsigned step)
{
	_cleanup_free_ char *x = view(a, seed), *y = view(b, seed);

	cr_assert_str_eq(x, y, "step %u", step);
}

/* Of two sessions that write in turn, each is told what a store without any cache says, and a reader what was when it began. */
Test(postgresql, kept_answers_are_those_of_the_server)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_store_ struct store *first = open_pg(false), *second = open_pg(false);
	_cleanup_store_ struct store *plain = open_engine(ENGINE_MEM, test_classes, false, &err);
	_cleanup_free_ char *then = NULL;
	struct txn *reader = NULL;

	for (unsigned step = 1; step < 400; step++) {
		unsigned seed = step * 2654435761U;
		struct store *s = rand_r(&seed) % 2 ? first : second;
		const bool writes = rand_r(&seed) % 3, commits = rand_r(&seed) % 4;
		struct txn *a = begun(s, writes ? TXN_WRITE : TXN_READ);
		struct txn *b = begun(plain, writes ? TXN_WRITE : TXN_READ);

		for (int i = rand_r(&seed) % 4; i >= 0; i--) {
			same(a, b, (unsigned)rand_r(&seed), step);
			if (writes && rand_r(&seed) % 2) {
				const unsigned what = (unsigned)rand_r(&seed);

				change(a, what);
				change(b, what);
				same(a, b, (unsigned)rand_r(&seed), step);
			}
			if (reader) {
				_cleanup_free_ char *now = view(reader, 7);

				cr_assert_str_eq(now, then, "step %u", step);
			}
		}
		if (writes && commits) {
			cr_ok(txn_commit(a, &err), &err);
			cr_ok(txn_commit(b, &err), &err);
		} else {
			txn_abort(a);
			txn_abort(b);
		}
		if (reader && rand_r(&seed) % 3 == 0) {
			txn_abort(TAKE(reader));
			free(TAKE(then));
		} else if (!reader && rand_r(&seed) % 3 == 0) {
			reader = begun(first, TXN_READ);
			then = view(reader, 7);
		}
	}
	txn_abort(reader);
}

static char *now_of(struct store *s, const char *uuid)
{
	struct txn *t = begun(s, TXN_READ);
	char *text = get_text(t, "VM", uuid);

	txn_abort(t);
	return text;
}

/* The server ends the connections that have a transaction open. */
static void end_phases(void)
{
	sql("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name LIKE 'vxe %'"
	    " AND state LIKE 'idle in%'");
}

/* Readers of one phase see one state, up to a write or a lease of this process, or its end; a lost connection ends it as well. */
Test(postgresql, readers_of_a_phase_see_one_state)
{
	static const struct store_question all = { "VM", .documents = true };
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_store_ struct store *s = open_pg(false), *other = open_pg(false);
	struct lease *lease = NULL;
	const char *holder = NULL;

	put_now(other, "VM", "a", "{\"n\":0}");
	for (int way = 0; way < 4; way++) {
		_cleanup_free_ char *before = xasprintf("{\"n\":%d}", way),
				    *after = xasprintf("{\"n\":%d}", way + 1);

		store_view(s, true);
		store_foresee(s, &all, way % 2);
		cr_text(now_of(s, "a"), before);
		put_now(other, "VM", "a", after);
		struct txn *first = begun(s, TXN_READ), *second = begun(s, TXN_READ);

		cr_text(get_text(first, "VM", "a"), before);
		cr_text(get_text(second, "VM", "a"), after); /* beside it there is no phase */
		txn_abort(second);
		txn_abort(first);
		cr_text(now_of(s, "a"), before);
		if (way == 0)
			put_now(s, "VM", "b", "{}");
		else if (way == 1)
			cr_ok(store_lease(s, "a", LEASE_SHARED, false, &lease, &err), &err);
		else if (way == 2)
			store_release(TAKE(lease));
		else
			store_view(s, false);
		cr_text(now_of(s, "a"), after);
	}
	store_view(s, true);
	cr_text(now_of(s, "a"), "{\"n\":4}");
	end_phases();
	cr_text(now_of(s, "b"), "{}");
	cr_text(now_of(s, "a"), "{\"n\":4}");
	/* the state of the phase is gone beneath a reader, and another one is not taken for it */
	struct txn *late = begun(s, TXN_READ);

	put_now(other, "VM", "a", "{\"n\":5}");
	end_phases();
	cr_assert_eq(txn_holder(late, "c", &holder, &err), -1);
	cr_assert_eq(err.code, VXE_STORE_LOST);
	txn_abort(late);
}

/* What is told is the same as without a foresight, whoever has written meanwhile. */
Test(postgresql, what_is_foreseen_changes_no_answer)
{
	static const struct store_question list[] = {
		{ "PIF", .uuid = "a" },
		{ "PIF", .uuid = "none" },
		{ "PIF", .holder = "a" },
		{ "PIF", .holder = "none" },
		{ "PIF", .documents = true },
		{ .cls = "PIF" },
	};
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_store_ struct store *s = open_pg(false), *other = open_pg(false);

	for (int i = 0; i < 12; i++) {
		const enum txn_mode mode = i % 3 ? TXN_READ : TXN_WRITE;
		_cleanup_free_ char *json = xasprintf("{\"n\":\"%d\"}", i / 4);
		const char *holder = NULL;
		int64_t n = 0;

		put_now(i % 2 ? other : s, "PIF", "a", json);
		store_foresee(s, list, ARRAY_LEN(list));
		struct txn *t = begun(s, mode);

		if (mode == TXN_WRITE) {
			json[strlen(json) - 3] = 'x';
			put_text(t, "PIF", "a", json);
			put_text(t, "PIF", "none", "{}");
			cr_ok(txn_holder(t, "none", &holder, &err), &err);
			cr_assert_str_eq(holder, "PIF");
			cr_ok(txn_del(t, "PIF", "none", &err), &err);
		}
		cr_text(get_text(t, "PIF", "a"), json);
		cr_ok(txn_holder(t, "a", &holder, &err), &err);
		cr_assert_str_eq(holder, "PIF");
		cr_ok(txn_holder(t, "none", &holder, &err), &err);
		cr_assert_null(holder);
		cr_assert_null(get_text(t, "PIF", "none"));
		cr_ok(txn_count(t, "PIF", &n, &err), &err);
		cr_assert_eq(n, 1);
		_cleanup_str_ struct str rows = { 0 };

		cr_ok(txn_each(t, "PIF", add_doc, &rows, &err), &err);
		cr_assert_eq(!strstr(str_text(&rows), "x"), mode == TXN_READ);
		txn_abort(t);
	}
}
