/* SPDX-License-Identifier: MIT */
/* Records: round trips of every class, unknown members, wrong types, numbers as xe reads them. */
#include "objects/model/record.h"

#include <json-c/json.h>

#include "objects/base/uuid.h"
#include "objects/classes/storage/node.h"
#include "objects/model/columns.h"
#include "objects/model/enums.h"
#include "objects/model/value.h"
#include "tests/unit/world.h"

TestSuite(record, .fini = no_leaks);
TestSuite(record_store, .init = world_make, .fini = world_free);

static int64_t enum_count(const struct enum_table *t)
{
	int64_t n = 0;

	while (t->names[n].print)
		n++;
	return n;
}

/* A value that is not the default one; differs from field to field by @seed. */
static void some_value(const struct field *f, int seed, struct value *v)
{
	_cleanup_free_ char *text = xasprintf("text %d \"\\\n\xc3\xa9 %s", seed, f->name);

	switch (f->type) {
	case FIELD_STRING:
	case FIELD_REF:
		v->string = xstrdup(text);
		break;
	case FIELD_INT:
		v->integer = INT64_MAX - seed;
		break;
	case FIELD_DATE:
		v->integer = 1767261600 + seed;
		break;
	case FIELD_BOOL:
		v->integer = seed % 2;
		break;
	case FIELD_FLOAT:
		v->real = 0.1 * seed;
		break;
	case FIELD_ENUM:
		v->integer = seed % enum_count(f->arg);
		break;
	case FIELD_STRINGS:
	case FIELD_REFS:
		strv_add(&v->list, text);
		strv_add(&v->list, "");
		break;
	case FIELD_MAP:
		map_set(&v->map, text, "");
		map_set(&v->map, "", text);
		break;
	}
}

static void *some_object(const struct class *c)
{
	struct record *r = record_new(c);
	int seed = 1;

	r->uuid = xstrdup(U(11));
	for (const struct field *f = c->fields + 1; f->name; f++, seed++) {
		struct value v = { 0 };

		if (f->offset == FIELD_COMPUTED || f->flags & F_NAME)
			continue;
		some_value(f, seed, &v);
		field_store(f, r, &v);
	}
	return r;
}

/* As through the store: to text and back. */
static struct json_object *through_text(struct json_object *doc)
{
	struct json_object *again = json_tokener_parse(json_object_to_json_string(doc));

	json_object_put(doc);
	return again;
}

static void expect_same(const struct class *c, const void *a, const void *b)
{
	struct json_object *x = record_encode(c, a), *y = record_encode(c, b);

	cr_expect(json_object_equal(x, y), "%s: %s is not %s", c->name,
		json_object_to_json_string(x), json_object_to_json_string(y));
	json_object_put(x);
	json_object_put(y);
}

Test(record, every_class_survives_encoding_and_copying)
{
	for (size_t i = 0; classes[i]; i++) {
		_cleanup_error_ struct vxe_error err = { 0 };
		const struct class *c = classes[i];
		void *obj = some_object(c), *again = record_new(c);
		void *copy = record_copy(c, obj);
		struct json_object *doc = through_text(record_encode(c, obj));

		ok(record_decode(c, doc, again, &err), &err);
		expect_same(c, obj, again);
		expect_same(c, obj, copy);
		json_object_put(doc);
		record_free(c, obj);
		record_free(c, again);
		record_free(c, copy);
	}
}

/* Every stored field has a member of its own: writing one changes no other. */
Test(record, fields_do_not_share_members)
{
	for (size_t i = 0; classes[i]; i++) {
		const struct class *c = classes[i];

		for (const struct field *f = c->fields + 1; f->name; f++) {
			if (f->offset == FIELD_COMPUTED || f->flags & F_NAME)
				continue;
			for (const struct field *g = f + 1; g->name; g++)
				cr_expect(f->offset != g->offset || g->flags & F_NAME, "%s: %s, %s",
					c->name, f->name, g->name);
		}
	}
}

