/* SPDX-License-Identifier: MIT */
/* Writes docs/fields.md from the tables of fields. */
#include "objects/queries/fields_doc.h"

#include <string.h>

#include "objects/model/enums.h"
#include "objects/queries/param_effect.h"

static const char *type_name(const struct field *f)
{
	switch (f->type) {
	case FIELD_STRING:
		return "text";
	case FIELD_INT:
		return f->flags & F_SIZE ? "bytes" : "integer";
	case FIELD_BOOL:
		return "true, false";
	case FIELD_FLOAT:
		return "number";
	case FIELD_ENUM:
		return "word";
	case FIELD_DATE:
		return "date";
	case FIELD_REF:
		return f->flags & F_NAME ? "name" : "uuid";
	case FIELD_STRINGS:
		return "set";
	case FIELD_REFS:
		return "set of uuids";
	case FIELD_MAP:
		return "map";
	}
	return "";
}

static void add_marks(struct str *s, const struct field *f)
{
	static const struct {
		unsigned flag;
		const char *text;
	} marks[] = {
		{ F_OURS, "Only as `vxe`." },
		{ F_HIDDEN, "Hidden: only param-get and filters see it." },
		{ F_COSTLY | F_OURS, "Lists compute it only if it is named." },
		{ F_COSTLY, "Lists do not compute it." },
		{ F_NOCASE, "Filters ignore case." },
	};

	for (size_t i = 0; i < ARRAY_LEN(marks); i++)
		if ((f->flags & marks[i].flag) == marks[i].flag &&
			!(marks[i].flag == F_COSTLY && f->flags & F_OURS))
			str_addf(s, " %s", marks[i].text);
	if (f->type == FIELD_ENUM && f->flags & F_SET) {
		_cleanup_free_ char *inputs = enum_inputs(f->arg);

		str_addf(s, " One of %s.", inputs);
	}
}

static bool is_default(const struct view *v, const struct field *f)
{
	for (size_t i = 0; v->columns[i]; i++)
		if (strcmp(v->columns[i], f->name) == 0)
			return true;
	return false;
}

/*
 * Adds the names of the list commands, such as "vm-list", of the class's views that show the field by default;
 * without @f, of all views of the class.
 */
static void add_lists(struct str *s, const struct class *c, const struct field *f)
{
	const char *sep = "";

	for (const struct view *v = views; v->prefix; v++) {
		if (v->cls != c || (f && !is_default(v, f)))
			continue;
		str_addf(s, "%s%s-list", sep, v->prefix);
		sep = ", ";
	}
}

static void add_class(struct str *s, const struct class *c)
{
	str_addf(s, "\n## %s\n\nListed by ", c->name);
	add_lists(s, c, NULL);
	str_add(s,
		".\n\n| field | type | meaning | from | what setting it does | default column of "
		"|\n|---|---|---|---|---|---|\n");
	for (const struct field *f = c->fields; f->name; f++) {
		if (f->flags & F_INTERNAL)
			continue;
		str_addf(s, "| `%s%s` | %s | %s", f->name, field_suffix(f), type_name(f), f->doc);
		add_marks(s, f);
		_cleanup_free_ char *set = setting_doc(c, f);

		str_addf(s, " | %s | %s | ",
			f->source		      ? f->source
				: f->flags & F_DOMAIN ? "libvirt: the domain's definition"
						      : "store",
			set);
		add_lists(s, c, f);
		str_add(s, " |\n");
	}
}

int fields_write_doc(sink_fn *sink, void *ctx)
{
	_cleanup_str_ struct str s = { 0 };

	str_add(&s,
		"# Fields\n\n"
		"Written from the field tables in objects/. The mark after a name is the one "
		"that lists print: RO and RW for plain fields, S for sets, M for maps. Fields "
		"come in the order in which lists print them. Where it says \"from\": store "
		"is the record; a name before a colon is the source that is asked when the "
		"field is shown (libvirt, the kernel, a file); a constant stands for a value "
		"that a KVM host does not have. What setting a field or key does is from "
		"objects/queries/param_effect.c; `vxe` says on stderr what has no effect, `xe` is "
		"silent, as xe is.\n");
	for (size_t i = 0; classes[i]; i++)
		if (!classes[i]->internal)
			add_class(&s, classes[i]);
	str_add(&s,
		"\n## Classes without objects\n\n"
		"Always empty, as on a XenServer host that has none:\n\n");
	for (const struct view *v = views; v->prefix; v++)
		if (v->cls->absent)
			str_addf(&s, "- `%s-list`: %s\n", v->prefix, v->doc);
	return sink(ctx, s.data, s.len);
}
