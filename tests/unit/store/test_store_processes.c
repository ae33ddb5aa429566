/* SPDX-License-Identifier: MIT */
/* Many processes on one SQLite store, some of them killed. */
#include "tests/unit/sqlite_fixture.h"

TestSuite(store_processes, .init = scratch_make, .fini = scratch_remove, .timeout = 600);

#define COUNTERS 6

static int count_up(struct txn *t, void *ctx, struct vxe_error *err)
{
	(void)ctx;
	for (int i = 0; i < COUNTERS; i++) {
		struct json_object *doc = NULL;
		struct json_object *n = NULL;
		char uuid[16];

		snprintf(uuid, sizeof(uuid), "c%d", i);
		if (txn_get(t, "VM", uuid, &doc, NULL, err) < 0)
			return -1;
		if (!doc)
			doc = json_object_new_object();
		json_object_object_get_ex(doc, "size", &n);
		json_object_object_add(
			doc, "size", json_object_new_int64(json_object_get_int64(n) + 1));
		int rc = txn_put(t, "VM", uuid, doc, err);
		json_object_put(doc);
		if (rc < 0)
			return -1;
	}
	return 0;
}

/*
 * The counter in all documents; it must be the same in column and document of each. 0: no
 * documents.
 */
static int64_t read_counter(struct store *s)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_str_ struct str columns = { 0 };
	_cleanup_str_ struct str wanted = { 0 };
	struct json_object *doc = NULL;
	struct json_object *n = NULL;

	cr_ok(txn_begin(s, TXN_READ, &t, &err), &err);
	cr_ok(txn_get(t, "VM", "c0", &doc, NULL, &err), &err);
	if (!doc)
		return 0;
	json_object_object_get_ex(doc, "size", &n);
	int64_t count = json_object_get_int64(n);
	json_object_put(doc);
	for (int i = 0; i < COUNTERS; i++) {
		_cleanup_free_ char *text = NULL;
		char uuid[16];

		snprintf(uuid, sizeof(uuid), "c%d", i);
		text = get_text(t, "VM", uuid);
		_cleanup_free_ char *json = xasprintf("{\"size\":%lld}", (long long)count);
		cr_assert_str_eq(text, json);
		str_addf(&wanted, "%s %lld;", uuid, (long long)count);
	}
	cr_ok(txn_scan(t, "VM", LIST("size"), add_row, &columns, &err), &err);
	cr_assert_str_eq(str_text(&columns), str_text(&wanted));
	return count;
}

/*
 * A child that increments the counters @times times, each time in a newly opened store, as separate
 * commands do.
 */
static pid_t start_counter(int times)
{
	pid_t pid = fork();

	cr_assert_geq(pid, 0);
	if (pid != 0)
		return pid;
	for (int i = 0; i < times; i++) {
		struct vxe_error err = { 0 };
		struct store *s = open_with(&store_sqlite_ops, "db", test_classes, false, &err);

		if (!s || store_update(s, count_up, NULL, &err) < 0) {
			fprintf(stderr, "counter: %s\n", err.params[1]);
			_exit(1);
		}
		store_close(s);
	}
	_exit(0);
}

/* No child finds a store at first, so they race to make it, too. */
Test(store_processes, eight_processes_lose_no_update)
{
	pid_t pids[8];
	int failed = 0;

	for (size_t i = 0; i < ARRAY_LEN(pids); i++)
		pids[i] = start_counter(25);
	for (size_t i = 0; i < ARRAY_LEN(pids); i++) {
		int status = -1;

		waitpid(pids[i], &status, 0);
		failed += status != 0;
	}
	cr_assert_eq(failed, 0);
	_cleanup_store_ struct store *s = open_db(false);
	cr_assert_eq(read_counter(s), 8 * 25);
	cr_text(sql("PRAGMA integrity_check"), "ok");
}

