/* SPDX-License-Identifier: MIT */
/*
 * The SQLite engine beyond the common suite: files and modes, damage, versions, new columns,
 * stores that cannot be written, many processes, and processes that are killed.
 */
#include "tests/unit/store_fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/wait.h>

#include "objects/base/clock.h"
#include "store/place.h"

TestSuite(store_sqlite, .init = scratch_make, .fini = scratch_remove, .timeout = 120);

static struct store *open_db(bool readonly)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct store *s = open_with(&store_sqlite_ops, "db", test_classes, readonly, &err);

	cr_assert(s, "%s", err.n_params > 1 ? err.params[1] : "");
	return s;
}

/* Opening fails, with a reason that contains @reason. */
static void refused(bool readonly, const char *reason)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct store *s = open_with(&store_sqlite_ops, "db", test_classes, readonly, &err);

	cr_assert_null(s);
	cr_assert_eq(err.code, VXE_STORE_UNUSABLE);
	cr_assert(str_ends(err.params[0], "/db"), "%s", err.params[0]);
	cr_assert(strstr(err.params[1], reason), "%s", err.params[1]);
}

static char *in_db(const char *name)
{
	return xasprintf("%s/db/%s", scratch, name);
}

static char *read_bytes(const char *path, size_t *n)
{
	_cleanup_close_ int fd = open(path, O_RDONLY);
	struct stat st;

	cr_assert(fd >= 0 && fstat(fd, &st) == 0, "%s", path);
	char *data = xmalloc((size_t)st.st_size + 1);
	*n = (size_t)st.st_size;
	cr_assert_eq(read(fd, data, *n), (ssize_t)*n);
	return data;
}

static void write_bytes(const char *path, const void *data, size_t n)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	cr_assert(fd >= 0);
	cr_assert_eq(write(fd, data, n), (ssize_t)n);
}

/* The database's bytes are what they were. */
static void check_untouched(const char *before, size_t n)
{
	_cleanup_free_ char *path = in_db("vxe.db");
	size_t now_n = 0;
	_cleanup_free_ char *now = read_bytes(path, &now_n);

	cr_assert_eq(now_n, n);
	cr_assert_eq(memcmp(now, before, n), 0);
}

/* Runs SQL on the database, as somebody else's tool would. The first value of the last row. */
static char *sql(const char *text)
{
	_cleanup_free_ char *path = in_db("vxe.db");
	char *value = NULL;
	sqlite3 *db = NULL;

	cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
	while (*text) {
		sqlite3_stmt *stmt = NULL;
		int rc;

		cr_assert_eq(sqlite3_prepare_v2(db, text, -1, &stmt, &text), SQLITE_OK, "%s",
			sqlite3_errmsg(db));
		while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
			str_replace(&value, (const char *)sqlite3_column_text(stmt, 0));
		cr_assert(rc == SQLITE_DONE, "%s", sqlite3_errmsg(db));
		sqlite3_finalize(stmt);
	}
	sqlite3_close(db);
	return value;
}

static void run_sql(const char *text)
{
	free(sql(text));
}

static char *get_now(struct store *s, const char *uuid)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_txn_ struct txn *t = NULL;

	cr_ok(txn_begin(s, TXN_READ, &t, &err), &err);
	return get_text(t, "VM", uuid);
}

/* A closed store with one VM. */
static void make_store(void)
{
	struct store *s = open_db(false);

	put_now(s, "VM", "a", "{\"name_label\":\"one\"}");
	store_close(s);
}

Test(store_sqlite, what_is_committed_is_there_after_reopening)
{
	make_store();
	_cleanup_store_ struct store *s = open_db(false);
	cr_text(get_now(s, "a"), "{\"name_label\":\"one\"}");
	_cleanup_store_ struct store *reader = open_db(true);
	cr_text(get_now(reader, "a"), "{\"name_label\":\"one\"}");
}

Test(store_sqlite, files_are_private)
{
	_cleanup_free_ char *dir = in_db("");
	struct dirent *entry;
	struct stat st;
	int files = 0;

	umask(0);
	make_store();
	cr_assert_eq(stat(dir, &st), 0);
	cr_assert_eq(st.st_mode & 07777, 0700);
	DIR *d = opendir(dir);
	while ((entry = readdir(d))) {
		if (entry->d_name[0] == '.')
			continue;
		files++;
		_cleanup_free_ char *path = in_db(entry->d_name);
		cr_assert_eq(stat(path, &st), 0);
		cr_assert_eq(st.st_mode & 07777, 0600, "%s", entry->d_name);
	}
	closedir(d);
	cr_assert_geq(files, 2);
}

