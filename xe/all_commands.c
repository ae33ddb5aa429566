/* SPDX-License-Identifier: MIT */
/*
 * The list of all commands: those that the files of handlers declare, and those that are generated for each view (vm,
 * sr ...) and each verb (list, param-get ...).
 */
#include "xe/all_commands.h"

#include <stdlib.h>
#include <string.h>

#include "xe/model/fields.h"

#define TABLES(X)                                                                                  \
	X(archive_commands)                                                                        \
	X(commands_doc_commands)                                                                   \
	X(console_commands)                                                                        \
	X(data_source_commands)                                                                    \
	X(device_commands)                                                                         \
	X(diagnose_commands)                                                                       \
	X(event_commands)                                                                          \
	X(help_commands)                                                                           \
	X(host_commands)                                                                           \
	X(log_commands)                                                                            \
	X(meta_commands)                                                                           \
	X(misc_commands)                                                                           \
	X(object_commands)                                                                         \
	X(report_commands)                                                                         \
	X(schedule_commands)                                                                       \
	X(schema_commands)                                                                         \
	X(resize_commands)                                                                         \
	X(snapshot_commands)                                                                       \
	X(space_commands)                                                                          \
	X(storage_commands)                                                                        \
	X(template_commands)                                                                       \
	X(vm_commands)                                                                             \
	X(wait_commands)

#define DECLARED(table) extern const struct command table[];
TABLES(DECLARED)
extern const struct verb record_verbs[];

#define ROW(table) table,
static const struct command *const tables[] = { TABLES(ROW) };

static bool any_field(const struct view *v, bool (*has)(const struct field *f))
{
	for (const struct field *f = v->cls->fields; f->name; f++)
		if (field_is_visible(f, true) && has(f))
			return true;
	return false;
}

/* True for generated commands that plain `help` lists, as in xe: vm-list, sr-list, network-list. */
static bool is_standard(const struct view *v, const struct verb *verb)
{
	static const char *const views_of[] = { "vm", "sr", "network" };

	for (size_t i = 0; i < ARRAY_LEN(views_of) && str_eq(verb->name, "list"); i++)
		if (str_eq(v->prefix, views_of[i]))
			return true;
	return false;
}

