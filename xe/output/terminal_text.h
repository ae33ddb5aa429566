/* SPDX-License-Identifier: MIT */
/* Text for a terminal and for JSON. */
#pragma once

#include "objects/base/str.h"

/*
 * A copy of @text in which control characters (except newlines), marks of direction and bytes that are not UTF-8 are
 * replaced by \xNN: a name cannot move the cursor or hide the text after it. Owned.
 */
char *text_safe(const char *text) __attribute__((returns_nonnull));

/* The number of characters of @text; an invalid byte counts as one. */
size_t text_width(const char *text);
/* The number of bytes of the first @width characters of @text, or of all if there are fewer. */
size_t text_bytes(const char *text, size_t width);

/* Appends @text as a JSON string with its quotes; invalid bytes become U+FFFD. */
void text_json(struct str *to, const char *text);
/* Appends the texts as an array of JSON. */
void text_json_array(struct str *to, const struct strv *texts);
/* Appends "NAME":VALUE, a member of a JSON object, after a comma unless it is the first; @value NULL: null. */
void text_json_member(struct str *to, const char *name, const char *value);
