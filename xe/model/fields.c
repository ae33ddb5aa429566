/* SPDX-License-Identifier: MIT */
/* Finds the fields that params= and param-name= name. */
#include "xe/model/fields.h"

#include "xe/output/render.h"

static bool asked_for(const struct field *f, const struct strv *names, bool underscore)
{
	if (strv_has(names, f->name))
		return true;
	for (size_t i = 0; underscore && i < names->n; i++)
		if (spelled_as(f->name, names->items[i]))
			return true;
	return false;
}

static size_t count_fields(const struct class *cls)
{
	size_t n = 0;

	while (cls->fields[n].name)
		n++;
	return n;
}

bool field_is_visible(const struct field *f, bool as_xe)
{
	return !(f->flags & (F_HIDDEN | F_INTERNAL | (as_xe ? F_OURS : 0)));
}

const struct field **fields_named(
	const struct class *cls, const struct strv *names, bool underscore)
{
	bool all = names->n == 1 && str_eq(names->items[0], "all");
	const struct field **list = xcalloc(count_fields(cls) + 1, sizeof(*list));
	size_t n = 0;

	for (const struct field *f = cls->fields; f->name; f++)
		if (field_is_visible(f, !underscore) && (all || asked_for(f, names, underscore)))
			list[n++] = f;
	return list;
}

char *field_spelling(const struct class *cls, const char *name, bool underscore)
{
	if (underscore && !class_field(cls, name))
		for (const struct field *f = cls->fields; f->name; f++)
			if (!(f->flags & F_INTERNAL) && spelled_as(f->name, name))
				return xstrdup(f->name);
	return xstrdup(name);
}
