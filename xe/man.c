/* SPDX-License-Identifier: MIT */
/* The manual page docs/vxe.1, generated from the tables of commands and classes. */
#include <string.h>

#include "xe/command.h"

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
	".TP\n.B \\-\\-force\nDo not ask, or take the hard way: see the command.\n";

static const char tail[] =
	".SH EXIT STATUS\n"
	"As xe: 0 done, 1 failed. As vxe: 0 done, 1 failed, 2 usage, 3 not found, 4 several "
	"match,\n"
	"5 some of several failed, 6 busy or timed out, 7 refused for safety.\n"
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
	".SH SEE ALSO\n"
	".BR virsh (1),\n.BR qemu\\-img (1)\n";

/*
 * Escapes a minus, which would become a hyphen, and a dot at the beginning of a line, which would
 * become a request.
 */
static void add_text(struct str *doc, const char *text)
{
	if (strchr(".'", *text))
		str_add(doc, "\\&");
	for (; *text; text++)
		if (*text == '-')
			str_add(doc, "\\-");
		else if (*text == '\\')
			str_add(doc, "\\e");
		else
			str_add_bytes(doc, text, 1);
}

static void add_params(struct str *doc, const struct command *cmd)
{
	bool any = cmd->flags & C_SELECTS;

	for (const struct param *p = cmd->params; p->name; p++)
		any |= !(p->flags & P_HIDDEN);
	if (!any)
		return;
	str_add(doc, ".br\nParameters:");
	for (const struct param *p = cmd->params; p->name; p++) {
		if (p->flags & P_HIDDEN)
			continue;
		str_add(doc, p->flags & P_REQUIRED ? " " : " [");
		add_text(doc, p->name);
		str_add(doc, p->flags & P_REQUIRED ? "=" : "=]");
		str_add(doc, p->flags & P_OURS && !(cmd->flags & C_OURS) ? " (vxe)" : "");
	}
	str_add(doc, cmd->flags & C_SELECTS ? " [selectors]\n" : "\n");
	for (const struct param_kind *const *own = cmd->kinds; own && *own; own++) {
		_cleanup_free_ char *usage = param_usage(*own);

		str_add(doc, ".br\n");
		add_text(doc, usage);
		str_addf(doc, ": %s\n", (*own)->meaning);
	}
}

static void add_command(struct str *doc, const struct command *cmd)
{
	str_add(doc, ".TP\n.B ");
	add_text(doc, cmd->name);
	str_add(doc, cmd->flags & C_OURS ? "\n(vxe) " : "\n");
	add_text(doc, cmd->help);
	str_add(doc, str_ends(cmd->help, ".") ? "\n" : ".\n");
	add_params(doc, cmd);
}

/* A name means the same in every command, so it is described once. */
static void add_kinds(struct str *doc)
{
	str_add(doc,
		".SH PARAMETERS\nWhere a command gives one of these names another meaning, the "
		"command says so.\n");
	for (const struct param_kind *kind = param_kinds; kind->name; kind++) {
		_cleanup_free_ char *usage = param_usage(kind);

		str_add(doc, ".TP\n.B ");
		add_text(doc, usage);
		str_add(doc, "\n");
		add_text(doc, kind->meaning);
		str_add(doc, "\n");
	}
}

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
		if (v->cls->internal)
			continue;
		str_add(doc, ".TP\n.B ");
		add_text(doc, v->prefix);
		str_add(doc, "\n");
		add_text(doc, v->doc);
		str_add(doc, "\n");
	}
}

static int cmd_man_doc(struct call *c, struct vxe_error *err)
{
	_cleanup_str_ struct str doc = { 0 };

	(void)err;
	str_add(&doc, head);
	add_classes(&doc);
	str_add(&doc, ".SH COMMANDS\n");
	for (size_t i = 0; i < c->all->n; i++) {
		const struct command *cmd = &c->all->items[i];

		if (!cmd->view && (!(cmd->flags & C_HIDDEN) || str_eq(cmd->name, "help")))
			add_command(&doc, cmd);
	}
	add_kinds(&doc);
	str_add(&doc, tail);
	/* render_line() adds the last newline. */
	doc.data[--doc.len] = '\0';
	render_line(c->render, str_text(&doc));
	return 0;
}

const struct command man_commands[] = {
	{ "man-doc", cmd_man_doc, C_OURS | C_HIDDEN, "Write the manual page.", NO_PARAMS },
	{ 0 },
};
