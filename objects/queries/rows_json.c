/* SPDX-License-Identifier: MIT */
/* Rows as JSON for users: typed, with xe's words. */
#include "objects/queries/rows_json.h"

#include <json-c/json_object.h>

#include "objects/base/clock.h"
#include "objects/model/enums.h"
#include "objects/model/json.h"

static struct json_object *value_json(const struct field *f, const struct value *v)
{
	if (v->literal)
		return NULL;
	if (f->type == FIELD_ENUM)
		return json_object_new_string(enum_print(f->arg, (int)v->integer));
	if (f->type == FIELD_DATE) {
		char text[CLOCK_ISO_LEN + 1];

		clock_format_iso(v->integer, text);
		return v->integer ? json_object_new_string(text) : NULL;
	}
	return json_of_stored(f, v);
}

/* Appends the text as valid UTF-8, which JSON requires: each byte that is not UTF-8 becomes U+FFFD. */
static void add_utf8(struct str *s, const char *text)
{
	while (*text) {
		uint32_t code;
		size_t length = utf8_character(text, &code);

		if (length)
			str_add_bytes(s, text, length);
		else
			str_add(s, "\xef\xbf\xbd");
		text += length ? length : 1;
	}
}

static struct json_object *row_json(const struct rows *r, size_t i)
{
	struct json_object *object = json_object_new_object();

	for (size_t k = 0; k < r->n_fields; k++)
		json_object_object_add(object, r->fields[k]->name,
			value_json(r->fields[k], &r->items[i].values[k]));
	return object;
}

/* Appends the text of @json, and frees @json. */
static void add_json(struct str *to, struct json_object *json)
{
	add_utf8(to,
		json_object_to_json_string_ext(json,
			JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
				JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(json);
}

int rows_write_json(const struct rows *r, sink_fn *sink, void *ctx)
{
	struct json_object *array = json_object_new_array_ext((int)r->n);
	_cleanup_str_ struct str s = { 0 };

	for (size_t i = 0; i < r->n; i++)
		json_object_array_add(array, row_json(r, i));
	add_json(&s, array);
	str_add(&s, "\n");
	return sink(ctx, s.data, s.len);
}

void row_write_json_with(
	const struct rows *r, const char *name, const struct rows *inner, struct str *to)
{
	struct json_object *object = row_json(r, 0);

	json_object_object_add(object, name, inner->n ? row_json(inner, 0) : NULL);
	add_json(to, object);
}
