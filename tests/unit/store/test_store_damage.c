/* SPDX-License-Identifier: MIT */
/* Databases that are damaged, of another version or of another program: refused and not changed. */
#include "tests/unit/sqlite_fixture.h"

TestSuite(store_damage, .init = scratch_make, .fini = scratch_remove, .timeout = 600);

/* Damage: @n bytes of @data at @at; a negative @at cuts the file to @n bytes. */
static const struct damage {
	const char *reason;
	const char *data;
	size_t n;
	off_t at;
} damages[] = {
	{ "damaged", "This is no database, whatever it is called.", 43, 0 },
	{ "damaged", "", 5000, -1 }, { "damaged", "", 100, -1 },
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

Test(store_damage, a_damaged_file_is_refused_untouched)
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

Test(store_damage, damage_that_shows_later_is_an_error_then)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_str_ struct str text = { 0 };
	struct txn *t = NULL;
	_cleanup_store_ struct store *s = open_without_documents();

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

Test(store_damage, a_newer_layout_is_refused_untouched)
{
	_cleanup_free_ char *path = in_db("vxe.db");
	size_t n = 0;

	make_store();
	run_sql("UPDATE _meta SET value = '4' WHERE key = 'layout'");
	_cleanup_free_ char *before = read_bytes(path, &n);
	refused(false, "newer vxe");
	refused(true, "newer vxe");
	check_untouched(before, n);
	run_sql("UPDATE _meta SET value = 'x' WHERE key = 'layout'");
	refused(false, "no layout version");
}

Test(store_damage, somebody_elses_database_is_refused_untouched)
{
	_cleanup_free_ char *dir = in_db("");
	_cleanup_free_ char *path = in_db("vxe.db");
	size_t n = 0;

	cr_assert_eq(mkdir(dir, 0700), 0);
	run_sql("CREATE TABLE recipes(name)");
	_cleanup_free_ char *before = read_bytes(path, &n);
	refused(false, "not a store of vxe");
	check_untouched(before, n);
}

Test(store_damage, so_is_one_with_a_table_of_that_name)
{
	_cleanup_free_ char *dir = in_db("");
	_cleanup_free_ char *path = in_db("vxe.db");
	size_t n = 0;

	cr_assert_eq(mkdir(dir, 0700), 0);
	run_sql("CREATE TABLE _meta(name)");
	_cleanup_free_ char *before = read_bytes(path, &n);
	refused(false, "not as vxe made it");
	refused(true, "not as vxe made it");
	check_untouched(before, n);
}

/* Cells that do not fit the four columns of a VM. */
static const char *const bad_cells[] = { "x''", "x'000000'", "x'0000000000'", "x'02000000'",
	"x'00000001'", "x'0000000141'", "x'0141000000'", "x'01410001420003'", "zeroblob(100000)" };

Test(store_damage, damaged_columns_are_refused)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_str_ struct str text = { 0 };

	make_store();
	for (size_t i = 0; i < ARRAY_LEN(bad_cells); i++) {
		_cleanup_free_ char *spoil =
			xasprintf("UPDATE objects SET cells = %s", bad_cells[i]);
		struct txn *t = NULL;

		run_sql(spoil);
		_cleanup_store_ struct store *s = open_db(false);
		cr_ok(txn_begin(s, TXN_WRITE, &t, &err), &err);
		cr_assert_eq(txn_scan(t, "VM", ALL_COLUMNS, add_row, &text, &err), -1, "%zu", i);
		cr_damaged(&err, "VM", "a", "it has not the columns of its class");
		cr_assert_eq(txn_scan(t, "VM", LIST(), add_row, &text, &err), -1);
		cr_error(&err, VXE_RECORD_DAMAGED);
		struct json_object *doc = json_object_new_object();
		cr_assert_eq(txn_put(t, "VM", "a", doc, &err), -1);
		cr_error(&err, VXE_RECORD_DAMAGED);
		json_object_put(doc);
		cr_assert_eq(txn_del(t, "VM", "a", &err), -1);
		cr_error(&err, VXE_RECORD_DAMAGED);
		cr_text(get_text(t, "VM", "a"), "{\"name_label\":\"one\"}");
		txn_abort(t);
	}
	cr_assert_eq(text.len, 0);
}

Test(store_damage, an_object_without_its_document_is_damage)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct json_object *doc = NULL;
	struct txn *t = NULL;

	make_store();
	run_sql("DELETE FROM documents");
	_cleanup_store_ struct store *s = open_db(false);
	cr_ok(txn_begin(s, TXN_READ, &t, &err), &err);
	cr_assert_eq(txn_get(t, "VM", "a", &doc, NULL, &err), -1);
	cr_damaged(&err, "VM", "a", "it has no document");
	cr_assert_eq(txn_each(t, "VM", add_uuid, NULL, &err), -1);
	cr_damaged(&err, "VM", "a", "it has no document");
	txn_abort(t);
}

/* ---- checksums ------------------------------------------------------------------------------- */

/* get, each and find refuse VM a; a list and other objects do not care. */
static void check_refused(const char *when)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_str_ struct str text = { 0 };
	struct json_object *doc = NULL;
	struct txn *t = NULL;
	_cleanup_store_ struct store *s = open_db(false);

	cr_ok(txn_begin(s, TXN_READ, &t, &err), &err);
	cr_assert_eq(txn_get(t, "VM", "a", &doc, NULL, &err), -1, "%s", when);
	cr_damaged(&err, "VM", "a", "its checksum is wrong");
	cr_assert_eq(txn_each(t, "VM", add_uuid, &text, &err), -1, "%s", when);
	cr_damaged(&err, "VM", "a", "its checksum is wrong");
	cr_assert_eq(txn_find(t, "VM", "parent", "p", add_uuid, &text, &err), -1, "%s", when);
	cr_damaged(&err, "VM", "a", "its checksum is wrong");
	cr_ok(txn_scan(t, "VM", LIST("name_label"), add_row, &text, &err), &err);
	cr_assert(str_starts(str_text(&text), "a one;"), "%s", str_text(&text));
	txn_abort(t);
}

