/* SPDX-License-Identifier: MIT */
/* Layout of tables. */
#include "xe/output/table.h"

#include <string.h>

#include "objects/base/uuid.h"
#include "xe/output/colour.h"
#include "xe/output/terminal_text.h"

#define GAP "  "
#define NARROWEST 8  /* width of a long text, at least */
#define UUID_WIDTH 8 /* width of a UUID, at least */
#define SHORT 16     /* cells up to this width, such as times, are not cut */
#define ELLIPSIS "\xe2\x80\xa6"

void grid_clear(struct grid *g)
{
	strv_clear(&g->names);
	strv_clear(&g->values);
	free(g->marks);
	g->marks = NULL;
}

const char *grid_value(const struct grid *g, size_t record, size_t column)
{
	return g->values.items[record * g->names.n + column];
}

void grid_add(const struct grid *g, size_t record, size_t column, const char *text, struct str *to)
{
	const char *mark = g->marks ? g->marks[record * g->names.n + column] : "";

	str_add(to, mark);
	str_add(to, text);
	str_add(to, *mark ? UNMARK : "");
}

static const char *cell(const struct grid *g, ssize_t record, size_t column)
{
	return record < 0 ? g->names.items[column] : grid_value(g, (size_t)record, column);
}

static size_t column_width(const struct grid *g, size_t column)
{
	size_t max = 0;

	for (ssize_t i = -1; i < (ssize_t)g->n_records; i++) {
		size_t width = text_width(cell(g, i, column));

		max = width > max ? width : max;
	}
	return max;
}

/* True if all cells are UUIDs, of which the first 8 characters are enough for people and as a word of a command. */
static bool has_uuids(const struct grid *g, size_t column)
{
	for (size_t i = 0; i < g->n_records; i++)
		if (*grid_value(g, i, column) && !uuid_is_valid(grid_value(g, i, column)))
			return false;
	return g->n_records > 0;
}

/* The width below which a column is of no use: that of its cells if they are short, as numbers and times are. */
static size_t narrowest(const struct grid *g, size_t column)
{
	size_t max = 0;

	if (has_uuids(g, column))
		return UUID_WIDTH;
	for (size_t i = 0; i < g->n_records; i++) {
		size_t width = text_width(grid_value(g, i, column));

		max = width > max ? width : max;
	}
	return max <= SHORT ? (max ? max : 1) : NARROWEST;
}

/* The column that can best lose a character: the widest of those wider than their least width; NULL: none. */
static size_t *widest(size_t *widths, const size_t *least, size_t n)
{
	size_t *max = NULL;

	for (size_t j = 0; j < n; j++)
		if (widths[j] > least[j] && (!max || widths[j] > *max))
			max = &widths[j];
	return max;
}

size_t *table_widths(const struct grid *g, size_t limit)
{
	size_t n = g->names.n, *widths = xcalloc(n + 1, sizeof(*widths));
	_cleanup_free_ size_t *least = xcalloc(n + 1, sizeof(*least));
	size_t total = n ? (n - 1) * strlen(GAP) : 0, *at;

	for (size_t j = 0; j < n; j++) {
		total += widths[j] = column_width(g, j);
		least[j] = narrowest(g, j);
	}
	for (size_t j = 0; limit && total > limit && j < n; j++)
		if (has_uuids(g, j) && widths[j] > UUID_WIDTH) {
			total -= widths[j] - UUID_WIDTH;
			widths[j] = UUID_WIDTH;
		}
	while (limit && total > limit && (at = widest(widths, least, n))) {
		--*at;
		total--;
	}
	return widths;
}

/* Adds a cell to a line of the table, with blanks for newlines, because a newline would break the table. */
static void add_cell(struct str *line, const char *text, size_t width)
{
	bool cut = text_width(text) > width;
	bool digits = cut && width == UUID_WIDTH && uuid_is_valid(text);
	size_t n = text_bytes(text, cut && !digits ? width - 1 : width);

	for (size_t i = 0; i < n; i++)
		str_add_bytes(line, text[i] == '\n' ? " " : text + i, 1);
	if (cut && !digits)
		str_add(line, ELLIPSIS);
}

char *table_line(const struct grid *g, const size_t *widths, ssize_t record)
{
	struct str line = { 0 };

	for (size_t j = 0; j < g->names.n; j++) {
		const char *text = cell(g, record, j);
		size_t width = text_width(text);

		_cleanup_str_ struct str shown = { 0 };

		add_cell(&shown, text, widths[j]);
		if (record < 0)
			str_add(&line, str_text(&shown));
		else
			grid_add(g, (size_t)record, j, str_text(&shown), &line);
		/* The last column needs no blanks behind it. */
		if (j + 1 < g->names.n)
			str_addf(&line, "%*s" GAP, width < widths[j] ? (int)(widths[j] - width) : 0,
				"");
	}
	return str_steal(&line);
}