Test(store_sqlite, parents_are_made_and_a_file_in_the_way_is_named)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *file = xasprintf("%s/file", scratch);

	store_close(open_with(&store_sqlite_ops, "x/y//z/", test_classes, false, &err));
	cr_assert_eq(err.code, VXE_OK);
	write_bytes(file, "", 0);
	cr_assert_null(open_with(&store_sqlite_ops, "file/db", test_classes, false, &err));
	cr_assert(strstr(err.params[1], "Not a directory"), "%s", err.params[1]);
	cr_error(&err, VXE_STORE_UNUSABLE);
	cr_assert_null(open_with(&store_sqlite_ops, "file", test_classes, false, &err));
	cr_error(&err, VXE_STORE_UNUSABLE);
}

Test(store_sqlite, reading_makes_nothing)
{
	_cleanup_free_ char *dir = in_db("");
	_cleanup_free_ char *file = in_db("vxe.db");
	struct stat st;

	refused(true, "No such file");
	cr_assert_neq(stat(dir, &st), 0);
	cr_assert_eq(mkdir(dir, 0700), 0);
	refused(true, "No such file");
	cr_assert_neq(stat(file, &st), 0);
}

/* A copy of vxe.db alone, as from a backup: readable without a log, which is not made. */
Test(store_sqlite, a_copy_without_its_log_can_be_read)
{
	_cleanup_free_ char *log = in_db("vxe.db-wal");
	_cleanup_free_ char *index = in_db("vxe.db-shm");
	struct stat st;

	make_store();
	cr_assert_eq(unlink(log), 0);
	cr_assert_eq(unlink(index), 0);
	_cleanup_store_ struct store *s = open_db(true);
	cr_text(get_now(s, "a"), "{\"name_label\":\"one\"}");
	cr_assert_neq(stat(log, &st), 0);
}

/* Damage: @n bytes of @data at @at; a negative @at cuts the file to @n bytes. */
static const struct damage {
	const char *reason;
	const char *data;
	size_t      n;
	off_t       at;
} damages[] = {
	{ "damaged", "This is no database, whatever it is called.", 43, 0 },
	{ "damaged", "", 5000, -1 },
	{ "damaged", "", 100, -1 },
	{ "damaged", "\xff\xff\xff\xff\xff\xff\xff\xff", 8, 100 }, /* the schema's page */
};

static void damage_file(const char *path, const struct damage *d)
{
	_cleanup_close_ int fd = open(path, O_WRONLY);

	if (d->at < 0)
		cr_assert_eq(ftruncate(fd, (off_t)d->n), 0);
	else
		cr_assert_eq(pwrite(fd, d->data, d->n, d->at), (ssize_t)d->n);
}

Test(store_sqlite, a_damaged_file_is_refused_untouched)
{
	_cleanup_free_ char *path = in_db("vxe.db");

	make_store();
	size_t good_n = 0;
	_cleanup_free_ char *good = read_bytes(path, &good_n);
	for (size_t i = 0; i < ARRAY_LEN(damages); i++) {
		size_t n = 0;

		write_bytes(path, good, good_n);
		damage_file(path, &damages[i]);
		_cleanup_free_ char *before = read_bytes(path, &n);
		refused(false, damages[i].reason);
		refused(true, damages[i].reason);
		check_untouched(before, n);
	}
	write_bytes(path, good, good_n);
	_cleanup_store_ struct store *s = open_db(false);
	cr_text(get_now(s, "a"), "{\"name_label\":\"one\"}");
}

/* Every page but the first few is overwritten: opening may work, reading must say it. */
Test(store_sqlite, damage_that_shows_later_is_an_error_then)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_str_ struct str text = { 0 };
	_cleanup_free_ char *path = in_db("vxe.db");
	struct txn *t = NULL;
	char junk[4096];

	make_store();
	_cleanup_free_ char *page = sql("SELECT rootpage FROM sqlite_schema WHERE name = 'VM'");
	memset(junk, 0x5a, sizeof(junk));
	_cleanup_close_ int fd = open(path, O_WRONLY);
	cr_assert_eq(pwrite(fd, junk, sizeof(junk), (atol(page) - 1) * 4096), 4096);
	_cleanup_store_ struct store *s = open_db(false);
	cr_ok(txn_begin(s, TXN_READ, &t, &err), &err);
	cr_assert_eq(txn_each(t, "VM", add_uuid, &text, &err), -1);
	cr_error(&err, VXE_STORE_UNUSABLE);
	txn_abort(t);
	cr_ok(txn_begin(s, TXN_WRITE, &t, &err), &err);
	struct json_object *doc = json_object_new_object();
	cr_assert_eq(txn_put(t, "VM", "a", doc, &err), -1);
	cr_error(&err, VXE_STORE_UNUSABLE);
	json_object_put(doc);
	txn_abort(t);
}

