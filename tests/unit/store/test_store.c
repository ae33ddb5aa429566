/* SPDX-License-Identifier: MIT */
/* The conformance suite: the tests that every engine must pass, run on each. */
#include "tests/unit/engines_fixture.h"

TestSuite(store, .init = scratch_make, .fini = scratch_remove);

/* Test(store, name) on each engine, with an open store s and an empty error err. */
static struct unit_params engine_params(void)
{
	static int index[] = { ENGINE_MEM, ENGINE_SQLITE, ENGINE_POSTGRESQL };

	return cr_make_param_array(int, index, ARRAY_LEN(index));
}

#define ON_EACH_ENGINE(name)                                                                       \
	static void name(struct store *s, struct vxe_error *err);                                  \
	ParameterizedTestParameters(store, name)                                                   \
	{                                                                                          \
		return engine_params();                                                            \
	}                                                                                          \
	ParameterizedTest(const int *engine, store, name)                                          \
	{                                                                                          \
		_cleanup_error_ struct vxe_error err = { 0 };                                      \
		_cleanup_store_ struct store *s = open_engine(*engine, test_classes, false, &err); \
		cr_assert(s);                                                                      \
		name(s, &err);                                                                     \
	}                                                                                          \
	static void name(struct store *s, struct vxe_error *err)

static struct txn *begin(struct store *s, enum txn_mode mode)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct txn *t = NULL;

	cr_ok(txn_begin(s, mode, &t, &err), &err);
	return t;
}

ON_EACH_ENGINE(a_missing_document_is_null)
{
	_cleanup_txn_ struct txn *t = begin(s, TXN_READ);
	struct json_object *doc = json_object_new_object();
	struct json_object *mine = doc;
	int64_t generation = 7;

	cr_ok(txn_get(t, "VM", "none", &doc, &generation, err), err);
	cr_assert_null(doc);
	cr_assert_eq(generation, 7);
	json_object_put(mine);
}

ON_EACH_ENGINE(documents_come_back_the_same)
{
	static const char *const texts[] = {
		"{}",
		"{\"a\":null,\"b\":[1,[2,{\"c\":[]}]],\"d\":{\"\":\"\"}}",
		"{\"name_label\":\"K\xc3\xb6ln / \xe6\x9d\xb1 \\\"q\\\" 'x' \\\\ \\n\\t\"}",
		"{\"size\":9223372036854775807,\"low\":-9223372036854775808}",
		"{\"size\":18446744073709551615}",
		"{\"size\":0.1,\"parent\":1e300}",
		"{\"is_a_template\":false,\"_json\":1,\"_generation\":2,\"uuid\":\"other\"}",
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		put_now(s, "VM", "a", texts[i]);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		put_now(s, "VM", "a", texts[i]);
		_cleanup_txn_ struct txn *t = begin(s, TXN_READ);
		_cleanup_free_ char *text = get_text(t, "VM", "a");
		struct json_object *wanted = json_tokener_parse(texts[i]);
		struct json_object *got = json_tokener_parse(text);

		cr_assert(json_object_equal(wanted, got), "%s became %s", texts[i], text);
		json_object_put(wanted);
		json_object_put(got);
	}
	(void)err;
}

ON_EACH_ENGINE(documents_are_copies)
{
	_cleanup_txn_ struct txn *t = begin(s, TXN_WRITE);
	struct json_object *doc = json_tokener_parse("{\"a\":1}");
	struct json_object *first = NULL;

	cr_ok(txn_put(t, "VM", "a", doc, err), err);
	json_object_object_add(doc, "a", json_object_new_int(2));
	cr_ok(txn_get(t, "VM", "a", &first, NULL, err), err);
	json_object_object_add(first, "a", json_object_new_int(3));
	cr_text(get_text(t, "VM", "a"), "{\"a\":1}");
	json_object_put(doc);
	json_object_put(first);
}

static int kept_ended;

static void end_kept(struct txn_kept *kept)
{
	(void)kept;
	kept_ended++;
}

/* What was made of documents is not what they say after a write; it is freed once, when the transaction ends. */
ON_EACH_ENGINE(what_is_kept_is_not_found_after_a_write)
{
	for (size_t deletes = 0; deletes < 2; deletes++) {
		struct txn_kept first = { .free = end_kept }, second = { .free = end_kept };
		struct json_object *doc = json_tokener_parse("{\"n\":2}");

		kept_ended = 0;
		put_now(s, "VM", "a", "{\"n\":1}");
		struct txn *t = begin(s, TXN_WRITE);
		cr_assert_null(txn_kept(t));
		txn_keep(t, &first);
		txn_keep(t, &second);
		cr_assert_eq(txn_kept(t), &second);
		cr_assert_eq(txn_kept(t)->next, &first);
		if (deletes)
			cr_ok(txn_del(t, "VM", "a", err), err);
		else
			cr_ok(txn_put(t, "VM", "a", doc, err), err);
		cr_assert_null(txn_kept(t));
		cr_assert_eq(kept_ended, 0);
		txn_abort(t);
		cr_assert_eq(kept_ended, 2);
		json_object_put(doc);
	}
}

static void reads(struct store *s, const char *uuid, const char *wanted)
{
	_cleanup_txn_ struct txn *t = begin(s, TXN_READ);
	_cleanup_free_ char *text = get_text(t, "VM", uuid);

	cr_assert(str_eq(text, wanted), "%s is %s", uuid, text ? text : "nothing");
}

