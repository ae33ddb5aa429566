/* SPDX-License-Identifier: MIT */
/*
 * The command help in all its forms, made from the table of commands. Shell completion reads the output of --minimal
 * and the "reqd params" and "optional params" lines. Behaviour source: xen-api ocaml/xapi-cli-server/cli_frontend.ml.
 */
#include <string.h>

#include "xe/model/command.h"
#include "xe/words/refused_commands.h"
#include "xe/model/fields.h"
#include "xe/manual/guide.h"
#include "xe/manual/help.h"
#include "xe/words/overview.h"
#include "xe/words/unknown_word.h"

#define LINE_MAX_BYTES 74

static const char selectors_help[] =
	". VMs are selected by field=value filters on any field of vm-list; vm=X stands for the "
	"UUID or the name-label. --multiple is needed when several match; without any selector "
	"all VMs match.";

char *help_usage(const char *program)
{
	return xasprintf("Usage: %s COMMAND [key=value ...] [--flag ...]\n"
			 "\n"
			 "The first word is the command. '%s help' lists the everyday commands,\n"
			 "'%s help --all' all of them, '%s help COMMAND' describes one.",
		program, program, program, program);
}

/* ---- lists of commands ---------------------------------------------------------------------- */

static void print_block(struct render *r, const struct strv *names)
{
	_cleanup_str_ struct str line = { 0 };

	for (size_t i = 0; i < names->n; i++) {
		const char *name = names->items[i];

		if (line.len && line.len + strlen(name) > LINE_MAX_BYTES) {
			render_message(r, str_text(&line));
			str_clear(&line);
		}
		str_addf(&line, "%s%s", line.len ? ", " : "    ", name);
	}
	if (line.len)
		render_message(r, str_text(&line));
}

static void print_head(struct call *c, bool all)
{
	_cleanup_free_ char *usage = help_usage(c->report->program);
	_cleanup_free_ char *head = xasprintf("%s\n\n%s:\n", usage,
		all ? "All commands" : "Everyday commands (more with 'help --all')");

	render_message(c->render, head);
}

/* Collects the names of those commands, hidden ones excepted, that have one of the flags @flags; 0: of all commands. */
static void names_with(const struct call *c, unsigned flags, struct strv *ret)
{
	for (size_t i = 0; i < c->all->n; i++) {
		const struct command *cmd = &c->all->items[i];

		if (!(cmd->flags & C_HIDDEN) && (!flags || cmd->flags & flags))
			strv_add(ret, cmd->name);
	}
}

static void help_all(struct call *c)
{
	_cleanup_strv_ struct strv names = { 0 }, hosts = { 0 }, vms = { 0 }, others = { 0 };

	names_with(c, 0, &names);
	for (size_t i = 0; i < names.n; i++) {
		bool host = str_starts(names.items[i], "host-");
		bool vm = str_starts(names.items[i], "vm-");

		strv_add(host ? &hosts : vm ? &vms : &others, names.items[i]);
	}
	print_head(c, true);
	print_block(c->render, &hosts);
	render_message(c->render, "    ");
	print_block(c->render, &vms);
	render_message(c->render, "    ");
	print_block(c->render, &others);
}

static bool lists_names(const struct call *c)
{
	return c->render->format == RENDER_MINIMAL || c->render->format == RENDER_JSON;
}

static void help_list(struct call *c)
{
	bool all = str_eq(params_get(c->params, "all"), "true");
	_cleanup_strv_ struct strv names = { 0 };

	names_with(c, all ? 0 : c->as_xe ? C_STANDARD : C_LISTED, &names);
	if (!lists_names(c) && !c->as_xe && !all) {
		overview_everyday(c->render, c->all);
	} else if (!lists_names(c) && !c->as_xe) {
		render_message(c->render, "All commands; 'vxe help COMMAND' describes one.");
		overview_list(c->render, c->all, &names);
	} else if (lists_names(c)) {
		render_list(c->render, &names);
	} else if (all) {
		help_all(c);
	} else {
		print_head(c, false);
		print_block(c->render, &names);
	}
}

/* ---- one command ---------------------------------------------------------------------------- */

static const struct param no_params[] = { { 0 } };

/*
 * Adds a line for each field that the command takes as a filter or setting. The list is long, but nobody has to guess.
 */
static void add_field_params(const struct command *cmd, struct str *ret)
{
	for (const struct field *f = cmd->view->cls->fields; f->name; f++) {
		_cleanup_free_ char *usage = NULL;

		if (!field_is_visible(f, false))
			continue;
		if (cmd->flags & C_SETTINGS && !field_can_set(f) && !field_can_set_key(f))
			continue;
		usage = xasprintf("%s%s", f->name, field_is_map(f) ? ":KEY=VALUE" : "=VALUE");
		str_addf(ret, "\n    %-34s  %s", usage, f->doc);
	}
}

/* The help on the parameters of a command: a line for each parameter, with its type, meaning and default. Owned. */
static char *parameters_text(const struct command *cmd)
{
	struct str s = { 0 };

	for (const struct param *p = cmd->params; p->name; p++)
		if (!(p->flags & P_HIDDEN)) {
			_cleanup_free_ char *usage =
				param_usage(param_kind(cmd, p), param_is_named(cmd, p));
			_cleanup_free_ char *value = guide_default(cmd, p);

			str_addf(&s, "\n    %-34s  %s", usage, param_kind(cmd, p)->meaning);
			if (p->flags & P_REQUIRED)
				str_add(&s, " (required)");
			else if (!str_is_empty(value))
				str_addf(&s, " (default: %s)", value);
		}
	if (cmd->flags & (C_FILTERS | C_SETTINGS))
		add_field_params(cmd, &s);
	return s.data;
}

