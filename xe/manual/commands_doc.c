/* SPDX-License-Identifier: MIT */
/*
 * Writes docs/commands.md: the commands by areas, from their declarations and their guides (examples, related commands,
 * defaults).
 */
#include <ctype.h>
#include <string.h>

#include "xe/model/areas.h"
#include "xe/model/call.h"
#include "xe/manual/manual_entry.h"

static const char head[] =
	"# Commands\n"
	"\n"
	"Written by `vxe commands-doc`; `vxe help COMMAND` says the same. Fields: "
	"[fields.md](fields.md).\n"
	"Commands and parameters marked (vxe) do not exist when the program is called `xe`.\n"
	"\n"
	"- Each word after the command is `key=value` or a flag; `--flag` is short for "
	"`flag=true`.\n"
	"- Sizes are bytes or have a unit: KiB, MiB, GiB, TiB.\n"
	"- VM selectors: `vm=` takes a UUID or a name-label, and every field of vm-list is a "
	"filter; `--multiple` is needed when several VMs match. Host and SR selectors are the same "
	"with `host=` and `sr=`.\n"
	"- Every list takes `--minimal`, `--json` (vxe) and `--table` (vxe).\n"
	"- In the examples `VM-UUID` stands for the UUID of a VM, `VDI-UUID` for that of a disk, "
	"and so on. Tests run the examples.\n";

static void add_params(struct str *doc, const struct command *cmd)
{
	const char *selector = command_selector(cmd);

	for (const struct param *p = cmd->params; p->name; p++)
		if (!(p->flags & P_HIDDEN)) {
			_cleanup_free_ char *usage =
				param_usage(param_kind(cmd, p), param_is_named(cmd, p));
			_cleanup_free_ char *need = guide_need(cmd, p);

			str_addf(doc, "- `%s`%s: %s%s\n", usage,
				guide_is_ours(cmd, p) ? " (vxe)" : "", param_kind(cmd, p)->meaning,
				need);
		}
	if (cmd->flags & C_FILTERS)
		str_add(doc, "- filters: every field.\n");
	if (selector)
		str_addf(doc, "- %s selectors.\n",
			str_eq(selector, "vm")		 ? "VM"
				: str_eq(selector, "sr") ? "SR"
							 : "Host");
}

static void add_examples(struct str *doc, const struct strv *lines)
{
	if (lines->n)
		str_add(doc, "\n```\n");
	for (size_t i = 0; i < lines->n; i++)
		str_addf(doc, "vxe %s\n", lines->items[i]);
	if (lines->n)
		str_add(doc, "```\n");
}

/* Names the manual pages that commands of the entry have of their own, if there are any. */
static void add_pages(struct str *doc, const struct entry *e)
{
	_cleanup_strv_ struct strv pages = { 0 };
	_cleanup_free_ char *names = NULL;

	for (size_t i = 0; i < e->n; i++)
		if (e->commands[i]->flags & C_LISTED)
			strv_take(&pages, xasprintf("`vxe-%s(1)`", e->commands[i]->name));
	names = strv_join(&pages, ", ");
	if (pages.n)
		str_addf(doc, "\nManual page: %s.\n", names);
}

static void add_command(struct str *doc, const struct commands *all, const struct command *cmd)
{
	_cleanup_strv_ struct strv lines = { 0 }, related = { 0 };
	_cleanup_free_ char *names = NULL;

	str_addf(doc, "\n### %s%s\n\n%s%s\n", cmd->name, cmd->flags & C_OURS ? " (vxe)" : "",
		cmd->help, str_ends(cmd->help, ".") ? "" : ".");
	if (cmd->params->name || cmd->flags & C_FILTERS || command_selector(cmd))
		str_add(doc, "\n");
	add_params(doc, cmd);
	if (cmd->unplanned)
		str_addf(doc, "\nThere is no `--dry-run`: %s.\n", cmd->unplanned);
	guide_examples(cmd, &lines);
	add_examples(doc, &lines);
	entry_related(all, cmd, &related);
	names = strv_join(&related, "`, `");
	if (related.n)
		str_addf(doc, "\nSee also: `%s`.\n", names);
}

/* Adds all X-param-* commands of a class as one entry, because their parameters are the same in every class. */
static void add_fields(struct str *doc, const struct entry *e)
{
	_cleanup_strv_ struct strv lines = { 0 };
	_cleanup_free_ char *title = entry_title(e), *anchor = xstrdup(e->view->cls->name);

	for (char *p = anchor; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	str_addf(doc,
		"\n### %s\n\nThe fields of %s, by `uuid=`. [fields.md](fields.md#%s) says what "
		"they mean.\n\n",
		title, e->view->doc, anchor);
	for (size_t i = 0; i < e->n; i++) {
		str_addf(doc, "- `%s`: %s\n", e->commands[i]->name, e->commands[i]->help);
		guide_examples(e->commands[i], &lines);
	}
	add_examples(doc, &lines);
}

/* Adds an area whose commands nobody looks up: one line for each command or class. */
static void add_appendix(struct str *doc, const struct area *a, const struct entries *entries)
{
	str_addf(doc, "\n## Appendix: %s\n\n%s\n\n", a->title, a->about);
	for (size_t i = 0; i < entries->n; i++) {
		const struct entry *e = &entries->items[i];
		_cleanup_free_ char *title = entry_title(e);

		if (area_of(e->commands[0]) == a)
			str_addf(doc, "- `%s`: %s\n", title,
				e->view ? e->view->doc : e->commands[0]->help);
	}
}

static int cmd_commands_doc(struct call *c, struct vxe_error *err)
{
	_cleanup_entries_ struct entries entries = { 0 };
	_cleanup_str_ struct str doc = { 0 };

	(void)err;
	entries_init(&entries, c->all);
	str_add(&doc, head);
	for (const struct area *a = areas; a->title; a++) {
		if (!a->page) {
			add_appendix(&doc, a, &entries);
			continue;
		}
		str_addf(&doc, "\n## %s\n\n%s\n\nManual page: `%s(7)`.\n", a->title, a->about,
			a->page);
		for (size_t i = 0; i < entries.n; i++)
			if (area_of(entries.items[i].commands[0]) == a) {
				if (entries.items[i].view)
					add_fields(&doc, &entries.items[i]);
				else
					add_command(&doc, c->all, entries.items[i].commands[0]);
				add_pages(&doc, &entries.items[i]);
			}
	}
	/* call_print() adds the last newline. */
	doc.data[--doc.len] = '\0';
	call_print(c, str_text(&doc));
	return 0;
}

const struct command commands_doc_commands[] = {
	{ "commands-doc", cmd_commands_doc, C_OURS | C_HIDDEN | C_READS,
		"Write the reference of all commands as Markdown.", NO_PARAMS,
		PRINTS(PRINTS_TEXTS) },
	{ 0 },
};
