/* SPDX-License-Identifier: MIT */
/* Filters of lists. The input: the view on the first line, then "KEY=VALUE", one a line. */
#include "tests/fuzz/fuzz.h"

#include "objects/model/record.h"
#include "objects/queries/filter.h"
#include "objects/queries/list.h"
#include "objects/queries/rows_json.h"
#include "tests/fuzz/world.h"

#define FILTERS_MAX 16

static size_t filters_of(const struct strv *lines, struct filter *ret)
{
	size_t n = 0;

	for (size_t i = 1; i < lines->n && n < FILTERS_MAX; i++) {
		char *value = strchr(lines->items[i], '=');

		if (value)
			*value++ = '\0';
		ret[n++] = (struct filter){ lines->items[i], value ? value : "" };
	}
	return n;
}

static int count(void *ctx, const char *data, size_t len)
{
	(void)data;
	*(size_t *)ctx += len;
	return 0;
}

static void print(const struct rows *rows)
{
	size_t bytes = 0;

	for (size_t i = 0; i < rows->n; i++)
		for (size_t k = 0; k < rows->n_fields; k++)
			free(value_print(fuzz_world(), rows->fields[k], &rows->items[i].values[k]));
	int r = rows_write_json(rows, count, &bytes);

	assert(r == 0 && bytes);
}

/* A filter that stands there twice leaves what it left. */
static void list(const struct view *v, struct filter *filters, size_t n, unsigned flags)
{
	static const struct field *none[] = { NULL };
	_cleanup_error_ struct vxe_error err = { 0 }, other = { 0 };
	_cleanup_rows_ struct rows rows = { 0 }, again = { 0 };
	int r = list_rows(fuzz_world(), v, filters, n, none, flags, &rows, &err);

	fuzz_outcome(r, &err);
	if (r < 0)
		return;
	print(&rows);
	if (n)
		filters[n] = filters[n - 1];
	r = list_rows(fuzz_world(), v, filters, n + !!n, none, flags, &again, &other);
	assert(r == 0 && rows.n == again.n);
}

void fuzz_filter(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = fuzz_text(data, size);
	_cleanup_strv_ struct strv lines = { 0 };
	struct filter filters[FILTERS_MAX + 1];

	strv_split(&lines, text, '\n');
	const struct view *v = lines.n ? view_by_prefix(lines.items[0]) : NULL;

	if (!v)
		return;
	size_t n = filters_of(&lines, filters);

	list(v, filters, n, LIST_UNDERSCORE);
	list(v, filters, n, LIST_ALL);
}
