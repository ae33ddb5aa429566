/* SPDX-License-Identifier: MIT */
/*
 * Lookup of commands and the rows that the class registry gives: list, param-list and param-get for
 * every view; set, add, remove and clear where a field allows it.
 */
#include "xe/command.h"

#include <stdlib.h>
#include <errno.h>
#include <string.h>

/* ---- generated rows ------------------------------------------------------------------------- */

static bool any_field(const struct view *v, bool (*has)(const struct field *f))
{
	for (const struct field *f = v->cls->fields; f->name; f++)
		if (!(f->flags & (F_HIDDEN | F_INTERNAL)) && has(f))
			return true;
	return false;
}

static bool can_set(const struct field *f)
{
	return f->flags & F_SET && f->type != FIELD_MAP;
}

static bool can_add(const struct field *f)
{
	return f->flags & F_ADD;
}

static bool can_set_key(const struct field *f)
{
	return f->type == FIELD_MAP && f->flags & (F_SET | F_ADD | F_NO_SUFFIX_ADD);
}

static bool can_set_any(const struct field *f)
{
	return can_set(f) || can_set_key(f);
}

static bool can_clear(const struct field *f)
{
	return can_set(f) || field_is_set(f) || field_is_map(f);
}

static bool always(const struct field *f)
{
	return f->name != NULL;
}

#define PARAMS(...) ((const struct param[]){ __VA_ARGS__, { 0 } })
/* clang-format off */
#define FIELD_NAME { "uuid", P_REQUIRED }, { "param-name", P_REQUIRED }
/* clang-format on */

static const struct verb {
	const char *name;
	int (*run)(struct call *c, struct vxe_error *err);
	unsigned flags;
	const char *help; /* of the view's objects */
	const struct param *params;
	bool (*has)(const struct field *f); /* some field must pass */
} verbs[] = {
	{ "list", cmd_list, C_FILTERS,
		"List the %s; field=value filters, params= picks the fields.",
		PARAMS({ "params", 0 }), always },
	{ "param-list", cmd_param_list, 0, "Show all fields of one of the %s.",
		PARAMS({ "uuid", P_REQUIRED }), always },
	{ "param-get", cmd_param_get, 0,
		"Print a field, or a key of a map field, of one of the %s.",
		PARAMS(FIELD_NAME, { "param-key", 0 }), always },
	{ "param-set", cmd_param_set, C_SETTINGS,
		"Change fields of one of the %s, all or none: field=value, map:key=value.",
		PARAMS({ "uuid", P_REQUIRED }), can_set_any },
	{ "param-add", cmd_param_add, 0,
		"Add a member (param-key=) to a set or keys (key=value) to a map of one of the %s.",
		PARAMS(FIELD_NAME, { "param-key", 0 }), can_add },
	{ "param-remove", cmd_param_remove, 0,
		"Remove a member from a set or a key from a map of one of the %s.",
		PARAMS(FIELD_NAME, { "param-key", P_REQUIRED }), can_add },
	{ "param-clear", cmd_param_clear, 0, "Empty a field of one of the %s.", PARAMS(FIELD_NAME),
		can_clear },
};

/* Of the lists, these are among xe's everyday commands. */
static bool list_is_standard(const struct view *v)
{
	return str_eq(v->prefix, "vm") || str_eq(v->prefix, "sr") || str_eq(v->prefix, "network");
}

static const struct param tree_params[] = { { "params", 0 }, { "tree", P_OURS }, { 0 } };

static void add_command(struct commands *c, const struct command *cmd)
{
	c->items = xrealloc(c->items, c->n + 1, sizeof(*c->items));
	c->items[c->n++] = *cmd;
}

static void add_generated(struct commands *c, const struct view *v, const struct verb *verb)
{
	bool list = verb->run == cmd_list;
	const char *placeholder = strstr(verb->help, "%s");
	struct command cmd = {
		.run = verb->run,
		.flags = verb->flags | (list && list_is_standard(v) ? C_STANDARD : 0),
		.params = list && str_eq(v->prefix, "snapshot") ? tree_params : verb->params,
		.view = v,
	};

	strv_take(&c->names, xasprintf("%s-%s", v->prefix, verb->name));
	strv_take(&c->helps, xasprintf("%.*s%s%s", (int)(placeholder - verb->help), verb->help,
				     v->doc, placeholder + 2));
	cmd.name = c->names.items[c->names.n - 1];
	cmd.help = c->helps.items[c->helps.n - 1];
	add_command(c, &cmd);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct command *)a)->name, ((const struct command *)b)->name);
}

