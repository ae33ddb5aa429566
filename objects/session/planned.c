/* SPDX-License-Identifier: MIT */
#include "objects/session/planned.h"

void planned_clear(struct planned *p)
{
	free(p->text);
	free(p->brief);
	free(p->file);
	free(p->vm);
	free(p->class);
	free(p->uuid);
	free(p->name);
	*p = (struct planned){ 0 };
}

void planned_add(struct planned_list *l, struct planned line)
{
	l->items = xrealloc(l->items, l->n + 1, sizeof(*l->items));
	l->items[l->n++] = line;
}

void planned_add_file(struct planned_list *l, const char *file, int64_t bytes, char *text)
{
	planned_add(
		l, (struct planned){ .text = text, .file = xstrdup_null(file), .bytes = bytes });
}

struct planned planned_copy(const struct planned *p)
{
	struct planned copy = *p;

	copy.text = xstrdup_null(p->text);
	copy.brief = xstrdup_null(p->brief);
	copy.file = xstrdup_null(p->file);
	copy.vm = xstrdup_null(p->vm);
	copy.class = xstrdup_null(p->class);
	copy.uuid = xstrdup_null(p->uuid);
	copy.name = xstrdup_null(p->name);
	return copy;
}

void planned_list_clear(struct planned_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		planned_clear(&l->items[i]);
	free(l->items);
	*l = (struct planned_list){ 0 };
}
