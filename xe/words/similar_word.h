/* SPDX-License-Identifier: MIT */
/* Finds the names that are most like a word which is the name of nothing, for messages. */
#pragma once

#include "objects/base/str.h"

struct nearest {
	const char *word;  /* the word as it was typed */
	size_t distance;   /* how far the names are from the word */
	struct strv names; /* the nearest names so far, in the order in which they were tried */
};
void nearest_clear(struct nearest *n);
#define _cleanup_nearest_ _cleanup_(nearest_clear)

/* Compares a name that may have been meant. */
void nearest_try(struct nearest *n, const char *name);
/* True if a name may have been meant: of six letters, and of each six that follow, one may differ. */
bool nearest_is_near(const struct nearest *n);
/* Some of the nearest names as text: "'a'" or "'a' or 'b'". Owned. */
char *nearest_text(const struct nearest *n);

/*
 * How many characters must be added, removed, replaced, or swapped with the next; capitals, and '_' for '-', count as
 * equal.
 */
size_t word_distance(const char *a, const char *b);
