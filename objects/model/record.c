/* SPDX-License-Identifier: MIT */
/*
 * Records: makes, copies and frees structs, and converts them to and from documents, by the class's
 * field table alone.
 */
#include "objects/model/record.h"

#include <assert.h>
#include <inttypes.h>
#include <json-c/json_object.h>
#include <json-c/linkhash.h>
#include <string.h>

#include "objects/model/columns.h"
#include "objects/model/json.h"
#include "objects/model/read_txn.h"

/* True for fields that documents contain. */
static bool is_stored(const struct field *f)
{
	return f->offset != FIELD_COMPUTED && !(f->flags & F_NAME);
}

static void *field_member(const struct field *f, void *obj)
{
	return (char *)obj + f->offset;
}

/* ---- members and values ---------------------------------------------------------------------- */

static void member_clear(const struct field *f, void *obj)
{
	void *m = field_member(f, obj);

	switch (f->type) {
	case FIELD_STRING:
	case FIELD_REF:
		free(*(char **)m);
		*(char **)m = NULL;
		return;
	case FIELD_STRINGS:
	case FIELD_REFS:
		strv_clear(m);
		return;
	case FIELD_MAP:
		map_clear(m);
		return;
	case FIELD_INT:
	case FIELD_BOOL:
	case FIELD_FLOAT:
	case FIELD_ENUM:
	case FIELD_DATE:
		return;
	}
}

/*
 * The value of the member of @obj at @offset, not copied: the texts and lists that it points to still belong to the
 * object.
 */
static struct value borrowed_value(const struct field *f, const void *obj, size_t offset)
{
	const void *m = (const char *)obj + offset;

	switch (f->type) {
	case FIELD_STRING:
	case FIELD_REF:
		return (struct value){ .string = *(char *const *)m };
	case FIELD_INT:
	case FIELD_DATE:
		return (struct value){ .integer = *(const int64_t *)m };
	case FIELD_BOOL:
		return (struct value){ .integer = *(const bool *)m };
	case FIELD_ENUM:
		return (struct value){ .integer = *(const int *)m };
	case FIELD_FLOAT:
		return (struct value){ .real = *(const double *)m };
	case FIELD_STRINGS:
	case FIELD_REFS:
		return (struct value){ .list = *(const struct strv *)m };
	case FIELD_MAP:
		return (struct value){ .map = *(const struct map *)m };
	}
	return (struct value){ 0 };
}

/* Copies the value of a member of @obj to @ret; the caller owns the copy. */
static void member_value(const struct field *f, const void *obj, size_t offset, struct value *ret)
{
	const struct value v = borrowed_value(f, obj, offset);

	ret->integer = v.integer;
	ret->real = v.real;
	ret->string = xstrdup_null(v.string);
	if (v.list.n)
		strv_copy(&ret->list, &v.list);
	if (v.map.n)
		map_copy(&ret->map, &v.map);
}

void field_store(const struct field *f, void *obj, struct value *v)
{
	void *m = field_member(f, obj);

	assert(f->offset != FIELD_COMPUTED && !v->literal);
	member_clear(f, obj);
	switch (f->type) {
	case FIELD_STRING:
		*(char **)m = v->string ? TAKE(v->string) : xstrdup("");
		break;
	case FIELD_REF:
		*(char **)m = TAKE(v->string);
		break;
	case FIELD_INT:
	case FIELD_DATE:
		*(int64_t *)m = v->integer;
		break;
	case FIELD_BOOL:
		*(bool *)m = v->integer != 0;
		break;
	case FIELD_ENUM:
		*(int *)m = (int)v->integer;
		break;
	case FIELD_FLOAT:
		*(double *)m = v->real;
		break;
	case FIELD_STRINGS:
	case FIELD_REFS:
		*(struct strv *)m = v->list;
		v->list = (struct strv){ 0 };
		break;
	case FIELD_MAP:
		*(struct map *)m = v->map;
		v->map = (struct map){ 0 };
		break;
	}
	value_clear(v);
}

/* ---- objects --------------------------------------------------------------------------------- */

/* A new object of the class with its defaults; in contrast to record_new(), strings without a default are NULL. */
static void *new_blank(const struct class *c)
{
	void *obj = xcalloc(1, c->size);

	if (c->defaults)
		c->defaults(obj);
	return obj;
}