/* The examples of a command for its help, one line for each. Owned. */
static char *examples_text(const struct command *cmd)
{
	_cleanup_strv_ struct strv lines = { 0 };
	struct str s = { 0 };

	guide_examples(cmd, &lines);
	for (size_t i = 0; i < lines.n; i++)
		str_addf(&s, "\n    vxe %s", lines.items[i]);
	return s.data;
}

static char *related_text(const struct call *c, const struct command *cmd)
{
	_cleanup_strv_ struct strv names = { 0 };

	guide_related(c->all, cmd, &names);
	return names.n ? strv_join(&names, ", ") : NULL;
}

/*
 * The names end in blanks because xe's names do: the longest name, with its blanks, sets the width of the column.
 */
static const struct column help_columns[] = { { "command name        ", CELL_TEXT },
	{ "reqd params     ", CELL_TEXT }, { "optional params ", CELL_TEXT },
	{ "description     ", CELL_TEXT }, { "parameters      ", CELL_TEXT },
	{ "no --dry-run    ", CELL_TEXT }, { "examples        ", CELL_TEXT },
	{ "see also        ", CELL_TEXT }, { 0 } };

static void help_command(struct call *c, const struct command *cmd)
{
	_cleanup_free_ char *parameters = c->as_xe ? NULL : parameters_text(cmd);
	_cleanup_free_ char *examples = c->as_xe ? NULL : examples_text(cmd);
	_cleanup_free_ char *related = c->as_xe ? NULL : related_text(c, cmd);
	_cleanup_strv_ struct strv required = { 0 }, optional = { 0 };
	_cleanup_free_ char *reqd = NULL, *optn = NULL;
	_cleanup_free_ char *description =
		xasprintf("%s%s", cmd->help, cmd->flags & C_SELECTS ? selectors_help : "");

	command_required(cmd, &required);
	command_optional(cmd, c->as_xe, &optional);
	reqd = strv_join(&required, ", ");
	optn = strv_join(&optional, ", ");
	const char *const cells[] = { cmd->name, reqd, optn, description, parameters,
		c->as_xe ? NULL : cmd->unplanned, examples, related };

	render_cells(c->render, help_columns, cells, 1);
}

/*
 * Prints help for a command of xe that has no use on KVM: no list has the command, but its help gives the reason. False
 * if @name is no such command.
 */
static bool help_refused(struct call *c, const char *name)
{
	const char *reason = refusal_reason(name);
	_cleanup_free_ char *text = reason ? xasprintf("Does nothing on KVM: %s.", reason) : NULL;
	const struct command refused = { .name = name, .help = text, .params = no_params };

	if (reason)
		help_command(c, &refused);
	return reason != NULL;
}

/* Answers a request for help on an unknown command: as `xe` with a result, as `vxe` with an error. */
static int help_unknown(struct call *c, const char *name, struct vxe_error *err)
{
	_cleanup_strv_ struct strv texts = { 0 };

	if (!c->as_xe) {
		_cleanup_free_ char *topics = overview_topics();

		(void)unknown_command(c->all, name, NULL, err);
		if (!err->detail)
			err->detail = xasprintf("The topics are %s.", topics);
		return -1;
	}
	strv_take(&texts, xasprintf("Unknown command '%s'", name));
	render_list(c->render, &texts);
	return 0;
}

/* Prints help for a topic, such as "disk"; false: @word is none. As `xe` there are none. */
static bool help_topic(struct call *c, const char *word)
{
	const struct area *area = c->as_xe ? NULL : overview_topic(c->all, word);
	_cleanup_strv_ struct strv names = { 0 };
	bool scripts = !c->as_xe && !area && str_eq(word, TOPIC_SCRIPTS);

	if (area && lists_names(c)) {
		overview_names(c->all, area, &names);
		render_list(c->render, &names);
	} else if (area)
		overview_area(c->render, c->all, area);
	else if (scripts)
		overview_scripts(c->render, c->all);
	return area || scripts;
}

static bool is_option(const struct call *c, const char *key)
{
	static const char *const options[] = { "server", "username", "password", "port", "minimal",
		"all" };

	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (str_eq(key, options[i]))
			return true;
	return key_is_output(key, c->as_xe);
}

static int cmd_help(struct call *c, struct vxe_error *err)
{
	bool named = false;

	for (size_t i = 0; i < c->params->n; i++) {
		const char *name = c->params->items[i].key;
		const struct command *cmd = commands_find(c->all, name);

		if (is_option(c, name))
			continue;
		named = true;
		if (cmd)
			help_command(c, cmd);
		else if (!help_topic(c, name) && !help_refused(c, name) &&
			help_unknown(c, name, err) < 0)
			return -1;
	}
	if (!named)
		help_list(c);
	return 0;
}

const struct command help_commands[] = {
	{ "help", cmd_help, C_HIDDEN | C_WORDS | C_READS, "Describe commands.", NO_PARAMS,
		PRINTS(PRINTS_TEXTS | PRINTS_CELLS, .columns = help_columns) },
	{ 0 },
};