Test(store_processes, readers_see_no_half_of_a_commit)
{
	_cleanup_store_ struct store *s = open_db(false);
	pid_t pid = start_counter(300);
	int status = -1;
	int64_t last = 0;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		int64_t now = read_counter(s);

		cr_assert_geq(now, last);
		last = now;
	}
	cr_assert_eq(status, 0);
	cr_assert_eq(read_counter(s), 300);
}

Test(store_processes, killed_writers_leave_a_whole_store)
{
	unsigned seed = 7;
	int64_t last = 0;

	for (int i = 0; i < 40; i++) {
		pid_t pids[2] = { start_counter(100000), start_counter(100000) };

		clock_sleep_ms(rand_r(&seed) % 40);
		kill(pids[0], SIGKILL);
		kill(pids[1], SIGKILL);
		waitpid(pids[0], NULL, 0);
		waitpid(pids[1], NULL, 0);
		_cleanup_store_ struct store *s = open_db(false);
		int64_t now = read_counter(s);
		cr_assert_geq(now, last);
		last = now;
		cr_text(sql("PRAGMA integrity_check"), "ok");
	}
	cr_assert_gt(last, 0);
}

/*
 * Other programs may write, too: a transaction excludes them from its begin, though they do not
 * know the queue.
 */
Test(store_processes, a_writer_holds_the_database)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *path = in_db("vxe.db");
	_cleanup_store_ struct store *s = open_db(false);
	struct txn *t = NULL;
	sqlite3 *db = NULL;

	cr_ok(txn_begin(s, TXN_WRITE, &t, &err), &err);
	cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
	cr_assert_eq(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_BUSY);
	cr_ok(txn_commit(t, &err), &err);
	cr_assert_eq(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

Test(store_processes, writers_queue_on_the_lock_file)
{
	_cleanup_free_ char *path = in_db("vxe.lock");
	int status = -1;

	make_store();
	_cleanup_close_ int fd = open(path, O_RDWR | O_CLOEXEC);
	cr_assert_eq(flock(fd, LOCK_EX), 0);
	pid_t pid = fork();
	cr_assert_geq(pid, 0);
	if (pid == 0) {
		struct vxe_error err = { 0 };
		struct store *s = open_with(&store_sqlite_ops, "db", test_classes, false, &err);

		_exit(s && store_update(s, count_up, NULL, &err) == 0 ? 0 : 1);
	}
	clock_sleep_ms(150);
	cr_assert_eq(waitpid(pid, &status, WNOHANG), 0);
	_cleanup_store_ struct store *s = open_db(false);
	cr_text(get_now(s, "a"), "{\"name_label\":\"one\"}");
	cr_assert_eq(flock(fd, LOCK_UN), 0);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert_eq(status, 0);
	cr_text(get_now(s, "c0"), "{\"size\":1}");
}

/* Commits are reported on a pipe before the kill; all reported ones must be in the store. */
Test(store_processes, an_acknowledged_commit_survives_the_kill)
{
	int fds[2];
	char c;

	cr_assert_eq(pipe(fds), 0);
	pid_t pid = fork();
	cr_assert_geq(pid, 0);
	if (pid == 0) {
		struct vxe_error err = { 0 };
		struct store *s = open_with(&store_sqlite_ops, "db", test_classes, false, &err);

		while (s && store_update(s, count_up, NULL, &err) == 0)
			if (write(fds[1], "x", 1) != 1)
				break;
		_exit(1);
	}
	close(fds[1]);
	int64_t acknowledged = 0;
	for (int i = 0; i < 50; i++)
		acknowledged += read(fds[0], &c, 1) == 1;
	kill(pid, SIGKILL);
	while (read(fds[0], &c, 1) == 1)
		acknowledged++;
	waitpid(pid, NULL, 0);
	close(fds[0]);
	_cleanup_store_ struct store *s = open_db(false);
	int64_t now = read_counter(s);
	cr_assert(now == acknowledged || now == acknowledged + 1);
	cr_assert_geq(now, 50);
}