Test(record, decode_keeps_unknown_members)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct json_object *doc = json_tokener_parse(
		"{\"name_label\":\"a\",\"from_the_future\":{\"x\":[1]},\"tags\":[\"t\"]}");
	struct vm *vm = record_new(&vm_class);

	ok(record_decode(&vm_class, doc, vm, &err), &err);
	json_object_put(doc);
	cr_expect_str_eq(vm->name_label, "a");

	struct vm *copy = record_copy(&vm_class, vm);
	struct json_object *out = record_encode(&vm_class, copy), *kept;

	record_free(&vm_class, vm);
	record_free(&vm_class, copy);
	cr_assert(json_object_object_get_ex(out, "from_the_future", &kept));
	cr_expect_str_eq(
		json_object_to_json_string_ext(kept, JSON_C_TO_STRING_PLAIN), "{\"x\":[1]}");
	json_object_put(out);
}

Test(record, missing_members_keep_the_defaults)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct json_object *doc = json_object_new_object();
	struct vm *vm = record_new(&vm_class);

	ok(record_decode(&vm_class, doc, vm, &err), &err);
	cr_expect_str_eq(vm->name_label, "");
	cr_expect_str_eq(vm->generation_id, "0:0");
	cr_expect_null(vm->snapshot_of);
	cr_expect_eq(vm->vcpus_max, 1);
	json_object_put(doc);
	record_free(&vm_class, vm);
}

static const char *const wrong[] = {
	"{\"name_label\":1}",
	"{\"name_label\":null}",
	"{\"is_a_template\":\"true\"}",
	"{\"memory_static_max\":\"1\"}",
	"{\"memory_static_max\":1.5}",
	"{\"snapshot_time\":\"yesterday\"}",
	"{\"snapshot_time\":5}",
	"{\"actions_after_crash\":\"explode\"}",
	"{\"tags\":\"a\"}",
	"{\"tags\":[1]}",
	"{\"other_config\":[]}",
	"{\"other_config\":{\"a\":1}}",
	"{\"snapshot_of\":7}",
	"{\"HVM_shadow_multiplier\":\"1\"}",
	"[]",
};

Test(record, wrong_types_are_refused)
{
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		_cleanup_error_ struct vxe_error err = { 0 };
		struct json_object *doc = json_tokener_parse(wrong[i]);
		struct vm *vm = record_new(&vm_class);

		cr_expect_eq(record_decode(&vm_class, doc, vm, &err), -1, "%s", wrong[i]);
		cr_expect_eq(err.code, INTERNAL_ERROR);
		json_object_put(doc);
		record_free(&vm_class, vm);
	}
}

/* The columns, which lists read, agree with the documents. */
static int compare_row(
	void *ctx, const char *uuid, const char *const *values, struct vxe_error *err)
{
	const struct class *c = ctx;
	void *partial, *full = world_get(c, uuid);

	if (record_from_columns(c, class_columns(c), uuid, values, &partial, err) < 0)
		return -1;
	for (const struct field *f = c->fields; f->name; f++) {
		struct value a = { 0 }, b = { 0 };

		if (!(f->flags & F_COLUMN))
			continue;
		ok(field_value(NULL, f, partial, &a, err), err);
		ok(field_value(NULL, f, full, &b, err), err);

		char *x = value_print(NULL, f, &a), *y = value_print(NULL, f, &b);

		cr_expect_str_eq(x, y, "%s of %s", f->name, c->name);
		free(x);
		free(y);
		value_clear(&a);
		value_clear(&b);
	}
	record_free(c, partial);
	record_free(c, full);
	return 0;
}

Test(record_store, columns_say_what_documents_say)
{
	for (size_t i = 0; classes[i]; i++) {
		_cleanup_error_ struct vxe_error err = { 0 };
		_cleanup_txn_ struct txn *t = NULL;
		union {
			const struct class *in;
			void *out;
		} u = { classes[i] };

		struct record *obj = some_object(classes[i]);

		free(obj->uuid);
		obj->uuid = uuid_derive(U(11), classes[i]->name);
		world_put(classes[i], obj);
		ok(txn_begin(world->store, TXN_READ, &t, &err), &err);
		ok(txn_scan(t, u.in->name, class_columns(u.in), compare_row, u.out, &err), &err);
	}
}

