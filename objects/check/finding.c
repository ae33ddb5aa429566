/* SPDX-License-Identifier: MIT */
#include "objects/check/finding.h"

#include "objects/check/check_areas.h"
#include "objects/classes/storage/node.h"

#include <stdarg.h>

void findings_clear(struct findings *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->items[i].kind);
		free(f->items[i].object);
		free(f->items[i].text);
	}
	free(f->items);
	*f = (struct findings){ 0 };
}

static void take_finding(struct findings *f, const char *kind, const char *object, char *text)
{
	f->items = xrealloc(f->items, f->n + 1, sizeof(*f->items));
	f->items[f->n++] = (struct finding){ xstrdup(kind), xstrdup(object), text };
}

void finding_add(struct findings *f, const char *kind, const char *object, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	take_finding(f, kind, object, xvasprintf(fmt, ap));
	va_end(ap);
}

void check_found(
	struct check *c, const char *kind, const char *cls, const char *uuid, const char *fmt, ...)
{
	_cleanup_free_ char *object = xasprintf("%s %s", cls, uuid);
	va_list ap;

	if (strv_has(&c->busy, uuid))
		return;
	va_start(ap, fmt);
	take_finding(c->ret, kind, object, xvasprintf(fmt, ap));
	va_end(ap);
}

void check_failed(struct check *c, const char *kind, const char *cls, const char *uuid,
	struct vxe_error *failed)
{
	_cleanup_str_ struct str text = { 0 };

	str_add(&text, code_info(failed->code)->text);
	for (size_t i = 0; i < failed->n_params; i++)
		str_addf(&text, "%s%s", i ? ", " : " ", failed->params[i]);
	check_found(c, kind, cls, uuid, "%s", str_text(&text));
	error_clear(failed);
}

const struct node *check_node(const struct check *c, const char *uuid, const char **path)
{
	for (size_t i = 0; uuid && i < c->nodes.n; i++) {
		const struct node *n = c->nodes.items[i];

		if (!str_eq(n->r.uuid, uuid))
			continue;
		if (path)
			*path = c->paths.items[i];
		return n;
	}
	return NULL;
}
