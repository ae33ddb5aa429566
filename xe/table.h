/* SPDX-License-Identifier: MIT */
/* Tables for people: columns as wide as their longest cell, cut where a terminal ends. */
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
 * Widths of the columns in characters, an owned array. @limit: columns of the terminal, 0: none;
 * the widest columns give way first, and none becomes narrower than a few characters.
 */
size_t *table_widths(const struct grid *g, size_t limit);
/* A line without its end; @record -1 is the header. What is cut ends in an ellipsis. Owned. */
char *table_line(const struct grid *g, const size_t *widths, ssize_t record);