/* Documents that a reader keeps parsed are those of its own state. */
ON_EACH_ENGINE(a_reader_before_a_commit_and_one_after_it)
{
	put_now(s, "VM", "a", "{\"n\":1}");
	put_now(s, "VM", "b", "{\"n\":1}");
	struct txn *before = begin(s, TXN_READ);

	cr_text(get_text(before, "VM", "a"), "{\"n\":1}");
	put_now(s, "VM", "a", "{\"n\":2}");
	reads(s, "a", "{\"n\":2}");
	cr_text(get_text(before, "VM", "a"), "{\"n\":1}");
	cr_text(get_text(before, "VM", "b"), "{\"n\":1}");
	reads(s, "b", "{\"n\":1}");
	txn_abort(before);
	(void)err;
}

/* What readers share is copied for a writer, and is not what it has changed. */
ON_EACH_ENGINE(a_writer_of_what_a_reader_has_read)
{
	static const char text[] = "{\"n\":1,\"d\":0.1,\"u\":18446744073709551615,\"l\":[{}]}";
	struct json_object *doc = NULL;

	put_now(s, "VM", "a", text);
	reads(s, "a", text);
	struct txn *t = begin(s, TXN_WRITE);
	cr_text(get_text(t, "VM", "a"), text);
	cr_ok(txn_get(t, "VM", "a", &doc, NULL, err), err);
	json_object_object_add(doc, "n", json_object_new_int(2));
	reads(s, "a", text);
	cr_text(get_text(t, "VM", "a"), text);
	cr_ok(txn_put(t, "VM", "a", doc, err), err);
	json_object_put(doc);
	reads(s, "a", text);
	cr_ok(txn_get(t, "VM", "a", &doc, NULL, err), err);
	cr_expect_eq(json_object_get_int(json_object_object_get(doc, "n")), 2);
	json_object_put(doc);
	cr_ok(txn_del(t, "VM", "a", err), err);
	cr_expect_null(get_text(t, "VM", "a"));
	reads(s, "a", text);
	txn_abort(t);
	reads(s, "a", text);
}

ON_EACH_ENGINE(a_reader_beside_a_writer)
{
	put_now(s, "VM", "a", "{\"n\":1}");
	struct txn *t = begin(s, TXN_WRITE);

	reads(s, "a", "{\"n\":1}");
	put_text(t, "VM", "a", "{\"n\":2}");
	cr_text(get_text(t, "VM", "a"), "{\"n\":2}");
	reads(s, "a", "{\"n\":1}");
	cr_ok(txn_commit(t, err), err);
	reads(s, "a", "{\"n\":2}");
	t = begin(s, TXN_WRITE);
	cr_ok(txn_del(t, "VM", "a", err), err);
	reads(s, "a", "{\"n\":2}");
	txn_abort(t);
	reads(s, "a", "{\"n\":2}");
	t = begin(s, TXN_WRITE);
	cr_ok(txn_del(t, "VM", "a", err), err);
	cr_ok(txn_commit(t, err), err);
	reads(s, "a", NULL);
}

/* More than are kept at once. */
ON_EACH_ENGINE(a_reader_of_many)
{
	struct txn *t = begin(s, TXN_WRITE);

	for (int i = 0; i < 3000; i++) {
		_cleanup_free_ char *uuid = xasprintf("u%d", i), *json = xasprintf("{\"n\":%d}", i);

		put_text(t, "VM", uuid, json);
	}
	cr_ok(txn_commit(t, err), err);
	t = begin(s, TXN_READ);
	for (int i = 0; i < 6000; i++) {
		_cleanup_free_ char *uuid = xasprintf("u%d", i % 3000);
		_cleanup_free_ char *json = xasprintf("{\"n\":%d}", i % 3000);

		cr_text(get_text(t, "VM", uuid), json);
	}
	txn_abort(t);
}

ON_EACH_ENGINE(put_replaces_and_del_deletes)
{
	put_now(s, "VM", "a", "{\"name_label\":\"one\"}");
	put_now(s, "VM", "a", "{\"name_label\":\"two\"}");
	put_now(s, "VDI", "a", "{\"sr\":\"three\"}");
	_cleanup_txn_ struct txn *t = begin(s, TXN_WRITE);
	cr_text(get_text(t, "VM", "a"), "{\"name_label\":\"two\"}");
	cr_text(find_text(t, "VM", "name_label", "one"), "");
	cr_text(find_text(t, "VM", "name_label", "two"), "a;");
	cr_ok(txn_del(t, "VM", "a", err), err);
	cr_ok(txn_del(t, "VM", "never", err), err);
	cr_assert_null(get_text(t, "VM", "a"));
	cr_text(find_text(t, "VM", "name_label", "two"), "");
	cr_text(get_text(t, "VDI", "a"), "{\"sr\":\"three\"}");
}

static void taken(int rc, const char *holder, struct vxe_error *err)
{
	cr_assert_eq(rc, -1);
	cr_assert_eq(err->code, DB_UNIQUENESS_CONSTRAINT_VIOLATION);
	cr_assert_str_eq(err->params[0], holder);
	cr_assert_str_eq(err->params[2], "a");
	error_clear(err);
}

