/* SPDX-License-Identifier: MIT */
/* Finds classes, views and fields, and answers questions about a field from its row in the table of fields alone. */
#include "objects/model/class.h"

#include <pthread.h>
#include <string.h>

#include "store/store.h"

const struct class *class_by_name(const char *name)
{
	for (size_t i = 0; classes[i]; i++)
		if (strcmp(classes[i]->name, name) == 0)
			return classes[i];
	return NULL;
}

const struct class *class_by_id(enum class_id id)
{
	return id == CLASS_NONE ? NULL : classes[id - 1];
}

const struct class *field_class(const struct field *f)
{
	if (f->type != FIELD_REF && f->type != FIELD_REFS)
		return NULL;
	return f->ref == CLASS_NONE ? f->arg : class_by_id(f->ref);
}

const struct view *view_by_prefix(const char *prefix)
{
	for (const struct view *v = views; v->prefix; v++)
		if (strcmp(v->prefix, prefix) == 0)
			return v;
	return NULL;
}

const struct field *class_field(const struct class *c, const char *name)
{
	for (const struct field *f = c->fields; f->name; f++)
		if (!(f->flags & F_INTERNAL) && strcmp(f->name, name) == 0)
			return f;
	return NULL;
}

static bool same_loosely(const char *a, const char *b)
{
	for (; *a && *b; a++, b++)
		if (*a != *b && !(strchr("-_", *a) && strchr("-_", *b)))
			return false;
	return *a == *b;
}

const struct field *class_field_loose(const struct class *c, const char *name)
{
	const struct field *exact = class_field(c, name);

	if (exact)
		return exact;
	for (const struct field *f = c->fields; f->name; f++)
		if (!(f->flags & F_INTERNAL) && same_loosely(f->name, name))
			return f;
	return NULL;
}

bool field_is_set(const struct field *f)
{
	return (f->type == FIELD_STRINGS || f->type == FIELD_REFS) && !(f->flags & F_NO_MEMBERS);
}

bool field_is_map(const struct field *f)
{
	return f->type == FIELD_MAP && !(f->flags & F_NO_MEMBERS);
}

const char *field_suffix(const struct field *f)
{
	static const char *const suffixes[][2] = {
		{ " ( RO)", " ( RO) [DEPRECATED]" },
		{ " ( RW)", " ( RW) [DEPRECATED]" },
		{ " (SRO)", " (SRO) [DEPRECATED]" },
		{ " (SRW)", " (SRW) [DEPRECATED]" },
		{ " (MRO)", " (MRO) [DEPRECATED]" },
		{ " (MRW)", " (MRW) [DEPRECATED]" },
	};
	unsigned kind = 0, flag = F_SET;

	if (field_is_set(f))
		kind = 2, flag = F_ADD;
	else if (field_is_map(f))
		kind = 4, flag = F_ADD;
	return suffixes[kind + (f->flags & flag ? 1 : 0)][f->flags & F_DEPRECATED ? 1 : 0];
}

char *field_key(const char *name)
{
	char *key = xstrdup(name);

	for (char *p = key; *p; p++)
		if (*p == '-')
			*p = '_';
	return key;
}

/* ---- columns --------------------------------------------------------------------------------- */

/*
 * The declarations of classes and columns for store_open(), made once from the tables of fields; constant from then
 * on.
 */
static struct store_class *store_classes;

static struct store_class columns_of(const struct class *c)
{
	const char **columns = xcalloc(1, sizeof(*columns));
	bool *found = NULL;
	struct strv distinct = { 0 };
	size_t n = 0;

	for (const struct field *f = c->fields; f->name; f++) {
		if (!(f->flags & F_COLUMN) || strcmp(f->name, "uuid") == 0)
			continue;
		columns = xrealloc(columns, n + 2, sizeof(*columns));
		found = xrealloc(found, n + 1, sizeof(*found));
		found[n] = f->type == FIELD_REF || f->flags & F_FOUND;
		columns[n++] = field_key(f->name);
		columns[n] = NULL;
		if (f->flags & F_DISTINCT)
			strv_add(&distinct, columns[n - 1]);
	}
	if (distinct.n)
		strv_take(&distinct, NULL);
	return (struct store_class){ c->name, columns, found, !c->internal,
		(const char *const *)distinct.items };
}

static void build_columns(void)
{
	size_t n = 0;

	while (classes[n])
		n++;
	store_classes = xcalloc(n + 1, sizeof(*store_classes));
	for (size_t i = 0; i < n; i++)
		store_classes[i] = columns_of(classes[i]);
}

const struct store_class *class_store_columns(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, build_columns);
	return store_classes;
}
