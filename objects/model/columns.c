/* SPDX-License-Identifier: MIT */
/* Makes objects from the store's columns: converts the text of a scalar to the member's type. */
#include "objects/model/columns.h"

#include <assert.h>
#include <string.h>

#include "objects/base/clock.h"
#include "objects/model/enums.h"
#include "objects/model/value.h"

const char *const *class_columns(const struct class *c)
{
	const struct store_class *s = class_store_columns();

	/* the names are compared as pointers: the declaration of a class for the store has the class's own text */
	while (s->name != c->name)
		s++;
	return s->columns;
}

static bool is_one_of(const struct field *f, const struct field *const *fields)
{
	while (*fields && *fields != f)
		fields++;
	return *fields != NULL;
}

/* True if the value is that of the column, which no function betters. */
static bool is_its_column(const struct class *c, const struct field *f)
{
	return f == c->fields || (f->flags & F_COLUMN && f->offset != FIELD_COMPUTED && !f->get);
}

const char **class_columns_for(const struct class *c, const struct field *const *fields)
{
	const char *const *all = class_columns(c);
	const char **ret = xcalloc(1, sizeof(*ret));
	bool some = true;
	size_t n = 0;

	for (size_t i = 0; fields[i]; i++)
		some = some && is_its_column(c, fields[i]);
	for (const struct field *f = c->fields + 1; f->name; f++) {
		if (!(f->flags & F_COLUMN))
			continue;
		if (!some || is_one_of(f, fields)) {
			ret = xrealloc(ret, n + 2, sizeof(*ret));
			ret[n++] = *all;
			ret[n] = NULL;
		}
		all++;
	}
	return ret;
}

static bool is_column(const char *column, const char *member)
{
	size_t n = strlen(member);

	return strncmp(column, member, n) == 0 && (!column[n] || str_eq(column + n, "_uuid"));
}

const char *class_column(const struct class *c, const char *member)
{
	const char *const *columns = class_columns(c);

	while (*columns && !is_column(*columns, member))
		columns++;
	assert(*columns); /* callers name only columns that exist */
	return *columns;
}

static int from_text(const struct field *f, const char *text, struct value *ret)
{
	switch (f->type) {
	case FIELD_STRING:
	case FIELD_REF:
		ret->string = xstrdup(text);
		return 0;
	case FIELD_INT:
		return int_parse(text, &ret->integer);
	case FIELD_BOOL:
		ret->integer = str_eq(text, "true");
		return 0;
	case FIELD_ENUM:
		ret->integer = enum_from_stored(f->arg, text);
		return ret->integer < 0 ? -1 : 0;
	case FIELD_DATE:
		return clock_parse(text, &ret->integer);
	case FIELD_FLOAT:
	case FIELD_STRINGS:
	case FIELD_REFS:
	case FIELD_MAP:
		break;
	}
	assert(false); /* columns are scalars */
	return -1;
}

static int fill_columns(const struct class *c, const char *const *columns,
	const char *const *values, void *obj, struct vxe_error *err)
{
	const char *const *all = class_columns(c);
	size_t n = 0;

	for (const struct field *f = c->fields + 1; f->name; f++) {
		struct value v = { 0 };

		if (!(f->flags & F_COLUMN))
			continue;
		if (*all++ != columns[n]) /* the same pointers: see class_columns() */
			continue;

		const char *text = values[n++];

		if (text && from_text(f, text, &v) < 0)
			return vxe_fail_internal(
				err, "bad column '%s' of a %s record: %s", f->name, c->name, text);
		field_store(f, obj, &v);
	}
	return 0;
}

int record_from_columns(const struct class *c, const char *const *columns, const char *uuid,
	const char *const *values, void **ret, struct vxe_error *err)
{
	/*
	 * The object is not made by record_new(), which fills in strings: in a list of thousands, strings that are
	 * never shown would take time.
	 */
	struct record *r = xcalloc(1, c->size);

	r->uuid = xstrdup(uuid);
	if (fill_columns(c, columns, values, r, err) < 0) {
		record_free(c, r);
		error_note(err, "record %s", uuid);
		return -1;
	}
	*ret = r;
	return 0;
}