Test(store_damage, no_byte_of_a_document_can_change)
{
	static const char document[] = "{\"name_label\":\"one\",\"parent\":\"p\",\"size\":17}";
	_cleanup_free_ char *path = in_db("vxe.db");
	struct store *s = open_db(false);
	size_t n = 0;

	put_now(s, "VM", "a", document);
	store_close(s);
	_cleanup_free_ char *data = read_bytes(path, &n);
	char *at = memmem(data, n, document, strlen(document));
	cr_assert(at);
	for (size_t i = 0; i < strlen(document); i++) {
		_cleanup_free_ char *when = xasprintf("byte %zu", i);
		char was = at[i];

		at[i] ^= (char)(1 << i % 8);
		write_bytes(path, data, n);
		check_refused(when);
		at[i] = was;
	}
	write_bytes(path, data, n);
	s = open_db(false);
	cr_text(get_now(s, "a"), document);
	store_close(s);
}

/* Each is a document that vxe has written, but not this object's as of now. */
Test(store_damage, nor_is_another_document_taken)
{
	static const char *const spoils[] = {
		"UPDATE objects SET document = CASE uuid WHEN 'a' THEN (SELECT document FROM "
		"objects"
		" WHERE uuid = 'b') ELSE (SELECT document FROM objects WHERE uuid = 'a') END"
		" WHERE class = 'VM'",
		("UPDATE objects SET document = (SELECT document FROM objects WHERE class = 'VDI')"
		 " WHERE uuid = 'a'"),
		"UPDATE objects SET generation = generation + 1 WHERE class = 'VM' AND uuid = 'a'",
		"UPDATE documents SET sum = 0",
	};
	_cleanup_free_ char *path = in_db("vxe.db");
	struct store *s = open_db(false);
	size_t n = 0;

	for (int i = 0; i < 2; i++)
		put_now(s, "VM", i ? "b" : "a", "{\"name_label\":\"one\",\"parent\":\"p\"}");
	put_now(s, "VDI", "a", "{\"name_label\":\"one\",\"parent\":\"p\"}");
	store_close(s);
	_cleanup_free_ char *good = read_bytes(path, &n);
	for (size_t i = 0; i < ARRAY_LEN(spoils); i++) {
		write_bytes(path, good, n);
		run_sql(spoils[i]);
		check_refused(spoils[i]);
	}
}

static void add_damage(
	void *ctx, const char *cls, const char *uuid, const char *reason, bool is_read)
{
	str_addf(ctx, "%s %s %s%s;", cls, uuid, reason, is_read ? " (read)" : "");
}

/* Whoever saves what is left gets all that can be read. */
Test(store_damage, damage_can_be_borne)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_str_ struct str told = { 0 }, text = { 0 };
	struct txn *t = NULL;

	make_store();
	struct store *s = open_db(false);
	put_now(s, "VM", "b", "{\"size\":1}");
	put_now(s, "VM", "c", "{\"size\":1}");
	put_now(s, "VM", "d", "{\"size\":1}");
	store_close(s);
	run_sql("UPDATE documents SET json = '{\"size\":2}' WHERE id ="
		" (SELECT document FROM objects WHERE uuid = 'b');"
		"UPDATE documents SET json = '{' WHERE id ="
		" (SELECT document FROM objects WHERE uuid = 'c');"
		"DELETE FROM documents WHERE id = (SELECT document FROM objects WHERE uuid = 'd')");
	s = open_db(false);
	store_bear_damage(s, add_damage, &told);
	cr_ok(txn_begin(s, TXN_READ, &t, &err), &err);
	cr_ok(txn_each(t, "VM", add_uuid, &text, &err), &err);
	cr_assert_str_eq(str_text(&text), "a;b;");
	cr_assert(str_starts(str_text(&told), "VM b its checksum is wrong (read);VM c "), "%s",
		str_text(&told));
	cr_assert(str_ends(str_text(&told), "VM d it has no document;"), "%s", str_text(&told));
	store_bear_damage(s, NULL, NULL);
	cr_assert_eq(txn_each(t, "VM", add_uuid, &text, &err), -1);
	cr_damaged(&err, "VM", "b", "its checksum is wrong");
	txn_abort(t);
	store_close(s);
}

/* Killed between making the file and filling it. */
Test(store_damage, an_empty_file_becomes_a_store)
{
	_cleanup_free_ char *dir = in_db("");
	_cleanup_free_ char *path = in_db("vxe.db");

	cr_assert_eq(mkdir(dir, 0700), 0);
	write_bytes(path, "", 0);
	refused(true, "no records");
	make_store();
	_cleanup_store_ struct store *s = open_db(false);
	cr_text(get_now(s, "a"), "{\"name_label\":\"one\"}");
}

/* A copy made by another tool may have another journal mode, which loses commits. */
Test(store_damage, writing_brings_the_log_back)
{
	make_store();
	run_sql("PRAGMA journal_mode = DELETE");
	cr_text(sql("PRAGMA journal_mode"), "delete");
	make_store();
	cr_text(sql("PRAGMA journal_mode"), "wal");
}