/* True for generated commands that `vxe help` lists besides xe's standard ones, because people need them every day. */
static bool is_everyday(const struct view *v, const struct verb *verb)
{
	static const struct {
		const char *view, *verb;
	} rows[] = { { "snapshot", "list" }, { "template", "list" }, { "vdi", "list" },
		{ "task", "list" }, { "host", "list" }, { "vm", "param-list" },
		{ "vm", "param-get" }, { "vm", "param-set" }, { "snapshot", "param-list" },
		{ "snapshot", "param-set" }, { "template", "param-list" } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (str_eq(rows[i].view, v->prefix) && str_eq(rows[i].verb, verb->name))
			return true;
	return false;
}

/*
 * Each run of the program makes the list of all commands, so room is allocated for this many commands at once, and for
 * their texts in blocks of so many bytes.
 */
#define AT_ONCE 512
#define TEXTS 16384

static void add_command(struct commands *c, const struct command *cmd, bool as_xe)
{
	if (c->n % AT_ONCE == 0)
		c->items = xrealloc(c->items, c->n + AT_ONCE, sizeof(*c->items));
	c->items[c->n] = *cmd;
	if (!as_xe && cmd->flags & C_UNSELECTED)
		c->items[c->n].flags &= ~(unsigned)C_SELECTS;
	c->n++;
}

static void *own(struct commands *c, void *memory)
{
	c->own = xrealloc(c->own, c->n_own + 1, sizeof(void *));
	c->own[c->n_own++] = memory;
	return memory;
}

/* Joins the first @n bytes of @a, then @b and @c, in memory of @to; takes a tenth of the time of asprintf(). */
static char *join(struct commands *to, const char *a, size_t n, const char *b, const char *c)
{
	size_t nb = strlen(b), nc = strlen(c), size = n + nb + nc + 1;

	if (to->texts_left < size) {
		to->texts_left = size < TEXTS ? TEXTS : size;
		to->texts = own(to, xmalloc(to->texts_left));
	}

	char *ret = to->texts;

	memcpy(ret, a, n);
	memcpy(ret + n, b, nb);
	memcpy(ret + n + nb, c, nc + 1);
	to->texts += size;
	to->texts_left -= size;
	return ret;
}

static void add_generated(struct commands *c, const struct view *v, const struct verb *verb)
{
	const char *placeholder = strstr(verb->help, "%s");
	struct command cmd = {
		.name = join(c, v->prefix, strlen(v->prefix), "-", verb->name),
		.run = verb->run,
		.flags = verb->flags | (is_standard(v, verb) ? C_STANDARD : 0) |
			(is_everyday(v, verb) ? C_EVERYDAY : 0),
		.help = join(
			c, verb->help, (size_t)(placeholder - verb->help), v->doc, placeholder + 2),
		.params = verb->tree_params && str_eq(v->prefix, "snapshot") ? verb->tree_params
									     : verb->params,
		.view = v,
		.prints = verb->prints,
	};

	add_command(c, &cmd, true);
}

/* ---- parameters that are fields -------------------------------------------------------------- */

static size_t count_params(const struct command *cmd)
{
	size_t n = 0;

	while (cmd->params[n].name)
		n++;
	return n;
}

static size_t count_kinds(const struct command *cmd)
{
	size_t n = 0;

	while (cmd->kinds && cmd->kinds[n])
		n++;
	return n;
}

/*
 * Makes the fields that only vxe has parameters of a command such as vmss-create. Their type is text, because the
 * handler reads the values by the types of the fields, as param-set does.
 */
static void add_own_fields(struct commands *c, struct command *cmd)
{
	size_t n = count_params(cmd), n_kinds = count_kinds(cmd), room = 1;

	for (const struct field *f = cmd->own->fields; f->name; f++)
		room += command_own_field(f);
	struct param *params = own(c, xcalloc(n + room, sizeof(*params)));
	struct param_kind *kinds = own(c, xcalloc(room, sizeof(*kinds)));
	const struct param_kind **list = own(c, xcalloc(n_kinds + room, sizeof(*list)));

	memcpy(params, cmd->params, n * sizeof(*params));
	for (size_t i = 0; i < n_kinds; i++)
		list[i] = cmd->kinds[i];
	for (const struct field *f = cmd->own->fields; f->name; f++) {
		if (!command_own_field(f))
			continue;
		*kinds = (struct param_kind){ f->name, PARAM_TEXT, .meaning = f->doc,
			.words = f->type == FIELD_ENUM ? f->arg : NULL };
		params[n++] = (struct param){ f->name, P_OURS };
		list[n_kinds++] = kinds++;
	}
	cmd->params = params;
	cmd->kinds = list;
}

/* ---- the list -------------------------------------------------------------------------------- */

void commands_init(struct commands *ret, bool as_xe)
{
	for (size_t i = 0; i < ARRAY_LEN(tables); i++)
		for (const struct command *cmd = tables[i]; cmd->name; cmd++)
			if (command_exists(cmd, as_xe)) {
				add_command(ret, cmd, as_xe);
				if (cmd->own && !as_xe)
					add_own_fields(ret, &ret->items[ret->n - 1]);
			}
	for (const struct view *v = views; v->prefix; v++)
		for (const struct verb *verb = record_verbs; verb->name; verb++)
			if (!v->cls->internal && any_field(v, verb->has))
				add_generated(ret, v, verb);
	commands_sort(ret);
}

void commands_clear(struct commands *c)
{
	free(c->items);
	for (size_t i = 0; i < c->n_own; i++)
		free(c->own[i]);
	free(c->own);
	*c = (struct commands){ 0 };
}