/* Classes with unique UUIDs share them with no other such class; other classes may. */
ON_EACH_ENGINE(a_uuid_is_one_object)
{
	struct json_object *doc = json_object_new_object();
	const char *holder = "";

	put_now(s, "VM", "a", "{}");
	_cleanup_txn_ struct txn *t = begin(s, TXN_WRITE);
	cr_ok(txn_holder(t, "a", &holder, err), err);
	cr_assert_null(holder);
	cr_ok(txn_add(t, "PBD", "a", doc, err), err);
	cr_ok(txn_holder(t, "a", &holder, err), err);
	cr_assert_str_eq(holder, "PBD");
	cr_ok(txn_put(t, "PBD", "a", doc, err), err);
	cr_ok(txn_put(t, "VDI", "a", doc, err), err);
	taken(txn_add(t, "PBD", "a", doc, err), "PBD", err);
	taken(txn_add(t, "PIF", "a", doc, err), "PBD", err);
	taken(txn_put(t, "PIF", "a", doc, err), "PBD", err);
	taken(txn_add(t, "VM", "a", doc, err), "VM", err);
	cr_ok(txn_add(t, "PIF", "b", doc, err), err);
	cr_ok(txn_del(t, "PBD", "a", err), err);
	cr_ok(txn_add(t, "PIF", "a", doc, err), err);
	json_object_put(doc);
}

static int stop_at_second(
	void *ctx, const char *uuid, struct json_object *doc, struct vxe_error *err)
{
	(void)uuid, (void)doc, (void)err;
	return ++*(int *)ctx == 2 ? 42 : 0;
}

static int fail_walk(void *ctx, const char *uuid, struct json_object *doc, struct vxe_error *err)
{
	(void)ctx, (void)doc;
	return vxe_fail(err, VXE_TRY_AGAIN, uuid, "reason");
}

ON_EACH_ENGINE(walks_are_in_uuid_order_and_stop)
{
	_cleanup_str_ struct str text = { 0 };
	int n = 0;

	put_now(s, "VM", "b", "{}");
	put_now(s, "VM", "c", "{\"x\":1}");
	put_now(s, "VM", "a", "{}");
	_cleanup_txn_ struct txn *t = begin(s, TXN_READ);
	cr_ok(txn_each(t, "VM", add_doc, &text, err), err);
	cr_assert_str_eq(str_text(&text), "a {};b {};c {\"x\":1};");
	cr_assert_eq(txn_each(t, "VM", stop_at_second, &n, err), 42);
	cr_assert_eq(n, 2);
	cr_assert_eq(txn_each(t, "VM", fail_walk, NULL, err), -1);
	cr_assert_str_eq(err->params[0], "a");
	cr_error(err, VXE_TRY_AGAIN);
	cr_ok(txn_each(t, "VDI", add_doc, &text, err), err);
}

ON_EACH_ENGINE(a_beginning_selects_its_rows)
{
	static const char *const uuids[] = { "0a", "0b", "0b-1", "0bf", "0c", "b", "0b9" };
	static const struct {
		const char *beginning, *rows;
	} cases[] = { { "0", "0a 1;0b 1;0b-1 1;0b-3 1;0bf 1;0c 1;" },
		{ "0b", "0b 1;0b-1 1;0b-3 1;0bf 1;" }, { "0b-", "0b-1 1;0b-3 1;" },
		{ "0bf", "0bf 1;" }, { "0b-2", "" }, { "0b-10", "" }, { "a", "" }, { "c", "" } };

	for (size_t i = 0; i < ARRAY_LEN(uuids); i++)
		put_now(s, "VM", uuids[i], "{\"size\":1}");
	put_now(s, "VDI", "0b2", "{}");
	_cleanup_txn_ struct txn *t = begin(s, TXN_WRITE);
	put_text(t, "VM", "0b-3", "{\"size\":1}");
	cr_ok(txn_del(t, "VM", "0b9", err), err);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_str_ struct str text = { 0 };

		cr_ok(txn_scan_begun(
			      t, "VM", LIST("size"), cases[i].beginning, add_row, &text, err),
			err);
		cr_expect_str_eq(str_text(&text), cases[i].rows, "%s", cases[i].beginning);
	}
}

ON_EACH_ENGINE(find_compares_the_text_of_scalars)
{
	put_now(s, "VM", "a", "{\"name_label\":\"o'hara \\\"x\\\"\",\"is_a_template\":true}");
	put_now(s, "VM", "b", "{\"name_label\":\"\",\"is_a_template\":false,\"size\":0}");
	put_now(s, "VM", "c", "{\"name_label\":null,\"is_a_template\":true,\"size\":-12}");
	put_now(s, "VM", "d", "{\"name_label\":[\"x\"],\"parent\":{},\"size\":9007199254740993}");
	put_now(s, "VDI", "e", "{\"MAC\":\"00:11\",\"sr\":\"a\"}");
	_cleanup_txn_ struct txn *t = begin(s, TXN_READ);
	cr_text(find_text(t, "VM", "name_label", "o'hara \"x\""), "a;");
	cr_text(find_text(t, "VM", "name_label", ""), "b;");
	cr_text(find_text(t, "VM", "name_label", "null"), "");
	cr_text(find_text(t, "VM", "name_label", "[\"x\"]"), "");
	cr_text(find_text(t, "VM", "is_a_template", "true"), "a;c;");
	cr_text(find_text(t, "VM", "is_a_template", "false"), "b;");
	cr_text(find_text(t, "VM", "is_a_template", "1"), "");
	cr_text(find_text(t, "VM", "size", "0"), "b;");
	cr_text(find_text(t, "VM", "size", "-12"), "c;");
	cr_text(find_text(t, "VM", "size", "9007199254740993"), "d;");
	cr_text(find_text(t, "VM", "size", "9007199254740992"), "");
	cr_text(find_text(t, "VM", "name_label", "O'HARA \"X\""), "");
	cr_text(find_text(t, "VDI", "MAC", "00:11"), "e;");
	(void)err;
}