/* "power-state" is computed from several columns; of the others each is its own. */
Test(record_store, a_list_reads_the_columns_that_its_fields_need)
{
	const struct field *some[] = { vm_class.fields, class_field(&vm_class, "snapshot-of"),
		class_field(&vm_class, "name-label"), NULL };
	const struct field *more[] = { class_field(&vm_class, "name-label"),
		class_field(&vm_class, "power-state"), NULL };
	_cleanup_free_ const char **few = class_columns_for(&vm_class, some);
	_cleanup_free_ const char **all = class_columns_for(&vm_class, more);
	const char *const *columns = class_columns(&vm_class);
	_cleanup_error_ struct vxe_error err = { 0 };
	void *obj;

	cr_expect_str_eq(few[0], "name_label");
	cr_expect_str_eq(few[1], "snapshot_of");
	cr_expect_null(few[2]);
	for (size_t i = 0; columns[i] || all[i]; i++)
		cr_assert_eq(columns[i], all[i]);
	ok(record_from_columns(
		   &vm_class, few, U(11), (const char *const[]){ "web", U(09) }, &obj, &err),
		&err);
	const struct vm *vm = obj;

	cr_expect_str_eq(vm->name_label, "web");
	cr_expect_str_eq(vm->snapshot_of, U(09));
	cr_expect_null(vm->name_description);
	record_free(&vm_class, obj);
}

Test(record_store, load_finds_or_says_what_is_missing)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_txn_ struct txn *t = NULL;
	void *obj = world;

	ok(txn_begin(world->store, TXN_READ, &t, &err), &err);
	ok(record_find(t, &vm_class, U(09), &obj, &err), &err);
	cr_expect_null(obj);
	cr_expect_eq(record_load(t, &vm_class, U(09), &obj, &err), -1);
	cr_expect_eq(err.code, UUID_INVALID);
	cr_expect_str_eq(err.params[0], "VM");
	cr_expect_str_eq(err.params[1], U(09));
}

/* By column, spelt as the member or as the field. */
Test(record_store, records_by_column)
{
	static const char *const names[] = { "vm", "vm_uuid" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		_cleanup_error_ struct vxe_error err = { 0 };
		_cleanup_records_ struct records r = { 0 };
		_cleanup_txn_ struct txn *t = NULL;

		ok(txn_begin(world->store, TXN_READ, &t, &err), &err);
		ok(records_load(t, &vbd_class, names[i], U(03), &r, &err), &err);
		cr_assert_eq(r.n, 1);
		cr_expect_str_eq(((struct vbd *)r.items[0])->r.uuid, U(21));
	}
}

static const struct {
	const char *text;
	int result;
	int64_t value;
} integers[] = {
	{ "0", 0, 0 },
	{ "-12", 0, -12 },
	{ "+7", 0, 7 },
	{ "0x1F", 0, 31 },
	{ "0o17", 0, 15 },
	{ "0b101", 0, 5 },
	{ "1_000", 0, 1000 },
	{ "9223372036854775807", 0, INT64_MAX },
	{ "-9223372036854775808", 0, INT64_MIN },
	{ "9223372036854775808", -1, 0 },
	{ "", -1, 0 },
	{ "-", -1, 0 },
	{ "0x", -1, 0 },
	{ "_1", -1, 0 },
	{ "12a", -1, 0 },
	{ " 1", -1, 0 },
	{ "1.0", -1, 0 },
}, sizes[] = {
	{ "0", 0, 0 },
	{ "1024", 0, 1024 },
	{ "2GiB", 0, INT64_C(2) << 30 },
	{ "2GB", 0, INT64_C(2) << 30 },
	{ "2 g", 0, INT64_C(2) << 30 },
	{ "3kib more", 0, 3072 },
	{ "7 bytes", 0, 7 },
	{ "1T", 0, INT64_C(1) << 40 },
	{ "2x", -1, 0 },
	{ "-1", -1, 0 },
	{ "1.5G", -1, 0 },
	{ "", -1, 0 },
	{ "GiB", -1, 0 },
	{ "9223372036854775808", -1, 0 },
	{ "9000000T", -1, 0 },
};

Test(record, numbers_as_xe_reads_them)
{
	for (size_t i = 0; i < ARRAY_LEN(integers); i++) {
		int64_t n = 0;

		cr_expect_eq(int_parse(integers[i].text, &n), integers[i].result, "%s",
			integers[i].text);
		cr_expect_eq(n, integers[i].value, "%s", integers[i].text);
	}
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		int64_t n = 0;

		cr_expect_eq(size_parse(sizes[i].text, &n), sizes[i].result, "%s", sizes[i].text);
		cr_expect_eq(n, sizes[i].value, "%s", sizes[i].text);
	}
}
