/* SPDX-License-Identifier: MIT */
/* Finds the known names that are most like an unknown word, for messages. */
#pragma once

#include "objects/base/str.h"

struct nearest {
	const char *word; /* the word as it was typed */
	size_t distance;  /* edit distance between the word and the nearest names */
	/* the names with the least distance so far, in the order in which they were tried */
	struct strv names;
};
void nearest_clear(struct nearest *n);
#define _cleanup_nearest_ _cleanup_(nearest_clear)

/* Compares a name with the word; keeps the name if no other is nearer to the word. */
void nearest_try(struct nearest *n, const char *name);
/*
 * True if the nearest name may have been meant: its distance is at most one for each six letters, or part of six, of
 * the word.
 */
bool nearest_is_near(const struct nearest *n);
/* Some of the nearest names as text: "'a'" or "'a' or 'b'". Owned. */
char *nearest_text(const struct nearest *n);

/*
 * The edit distance of two words: how many characters must be added, removed, replaced, or swapped with the next.
 * Capitals count as small letters, and '_' as '-'.
 */
size_t word_distance(const char *a, const char *b);