static void fill_strings(const struct class *c, void *obj)
{
	for (const struct field *f = c->fields + 1; f->name; f++)
		if (f->type == FIELD_STRING && is_stored(f) && !*(char **)field_member(f, obj))
			*(char **)field_member(f, obj) = xstrdup("");
}

void *record_new(const struct class *c)
{
	void *obj = new_blank(c);

	fill_strings(c, obj);
	return obj;
}

void record_free(const struct class *c, void *obj)
{
	struct record *r = obj;

	if (!obj)
		return;
	for (const struct field *f = c->fields; f->name; f++)
		if (is_stored(f))
			member_clear(f, obj);
	json_object_put(r->rest);
	free(obj);
}

void *record_copy(const struct class *c, const void *obj)
{
	const struct record *from = obj;
	void *copy = xcalloc(1, c->size);
	struct record *to = copy;

	for (const struct field *f = c->fields; f->name; f++) {
		struct value v = { 0 };

		if (!is_stored(f))
			continue;
		member_value(f, obj, f->offset, &v);
		field_store(f, copy, &v);
	}
	/* The JSON of unknown members never changes, so both records may refer to the same JSON object. */
	to->rest = json_object_get(from->rest);
	return copy;
}

/* ---- documents ------------------------------------------------------------------------------- */

/* Longer than any field name. */
#define KEY_SIZE 64

static void make_key(const char *name, char key[KEY_SIZE])
{
	size_t i;

	for (i = 0; name[i]; i++) {
		assert(i + 1 < KEY_SIZE);
		key[i] = name[i];
		if (key[i] == '-')
			key[i] = '_';
	}
	key[i] = '\0';
}

struct json_object *record_encode(const struct class *c, const void *obj)
{
	const struct record *r = obj;
	struct json_object *doc = json_object_new_object();

	for (const struct field *f = c->fields; f->name; f++) {
		char key[KEY_SIZE];

		if (!is_stored(f))
			continue;

		const struct value v = borrowed_value(f, obj, f->offset);

		make_key(f->name, key);
		json_object_object_add_ex(
			doc, key, json_of_stored(f, &v), JSON_C_OBJECT_ADD_KEY_IS_NEW);
	}
	if (r->rest) {
		json_object_object_foreach(r->rest, key, value)
		{
			json_object_object_add(doc, key, json_object_get(value));
		}
	}
	return doc;
}

/* True if @text is the JSON key of the field: its name with '_' for '-', as make_key() makes it. */
static bool is_key(const struct field *f, const char *text)
{
	const char *name = f->name;

	for (; *name && *text == (*name == '-' ? '_' : *name); name++)
		text++;
	return !*name && !*text;
}

static bool is_key_of(const struct class *c, const char *text)
{
	for (const struct field *f = c->fields; f->name; f++)
		if (is_stored(f) && is_key(f, text))
			return true;
	return false;
}

/*
 * Copies to r->rest the members of the document that are not in the class's table of fields, so that they survive a
 * load and save.
 */
static void keep_rest(const struct class *c, struct json_object *doc, struct record *r)
{
	json_object_object_foreach(doc, key, value)
	{
		if (is_key_of(c, key))
			continue;
		if (!r->rest)
			r->rest = json_object_new_object();
		json_object_object_add(r->rest, key, json_object_get(value));
	}
}

/*
 * Finds the member of @doc that holds the field @f; false: there is none. record_encode() writes members in the order
 * of the fields, so the member mostly is @next, the one behind the member found last; only if not, it is searched
 * for.
 */
static bool find_member(struct json_object *doc, const struct field *f,
	const struct lh_entry **next, struct json_object **ret)
{
	char key[KEY_SIZE];

	if (*next && is_key(f, lh_entry_k(*next))) {
		*ret = lh_entry_v(*next);
		*next = lh_entry_next(*next);
		return true;
	}
	make_key(f->name, key);
	return json_object_object_get_ex(doc, key, ret);
}

int record_decode(const struct class *c, struct json_object *doc, void *obj, struct vxe_error *err)
{
	_cleanup_value_ struct value v = { 0 };
	int known = 0;

	if (!json_object_is_type(doc, json_type_object))
		return vxe_fail_internal(err, "a %s record is not a JSON object", c->name);

	const struct lh_entry *next = lh_table_head(json_object_get_object(doc));

	for (const struct field *f = c->fields; f->name; f++) {
		struct json_object *json;

		if (!is_stored(f) || !find_member(doc, f, &next, &json))
			continue;
		known++;
		if (json_to_stored(f, json, &v) < 0) {
			char key[KEY_SIZE];

			make_key(f->name, key);
			return vxe_fail_internal(err, "bad value of '%s' in a %s record: %s", key,
				c->name, json_object_to_json_string(json));
		}
		field_store(f, obj, &v);
	}
	if (known < json_object_object_length(doc))
		keep_rest(c, doc, obj);
	return 0;
}

