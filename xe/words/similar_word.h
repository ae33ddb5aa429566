/* SPDX-License-Identifier: MIT */
/* The names that are most like a word, for the messages about words that nothing is called. */
#pragma once

#include "objects/base/str.h"

struct nearest {
	const char *word;  /* as typed */
	size_t distance;   /* of the names */
	struct strv names; /* the nearest so far, in the order in which they were tried */
};
void nearest_clear(struct nearest *n);
#define _cleanup_nearest_ _cleanup_(nearest_clear)

/* A name that might have been meant. */
void nearest_try(struct nearest *n, const char *name);
/* Whether somebody may have meant it: less than half of the word is different. */
bool nearest_is_near(const struct nearest *n);
/* "'a'" or "'a' or 'b'": some of the nearest names. Owned. */
char *nearest_text(const struct nearest *n);

/* Characters to add, remove, replace or swap with their neighbour; capitals and '_' for '-' count as equal. */
size_t word_distance(const char *a, const char *b);