ON_EACH_ENGINE(scan_gives_columns_in_the_order_asked)
{
	_cleanup_str_ struct str all = { 0 };
	_cleanup_str_ struct str two = { 0 };

	put_now(s, "VM", "b",
		"{\"name_label\":\"x/\\u00e4\",\"is_a_template\":true,"
		"\"size\":9223372036854775807}");
	put_now(s, "VM", "a",
		"{\"size\":18446744073709551615,\"parent\":null,\"is_a_template\":[]}");
	_cleanup_txn_ struct txn *t = begin(s, TXN_READ);
	cr_ok(txn_scan(t, "VM", ALL_COLUMNS, add_columns, &all, err), err);
	cr_assert_str_eq(str_text(&all),
		"a - - - 18446744073709551615;"
		"b x/\xc3\xa4 true - 9223372036854775807;");
	cr_ok(txn_scan(t, "VM", LIST("size", "is_a_template"), add_row, &two, err), err);
	cr_assert_str_eq(str_text(&two), "a 18446744073709551615;b 9223372036854775807 true;");
	str_clear(&two);
	cr_ok(txn_scan(t, "VM", LIST(), add_row, &two, err), err);
	cr_assert_str_eq(str_text(&two), "a;b;");
	cr_ok(txn_scan(t, "TASK", LIST(), add_row, &two, err), err);
	str_clear(&two);
	_cleanup_txn_ struct txn *writer = begin(s, TXN_WRITE);
	cr_ok(txn_scan(writer, "VM", LIST("size", "size"), add_row, &two, err), err);
	cr_ok(txn_changes(writer, 0, add_row, &two, err), err);
	cr_assert_str_eq(str_text(&two),
		"a 18446744073709551615 18446744073709551615;"
		"b 9223372036854775807 9223372036854775807;b VM put 1;a VM put 2;");
}

static int64_t count_now(struct txn *t, const char *cls, struct vxe_error *err)
{
	int64_t n = -1;

	cr_ok(txn_count(t, cls, &n, err), err);
	return n;
}

ON_EACH_ENGINE(rows_are_counted_in_each_transaction)
{
	put_now(s, "VM", "a", "{}");
	put_now(s, "VM", "b", "{}");
	_cleanup_txn_ struct txn *t = begin(s, TXN_READ);
	cr_assert_eq(count_now(t, "VM", err), 2);
	cr_assert_eq(count_now(t, "TASK", err), 0);
	_cleanup_txn_ struct txn *writer = begin(s, TXN_WRITE);
	cr_ok(txn_del(writer, "VM", "a", err), err);
	cr_ok(txn_del(writer, "VM", "none", err), err);
	cr_assert_eq(count_now(writer, "VM", err), 1);
	cr_assert_eq(count_now(t, "VM", err), 2);
}

ON_EACH_ENGINE(a_reader_keeps_the_state_it_began_with)
{
	put_now(s, "VM", "a", "{\"n\":1}");
	_cleanup_txn_ struct txn *before = begin(s, TXN_READ);
	struct txn *writer = begin(s, TXN_WRITE);
	put_text(writer, "VM", "a", "{\"n\":2}");
	put_text(writer, "VM", "b", "{\"n\":3}");
	cr_text(get_text(before, "VM", "a"), "{\"n\":1}");
	cr_text(get_text(writer, "VM", "a"), "{\"n\":2}");
	_cleanup_txn_ struct txn *during = begin(s, TXN_READ);
	cr_text(get_text(during, "VM", "a"), "{\"n\":1}");
	cr_ok(txn_commit(writer, err), err);
	cr_text(get_text(before, "VM", "a"), "{\"n\":1}");
	cr_assert_null(get_text(during, "VM", "b"));
	_cleanup_txn_ struct txn *after = begin(s, TXN_READ);
	cr_text(get_text(after, "VM", "a"), "{\"n\":2}");
	cr_text(get_text(after, "VM", "b"), "{\"n\":3}");
}

ON_EACH_ENGINE(abort_leaves_nothing)
{
	put_now(s, "VM", "a", "{\"name_label\":\"a\"}");
	put_now(s, "VM", "b", "{\"name_label\":\"b\"}");
	_cleanup_free_ char *before = dump(s);
	struct txn *t = begin(s, TXN_WRITE);
	put_text(t, "VM", "a", "{\"name_label\":\"x\"}");
	put_text(t, "VM", "c", "{}");
	cr_ok(txn_del(t, "VM", "b", err), err);
	txn_abort(t);
	cr_text(dump(s), before);
	txn_abort(NULL);
}

static void check_changes(struct store *s, int64_t since, const char *wanted)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_str_ struct str text = { 0 };
	_cleanup_txn_ struct txn *t = begin(s, TXN_READ);

	cr_ok(txn_changes(t, since, add_row, &text, &err), &err);
	cr_assert_str_eq(str_text(&text), wanted);
}

static int64_t generation_of(struct store *s, const char *uuid)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_txn_ struct txn *t = begin(s, TXN_READ);
	struct json_object *doc = NULL;
	int64_t generation = -1;

	if (uuid)
		cr_ok(txn_get(t, "VM", uuid, &doc, &generation, &err), &err);
	else
		cr_ok(txn_generation(t, &generation, &err), &err);
	json_object_put(doc);
	return generation;
}

