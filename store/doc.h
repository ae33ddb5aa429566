/* SPDX-License-Identifier: MIT */
/* Documents as the engines keep them: JSON text. */
#pragma once

#include "objects/base/error.h"

#include <stdint.h>

struct store;
struct json_object;
struct json_tokener;

/* The text of @doc, borrowed from it until it changes. */
const char *doc_text(struct json_object *doc);
/* A parser that reads documents one after another; making one takes a tenth of the time of a document. */
struct json_tokener *doc_parser_new(void);
/* Accepts NULL. */
void doc_parser_free(struct json_tokener *parser);
DEFINE_CLEANUP(struct json_tokener *, doc_parser_free)
#define _cleanup_parser_ _cleanup_(doc_parser_free_cleanup)
/* An object as its engine keeps it; all texts are borrowed. */
struct doc_row {
	const char *cls;
	const char *uuid;
	const char *text; /* the document; NULL: the row has none, which is damage */
	int64_t generation;
	int64_t sum; /* checksum as the row records it; 0: the engine records none */
};

/* The checksum of a row whose text is there: of the text, the class and the UUID. */
int64_t doc_sum(const struct doc_row *r);
/*
 * The document of a row, owned by the caller. If the text is missing or not a JSON object:
 * VXE_RECORD_DAMAGED. Looks at no checksum.
 */
int doc_parse(struct json_tokener *parser, const char *where, const struct doc_row *r,
	struct json_object **ret, struct vxe_error *err) _must_check_;
/*
 * The same of a row with a checksum, which must be right. With store_bear_damage() what can be read is read, and *ret
 * is NULL for the rest.
 */
int doc_read(const struct store *s, const struct doc_row *r, struct json_object **ret,
	struct vxe_error *err) _must_check_;
/* A copy of the document that the caller owns; takes half the time of parsing its text. */
struct json_object *doc_copy(struct json_object *doc) __attribute__((returns_nonnull));
/* The value of the column @member in this document, owned; NULL when absent, null or no scalar. */
char *doc_column(struct json_object *doc, const char *member);
