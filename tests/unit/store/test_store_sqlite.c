/* SPDX-License-Identifier: MIT */
/*
 * The SQLite engine beyond the common suite: files and modes, new columns, stores that cannot be
 * written.
 */
#include "tests/unit/sqlite_fixture.h"

TestSuite(store_sqlite, .init = scratch_make, .fini = scratch_remove, .timeout = 600);

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

/* A copy of vxe.db alone, as from a backup, can be read without a log; no log is made. */
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

static const struct store_class other_classes[] = {
	{ "VM", (const char *const[]){ "power_state", "name_label", NULL },
		(const bool[]){ true, false }, false, NULL },
	{ "SR", (const char *const[]){ "name_label", NULL }, NULL, false, NULL },
	{ NULL, NULL, NULL, false, NULL },
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

	/* First without writing, in a copy. */
	for (int readonly = 1; readonly >= 0; readonly--) {
		s = open_with(&store_sqlite_ops, "db", other_classes, readonly, &err);
		cr_assert(s);
		cr_ok(txn_begin(s, TXN_READ, &t, &err), &err);
		cr_ok(txn_scan(t, "VM", LIST("power_state", "name_label"), add_row, &text, &err),
			&err);
		cr_text(find_text(t, "VM", "power_state", "Halted"), "a;");
		cr_text(find_text(t, "SR", "name_label", "one"), "");
		txn_abort(t);
		store_close(s);
	}
	cr_assert_str_eq(str_text(&text), "a Halted one;b;a Halted one;b;");

	/* And back: the class that was not declared meanwhile has lost nothing. */
	s = open_db(false);
	cr_text(dump(s), before);
	store_close(s);
}

/* Cells say nothing of their declaration: whoever has another one is told. */
Test(store_sqlite, columns_that_change_under_a_store_are_noticed)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_store_ struct store *s = open_db(false);
	struct txn *t = NULL;

	put_now(s, "VM", "a", "{\"name_label\":\"one\"}");
	cr_ok(txn_begin(s, TXN_READ, &t, &err), &err);
	store_close(open_with(&store_sqlite_ops, "db", other_classes, false, &err));
	cr_text(get_text(t, "VM", "a"), "{\"name_label\":\"one\"}");
	txn_abort(t);
	for (int mode = TXN_READ; mode <= TXN_WRITE; mode++) {
		cr_assert_eq(txn_begin(s, (enum txn_mode)mode, &t, &err), -1);
		cr_assert(strstr(err.params[1], "another version of vxe"), "%s", err.params[1]);
		cr_error(&err, VXE_STORE_UNUSABLE);
	}
	store_close(open_db(false));
	put_now(s, "VM", "a", "{\"name_label\":\"two\"}");
	cr_text(get_now(s, "a"), "{\"name_label\":\"two\"}");
}

static const struct store_class all_found[] = {
	{ "VDI", (const char *const[]){ "sr", "MAC", NULL }, (const bool[]){ true, true }, false,
		NULL },
	{ NULL, NULL, NULL, false, NULL },
};

/* A store with the same columns but others to find by is rebuilt, too. */
Test(store_sqlite, columns_to_find_by_are_kept_by_value)
{
	static const char fields[] =
		"SELECT group_concat(field || ' ' || value || ' ' || uuid, ';')"
		" FROM found WHERE class = 'VDI'";
	_cleanup_error_ struct vxe_error err = { 0 };
	struct store *s = open_db(false);

	put_now(s, "VDI", "d", "{\"sr\":\"x\",\"MAC\":\"00:11\"}");
	put_now(s, "FILE", "f", "{\"sr\":\"x\",\"path\":\"p\"}");
	store_close(s);
	cr_text(sql(fields), "sr x d");
	store_close(open_with(&store_sqlite_ops, "db", all_found, false, &err));
	cr_assert_eq(err.code, VXE_OK);
	cr_text(sql(fields), "MAC 00:11 d;sr x d");
	store_close(open_db(false));
	cr_text(sql(fields), "sr x d");
	cr_text(sql("SELECT count(*) FROM found WHERE class = 'FILE'"), "2");
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

/* Overwrites the document's text in the file: parsing fails, but a list does not parse it. */
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
	cr_damaged(&err, "VM", "a", "its checksum is wrong");
	cr_assert_eq(txn_find(t, "VM", "name_label", "one", add_uuid, &text, &err), -1);
	cr_error(&err, VXE_RECORD_DAMAGED);
	txn_abort(t);
	store_close(s);
}

Test(store_sqlite, lists_read_no_documents)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_str_ struct str text = { 0 };
	struct txn *t = NULL;
	_cleanup_store_ struct store *s = open_without_documents();

	cr_ok(txn_begin(s, TXN_READ, &t, &err), &err);
	cr_ok(txn_scan(t, "VM", ALL_COLUMNS, add_columns, &text, &err), &err);
	cr_ok(txn_scan_where(t, "VM", LIST("name_label"), "parent", "p", add_row, &text, &err),
		&err);
	cr_assert_str_eq(str_text(&text), "a one - p -;a one;");
	txn_abort(t);
}

/* The rows of found, whatever their order in the database. */
static char *all_rows_of_found(void)
{
	return sql("SELECT group_concat(class || '.' || field || ' ' || value || ' ' || uuid, ';')"
		   " FROM (SELECT * FROM found ORDER BY 1, 2, 3, 4)");
}

