/* SPDX-License-Identifier: MIT */
/* Documents of the store as records. The input: a byte for the class, then JSON. */
#include "tests/fuzz/fuzz.h"

#include <json-c/json.h>

#include "objects/model/record.h"
#include "store/doc.h"

static const struct class *class_of(uint8_t byte)
{
	size_t n = 0;

	while (classes[n])
		n++;
	return classes[byte % n];
}

static void *decoded(const struct class *c, const char *text)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct json_object *doc = NULL;
	void *obj = record_new(c);
	_cleanup_parser_ struct json_tokener *parser = doc_parser_new();
	int r = doc_parse(
		parser, "fuzz", &(struct doc_row){ c->name, "uuid", text, 0, 0 }, &doc, &err);

	fuzz_outcome(r, &err);
	if (r == 0) {
		r = record_decode(c, doc, obj, &err);
		fuzz_outcome(r, &err);
	}
	json_object_put(doc);
	if (r < 0) {
		record_free(c, obj);
		return NULL;
	}
	return obj;
}

/* Decodes, looks at a copy, and encodes that. */
static char *again(const struct class *c, const char *text)
{
	void *obj = decoded(c, text);

	if (!obj)
		return NULL;
	void *copy = record_copy(c, obj);
	struct json_object *doc = record_encode(c, copy);
	char *ret = xstrdup(doc_text(doc));

	json_object_put(doc);
	record_free(c, copy);
	record_free(c, obj);
	return ret;
}

void fuzz_record(const uint8_t *data, size_t size)
{
	if (!size)
		return;
	const struct class *c = class_of(*data);
	_cleanup_free_ char *text = fuzz_text(data + 1, size - 1), *once = again(c, text);
	_cleanup_free_ char *twice = once ? again(c, once) : NULL;

	assert(!once || (twice && strcmp(once, twice) == 0));
}
