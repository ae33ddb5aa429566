/* SPDX-License-Identifier: MIT */
/* Text for a terminal and for JSON. */
#pragma once

#include "objects/base/str.h"

/*
 * @text with control characters (but newlines), marks of direction and bytes that are no UTF-8 as
 * \xNN: a name cannot move the cursor or hide what follows it. Owned.
 */
char *text_safe(const char *text) __attribute__((returns_nonnull));

/* Characters; what is no UTF-8 counts by bytes. */
size_t text_width(const char *text);
/* How many bytes the first @width characters take, at most all. */
size_t text_bytes(const char *text, size_t width);

/* Appends @text as a JSON string with its quotes; what is no UTF-8 becomes U+FFFD. */
void text_json(struct str *to, const char *text);