ON_EACH_ENGINE(generations_count_commits_that_write_or_confirm)
{
	cr_assert_eq(generation_of(s, NULL), 0);
	put_now(s, "VM", "a", "{}");
	cr_assert_eq(generation_of(s, NULL), 1);
	struct txn *t = begin(s, TXN_WRITE);
	put_text(t, "VM", "b", "{}");
	put_text(t, "VM", "c", "{}");
	cr_ok(txn_commit(t, err), err);
	cr_assert_eq(generation_of(s, NULL), 2);
	cr_assert_eq(generation_of(s, "a"), 1);
	cr_assert_eq(generation_of(s, "b"), 2);
	cr_assert_eq(generation_of(s, "c"), 2);
	t = begin(s, TXN_WRITE);
	cr_ok(txn_del(t, "VM", "none", err), err);
	cr_ok(txn_commit(t, err), err);
	cr_ok(txn_commit(begin(s, TXN_READ), err), err);
	cr_assert_eq(generation_of(s, NULL), 2);
	t = begin(s, TXN_WRITE);
	txn_confirm(t);
	cr_ok(txn_commit(t, err), err);
	cr_assert_eq(generation_of(s, NULL), 3);
}

ON_EACH_ENGINE(an_equal_document_is_not_written)
{
	put_now(s, "VM", "a", "{\"name_label\":\"x\"}");
	put_now(s, "PIF", "p", "{}");
	put_now(s, "VM", "a", "{\"name_label\":\"x\"}");
	put_now(s, "PIF", "p", "{}");
	cr_assert_eq(generation_of(s, NULL), 2);
	cr_assert_eq(generation_of(s, "a"), 1);
	struct txn *t = begin(s, TXN_WRITE);
	put_text(t, "VM", "a", "{\"name_label\":\"x\"}");
	put_text(t, "VM", "b", "{}");
	cr_ok(txn_commit(t, err), err);
	check_changes(s, 2, "b VM put 3;");
	t = begin(s, TXN_WRITE);
	put_text(t, "VM", "a", "{\"name_label\":\"y\"}");
	put_text(t, "VM", "a", "{\"name_label\":\"x\"}");
	put_text(t, "VM", "b", "{\"n\":1}");
	put_text(t, "VM", "b", "{\"n\":1}");
	cr_text(get_text(t, "VM", "b"), "{\"n\":1}");
	cr_ok(txn_commit(t, err), err);
	reads(s, "a", "{\"name_label\":\"x\"}");
	reads(s, "b", "{\"n\":1}");
	t = begin(s, TXN_WRITE);
	cr_ok(txn_del(t, "VM", "b", err), err);
	put_text(t, "VM", "b", "{\"n\":1}");
	cr_ok(txn_commit(t, err), err);
	reads(s, "b", "{\"n\":1}");
}

/* ---- dry runs -------------------------------------------------------------------------------- */

static int learn_some(struct txn *t, void *ctx, struct vxe_error *err)
{
	(void)ctx;
	put_text(t, "VM", "a0", "{\"name_label\":\"new\",\"parent\":\"p\"}");
	put_text(t, "VM", "b", "{\"name_label\":\"changed\",\"parent\":\"p\"}");
	put_text(t, "PIF", "i", "{}");
	return txn_del(t, "VM", "c", err) < 0 ? -1 : txn_del(t, "PBD", "j", err);
}

static int write_d(struct txn *t, void *ctx, struct vxe_error *err)
{
	(void)err;
	put_text(t, "VM", "d", ctx);
	return 0;
}

static int add_uuid_text(
	void *ctx, const char *uuid, struct json_object *doc, struct vxe_error *err)
{
	(void)doc, (void)err;
	str_addf(ctx, "%s ", uuid);
	return 0;
}

/* What a transaction reads of the VMs, by each of the reading functions, and of two classes with unique UUIDs. */
static void reads_learned(struct txn *t, const char *const wanted[])
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_str_ struct str each = { 0 }, find = { 0 }, scan = { 0 }, where = { 0 },
				 begun = { 0 }, some = { 0 };
	_cleanup_strv_ struct strv uuids = { 0 };
	const char *holder;
	int64_t n;

	strv_add(&uuids, "a0");
	strv_add(&uuids, "c");
	cr_ok(txn_each(t, "VM", add_uuid_text, &each, &err), &err);
	cr_ok(txn_find(t, "VM", "parent", "p", add_uuid_text, &find, &err), &err);
	cr_ok(txn_scan(t, "VM", LIST("name_label"), add_row, &scan, &err), &err);
	cr_ok(txn_scan_where(t, "VM", LIST("name_label"), "parent", "p", add_row, &where, &err),
		&err);
	cr_ok(txn_scan_begun(t, "VM", LIST("name_label"), "a", add_row, &begun, &err), &err);
	cr_ok(txn_some(t, "VM", &uuids, add_uuid_text, &some, &err), &err);
	const struct str *const texts[] = { &each, &find, &scan, &where, &begun, &some };

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		cr_expect_str_eq(str_text(texts[i]), wanted[i]);
	cr_ok(txn_count(t, "VM", &n, &err), &err);
	cr_expect_eq(n, 4);
	cr_ok(txn_holder(t, "i", &holder, &err), &err);
	cr_expect(str_eq(holder, wanted[ARRAY_LEN(texts)]));
	cr_ok(txn_holder(t, "j", &holder, &err), &err);
	cr_expect(str_eq(holder, wanted[ARRAY_LEN(texts) + 1]));
}

/* The rows with the value VALUE of the column that is searched: how many, and as of when. */
static void newest_is(struct store *s, const char *value, int64_t wanted, int64_t *generation)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_txn_ struct txn *t = NULL;
	int64_t n;

	cr_ok(txn_begin(s, TXN_READ, &t, &err), &err);
	cr_ok(txn_newest(t, "VM", "parent", value, &n, generation, &err), &err);
	cr_assert_eq(n, wanted);
}

