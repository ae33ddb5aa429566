/* SPDX-License-Identifier: MIT */
/* The manual page docs/vxe.1, and the command that writes all pages. */
#include "xe/manual/man.h"

#include <string.h>

#include "xe/call.h"
#include "xe/commands/commands.h"
#include "xe/manual/guide.h"

static const char head[] =
	".\\\" Written by \"vxe man-doc\".\n"
	".TH VXE 1 \"\" \"vxe\" \"User Commands\"\n"
	".SH NAME\n"
	"vxe, xe \\- virtual machines, disks and snapshots on libvirt, by the commands of xe\n"
	".SH SYNOPSIS\n"
	".B vxe\n.I COMMAND\n.RI [ key = value \" ...] [\\-\\-\" flag \" ...]\"\n.br\n"
	".B xe\n.I COMMAND\n.RI [ key = value \" ...] [\\-\\-\" flag \" ...]\"\n"
	".SH DESCRIPTION\n"
	".B vxe\n"
	"manages the VMs of the machine that it runs on. It lists the domains of libvirt as VMs "
	"and keeps\nthe data that libvirt has no field for: names, tags, snapshots in a tree, "
	"templates. It needs no\n"
	"daemon of its own. A command that is interrupted is finished or undone by the next one "
	"on\n"
	"the same objects.\n"
	".PP\n"
	"Called as\n.BR xe ,\n"
	"by that name or by a link, its output and exit status are those of XenServer's xe, "
	"and\nthe commands, parameters and options marked (vxe) below do not exist.\n"
	".SS Words\n"
	"The first word is the command. Each other word is\n"
	".IR key = value\nor a flag, and\n.BI \\-\\- flag\nis short for\n.IR flag =true.\n"
	"Keys of a map are written as\n.IR map : key = value .\n"
	"Sizes are bytes or have a unit (KiB, MiB, GiB, TiB).\n"
	".SS Selectors\n"
	"Commands that act on VMs take\n.BI vm= X\n"
	"(a UUID or a name-label) and\n.IR field = value\n"
	"filters on any field of vm-list. More than one match needs\n.BR \\-\\-multiple .\n"
	".SS Lists\n"
	".IR field = value\nkeeps the objects whose field prints as the value,\n"
	".IR map : key = value\nthose with such a key,\n"
	".IR set :contains= member\nthose with such a member.\n"
	".BI params= name,name\nchooses the fields,\n.B params=all\nprints all of them.\n"
	".SH OPTIONS\n"
	".TP\n.B \\-\\-minimal\nThe first column alone, the values joined with commas.\n"
	".TP\n.B \\-\\-null\nWith \\-\\-minimal: each value ends in a NUL byte. (vxe)\n"
	".TP\n.B \\-\\-json\nOne JSON document with typed values. (vxe)\n"
	".TP\n.B \\-\\-table\nA table for people. (vxe)\n"
	".TP\n.B \\-\\-dry\\-run\nOnly show what would be done; a command that cannot say it "
	"refuses "
	"the flag. (vxe)\n"
	".TP\n.BR \\-\\-help \", \" \\-h\nDescribe the command with its parameters, defaults and "
	"examples. (vxe)\n"
	".TP\n.B \\-\\-force\nDo not ask, or take the hard way: see the command.\n";

static const char tail[] =
	".SH EXIT STATUS\n"
	"Called as xe, 0 or 1; as vxe:\n"
	".TP\n.B 0\nDone.\n"
	".TP\n.B 1\nFailed; the error stream says why, and nothing is half done.\n"
	".TP\n.B 2\nA word of the command line is wrong; nothing was opened.\n"
	".TP\n.B 3\nThere is no such object.\n"
	".TP\n.B 4\nSeveral objects match, and \\-\\-multiple was not given.\n"
	".TP\n.B 5\nOf several objects, some failed.\n"
	".TP\n.B 6\nThe object is in use, or the time is up: try again.\n"
	".TP\n.B 7\nRefused, because data could be lost or something is not as recorded.\n"
	".TP\n.BR 130 \", \" 143\nEnded by ^C or SIGTERM, also in the merges after its own work.\n"
	".SH ENVIRONMENT\n"
	".TP\n.B VXE_STORE\n"
	"Directory of the records. For root /var/lib/vxe, else $XDG_STATE_HOME/vxe or\n"
	"~/.local/state/vxe.\n"
	".TP\n.B VXE_CONNECT\n"
	"URI of libvirt. For root qemu:///system, else qemu:///session.\n"
	".TP\n.B VXE_IMAGES\nDirectory of the SR \"Local storage\", read at the first use of a "
	"store.\n"
	".TP\n.B VXE_LIBVIRT_TIMEOUT\nSeconds to wait for an answer of libvirt, 30 by default; ten "
	"times "
	"as long where it has to\nchange something.\n"
	".TP\n.B VXE_LOG\nLowest level of the messages on the error stream: error, warn, info, "
	"debug.\n"
	".TP\n.B XE_EXTRA_ARGS\nWords between commas that are added to each command.\n"
	".TP\n.B NO_COLOR\nWhen it is not empty, nothing is coloured.\n"
	".SH FILES\n"
	".TP\n.I ~/.xe\nA key=value per line, added to each command.\n"
	".TP\n.I /etc/xensource\\-inventory\nFacts about the host for scripts; printed by\n"
	".BR \"vxe inventory\" .\n"
	".TP\n.I /var/lib/vxe\nThe records, for root: see VXE_STORE. Beside the disks they are "
	"what "
	"a backup needs.\n"
	".TP\n.I /var/lib/libvirt/images/vxe\nThe disks of the SR \"Local storage\", for root: see "
	"VXE_IMAGES.\n"
	".TP\n.I /etc/vxe/plugins\nThe plugins of host\\-call\\-plugin and of schedules.\n"
	".SH SEE ALSO\n";
static const char others[] = ".BR virsh (1),\n.BR qemu\\-img (1)\n";

/* The commands are the same for every class, so they are described once. */
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

/* What people do first, by the guides of these commands. */
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
	str_add(doc, ".SH COMMANDS\nThe commands are described by areas;\n"
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

static void add_see_also(struct str *doc)
{
	for (const struct area *a = areas; a->title; a++)
		if (a->page) {
			str_add(doc, ".BR ");
			man_text(doc, a->page);
			str_add(doc, " (7),\n");
		}
	str_add(doc, others);
}

static void man_overview(struct str *doc, const struct commands *all)
{
	str_add(doc, head);
	add_areas(doc);
	add_classes(doc);
	add_examples(doc, all);
	str_add(doc, tail);
	add_see_also(doc);
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
	.meaning = "The page of an area, vxe-snapshot say.", .absent = "vxe(1)" };
static const struct param_kind list_kind = { "list", PARAM_FLAG,
	.meaning = "Only the names of the areas' pages." };

const struct command man_commands[] = {
	{ "man-doc", cmd_man_doc, C_OURS | C_HIDDEN | C_READS, "Write a manual page.",
		PARAMS({ "page", P_OURS }, { "list", P_OURS }), KINDS(&page_kind, &list_kind) },
	{ 0 },
};
