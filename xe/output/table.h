/* SPDX-License-Identifier: MIT */
/* Tables for users: each column is as wide as its longest cell, and cut to fit the terminal. */
#pragma once

#include "objects/base/str.h"

#include <sys/types.h>

/* A table of texts: the names of the columns, and for each record a value for each name. */
struct grid {
	struct strv names;
	size_t n_records;
	struct strv values;
	/* for each value what begins its colour, "" for none: an owned array; NULL: nothing is coloured */
	const char **marks;
};
void grid_clear(struct grid *g);
const char *grid_value(const struct grid *g, size_t record, size_t column);
/* Appends the text, in the colour of that value. */
void grid_add(const struct grid *g, size_t record, size_t column, const char *text, struct str *to);

/*
 * The widths of the columns in characters, an owned array. @limit: width of the terminal, 0: none;
 * the widest columns are shortened first, but none below a few characters.
 */
size_t *table_widths(const struct grid *g, size_t limit);
/*
 * A line of the table without its newline; @record -1 is the header. A cell that is cut to the width of its column ends
 * in an ellipsis. Owned.
 */
char *table_line(const struct grid *g, const size_t *widths, ssize_t record);