/* Whatever is written or deleted, the number or the generation is another one. */
ON_EACH_ENGINE(newest_tells_of_each_change)
{
	int64_t none, one, two, other, back;

	(void)err;
	newest_is(s, "x", 0, &none);
	put_now(s, "VM", "a", "{\"parent\":\"x\"}");
	newest_is(s, "x", 1, &one);
	put_now(s, "VM", "a", "{\"parent\":\"x\",\"n\":1}");
	newest_is(s, "x", 1, &two);
	cr_assert_lt(one, two);
	put_now(s, "VM", "b", "{\"parent\":\"y\"}");
	newest_is(s, "x", 1, &other);
	cr_assert_leq(two, other);
	put_now(s, "VM", "b", "{\"parent\":\"x\"}");
	newest_is(s, "x", 2, &other);
	cr_assert_lt(two, other);
	put_now(s, "VM", "b", "{\"parent\":\"y\"}");
	newest_is(s, "x", 1, &back);
}

ON_EACH_ENGINE(a_dry_run_sees_what_it_has_learned)
{
	static const char *const before[] = { "a b c d ", "c ", "a VM;b one;c two;d three;",
		"c two;", "a VM;", "c ", NULL, "PBD" };
	static const char *const after[] = { "a a0 b d ", "a0 b ", "a VM;a0 new;b changed;d three;",
		"a0 new;b changed;", "a VM;a0 new;", "a0 ", "PIF", NULL };

	put_now(s, "VM", "a", "{\"name_label\":\"VM\"}");
	put_now(s, "VM", "b", "{\"name_label\":\"one\"}");
	put_now(s, "VM", "c", "{\"name_label\":\"two\",\"parent\":\"p\"}");
	put_now(s, "VM", "d", "{\"name_label\":\"three\"}");
	put_now(s, "PBD", "j", "{}");
	const int64_t generation = generation_of(s, NULL);
	struct txn *old = begin(s, TXN_READ);

	store_hold(s, true);
	cr_ok(store_learn(s, learn_some, NULL, err), err);
	cr_ok(store_learn(s, learn_some, NULL, err), err);
	reads_learned(old, before);
	txn_abort(old);
	struct txn *t = begin(s, TXN_READ);
	reads_learned(t, after);
	txn_abort(t);
	reads(s, "b", "{\"name_label\":\"changed\",\"parent\":\"p\"}");
	reads(s, "c", NULL);
	t = begin(s, TXN_WRITE);
	reads_learned(t, after);
	txn_abort(t);
	cr_ok(store_update(s, write_d, (char[]){ "{\"name_label\":\"three\"}" }, err), err);
	cr_expect_eq(store_update(s, write_d, (char[]){ "{}" }, err), -1);
	cr_expect_eq(err->code, VXE_DRY_RUN);
	error_clear(err);
	cr_expect_eq(generation_of(s, NULL), generation);
	store_hold(s, false);
	t = begin(s, TXN_READ);
	reads_learned(t, before);
	txn_abort(t);
}

ON_EACH_ENGINE(changes_tell_puts_and_tombstones)
{
	put_now(s, "VM", "b", "{}");
	put_now(s, "VDI", "a", "{}");
	check_changes(s, 0, "b VM put 1;a VDI put 2;");
	check_changes(s, 1, "a VDI put 2;");
	check_changes(s, 2, "");
	struct txn *t = begin(s, TXN_WRITE);
	cr_ok(txn_del(t, "VM", "b", err), err);
	put_text(t, "VM", "c", "{}");
	put_text(t, "VDI", "b", "{}");
	cr_ok(txn_commit(t, err), err);
	check_changes(s, 0, "a VDI put 2;b VDI put 3;b VM del 3;c VM put 3;");
	put_now(s, "VM", "b", "{}");
	check_changes(s, 2, "b VDI put 3;c VM put 3;b VM put 4;");
	put_now(s, "VDI", "a", "{\"x\":1}");
	check_changes(s, 3, "b VM put 4;a VDI put 5;");
}

ON_EACH_ENGINE(some_are_read_together)
{
	_cleanup_strv_ struct strv none = { 0 }, wanted = { 0 };
	_cleanup_str_ struct str text = { 0 };

	put_now(s, "VM", "a", "{}");
	put_now(s, "VM", "b", "{}");
	put_now(s, "VM", "c\"\\,{}", "{}");
	put_now(s, "VDI", "d", "{}");
	strv_add(&wanted, "c\"\\,{}");
	strv_add(&wanted, "b");
	strv_add(&wanted, "d");
	strv_add(&wanted, "\xff");
	strv_add(&wanted, "");
	_cleanup_txn_ struct txn *t = begin(s, TXN_READ);

	cr_ok(txn_some(t, "VM", &none, add_uuid, &text, err), err);
	cr_assert_str_eq(str_text(&text), "");
	cr_ok(txn_some(t, "VM", &wanted, add_uuid, &text, err), err);
	cr_assert(str_eq(str_text(&text), "c\"\\,{};b;") || str_eq(str_text(&text), "b;c\"\\,{};"),
		"%s", str_text(&text));
}

struct nested {
	struct txn *t;
	struct str text;
};

static int find_within(void *ctx, const char *uuid, struct json_object *doc, struct vxe_error *err)
{
	struct nested *n = ctx;

	(void)doc;
	str_addf(&n->text, "%s:", uuid);
	return txn_each(n->t, "VM", add_uuid, &n->text, err);
}

static int write_within(void *ctx, const char *uuid, struct json_object *doc, struct vxe_error *err)
{
	struct nested *n = ctx;

	str_addf(&n->text, "%s;", uuid);
	put_text(n->t, "VM", "zz", "{\"name_label\":\"same\"}");
	json_object_object_add(doc, "name_label", json_object_new_string("other"));
	if (txn_put(n->t, "VM", uuid, doc, err) < 0)
		return -1;
	return txn_del(n->t, "VM", "b", err);
}

