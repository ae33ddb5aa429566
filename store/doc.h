/* SPDX-License-Identifier: MIT */
/* Documents as the store's engines keep them: JSON text. */
#pragma once

#include "objects/base/error.h"

#include <stdint.h>

struct store;
struct json_object;
struct json_tokener;

/* The JSON text of @doc; borrowed from @doc, valid until @doc changes. */
const char *doc_text(struct json_object *doc);
/*
 * A JSON parser for many documents, one after another: making a parser takes a tenth of the time of reading a document.
 */
struct json_tokener *doc_parser_new(void);
/* Accepts NULL. */
void doc_parser_free(struct json_tokener *parser);
DEFINE_CLEANUP(struct json_tokener *, doc_parser_free)
#define _cleanup_parser_ _cleanup_(doc_parser_free_cleanup)
/* The row of an object as the store's engine keeps it; all texts are borrowed. */
struct doc_row {
	const char *cls;
	const char *uuid;
	const char *text; /* the document; NULL: the row has none, which is damage */
	int64_t generation;
	int64_t sum; /* checksum as the row records it; 0: the engine records none */
};

/* The checksum of a row that has a text: of the text, the class, the UUID and the generation. */
int64_t doc_sum(const struct doc_row *r);
/*
 * Parses the document of a row into *ret, owned by the caller, without a look at the row's checksum. Fails with
 * VXE_RECORD_DAMAGED if the text is missing or not a JSON object.
 */
int doc_parse(struct json_tokener *parser, const char *where, const struct doc_row *r,
	struct json_object **ret, struct vxe_error *err) _must_check_;
/*
 * Parses the document of a row like doc_parse(), and checks the row's checksum. After store_bear_damage() a damaged row
 * is reported and is no error: *ret is the document if its text can be read, else NULL.
 */
int doc_read(const struct store *s, const struct doc_row *r, struct json_object **ret,
	struct vxe_error *err) _must_check_;
/* A copy of the document that the caller owns; takes half the time of parsing its text. */
struct json_object *doc_copy(struct json_object *doc) __attribute__((returns_nonnull));
/* The value of the column @member in this document, owned; NULL when absent, null or no scalar. */
char *doc_column(struct json_object *doc, const char *member);
