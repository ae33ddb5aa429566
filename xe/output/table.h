/* SPDX-License-Identifier: MIT */
/* Tables for users: each column is as wide as its longest cell, and cut to fit the terminal. */
#pragma once

#include "objects/base/str.h"

#include <sys/types.h>

/* A table of texts: as many values per record as there are names. */
struct grid {
	struct strv names;
	size_t n_records;
	struct strv values;
};
void grid_clear(struct grid *g);
const char *grid_value(const struct grid *g, size_t record, size_t column);

/*
 * The widths of the columns in characters, an owned array. @limit: width of the terminal, 0: none;
 * the widest columns are shortened first, but none below a few characters.
 */
size_t *table_widths(const struct grid *g, size_t limit);
/* A line without its line end; @record -1 is the header. A cut cell ends in an ellipsis. Owned. */
char *table_line(const struct grid *g, const size_t *widths, ssize_t record);