Test(store_sqlite, a_newer_layout_is_refused_untouched)
{
	_cleanup_free_ char *path = in_db("vxe.db");
	size_t n = 0;

	make_store();
	run_sql("UPDATE _meta SET value = '2' WHERE key = 'layout'");
	_cleanup_free_ char *before = read_bytes(path, &n);
	refused(false, "newer vxe");
	refused(true, "newer vxe");
	check_untouched(before, n);
	run_sql("UPDATE _meta SET value = 'x' WHERE key = 'layout'");
	refused(false, "no layout version");
}

Test(store_sqlite, somebody_elses_database_is_refused_untouched)
{
	_cleanup_free_ char *dir = in_db("");
	_cleanup_free_ char *path = in_db("vxe.db");
	size_t n = 0;

	cr_assert_eq(mkdir(dir, 0700), 0);
	run_sql("CREATE TABLE recipes(name)");
	_cleanup_free_ char *before = read_bytes(path, &n);
	refused(false, "no store of vxe");
	check_untouched(before, n);
}

/* Killed between making the file and filling it. */
Test(store_sqlite, an_empty_file_becomes_a_store)
{
	_cleanup_free_ char *dir = in_db("");
	_cleanup_free_ char *path = in_db("vxe.db");

	cr_assert_eq(mkdir(dir, 0700), 0);
	write_bytes(path, "", 0);
	refused(true, "layout");
	make_store();
	_cleanup_store_ struct store *s = open_db(false);
	cr_text(get_now(s, "a"), "{\"name_label\":\"one\"}");
}

/* A copy made by other tools may come in another journal mode, which loses commits. */
Test(store_sqlite, writing_brings_the_log_back)
{
	make_store();
	run_sql("PRAGMA journal_mode = DELETE");
	cr_text(sql("PRAGMA journal_mode"), "delete");
	make_store();
	cr_text(sql("PRAGMA journal_mode"), "wal");
}

static const struct store_class other_classes[] = {
	{ "VM", (const char *const[]){ "power_state", "name_label", NULL } },
	{ "SR", (const char *const[]){ "name_label", NULL } },
	{ NULL, NULL },
};

Test(store_sqlite, new_columns_are_filled_from_the_documents)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_str_ struct str text = { 0 };
	struct store *s = open_db(false);
	struct txn *t = NULL;

	put_now(s, "VM", "a", "{\"name_label\":\"one\",\"power_state\":\"Halted\"}");
	put_now(s, "VM", "b", "{\"name_label\":\"two\"}");
	put_now(s, "VDI", "d", "{\"sr\":\"x\"}");
	_cleanup_free_ char *before = dump(s);
	store_close(s);

	s = open_with(&store_sqlite_ops, "db", other_classes, true, &err);
	cr_assert_null(s);
	cr_error(&err, VXE_STORE_UNUSABLE);

	s = open_with(&store_sqlite_ops, "db", other_classes, false, &err);
	cr_assert(s);
	cr_ok(txn_begin(s, TXN_READ, &t, &err), &err);
	cr_ok(txn_scan(t, "VM", LIST("power_state", "name_label"), add_row, &text, &err), &err);
	cr_text(find_text(t, "VM", "power_state", "Halted"), "a;");
	cr_text(find_text(t, "SR", "name_label", "one"), "");
	txn_abort(t);
	store_close(s);
	cr_assert_str_eq(str_text(&text), "a Halted one;b;");

	/* And back: the class that was not declared in between has lost nothing. */
	s = open_db(false);
	cr_text(dump(s), before);
	store_close(s);
}

