/* SPDX-License-Identifier: MIT */
/* What only the engine for PostgreSQL has: a server that goes away, tables of other versions, texts, names. */
#include "tests/unit/engines_fixture.h"

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

Test(postgresql, other_columns_are_made_from_the_documents)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_str_ struct str text = { 0 };
	struct store *s = open_pg(false);
	struct txn *t = NULL;

	put_now(s, "VM", "a", "{\"name_label\":\"one\",\"size\":7}");
	put_now(s, "VDI", "d", "{\"sr\":\"s\"}");
	_cleanup_store_ struct store *changed =
		open_engine(ENGINE_POSTGRESQL, other_classes, false, &err);
	cr_assert(changed, "%s", err.params[1]);
	cr_ok(txn_begin(changed, TXN_READ, &t, &err), &err);
	cr_ok(txn_scan_where(t, "VM", LIST("name_label"), "size", "7", add_row, &text, &err), &err);
	cr_assert_str_eq(str_text(&text), "a one;");
	txn_abort(t);
	/* who has the store open knows that its columns are no longer there */
	cr_assert_eq(txn_begin(s, TXN_READ, &t, &err), -1);
	cr_error(&err, VXE_STORE_UNUSABLE);
	store_close(s);
	/* a class that was not declared meanwhile has its rows */
	s = open_pg(false);
	cr_text(get_now(s, "a"), "{\"name_label\":\"one\",\"size\":7}");
	cr_ok(txn_begin(s, TXN_READ, &t, &err), &err);
	cr_text(find_text(t, "VDI", "sr", "s"), "d;");
	txn_abort(t);
	store_close(s);
}

Test(postgresql, a_newer_layout_is_refused)
{
	store_close(open_pg(false));
	sql("UPDATE vxe.meta SET layout = 1000");
	refused(test_classes, false, "a newer vxe made it (layout 1000");
	sql("UPDATE vxe.meta SET layout = 0");
	refused(test_classes, true, "an older vxe made it");
	store_close(open_pg(false));
	store_close(open_pg(true));
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

/* As with servers that only speak the protocol: the function is there, and locks nothing. */
Test(postgresql, a_server_whose_locks_do_nothing_is_refused)
{
	sql("SET allow_system_table_mods = on;"
	    "ALTER FUNCTION pg_catalog.pg_try_advisory_lock(bigint) RENAME TO real_lock;"
	    "CREATE FUNCTION pg_catalog.pg_try_advisory_lock(bigint) RETURNS boolean LANGUAGE sql AS 'SELECT true'");
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
	_cleanup_store_ struct store *s = open_pg(false);
	_cleanup_txn_ struct txn *t = NULL;
	struct json_object *doc = NULL;

	put_now(s, "VM", "a", "{\"n\":1}");
	sql("UPDATE vxe.\"VM\" SET _document = '{\"n\":2}'");
	cr_ok(txn_begin(s, TXN_READ, &t, &err), &err);
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
		put_now(s, "VM", "b", "{}");
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

	cr_ok(store_lease(s, "k", LEASE_EXCLUSIVE, false, &l, &err), &err);
	cr_ok(store_update(s, put_and_shut, &runs, &err), &err);
	cr_assert_eq(runs, 1);
	cr_text(pg_sql(NULL, own_database(), "SELECT _document FROM vxe.\"VM\""), "{\"n\":1}");
	/* what was written is written, and the lease is gone */
	cr_assert_eq(store_update(s, put_and_shut, &runs, &err), -1);
	cr_error(&err, VXE_STORE_LOST);
	store_release(l);
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
	cr_ok(store_beat(s, "a", &err), &err);
	cr_ok(store_last_beat(other, "b", &ms, &err), &err);
	cr_assert_eq(ms, -1);
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
