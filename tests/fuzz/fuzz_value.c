/* SPDX-License-Identifier: MIT */
/* What param-set is given, for a field of every type. The input: "FIELD\nVALUE", tried on all classes. */
#include "tests/fuzz/fuzz.h"

#include "objects/model/json.h"
#include "objects/model/record.h"

#include <json-c/json.h>

/* What is kept reads as it was, and prints the same. */
static void kept(const struct field *f, const struct value *v)
{
	_cleanup_value_ struct value again = { 0 };
	struct json_object *json = json_of_stored(f, v);
	int r = json_to_stored(f, json, &again);

	json_object_put(json);
	assert(r == 0);
	_cleanup_free_ char *a = value_print(NULL, f, v), *b = value_print(NULL, f, &again);

	assert(strcmp(a, b) == 0);
}

static void set(const struct class *c, const struct field *f, const char *text)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_value_ struct value v = { 0 };
	int r = value_parse(NULL, f, text, &v, &err);

	fuzz_outcome(r, &err);
	if (r < 0 || f->offset == FIELD_COMPUTED)
		return;
	kept(f, &v);
	void *obj = record_new(c);

	field_store(f, obj, &v);
	record_free(c, obj);
}

void fuzz_value(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = fuzz_text(data, size);
	char *line = strchr(text, '\n');

	if (!line)
		return;
	*line = '\0';
	for (size_t i = 0; classes[i]; i++) {
		const struct field *f = class_field_loose(classes[i], text);

		if (f && f->flags & F_SET)
			set(classes[i], f, line + 1);
	}
}
