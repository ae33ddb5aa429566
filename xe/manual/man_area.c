/* SPDX-License-Identifier: MIT */
/* Writes the manual page of an area: its commands with their parameters and examples. */
#include <ctype.h>
#include <string.h>

#include "xe/manual/manual_entry.h"
#include "xe/manual/man.h"

void man_text(struct str *doc, const char *text)
{
	if (*text == '.' || *text == '\'')
		str_add(doc, "\\&");
	for (; *text; text++)
		if (*text == '-')
			str_add(doc, "\\-");
		else if (*text == '\\')
			str_add(doc, "\\e");
		else
			str_add_bytes(doc, text, 1);
}

void man_examples(struct str *doc, const struct strv *lines)
{
	if (lines->n)
		str_add(doc, ".PP\n.EX\n");
	for (size_t i = 0; i < lines->n; i++) {
		str_add(doc, "vxe ");
		man_text(doc, lines->items[i]);
		str_add(doc, "\n");
	}
	if (lines->n)
		str_add(doc, ".EE\n");
}

/* Adds a sentence on a line of its own, with a full stop. */
static void add_sentence(struct str *doc, const char *text)
{
	man_text(doc, text);
	str_add(doc, str_ends(text, ".") ? "\n" : ".\n");
}

static void add_param(struct str *doc, const struct command *cmd, const struct param *p)
{
	_cleanup_free_ char *usage = param_usage(param_kind(cmd, p));
	_cleanup_free_ char *need = guide_need(cmd, p);

	str_add(doc, ".TP\n.B ");
	man_text(doc, usage);
	str_addf(doc, "\n%s", guide_is_ours(cmd, p) ? "(vxe) " : "");
	man_text(doc, param_kind(cmd, p)->meaning);
	man_text(doc, need);
	str_add(doc, "\n");
}

static void add_params(struct str *doc, const struct command *cmd)
{
	const char *selector = command_selector(cmd);

	for (const struct param *p = cmd->params; p->name; p++)
		if (!(p->flags & P_HIDDEN))
			add_param(doc, cmd, p);
	if (cmd->flags & C_FILTERS)
		str_add(doc,
			".TP\n.IR field = value\nOnly the objects whose field prints as the "
			"value.\n");
	if (selector)
		str_addf(doc, ".TP\n.BI %s= X\nand other selectors: see\n.BR vxe (1).\n", selector);
}

static void add_related(struct str *doc, const struct commands *all, const struct command *cmd)
{
	_cleanup_strv_ struct strv names = { 0 };
	_cleanup_free_ char *text = NULL;

	entry_related(all, cmd, &names);
	text = strv_join(&names, ", ");
	if (names.n) {
		str_add(doc, ".PP\nSee also: ");
		man_text(doc, text);
		str_add(doc, ".\n");
	}
}

static void add_command(struct str *doc, const struct commands *all, const struct command *cmd)
{
	_cleanup_strv_ struct strv lines = { 0 };

	if (cmd->flags & C_OURS)
		str_add(doc, "(vxe) ");
	add_sentence(doc, cmd->help);
	add_params(doc, cmd);
	guide_examples(cmd, &lines);
	man_examples(doc, &lines);
	add_related(doc, all, cmd);
}

/* Adds all commands for the fields of an object. */
static void add_fields(struct str *doc, const struct entry *e)
{
	_cleanup_strv_ struct strv lines = { 0 };

	for (size_t i = 0; i < e->n; i++) {
		str_add(doc, ".TP\n.B ");
		man_text(doc, e->commands[i]->name);
		str_add(doc, "\n");
		add_sentence(doc, e->commands[i]->help);
		guide_examples(e->commands[i], &lines);
	}
	man_examples(doc, &lines);
}

static void add_entry(struct str *doc, const struct commands *all, const struct entry *e)
{
	_cleanup_free_ char *title = entry_title(e);

	str_add(doc, ".SS ");
	man_text(doc, title);
	str_add(doc, "\n");
	if (e->view)
		add_fields(doc, e);
	else
		add_command(doc, all, e->commands[0]);
}

/* Adds references to the other pages, in the order of help. */
static void add_pages(struct str *doc, const struct area *area)
{
	str_add(doc, ".SH SEE ALSO\n.BR vxe (1)");
	for (const struct area *a = areas; a->title; a++)
		if (a != area && a->page) {
			str_add(doc, ",\n.BR ");
			man_text(doc, a->page);
			str_add(doc, " (7)");
		}
	str_add(doc, "\n");
}

static void add_head(struct str *doc, const struct area *area)
{
	_cleanup_free_ char *upper = xstrdup(area->page), *lower = xstrdup(area->title);

	for (char *p = upper; *p; p++)
		*p = (char)toupper((unsigned char)*p);
	*lower = (char)tolower((unsigned char)*lower);
	str_addf(doc, ".\\\" Written by \"vxe man-doc page=%s\".\n.TH ", area->page);
	man_text(doc, upper);
	str_add(doc, " 7 \"\" \"vxe\" \"Commands of vxe\"\n.SH NAME\n");
	man_text(doc, area->page);
	str_addf(doc, " \\- %s in vxe\n.SH DESCRIPTION\n", lower);
	man_text(doc, area->about);
	str_add(doc,
		"\n.PP\nSelectors, options and the exit status are those of\n.BR vxe (1).\n"
		"Commands and parameters marked (vxe) do not exist when the program is called\n"
		".BR xe .\nIn the examples VM\\-UUID stands for the UUID of a VM, and so on.\n"
		".SH COMMANDS\n");
}

void man_area(struct str *doc, const struct commands *all, const struct area *area)
{
	_cleanup_entries_ struct entries entries = { 0 };

	entries_init(&entries, all);
	add_head(doc, area);
	for (size_t i = 0; i < entries.n; i++)
		if (area_of(entries.items[i].commands[0]) == area)
			add_entry(doc, all, &entries.items[i]);
	add_pages(doc, area);
}
