/* SPDX-License-Identifier: MIT */
#include "xe/manual/guides.h"

#include <ctype.h>
#include <string.h>

#include "objects/model/record.h"
#include "xe/model/command.h"
#include "xe/model/fields.h"

const struct guide *const guides[] = { guide_vm, guide_snapshot, guide_disk, guide_host, NULL };

const struct guide *guide_of(const char *command)
{
	for (size_t i = 0; guides[i]; i++)
		for (const struct guide *g = guides[i]; g->command; g++)
			if (str_eq(g->command, command))
				return g;
	return NULL;
}

/* ---- examples of the verbs of records --------------------------------------------------------- */

/* The part of the name of a generated command behind the prefix of its view: "param-get" of "vm-param-get". */
static const char *verb_of(const struct command *cmd)
{
	return cmd->name + strlen(cmd->view->prefix) + 1;
}

/* The word for a UUID in examples: "HOST-CPU-UUID". Owned. */
static char *uuid_word(const struct view *v)
{
	char *word = xasprintf("%s-UUID", v->prefix);

	for (char *p = word; *p; p++)
		*p = (char)toupper((unsigned char)*p);
	return word;
}

static bool is_shown(const struct field *f)
{
	return field_is_visible(f, true) && !(f->flags & F_DEPRECATED);
}

/*
 * The first field of @names (ended by NULL) that has the flag @flag, else the first field of the class that has the
 * flag.
 */
static const struct field *field_for(const struct view *v, const char *const *names, unsigned flag)
{
	for (; *names; names++) {
		const struct field *f = class_field(v->cls, *names);

		if (f && is_shown(f) && (!flag || f->flags & flag))
			return f;
	}
	for (const struct field *f = v->cls->fields + 1; f->name; f++)
		if (is_shown(f) && (!flag || f->flags & flag))
			return f;
	return v->cls->fields;
}

#define NAMES(...) ((const char *const[]){ __VA_ARGS__, NULL })

static char *set_words(const struct view *v)
{
	const struct field *f =
		field_for(v, NAMES("name-description", "other-config"), F_SET | F_ADD);

	return f->type == FIELD_MAP ? xasprintf("%s:note=ops", f->name)
				    : xasprintf("%s=ops", f->name);
}

/* The parameters in the example of a command X-param-add, X-param-remove or X-param-clear. Owned. */
static char *member_words(const struct view *v, const char *verb)
{
	const struct field *f = field_for(v, NAMES("tags", "other-config"), F_ADD);
	bool map = f->type == FIELD_MAP;

	if (str_eq(verb, "param-clear") && !(f->flags & F_ADD))
		f = field_for(v, NAMES("name-description"), F_SET);
	if (str_eq(verb, "param-clear"))
		return xasprintf("param-name=%s", f->name);
	if (str_eq(verb, "param-remove"))
		return xasprintf("param-name=%s param-key=%s", f->name, map ? "note" : "prod");
	return xasprintf("param-name=%s %s", f->name, map ? "note=ops" : "param-key=prod");
}

static char *verb_words(const struct command *cmd)
{
	const struct view *v = cmd->view;
	const char *verb = verb_of(cmd);

	if (str_eq(verb, "param-get"))
		return xasprintf("param-name=%s",
			field_for(v, NAMES("name-label", "name-description"), 0)->name);
	return str_eq(verb, "param-set") ? set_words(v) : member_words(v, verb);
}

void guide_examples(const struct command *cmd, struct strv *ret)
{
	const struct guide *g = guide_of(cmd->name);

	for (size_t i = 0; g && i < GUIDE_EXAMPLES && g->examples[i]; i++)
		strv_take(ret,
			xasprintf("%s%s%s", cmd->name, *g->examples[i] ? " " : "", g->examples[i]));
	if (!g && cmd->view) {
		_cleanup_free_ char *uuid = uuid_word(cmd->view), *words = NULL;

		if (str_eq(verb_of(cmd), "list")) {
			strv_add(ret, cmd->name);
			strv_take(ret, xasprintf("%s params=all", cmd->name));
		} else if (str_eq(verb_of(cmd), "param-list")) {
			strv_take(ret, xasprintf("%s uuid=%s", cmd->name, uuid));
		} else {
			words = verb_words(cmd);
			strv_take(ret, xasprintf("%s uuid=%s %s", cmd->name, uuid, words));
		}
	}
}

/* ---- related commands ------------------------------------------------------------------------- */

void guide_related(const struct commands *all, const struct command *cmd, struct strv *ret)
{
	const struct guide *g = guide_of(cmd->name);
	static const char *const verbs[] = { "list", "param-list", "param-get", "param-set",
		"param-add", "param-remove", "param-clear" };

	if (g && g->related)
		strv_split(ret, g->related, ' ');
	for (size_t i = 0; !g && cmd->view && i < ARRAY_LEN(verbs); i++) {
		_cleanup_free_ char *name = xasprintf("%s-%s", cmd->view->prefix, verbs[i]);

		if (!str_eq(name, cmd->name) && commands_find(all, name))
			strv_add(ret, name);
	}
}

/* ---- defaults --------------------------------------------------------------------------------- */

/* The default of a field as text: its value in a new object. Owned. */
static char *field_default(const struct class *cls, const char *name)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_value_ struct value value = { 0 };
	const struct field *f = class_field(cls, name);
	void *obj = record_new(cls);
	char *text = NULL;

	if (f && field_value(NULL, f, obj, &value, &err) == 0)
		text = value_print(NULL, f, &value);
	record_free(cls, obj);
	if (text && !*text)
		str_replace(&text, "empty");
	return text;
}

char *guide_default(const struct command *cmd, const struct param *p)
{
	const struct param_kind *kind = param_kind(cmd, p);
	const struct guide *g = guide_of(cmd->name);

	/* The manual names no default of a parameter that has no effect, or that is accepted only because xe has it. */
	if (p->flags & P_REQUIRED || p->flags & P_IDLE ||
		str_starts(kind->meaning, "Has no effect") || str_starts(kind->meaning, "Of xe:"))
		return xstrdup(p->flags & P_REQUIRED ? "required" : "");
	for (size_t i = 0; g && i < ARRAY_LEN(g->absent) && g->absent[i].param; i++)
		if (str_eq(g->absent[i].param, p->name))
			return xstrdup(g->absent[i].text);
	const struct field *f = cmd->own ? class_field(cmd->own, p->name) : NULL;

	if (f && command_own_field(f))
		return field_default(cmd->own, p->name);
	if (kind->absent)
		return xstrdup(kind->absent);
	return kind->type == PARAM_FLAG || kind->type == PARAM_GIVEN ? xstrdup("false") : NULL;
}

char *guide_need(const struct command *cmd, const struct param *p)
{
	_cleanup_free_ char *value = guide_default(cmd, p);

	if (p->flags & P_REQUIRED)
		return xstrdup(" Required.");
	return str_is_empty(value) ? xstrdup("") : xasprintf(" Default: %s.", value);
}

bool guide_is_ours(const struct command *cmd, const struct param *p)
{
	return p->flags & P_OURS && !(cmd->flags & C_OURS);
}