void commands_init(struct commands *ret, bool as_xe)
{
	for (const struct command *cmd = command_table; cmd->name; cmd++)
		if (command_exists(cmd, as_xe))
			add_command(ret, cmd);
	for (const struct view *v = views; v->prefix; v++)
		for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
			if (!v->cls->internal && any_field(v, verbs[i].has))
				add_generated(ret, v, &verbs[i]);
	qsort(ret->items, ret->n, sizeof(*ret->items), by_name);
}

void commands_clear(struct commands *c)
{
	free(c->items);
	strv_clear(&c->names);
	strv_clear(&c->helps);
	*c = (struct commands){ 0 };
}

const struct command *commands_find(const struct commands *c, const char *name)
{
	struct command key = { .name = name };

	return c->n ? bsearch(&key, c->items, c->n, sizeof(*c->items), by_name) : NULL;
}

bool command_exists(const struct command *cmd, bool as_xe)
{
	return !(as_xe && cmd->flags & C_OURS);
}

/* ---- parameters ----------------------------------------------------------------------------- */

int command_check(const struct command *cmd, const struct params *params, struct vxe_error *err)
{
	for (const struct param *p = cmd->params; p->name; p++)
		if (p->flags & P_REQUIRED && !params_get(params, p->name))
			return vxe_fail(err, CLI_PARAM_MISSING, p->name);
	return 0;
}

bool key_is_output(const char *key, bool as_xe)
{
	return !as_xe && (str_eq(key, "json") || str_eq(key, "table") || str_eq(key, "null"));
}

bool command_owns(const struct command *cmd, const char *key, bool as_xe)
{
	for (const struct param *p = cmd->params; p->name; p++)
		if (str_eq(p->name, key) && !(as_xe && p->flags & P_OURS))
			return true;
	return false;
}

void command_required(const struct command *cmd, struct strv *ret)
{
	for (const struct param *p = cmd->params; p->name; p++)
		if (p->flags & P_REQUIRED)
			strv_add(ret, p->name);
}

static bool visible(const struct field *f)
{
	return !(f->flags & (F_HIDDEN | F_INTERNAL));
}

static void add_filters(const struct view *v, struct strv *ret)
{
	for (const struct field *f = v->cls->fields; f->name; f++)
		if (visible(f))
			strv_add(ret, f->name);
	for (const struct field *f = v->cls->fields; f->name; f++)
		if (visible(f) && field_is_set(f))
			strv_take(ret, xasprintf("%s:contains", f->name));
}

static void add_settings(const struct view *v, struct strv *ret)
{
	for (const struct field *f = v->cls->fields; f->name; f++)
		if (visible(f) && can_set(f))
			strv_add(ret, f->name);
	for (const struct field *f = v->cls->fields; f->name; f++)
		if (visible(f) && can_set_key(f))
			strv_take(ret, xasprintf("%s:", f->name));
}

void command_optional(const struct command *cmd, bool as_xe, struct strv *ret)
{
	for (const struct param *p = cmd->params; p->name; p++)
		if (!(p->flags & (P_REQUIRED | P_HIDDEN)) && !(as_xe && p->flags & P_OURS))
			strv_add(ret, p->name);
	if (cmd->flags & C_FILTERS)
		add_filters(cmd->view, ret);
	if (cmd->flags & C_SETTINGS)
		add_settings(cmd->view, ret);
	if (cmd->flags & C_SELECTS)
		strv_add(ret, "<vm-selectors>");
	if (cmd->flags & C_SELECTS_HOST)
		strv_add(ret, "<host-selectors>");
	if (cmd->flags & C_SELECTS_SR)
		strv_add(ret, "<sr-selectors>");
}

int file_failed(const char *path, struct vxe_error *err)
{
	_cleanup_free_ char *text =
		xasprintf("Operation failed. Error: %s: %s", path, strerror(errno));

	return vxe_fail(err, CLI_PLAIN, text);
}

int file_unread(const char *path, struct vxe_error *err)
{
	_cleanup_free_ char *text =
		xasprintf("Operation failed. Error: file '%s' does not exist", path);

	return errno == ENOENT ? vxe_fail(err, CLI_PLAIN, text) : file_failed(path, err);
}
