/* SPDX-License-Identifier: MIT */
/* Documents as the engines keep them: JSON text. */
#pragma once

#include "objects/base/error.h"

struct json_object;
struct json_tokener;

/* The text of @doc, borrowed from it until it changes. */
const char *doc_text(struct json_object *doc);
/* Reads documents, one after another: making it takes a tenth of the time of a document. */
struct json_tokener *doc_parser_new(void);
/* Accepts NULL. */
void doc_parser_free(struct json_tokener *parser);
DEFINE_CLEANUP(struct json_tokener *, doc_parser_free)
#define _cleanup_parser_ _cleanup_(doc_parser_free_cleanup)
/*
 * The document of a row, owned by the caller. If the text is missing (NULL) or not a JSON object
 * the store is damaged: VXE_STORE_UNUSABLE.
 */
int doc_parse(struct json_tokener *parser, const char *where, const char *uuid, const char *text,
	struct json_object **ret, struct vxe_error *err) _must_check_;
/* A document of the caller's own; takes half the time of parsing its text. */
struct json_object *doc_copy(struct json_object *doc) __attribute__((returns_nonnull));
/* The value of the column @member in this document, owned; NULL when absent, null or no scalar. */
char *doc_column(struct json_object *doc, const char *member);