/* ---- in the store ---------------------------------------------------------------------------- */

static int decode_new(const struct class *c, const char *uuid, struct json_object *doc, void **ret,
	struct vxe_error *err)
{
	struct record *r = new_blank(c);

	if (record_decode(c, doc, r, err) < 0) {
		record_free(c, r);
		error_note(err, "record %s", uuid);
		return -1;
	}
	fill_strings(c, r);
	if (!str_eq(r->uuid, uuid))
		str_replace(&r->uuid, uuid);
	*ret = r;
	return 0;
}

int record_find(
	struct txn *t, const struct class *c, const char *uuid, void **ret, struct vxe_error *err)
{
	struct json_object *doc = NULL;
	int r = 0;

	if (!c->absent && txn_get(t, c->name, uuid, &doc, NULL, err) < 0)
		return -1;
	if (doc)
		r = decode_new(c, uuid, doc, ret, err);
	else
		*ret = NULL;
	json_object_put(doc);
	return r;
}

int record_load(
	struct txn *t, const struct class *c, const char *uuid, void **ret, struct vxe_error *err)
{
	void *obj;

	if (record_find(t, c, uuid, &obj, err) < 0)
		return -1;
	if (!obj)
		return vxe_fail(err, UUID_INVALID, c->name, uuid);
	*ret = obj;
	return 0;
}

int record_text(struct txn *t, const struct class *c, const char *uuid, const char *field,
	char **ret, struct vxe_error *err)
{
	struct json_object *doc = NULL;
	char key[KEY_SIZE];

	if (txn_get(t, c->name, uuid, &doc, NULL, err) < 0)
		return -1;
	if (!doc)
		return vxe_fail(err, UUID_INVALID, c->name, uuid);
	make_key(field, key);
	*ret = xstrdup_null(json_object_get_string(json_object_object_get(doc, key)));
	json_object_put(doc);
	return 0;
}

typedef int put_fn(struct txn *t, const char *cls, const char *uuid, struct json_object *doc,
	struct vxe_error *err);

static int put_with(
	put_fn *put, struct txn *t, const struct class *c, const void *obj, struct vxe_error *err)
{
	const struct record *r = obj;
	struct json_object *doc = record_encode(c, obj);
	int result = put(t, c->name, r->uuid, doc, err);

	json_object_put(doc);
	return result;
}

int record_save(struct txn *t, const struct class *c, const void *obj, struct vxe_error *err)
{
	return put_with(txn_put, t, c, obj, err);
}

int record_add(struct txn *t, const struct class *c, const void *obj, struct vxe_error *err)
{
	return put_with(txn_add, t, c, obj, err);
}

int record_taken(
	struct txn *t, const struct class *c, const char *uuid, bool *ret, struct vxe_error *err)
{
	const char *holder = NULL;
	void *obj = NULL;

	if ((!c->internal && txn_holder(t, uuid, &holder, err) < 0) ||
		record_find(t, c, uuid, &obj, err) < 0)
		return -1;
	*ret = holder || obj;
	record_free(c, obj);
	return 0;
}

void records_clear(struct records *r)
{
	for (size_t i = 0; i < r->n; i++)
		record_free(r->cls, r->items[i]);
	free(r->items);
	*r = (struct records){ 0 };
}

bool records_have(const struct records *r, const char *uuid)
{
	for (size_t i = 0; i < r->n; i++)
		if (str_eq(((const struct record *)r->items[i])->uuid, uuid))
			return true;
	return false;
}

static int add_record(void *ctx, const char *uuid, struct json_object *doc, struct vxe_error *err)
{
	struct records *r = ctx;
	void *obj;

	if (decode_new(r->cls, uuid, doc, &obj, err) < 0)
		return -1;
	r->items = xrealloc(r->items, r->n + 1, sizeof(*r->items));
	r->items[r->n++] = obj;
	return 0;
}

