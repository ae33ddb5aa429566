/* SPDX-License-Identifier: MIT */
/*
 * Converts documents to text and back. Numbers keep their digits: json-c holds 64-bit integers
 * exactly, and prints doubles so that reading them gives the same value.
 */
#include "store/doc.h"

#include <json-c/json.h>
#include <string.h>

#define XXH_INLINE_ALL /* the hash is compiled in, so no library is loaded for it */
#include <xxhash.h>

#include "store/store_engine.h"

#define MAX_DEPTH 100

const char *doc_text(struct json_object *doc)
{
	return json_object_to_json_string_ext(
		doc, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
}

struct json_tokener *doc_parser_new(void)
{
	struct json_tokener *parser = json_tokener_new_ex(MAX_DEPTH);

	if (!parser)
		abort();
	return parser;
}

void doc_parser_free(struct json_tokener *parser)
{
	if (parser)
		json_tokener_free(parser);
}

/* Parses a JSON object. Returns NULL on success, else what is wrong with the text. */
static const char *parse(struct json_tokener *parser, const char *text, struct json_object **ret)
{
	json_tokener_reset(parser); /* drops what a damaged text has left in the parser */
	struct json_object *doc = json_tokener_parse_ex(parser, text, (int)strlen(text) + 1);
	if (json_tokener_get_error(parser) != json_tokener_success)
		return json_tokener_error_desc(json_tokener_get_error(parser));
	if (!json_object_is_type(doc, json_type_object)) {
		json_object_put(doc);
		return "not a JSON object";
	}
	*ret = doc;
	return NULL;
}

/* Continues the checksum @sum of earlier bytes with @text. */
static uint64_t sum_text(uint64_t sum, const char *text)
{
	return XXH64(text, strlen(text), sum);
}

int64_t doc_sum(const struct doc_row *r)
{
	uint64_t sum = sum_text(sum_text((uint64_t)r->generation, r->cls), r->uuid);

	return (int64_t)sum_text(sum, r->text);
}

int doc_parse(struct json_tokener *parser, const char *where, const struct doc_row *r,
	struct json_object **ret, struct vxe_error *err)
{
	const char *wrong = r->text ? parse(parser, r->text, ret) : "it has no document";

	return wrong ? vxe_fail(err, VXE_RECORD_DAMAGED, where, r->cls, r->uuid, wrong) : 0;
}

int doc_read(const struct store *s, const struct doc_row *r, struct json_object **ret,
	struct vxe_error *err)
{
	const char *wrong = r->text && doc_sum(r) != r->sum ? "its checksum is wrong" : NULL;
	_cleanup_error_ struct vxe_error unread = { 0 };

	if (!s->damaged.fn)
		return wrong
			? vxe_fail(err, VXE_RECORD_DAMAGED, s->config.where, r->cls, r->uuid, wrong)
			: doc_parse(s->parser, s->config.where, r, ret, err);
	*ret = NULL;
	if (doc_parse(s->parser, s->config.where, r, ret, &unread) < 0)
		wrong = unread.params[3];
	if (wrong)
		s->damaged.fn(s->damaged.ctx, r->cls, r->uuid, wrong, *ret != NULL);
	return 0;
}

struct json_object *doc_copy(struct json_object *doc)
{
	struct json_object *copy = NULL;

	if (json_object_deep_copy(doc, &copy, NULL) < 0)
		abort();
	return copy;
}

char *doc_column(struct json_object *doc, const char *member)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(doc, member, &value);
	switch (json_object_get_type(value)) {
	case json_type_string:
		return xstrdup(json_object_get_string(value));
	case json_type_boolean:
	case json_type_int:
	case json_type_double:
		return xstrdup(doc_text(value));
	default:
		return NULL;
	}
}