ON_EACH_ENGINE(walks_nest_and_may_write)
{
	struct nested n = { 0 };

	put_now(s, "VM", "a", "{\"name_label\":\"same\"}");
	put_now(s, "VM", "b", "{\"name_label\":\"same\"}");
	n.t = begin(s, TXN_READ);
	cr_ok(txn_each(n.t, "VM", find_within, &n, err), err);
	cr_assert_str_eq(str_text(&n.text), "a:a;b;b:a;b;");
	txn_abort(n.t);
	str_clear(&n.text);

	/* A writer's walk shows the rows as they were when it began. */
	n.t = begin(s, TXN_WRITE);
	cr_ok(txn_find(n.t, "VM", "name_label", "same", write_within, &n, err), err);
	cr_assert_str_eq(str_text(&n.text), "a;b;");
	cr_text(find_text(n.t, "VM", "name_label", "same"), "zz;");
	cr_text(find_text(n.t, "VM", "name_label", "other"), "a;");
	cr_ok(txn_commit(n.t, err), err);
	str_clear(&n.text);
}

struct body {
	int runs;
	int again; /* the number of runs that return STORE_AGAIN */
	int fail_at;
};

static int body_run(struct txn *t, void *ctx, struct vxe_error *err)
{
	struct body *b = ctx;
	_cleanup_free_ char *json = xasprintf("{\"n\":%d}", ++b->runs);

	put_text(t, "VM", "a", json);
	if (b->runs == b->fail_at)
		return vxe_fail(err, UUID_INVALID, "VM", "a");
	return b->runs <= b->again ? STORE_AGAIN : 0;
}

static char *read_now(struct store *s, const char *uuid)
{
	_cleanup_txn_ struct txn *t = begin(s, TXN_READ);

	return get_text(t, "VM", uuid);
}

ON_EACH_ENGINE(update_runs_again_and_gives_up)
{
	struct body b = { .again = 2 };

	cr_ok(store_update(s, body_run, &b, err), err);
	cr_text(read_now(s, "a"), "{\"n\":3}");
	cr_assert_eq(generation_of(s, NULL), 1);
	b = (struct body){ .fail_at = 1 };
	cr_assert_eq(store_update(s, body_run, &b, err), -1);
	cr_error(err, UUID_INVALID);
	b = (struct body){ .again = INT_MAX };
	cr_assert_eq(store_update(s, body_run, &b, err), -1);
	cr_error(err, VXE_TRY_AGAIN);
	cr_text(read_now(s, "a"), "{\"n\":3}");
}

/* An engine whose commit returns "again" a given number of times. */
static int refused_commits;

static int commit_again(struct txn *t, struct vxe_error *err)
{
	if (refused_commits-- == 0)
		return store_mem_ops.commit(t, err);
	store_mem_ops.abort(t);
	return STORE_AGAIN;
}

Test(store, update_obeys_a_commit_that_says_again)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct store_ops ops = store_mem_ops;
	struct body b = { 0 };

	ops.commit = commit_again;
	_cleanup_store_ struct store *s = open_with(&ops, "db", test_classes, false, &err);
	refused_commits = 3;
	cr_ok(store_update(s, body_run, &b, &err), &err);
	cr_assert_eq(b.runs, 4);
	cr_text(read_now(s, "a"), "{\"n\":4}");
	refused_commits = 1000;
	cr_assert_eq(store_update(s, body_run, &b, &err), -1);
	cr_error(&err, VXE_TRY_AGAIN);
	cr_text(read_now(s, "a"), "{\"n\":4}");
}

ParameterizedTestParameters(store, a_readonly_store_refuses_to_write)
{
	return engine_params();
}

ParameterizedTest(const int *engine, store, a_readonly_store_refuses_to_write)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct store *first = open_engine(*engine, test_classes, false, &err);
	_cleanup_store_ struct store *s = open_engine(*engine, test_classes, true, &err);
	struct txn *t = NULL;

	store_close(first);
	cr_assert_eq(txn_begin(s, TXN_WRITE, &t, &err), -1);
	cr_error(&err, VXE_STORE_UNUSABLE);
	cr_ok(txn_begin(s, TXN_READ, &t, &err), &err);
	txn_abort(t);
}

/* Few values of every kind, so that equal ones are frequent. */
static char *random_document(unsigned *seed)
{
	static const char *const values[] = { "true", "false", "null", "0", "-1", "\"\"",
		"\"true\"", "\"\xc3\xa9\\u0001/\"", "1.5", "[1]", "{}", "4611686018427387905" };
	static const char *const names[] = { "name_label", "is_a_template", "parent", "size",
		"sr" };
	_cleanup_str_ struct str text = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (rand_r(seed) % 3)
			str_addf(&text, "%s\"%s\":%s", text.len ? "," : "", names[i],
				values[(size_t)rand_r(seed) % ARRAY_LEN(values)]);
	return xasprintf("{%s}", str_text(&text));
}

/* The same random changes to @s, from @seed. */
static void random_txn(struct store *s, unsigned seed)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct txn *t = begin(s, TXN_WRITE);

	for (int i = rand_r(&seed) % 8; i >= 0; i--) {
		_cleanup_free_ char *uuid = xasprintf("u%d", rand_r(&seed) % 20);
		_cleanup_free_ char *json = random_document(&seed);
		const char *cls = rand_r(&seed) % 3 ? "VM" : "VDI";

		if (rand_r(&seed) % 4)
			put_text(t, cls, uuid, json);
		else
			cr_ok(txn_del(t, cls, uuid, &err), &err);
	}
	if (rand_r(&seed) % 5)
		cr_ok(txn_commit(t, &err), &err);
	else
		txn_abort(t);
}