Test(store_sqlite, values_to_find_by_follow_their_objects)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct store *s = open_db(false);
	struct txn *t = NULL;

	put_now(s, "VM", "a", "{\"parent\":\"x\"}");
	put_now(s, "VM", "b", "{\"parent\":\"x\",\"size\":1}");
	put_now(s, "FILE", "f", "{\"sr\":\"x\",\"path\":\"p\"}");
	cr_text(all_rows_of_found(), "FILE.path p f;FILE.sr x f;VM.parent x a;VM.parent x b");
	put_now(s, "VM", "a", "{\"parent\":\"y\"}");
	put_now(s, "VM", "b", "{\"parent\":\"x\",\"size\":2}");
	put_now(s, "FILE", "f", "{\"sr\":null,\"path\":\"\"}");
	cr_text(all_rows_of_found(), "FILE.path  f;VM.parent x b;VM.parent y a");
	cr_ok(txn_begin(s, TXN_WRITE, &t, &err), &err);
	cr_ok(txn_del(t, "VM", "a", &err), &err);
	cr_ok(txn_del(t, "FILE", "f", &err), &err);
	cr_ok(txn_commit(t, &err), &err);
	put_now(s, "VM", "b", "{}");
	store_close(s);
	cr_assert_null(all_rows_of_found());
	cr_text(sql("SELECT group_concat(uuid || json) FROM objects JOIN documents ON id = "
		    "document"),
		"b{}");
	cr_text(sql("SELECT count(*) FROM documents"), "1");
}

Test(store_sqlite, cells_are_in_the_order_of_the_declaration)
{
	struct store *s = open_db(false);

	put_now(s, "VM", "a", "{\"size\":7,\"name_label\":\"n\",\"is_a_template\":true}");
	store_close(s);
	cr_text(sql("SELECT hex(cells) FROM objects"),
		"016E00"
		"017472756500"
		"00"
		"013700");
}

/*
 * Runs @body in a child that is not root, owns the store and has read-only access to its directory
 * and files. True if @body returned 0.
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

/* Reads the store of make_store(); writing must fail. */
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

/* Root would act on what an ordinary user has written there. */
Test(store_sqlite, a_store_of_another_user_is_refused)
{
	_cleanup_free_ char *dir = in_db("");
	_cleanup_free_ char *path = in_db("vxe.db");

	if (geteuid() != 0)
		cr_skip_test("needs root");
	make_store();
	for (int i = 0; i < 2; i++) {
		const char *what = i ? path : dir;

		cr_assert_eq(chown(what, 65534, 65534), 0);
		refused(false, "another user (UID 65534)");
		refused(true, "another user (UID 65534)");
		cr_assert_eq(chown(what, 0, 0), 0);
	}
	store_close(open_db(false));
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

/* A commit that changes nothing has no generation: the next one, of another process, has. */
Test(store_sqlite, a_reader_after_an_empty_commit_and_one_of_another_process)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_store_ struct store *s =
		open_with(&store_sqlite_ops, "db", test_classes, false, &err);
	struct store *other = open_with(&store_sqlite_ops, "db", test_classes, false, &err);
	struct txn *t;

	put_now(s, "VM", "a", "{\"n\":1}");
	cr_ok(txn_begin(s, TXN_READ, &t, &err), &err);
	cr_text(get_text(t, "VM", "a"), "{\"n\":1}");
	txn_abort(t);
	cr_ok(txn_begin(s, TXN_WRITE, &t, &err), &err);
	cr_ok(txn_del(t, "VM", "none", &err), &err);
	cr_ok(txn_commit(t, &err), &err);
	put_now(other, "VM", "a", "{\"n\":2}");
	cr_ok(txn_begin(s, TXN_READ, &t, &err), &err);
	cr_text(get_text(t, "VM", "a"), "{\"n\":2}");
	txn_abort(t);
	store_close(other);
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

static int changes_since(struct store *s, int64_t since)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_str_ struct str text = { 0 };

	cr_ok(txn_begin(s, TXN_READ, &t, &err), &err);
	return txn_changes(t, since, add_row, &text, &err);
}

static int put_it(struct txn *t, void *ctx, struct vxe_error *err)
{
	struct json_object *doc = json_object_new_object();
	int r = txn_put(t, "VM", ctx, doc, err);

	json_object_put(doc);
	return r;
}

static int del_it(struct txn *t, void *ctx, struct vxe_error *err)
{
	return txn_del(t, "VM", ctx, err);
}

Test(store_sqlite, tombstones_are_forgotten_and_who_asks_for_them_is_told)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_store_ struct store *s = open_db(false);
	int64_t before = 0, most = 0;

	for (int i = 0; i < 1000; i++) {
		_cleanup_free_ char *uuid = xasprintf("uuid-%d", i);
		_cleanup_txn_ struct txn *t = NULL;

		cr_ok(store_update(s, put_it, uuid, &err), &err);
		cr_ok(txn_begin(s, TXN_READ, &t, &err), &err);
		cr_ok(txn_generation(t, &before, &err), &err);
		txn_abort(TAKE(t));
		cr_ok(store_update(s, del_it, uuid, &err), &err);
		_cleanup_free_ char *n = sql("SELECT count(*) FROM _tombstones");

		most = atoll(n) > most ? atoll(n) : most;
	}
	cr_assert_gt(most, 50);
	cr_assert_leq(most, 256);
	cr_assert_eq(changes_since(s, 0), STORE_AGAIN);
	cr_assert_eq(changes_since(s, before + 1), 0);
}
