/* SPDX-License-Identifier: MIT */
/*
 * Rows in a table never change, so copying a table copies pointers. A row holds the document's
 * text, not the object, so readers get copies, as from a real database.
 */
#include "store/mem_table.h"

#include <assert.h>
#include <string.h>

#include "store/doc.h"
#include "store/store_engine.h"

struct row *row_new(
	const struct store_class *c, const char *uuid, struct json_object *doc, int64_t generation)
{
	struct row *r = xcalloc(1, sizeof(*r));

	r->refs = 1;
	r->generation = generation;
	r->uuid = xstrdup(uuid);
	if (!doc)
		return r;
	r->text = xstrdup(doc_text(doc));
	r->n_columns = store_column_count(c);
	r->columns = xcalloc(r->n_columns + 1, sizeof(*r->columns));
	for (size_t i = 0; i < r->n_columns; i++)
		r->columns[i] = doc_column(doc, c->columns[i]);
	return r;
}

void row_unref(struct row *r)
{
	if (--r->refs > 0)
		return;
	for (size_t i = 0; i < r->n_columns; i++)
		free(r->columns[i]);
	free(r->columns);
	free(r->uuid);
	free(r->text);
	free(r);
}

struct table *table_new(void)
{
	struct table *t = xcalloc(1, sizeof(*t));

	t->refs = 1;
	return t;
}

struct table *table_ref(struct table *t)
{
	t->refs++;
	return t;
}

void table_unref(struct table *t)
{
	if (--t->refs > 0)
		return;
	for (size_t i = 0; i < t->n; i++)
		row_unref(t->rows[i]);
	free(t->rows);
	free(t);
}

struct table *table_copy(const struct table *from)
{
	struct table *t = table_new();

	t->n = from->n;
	t->rows = xcalloc(t->n + 1, sizeof(struct row *));
	for (size_t i = 0; i < t->n; i++) {
		t->rows[i] = from->rows[i];
		t->rows[i]->refs++;
	}
	return t;
}

/* The position in the table of the row of @uuid, or the position at which to insert it. */
static size_t table_position(const struct table *t, const char *uuid)
{
	size_t low = 0;
	size_t high = t->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(t->rows[mid]->uuid, uuid) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const struct row *table_row(const struct table *t, const char *uuid)
{
	size_t at = table_position(t, uuid);
	bool found = at < t->n && str_eq(t->rows[at]->uuid, uuid);

	return found && t->rows[at]->text ? t->rows[at] : NULL;
}

void table_set(struct table *t, struct row *row)
{
	size_t at = table_position(t, row->uuid);

	assert(t->refs == 1);
	if (at < t->n && str_eq(t->rows[at]->uuid, row->uuid)) {
		row_unref(t->rows[at]);
	} else {
		t->rows = xrealloc(t->rows, t->n + 1, sizeof(struct row *));
		memmove(&t->rows[at + 1], &t->rows[at], (t->n - at) * sizeof(struct row *));
		t->n++;
	}
	t->rows[at] = row;
}