/* What is found by each value that random_document() gives. */
static char *all_found(struct store *s)
{
	static const char *const values[] = { "true", "false", "null", "0", "-1", "",
		"\xc3\xa9\x01/", "1.5", "[1]", "4611686018427387905" };
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_txn_ struct txn *t = begin(s, TXN_READ);
	struct str text = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		_cleanup_free_ char *vms = find_text(t, "VM", "parent", values[i]);
		_cleanup_free_ char *vdis = find_text(t, "VDI", "sr", values[i]);
		_cleanup_free_ char *named = find_text(t, "VM", "name_label", values[i]);

		str_addf(&text, "%s: %s %s %s ", values[i], vms, vdis, named);
		cr_ok(txn_scan_where(
			      t, "VM", ALL_COLUMNS, "parent", values[i], add_columns, &text, &err),
			&err);
	}
	return str_steal(&text);
}

Test(store, engines_agree)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_store_ struct store *a = open_engine(ENGINE_MEM, test_classes, false, &err);
	_cleanup_store_ struct store *b = open_engine(ENGINE_SQLITE, test_classes, false, &err);
	_cleanup_store_ struct store *c = open_engine(ENGINE_POSTGRESQL, test_classes, false, &err);
	struct store *const others[] = { b, c };

	for (unsigned seed = 1; seed <= 300; seed++) {
		random_txn(a, seed);
		_cleanup_free_ char *wanted = dump(a);
		_cleanup_free_ char *wanted_found = all_found(a);

		for (size_t i = 0; i < ARRAY_LEN(others); i++) {
			random_txn(others[i], seed);
			_cleanup_free_ char *got = dump(others[i]);
			_cleanup_free_ char *got_found = all_found(others[i]);

			cr_assert_str_eq(got, wanted, "seed %u, engine %zu", seed, i);
			cr_assert_str_eq(got_found, wanted_found, "seed %u, engine %zu", seed, i);
		}
	}
}

/* ---- unique columns -------------------------------------------------------------------------- */

typedef int put_fn(struct txn *t, const char *cls, const char *uuid, struct json_object *doc,
	struct vxe_error *err);

static int put_file(struct txn *t, put_fn *put, const char *uuid, const char *json)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct json_object *doc = json_tokener_parse(json);
	int r = put(t, "FILE", uuid, doc, &err);

	json_object_put(doc);
	if (r < 0) {
		cr_assert_eq(err.code, VXE_PLACE_TAKEN);
		cr_assert_str_eq(err.params[0], "FILE");
		cr_assert_str_eq(err.params[1], uuid);
	}
	return r;
}

ON_EACH_ENGINE(two_rows_do_not_share_unique_columns)
{
	static const char a[] = "{\"sr\":\"s\",\"path\":\"p\"}";
	static const char b[] = "{\"sr\":\"s\",\"path\":\"q\"}";
	_cleanup_txn_ struct txn *t = begin(s, TXN_WRITE);

	cr_assert_eq(put_file(t, txn_put, "1", a), 0);
	cr_assert_eq(put_file(t, txn_put, "1", a), 0, "a row keeps what it has");
	cr_assert_eq(put_file(t, txn_put, "2", a), -1);
	cr_assert_eq(put_file(t, txn_put, "2", "{\"sr\":\"t\",\"path\":\"p\"}"), 0);
	cr_assert_eq(put_file(t, txn_put, "2", a), -1, "nor comes to share");
	cr_text(get_text(t, "FILE", "2"), "{\"sr\":\"t\",\"path\":\"p\"}");
	cr_assert_eq(put_file(t, txn_put, "1", b), 0);
	cr_assert_eq(put_file(t, txn_put, "2", a), 0, "what was left is free");
	cr_ok(txn_del(t, "FILE", "2", err), err);
	cr_assert_eq(put_file(t, txn_put, "3", a), 0, "and so is what was deleted");
	cr_ok(txn_commit(TAKE(t), err), err);
	t = begin(s, TXN_WRITE);
	cr_assert_eq(put_file(t, txn_put, "4", b), -1, "also of an older commit");
}

ON_EACH_ENGINE(absent_values_are_not_shared)
{
	_cleanup_txn_ struct txn *t = begin(s, TXN_WRITE);

	cr_assert_eq(put_file(t, txn_put, "1", "{\"sr\":null,\"path\":\"p\"}"), 0);
	cr_assert_eq(put_file(t, txn_put, "2", "{\"path\":\"p\"}"), 0);
	cr_assert_eq(put_file(t, txn_put, "3", "{\"sr\":\"s\",\"path\":\"\"}"), 0);
	cr_assert_eq(put_file(t, txn_put, "4", "{\"sr\":\"s\",\"path\":\"\"}"), 0);
	(void)err;
}

ON_EACH_ENGINE(what_shared_before_can_be_changed)
{
	static const char a[] = "{\"sr\":\"s\",\"path\":\"p\"}";
	_cleanup_txn_ struct txn *t = begin(s, TXN_WRITE);

	cr_assert_eq(put_file(t, txn_put_back, "1", a), 0);
	cr_assert_eq(put_file(t, txn_put_back, "2", a), 0);
	cr_assert_eq(put_file(t, txn_put, "1", "{\"sr\":\"s\",\"path\":\"p\",\"n\":1}"), 0);
	cr_assert_eq(put_file(t, txn_put, "3", a), -1);
	(void)err;
}