Test(store_sqlite, killed_while_columns_change_leaves_the_old_ones)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct store *s = open_db(false);

	for (int i = 0; i < 50; i++) {
		_cleanup_free_ char *uuid = xasprintf("u%02d", i);

		put_now(s, "VM", uuid, "{\"name_label\":\"x\",\"power_state\":\"Halted\"}");
	}
	_cleanup_free_ char *before = dump(s);
	store_close(s);
	for (int i = 0; i < 20; i++) {
		pid_t pid = fork();

		cr_assert_geq(pid, 0);
		if (pid == 0) {
			for (;;)
				for (int k = 0; k < 2; k++)
					store_close(open_with(&store_sqlite_ops, "db",
						k ? test_classes : other_classes, false, &err));
		}
		clock_sleep_ms(5 + i * 3);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		s = open_db(false);
		cr_text(dump(s), before);
		store_close(s);
		cr_text(sql("PRAGMA integrity_check"), "ok");
	}
}

/* The document's text is overwritten in the file: who parses it fails, a list does not notice. */
Test(store_sqlite, lists_parse_no_documents)
{
	static const char marker[] = "{\"marker\":\"7f3a\"";
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_str_ struct str text = { 0 };
	_cleanup_free_ char *path = in_db("vxe.db");
	struct store *s = open_db(false);
	struct json_object *doc = NULL;
	struct txn *t = NULL;
	size_t n = 0;

	put_now(s, "VM", "a",
		"{\"marker\":\"7f3a\",\"name_label\":\"one\",\"is_a_template\":true}");
	store_close(s);
	_cleanup_free_ char *data = read_bytes(path, &n);
	char *at = memmem(data, n, marker, strlen(marker));
	cr_assert(at);
	memset(at, '#', strlen(marker));
	cr_assert_null(memmem(data, n, marker, strlen(marker)));
	write_bytes(path, data, n);

	s = open_db(false);
	cr_ok(txn_begin(s, TXN_READ, &t, &err), &err);
	cr_ok(txn_scan(t, "VM", ALL_COLUMNS, add_columns, &text, &err), &err);
	cr_assert_str_eq(str_text(&text), "a one true - -;");
	cr_assert_eq(txn_get(t, "VM", "a", &doc, NULL, &err), -1);
	cr_assert(strstr(err.params[1], "damaged"));
	cr_error(&err, VXE_STORE_UNUSABLE);
	cr_assert_eq(txn_find(t, "VM", "name_label", "one", add_uuid, &text, &err), -1);
	cr_error(&err, VXE_STORE_UNUSABLE);
	txn_abort(t);
	store_close(s);
}

/* The table itself is overwritten: a list reads the index alone. */
Test(store_sqlite, lists_read_no_table)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_str_ struct str text = { 0 };
	_cleanup_free_ char *path = in_db("vxe.db");
	struct txn *t = NULL;
	char junk[4096];

	make_store();
	_cleanup_free_ char *page = sql("SELECT rootpage FROM sqlite_schema WHERE name = 'VM'");
	memset(junk, 0x5a, sizeof(junk));
	_cleanup_close_ int fd = open(path, O_WRONLY);
	cr_assert_eq(pwrite(fd, junk, sizeof(junk), (atol(page) - 1) * 4096), 4096);
	_cleanup_store_ struct store *s = open_db(false);
	cr_ok(txn_begin(s, TXN_READ, &t, &err), &err);
	cr_ok(txn_scan(t, "VM", ALL_COLUMNS, add_columns, &text, &err), &err);
	cr_assert_str_eq(str_text(&text), "a one - - -;");
	txn_abort(t);
}

/*
 * Runs @body in a child that is not root, owns the store and finds its directory and files
 * read-only; true when it returned 0.
 */
static bool as_reader(int (*body)(void))
{
	_cleanup_free_ char *dir = in_db("");
	static const char *const names[] = { "vxe.db", "vxe.db-wal", "vxe.db-shm", "vxe.lock" };
	int status = -1;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		_cleanup_free_ char *path = in_db(names[i]);

		(void)!chmod(path, 0400);
		(void)!chown(path, 65534, 65534);
	}
	cr_assert_eq(chmod(dir, 0500), 0);
	cr_assert_eq(chmod(scratch, 0755), 0);
	(void)!chown(dir, 65534, 65534);
	pid_t pid = fork();
	cr_assert_geq(pid, 0);
	if (pid == 0) {
		if (geteuid() == 0 && (setgid(65534) < 0 || setuid(65534) < 0))
			_exit(2);
		_exit(body());
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert_eq(chmod(dir, 0700), 0);
	return status == 0;
}

