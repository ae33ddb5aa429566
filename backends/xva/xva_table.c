/* SPDX-License-Identifier: MIT */
/* The table at the end of an archive of export_vsn 1: a struct with each block's checksum under the block's name. */
#include <stdlib.h>
#include <string.h>

#include "backends/xva/xva_table.h"

void sum_table_add(struct sum_table *t, const char *name, const char *sum)
{
	if (t->n == t->room) {
		t->room = t->room ? 2 * t->room : 64;
		t->items = xrealloc(t->items, t->room, sizeof(*t->items));
	}
	t->items[t->n++] = (struct sum_entry){ xstrdup(name), xstrdup(sum) };
}

void sum_table_clear(struct sum_table *t)
{
	for (size_t i = 0; i < t->n; i++) {
		free(t->items[i].name);
		free(t->items[i].sum);
	}
	free(t->items);
	*t = (struct sum_table){ 0 };
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct sum_entry *)a)->name, ((const struct sum_entry *)b)->name);
}

static void sort(struct sum_table *t)
{
	if (t->n)
		qsort(t->items, t->n, sizeof(*t->items), by_name);
}

const char *sum_table_differs(struct sum_table *t, const struct ova *other)
{
	const size_t n = other->type == OVA_STRUCT ? other->n : 0;
	const size_t both = n < t->n ? n : t->n;
	struct sum_table theirs = { n, n, n ? xcalloc(n, sizeof(*theirs.items)) : NULL };
	const char *found = NULL;

	for (size_t i = 0; i < n; i++)
		theirs.items[i] =
			(struct sum_entry){ other->items[i].name, other->items[i].value.text };
	sort(t);
	sort(&theirs);
	for (size_t i = 0; i < both && !found; i++)
		if (!str_eq(t->items[i].name, theirs.items[i].name) ||
			!str_eq(t->items[i].sum, theirs.items[i].sum))
			found = t->items[i].name;
	if (!found && t->n != n)
		found = t->n > both ? t->items[both].name : theirs.items[both].name;
	free(theirs.items);
	return found;
}
