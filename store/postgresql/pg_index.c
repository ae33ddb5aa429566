/* SPDX-License-Identifier: MIT */
/* Finds the rows of a whole class (pg_hold()) by the value of a column. */
#include "store/postgresql/pg_store.h"

#include <stdlib.h>
#include <string.h>

/* The rows in the order of one column's values, and then of their UUIDs. */
struct pg_index {
	struct pg_index *next;
	int column;
	struct pg_place *places;
};

void pg_indexes_free(struct pg_index *list)
{
	while (list) {
		struct pg_index *next = list->next;

		free(list->places);
		free(list);
		list = next;
	}
}

static int compare(const void *a, const void *b)
{
	const struct pg_place *x = a, *y = b;
	int order = strcmp(x->value, y->value);

	return order ? order : strcmp(x->uuid, y->uuid);
}

static const struct pg_place *index_of(struct pg_answer *a, int column)
{
	struct pg_index *index = a->indexes;
	size_t n = (size_t)PQntuples(a->result);

	while (index && index->column != column)
		index = index->next;
	if (index)
		return index->places;
	index = xcalloc(1, sizeof(*index));
	*index = (struct pg_index){ a->indexes, column, xcalloc(n + 1, sizeof(struct pg_place)) };
	for (size_t row = 0; row < n; row++)
		index->places[row] = (struct pg_place){ PQgetvalue(a->result, (int)row, 0),
			PQgetvalue(a->result, (int)row, column), (int)row };
	qsort(index->places, n, sizeof(struct pg_place), compare);
	a->indexes = index;
	return index->places;
}

bool pg_whole_rows(struct pg_answer *a, const char *column, const char *value,
	const struct pg_place **ret, size_t *n)
{
	int at = PQfnumber(a->result, column);

	if (at < 0)
		return false;
	const struct pg_place *places = index_of(a, at);
	size_t lo = 0, hi = (size_t)PQntuples(a->result), end;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (strcmp(places[mid].value, value) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (end = lo; end < (size_t)PQntuples(a->result) && str_eq(places[end].value, value);)
		end++;
	/* SQL's NULL is no value */
	while (lo < end && PQgetisnull(a->result, places[lo].row, at))
		lo++;
	*ret = &places[lo];
	*n = end - lo;
	return true;
}