/* Reads what make_store() made, then may not write. */
static int read_but_not_write(void)
{
	struct vxe_error err = { 0 };
	struct store *s = open_with(&store_sqlite_ops, "db", test_classes, false, &err);
	struct txn *t = NULL;

	if (!s)
		return 10;
	char *text = get_now(s, "a");
	if (!str_eq(text, "{\"name_label\":\"one\"}"))
		return 11;
	if (txn_begin(s, TXN_WRITE, &t, &err) == 0)
		return 12;
	if (err.code != VXE_STORE_UNUSABLE || !strstr(err.params[1], "not writable"))
		return 13;
	error_clear(&err);
	free(text);
	text = get_now(s, "a");
	return str_eq(text, "{\"name_label\":\"one\"}") ? 0 : 14;
}

Test(store_sqlite, a_store_that_cannot_be_written_can_be_read)
{
	make_store();
	cr_assert(as_reader(read_but_not_write));
}

Test(store_sqlite, so_can_a_copy_without_its_log)
{
	_cleanup_free_ char *log = in_db("vxe.db-wal");
	_cleanup_free_ char *index = in_db("vxe.db-shm");

	make_store();
	cr_assert_eq(unlink(log), 0);
	cr_assert_eq(unlink(index), 0);
	cr_assert(as_reader(read_but_not_write));
}

static bool permission_denied(const struct vxe_error *err)
{
	return err->code == VXE_STORE_UNUSABLE && strstr(err->params[1], "Permission denied");
}

static int open_new(void)
{
	struct vxe_error err = { 0 };

	if (open_with(&store_sqlite_ops, "db", test_classes, false, &err))
		return 10;
	return permission_denied(&err) ? 0 : 11;
}

static int open_new_below(void)
{
	struct vxe_error err = { 0 };

	if (open_with(&store_sqlite_ops, "db/below", test_classes, false, &err))
		return 10;
	return permission_denied(&err) ? 0 : 11;
}

Test(store_sqlite, a_new_store_needs_a_directory_to_write)
{
	_cleanup_free_ char *dir = in_db("");

	cr_assert_eq(mkdir(dir, 0700), 0);
	cr_assert(as_reader(open_new));
	cr_assert(as_reader(open_new_below));
}

Test(store_sqlite, network_file_systems_are_known)
{
	cr_assert_str_eq(place_remote_name(0x6969, NULL), "NFS");
	cr_assert_str_eq(place_remote_name((long)0xFF534D42, NULL), "CIFS");
	cr_assert_str_eq(place_remote_name((long)(int)0xFE534D42, NULL), "SMB");
	cr_assert_str_eq(place_remote_name(0x01021997, NULL), "9p");
	cr_assert_str_eq(place_remote_name(0x00C36400, NULL), "Ceph");
	cr_assert_str_eq(place_remote_name(0x65735546, "fuse.glusterfs"), "glusterfs");
	cr_assert_null(place_remote_name(0x65735546, "fuse.fuse-overlayfs"));
	cr_assert_null(place_remote_name(0x65735546, NULL));
	cr_assert_null(place_remote_name(0xEF53, "ext4"));
	cr_assert_null(place_remote_name(0x01021994, "fuse.sshfs"));
}

/* ---- many processes -------------------------------------------------------------------------- */

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
		json_object_object_add(doc, "size",
			json_object_new_int64(json_object_get_int64(n) + 1));
		int rc = txn_put(t, "VM", uuid, doc, err);
		json_object_put(doc);
		if (rc < 0)
			return -1;
	}
	return 0;
}

/* The counters of all documents, which must agree, by column and by document; 0 when none. */
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

/* A child that counts up @times times, each in a store opened anew as a call of vxe does. */
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

/* All begin without a store, so making it is part of the race. */
Test(store_sqlite, eight_processes_lose_no_update)
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

Test(store_sqlite, readers_see_no_half_of_a_commit)
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

Test(store_sqlite, killed_writers_leave_a_whole_store)
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

/* Not only vxe may write: a transaction keeps out who does not know of the queue, from its begin. */
Test(store_sqlite, a_writer_holds_the_database)
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

Test(store_sqlite, writers_queue_on_the_lock_file)
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

/* Commits are reported on a pipe before the kill: all of those must be there. */
Test(store_sqlite, an_acknowledged_commit_survives_the_kill)
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
