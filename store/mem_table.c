/* SPDX-License-Identifier: MIT */
/*
 * Rows in a table never change, so copying a table copies pointers. A row holds the document's
 * text, not the object, so readers get copies, as from a real database.
 */
#include "store/mem_table.h"

#include <assert.h>
#include <json-c/json_object.h>
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

const struct row *table_entry(const struct table *t, const char *uuid)
{
	size_t at = table_position(t, uuid);

	return at < t->n && str_eq(t->rows[at]->uuid, uuid) ? t->rows[at] : NULL;
}

const struct row *table_row(const struct table *t, const char *uuid)
{
	const struct row *row = table_entry(t, uuid);

	return row && row->text ? row : NULL;
}

/* ---- what readers get ------------------------------------------------------------------------ */

bool row_is_selected(
	const struct store_class *c, const struct row *row, const struct selection *only)
{
	if (!row->text || (only->from && strcmp(row->uuid, only->from) < 0) ||
		(only->until && strcmp(row->uuid, only->until) >= 0))
		return false;
	return !only->where ||
		str_eq(row->columns[store_column_index(c, only->where)], only->value);
}

int row_pass_doc(const struct store *s, const char *cls, const struct row *row, txn_each_fn *fn,
	void *ctx, struct vxe_error *err)
{
	struct json_object *doc = NULL;

	if (doc_parse(s->parser, "mem", &(struct doc_row){ cls, row->uuid, row->text, 0, 0 }, &doc,
		    err) < 0)
		return -1;
	int rc = fn(ctx, row->uuid, doc, err);
	json_object_put(doc);
	return rc;
}

int row_pass_columns(const struct store_class *c, const struct row *row,
	const char *const columns[], txn_row_fn *fn, void *ctx, struct vxe_error *err)
{
	_cleanup_free_ const char **values = NULL;
	size_t n = 0;

	while (columns[n])
		n++;
	values = xcalloc(n + 1, sizeof(char *));
	for (size_t k = 0; k < n; k++)
		values[k] = row->columns[store_column_index(c, columns[k])];
	return fn(ctx, row->uuid, values, err);
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
