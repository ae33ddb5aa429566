/* SPDX-License-Identifier: MIT */
/* Text for a terminal and for JSON. */
#pragma once

#include "objects/base/str.h"

/*
 * @text with control characters (except newlines), marks of direction and bytes that are not UTF-8
 * as \xNN: a name cannot move the cursor or hide the text after it. Owned.
 */
char *text_safe(const char *text) __attribute__((returns_nonnull));

/* Number of characters; an invalid byte counts as one. */
size_t text_width(const char *text);
/* Number of bytes of the first @width characters, at most all. */
size_t text_bytes(const char *text, size_t width);

/* Appends @text as a JSON string with its quotes; invalid bytes become U+FFFD. */
void text_json(struct str *to, const char *text);
