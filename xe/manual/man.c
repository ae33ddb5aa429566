/* SPDX-License-Identifier: MIT */
/*
 * Writes the parts of the manual page vxe.1 that come from tables (share/vxe.1.in has the others), and the pages of
 * areas.
 */
#include "xe/manual/man.h"

#include <string.h>

#include "xe/model/call.h"
#include "xe/model/command.h"
#include "xe/manual/guide.h"

/* Describes the commands that every class has, once for all classes. */
static void add_classes(struct str *doc)
{
	static const char verbs[] =
		".SH OBJECTS\n"
		"Each class below has\n"
		".IR CLASS \\-list,\n.IR CLASS \\-param\\-list,\n.IR CLASS \\-param\\-get\n"
		"and, where a field can be changed,\n"
		".IR CLASS \\-param\\-set,\n.IR \\-add,\n.IR \\-remove\nand\n.IR \\-clear.\n"
		"param\\-set changes all fields that are given or none.\n"
		".BI \"vxe help \" CLASS \\-list\nnames the fields.\n";

	str_add(doc, verbs);
	for (const struct view *v = views; v->prefix; v++) {
		if (v->cls->internal || v->cls->absent)
			continue;
		str_add(doc, ".TP\n.B ");
		man_text(doc, v->prefix);
		str_add(doc, "\n");
		man_text(doc, v->doc);
		str_add(doc, "\n");
	}
}

/* Adds what people do first, as the guides of these commands have it. */
static void add_examples(struct str *doc, const struct commands *all)
{
	static const char *const shown[] = { "vm-list", "vm-snapshot", "snapshot-list",
		"snapshot-revert", "vm-install", "vm-disk-add", "vdi-chain-list", "vmss-create",
		"vm-export", "vm-import", "check" };
	_cleanup_strv_ struct strv lines = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(shown); i++)
		guide_examples(commands_find(all, shown[i]), &lines);
	str_add(doc, ".SH EXAMPLES\nVM\\-UUID stands for the UUID of a VM, and so on.\n");
	man_examples(doc, &lines);
}

static void add_areas(struct str *doc)
{
	str_add(doc,
		".SH COMMANDS\nThe commands are described by areas;\n"
		".BI \"vxe help \" COMMAND\ndescribes one of them.\n");
	for (const struct area *a = areas; a->title; a++) {
		if (!a->page)
			continue;
		str_add(doc, ".TP\n.BR ");
		man_text(doc, a->page);
		str_add(doc, " (7)\n");
		man_text(doc, a->about);
		str_add(doc, "\n");
	}
}

static void man_overview(struct str *doc, const struct commands *all)
{
	add_areas(doc);
	add_classes(doc);
	add_examples(doc, all);
}

static int cmd_man_doc(struct call *c, struct vxe_error *err)
{
	_cleanup_str_ struct str doc = { 0 };
	const char *page = call_get(c, "page");

	if (call_flag(c, "list", false)) {
		for (const struct area *a = areas; a->title; a++)
			if (a->page)
				render_line(c->render, a->page);
		return 0;
	}
	if (page && !area_by_page(page))
		return vxe_fail_text(err, "no such page: %s", page);
	if (page)
		man_area(&doc, c->all, area_by_page(page));
	else
		man_overview(&doc, c->all);
	/* render_line() adds the last newline. */
	doc.data[--doc.len] = '\0';
	render_line(c->render, str_text(&doc));
	return 0;
}

static const struct param_kind page_kind = { "page", PARAM_TEXT,
	.meaning = "The page of an area, vxe-snapshot say.",
	.absent = "What vxe(1) says of commands, objects and examples." };
static const struct param_kind list_kind = { "list", PARAM_FLAG,
	.meaning = "Only the names of the areas' pages." };

const struct command man_commands[] = {
	{ "man-doc", cmd_man_doc, C_OURS | C_HIDDEN | C_READS, "Write a manual page.",
		PARAMS({ "page", P_OURS }, { "list", P_OURS }), KINDS(&page_kind, &list_kind) },
	{ 0 },
};
