/* SPDX-License-Identifier: MIT */
/*
 * Values as JSON. Documents store enums by their input word, and dates as text that sorts by time.
 */
#include "objects/model/json.h"

#include <json-c/json_object.h>
#include <json-c/linkhash.h>
#include <string.h>

#include "objects/base/clock.h"
#include "objects/model/enums.h"

/* ---- making ---------------------------------------------------------------------------------- */

static struct json_object *from_strv(const struct strv *v)
{
	struct json_object *array = json_object_new_array_ext((int)v->n);

	for (size_t i = 0; i < v->n; i++)
		json_object_array_add(array, json_object_new_string(v->items[i]));
	return array;
}

static struct json_object *from_map(const struct map *m)
{
	struct json_object *object = json_object_new_object();

	for (size_t i = 0; i < m->n; i++)
		json_object_object_add(
			object, m->items[i].key, json_object_new_string(m->items[i].value));
	return object;
}

static struct json_object *from_date(int64_t seconds)
{
	char text[CLOCK_TEXT_LEN + 1];

	clock_format(seconds, text);
	return json_object_new_string(text);
}

struct json_object *json_of_stored(const struct field *f, const struct value *v)
{
	switch (f->type) {
	case FIELD_STRING:
	case FIELD_REF:
		return v->string ? json_object_new_string(v->string) : NULL;
	case FIELD_INT:
		return json_object_new_int64(v->integer);
	case FIELD_BOOL:
		return json_object_new_boolean(v->integer != 0);
	case FIELD_FLOAT:
		return json_object_new_double(v->real);
	case FIELD_ENUM:
		return json_object_new_string(enum_stored(f->arg, (int)v->integer));
	case FIELD_DATE:
		return from_date(v->integer);
	case FIELD_STRINGS:
	case FIELD_REFS:
		return from_strv(&v->list);
	case FIELD_MAP:
		return from_map(&v->map);
	}
	return NULL;
}

/* ---- reading --------------------------------------------------------------------------------- */

static int to_strv(struct json_object *json, struct strv *ret)
{
	if (!json_object_is_type(json, json_type_array))
		return -1;
	for (size_t i = 0; i < json_object_array_length(json); i++) {
		struct json_object *item = json_object_array_get_idx(json, i);

		if (!json_object_is_type(item, json_type_string))
			return -1;
		strv_add(ret, json_object_get_string(item));
	}
	return 0;
}

static int to_map(struct json_object *json, struct map *ret)
{
	if (!json_object_is_type(json, json_type_object))
		return -1;
	json_object_object_foreach(json, key, value)
	{
		if (!json_object_is_type(value, json_type_string))
			return -1;
		map_set(ret, key, json_object_get_string(value));
	}
	return 0;
}

static int to_text(const struct field *f, struct json_object *json, struct value *ret)
{
	if (!json && f->type == FIELD_REF)
		return 0;
	if (!json_object_is_type(json, json_type_string))
		return -1;

	const char *text = json_object_get_string(json);

	if (f->type == FIELD_DATE)
		return clock_parse(text, &ret->integer);
	if (f->type == FIELD_ENUM) {
		ret->integer = enum_from_stored(f->arg, text);
		return ret->integer < 0 ? -1 : 0;
	}
	ret->string = xstrdup(text);
	return 0;
}

static int to_number(const struct field *f, struct json_object *json, struct value *ret)
{
	enum json_type type = json_object_get_type(json);

	if (f->type == FIELD_BOOL && type == json_type_boolean) {
		ret->integer = json_object_get_boolean(json);
		return 0;
	}
	if (f->type == FIELD_INT && type == json_type_int) {
		ret->integer = json_object_get_int64(json);
		return 0;
	}
	if (f->type == FIELD_FLOAT && (type == json_type_double || type == json_type_int)) {
		ret->real = json_object_get_double(json);
		return 0;
	}
	return -1;
}

int json_to_stored(const struct field *f, struct json_object *json, struct value *ret)
{
	switch (f->type) {
	case FIELD_STRING:
	case FIELD_REF:
	case FIELD_ENUM:
	case FIELD_DATE:
		return to_text(f, json, ret);
	case FIELD_INT:
	case FIELD_BOOL:
	case FIELD_FLOAT:
		return to_number(f, json, ret);
	case FIELD_STRINGS:
	case FIELD_REFS:
		return to_strv(json, &ret->list);
	case FIELD_MAP:
		return to_map(json, &ret->map);
	}
	return -1;
}