struct store_question records_question(const struct class *c, const char *column, const char *value)
{
	if (!column)
		return (struct store_question){ c->name, .documents = true };
	return (struct store_question){ c->name, .where = class_column(c, column), .value = value };
}

int records_load(struct txn *t, const struct class *c, const char *column, const char *value,
	struct records *ret, struct vxe_error *err)
{
	_cleanup_records_ struct records r = { .cls = c };
	const char *name = column ? class_column(c, column) : NULL;
	int result;

	if (name)
		result = txn_find(t, c->name, name, value, add_record, &r, err);
	else
		result = txn_each(t, c->name, add_record, &r, err);
	if (result < 0)
		return -1;
	*ret = r;
	r = (struct records){ 0 };
	return 0;
}

int records_some(struct txn *t, const struct class *c, const struct strv *uuids,
	struct records *ret, struct vxe_error *err)
{
	_cleanup_records_ struct records r = { .cls = c };

	if (txn_some(t, c->name, uuids, add_record, &r, err) < 0)
		return -1;
	*ret = r;
	r = (struct records){ 0 };
	return 0;
}

/* ---- a field's value ------------------------------------------------------------------------- */

/*
 * For a reference to an object that is gone, replaces the UUID by xe's text "<not in database>"; for a field that
 * shows names (F_NAME), by the name of the object.
 */
static int resolve_ref(
	struct session *s, const struct field *f, struct value *v, struct vxe_error *err)
{
	const char *name = NULL;
	bool exists = false;

	if (v->string && reader_name(s, field_class(f), v->string, &exists, &name, err) < 0)
		return -1;
	if (!exists) {
		free(TAKE(v->string));
		v->literal = NOT_IN_DATABASE;
	} else if (f->flags & F_NAME) {
		str_replace(&v->string, name);
	}
	return 0;
}

static int computed_value(struct session *s, const struct field *f, const void *obj,
	struct value *ret, struct vxe_error *err)
{
	const struct record *r = obj;
	const void *there;

	switch (f->how) {
	case HOW_GET:
		return f->get(s, obj, ret, err);
	case HOW_THERE:
		there = f->there(s, obj);
		if (there)
			member_value(f, there, f->there_at, ret);
		if (f->type == FIELD_STRING && !ret->string)
			ret->string = xstrdup("");
		return 0;
	case HOW_FIXED:
		ret->literal = f->fixed->literal;
		ret->integer = f->fixed->integer;
		if (f->type == FIELD_STRINGS)
			strv_split(&ret->list, f->fixed->string, ',');
		else
			ret->string = xstrdup_null(f->fixed->string);
		return 0;
	case HOW_USERS:
		if (reader_users(s, class_by_id(f->ref), f->column, r->uuid, &ret->list, err) < 0)
			return -1;
		if (f->type == FIELD_REF && ret->list.n)
			ret->string = xstrdup(ret->list.items[0]);
		return 0;
	}
	return 0;
}

static int read_value(struct session *s, const struct field *f, const void *obj, struct value *ret,
	struct vxe_error *err)
{
	if (f->offset != FIELD_COMPUTED)
		member_value(f, obj, f->offset, ret);
	if (f->get && (s || f->offset == FIELD_COMPUTED) && computed_value(s, f, obj, ret, err) < 0)
		return -1;
	if (!s || ret->literal)
		return 0;
	if (f->type == FIELD_REF)
		return resolve_ref(s, f, ret, err);
	/* Only members of stored sets may be gone: computed sets hold objects that were just found in the store. */
	if (f->type == FIELD_REFS && f->offset != FIELD_COMPUTED) {
		for (size_t i = 0; i < ret->list.n; i++) {
			bool exists;

			if (reader_name(s, field_class(f), ret->list.items[i], &exists, NULL, err) <
				0)
				return -1;
			if (!exists)
				str_replace(&ret->list.items[i], NOT_IN_DATABASE);
		}
		return 0;
	}
	return 0;
}

int field_value(struct session *s, const struct field *f, const void *obj, struct value *ret,
	struct vxe_error *err)
{
	_cleanup_value_ struct value v = { 0 };
	_cleanup_reader_ struct reader reader = { 0 };

	if (s && reader_begin(s, NULL, &reader, err) < 0)
		return -1;
	if (read_value(s, f, obj, &v, err) < 0)
		return -1;
	*ret = v;
	v = (struct value){ 0 };
	return 0;
}
