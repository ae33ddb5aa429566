/* SPDX-License-Identifier: MIT */
#include "xe/words/overview.h"

#include <string.h>

#include "xe/args/param_kind.h"

const char overview_text[] =
	"vxe: virtual machines of this host's libvirt, with snapshots, checkpoints and templates,\n"
	"by the commands of XenServer's xe.\n"
	"\n"
	"  vxe vm-list                                  the VMs\n"
	"  vxe vm-snapshot vm=VM new-name-label=NAME    take a snapshot, whether it runs or not\n"
	"  vxe snapshot-list --tree                     the snapshots of all VMs\n"
	"  vxe snapshot-revert snapshot-uuid=UUID       go back to one of them\n"
	"  vxe check                                    look whether all is consistent\n"
	"\n"
	"'vxe help' lists the everyday commands, 'vxe help COMMAND' describes one, 'vxe help "
	"--all' lists\n"
	"all of them. With --dry-run a command says what it would do. The manual: man vxe.";

/* A text before a comma does not count as a clause if it has no more bytes than this. */
#define SHORT 34

/* The length of the first clause of the help of a command, which lists of commands show. */
static size_t clause(const char *help)
{
	static const char *const ends[] = { ". ", "; ", ": ", " (" };
	size_t len = strlen(help);

	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		const char *at = strstr(help, ends[i]);

		if (at && (size_t)(at - help) < len)
			len = (size_t)(at - help);
	}
	for (const char *at = strchr(help, ','); at && (size_t)(at - help) < len;
		at = strchr(at + 1, ','))
		if (at - help > SHORT)
			len = (size_t)(at - help);
	return len && help[len - 1] == '.' ? len - 1 : len;
}

static void print_command(struct render *r, const struct command *cmd)
{
	_cleanup_free_ char *line =
		xasprintf("  %-28s  %.*s", cmd->name, (int)clause(cmd->help), cmd->help);

	render_message(r, line);
}

void overview_list(struct render *r, const struct commands *all, const struct strv *names)
{
	for (const struct area *a = areas; a->title; a++) {
		_cleanup_free_ char *title = xasprintf("\n%s:", a->title);
		bool any = false;

		for (size_t k = 0; k < names->n; k++) {
			const struct command *cmd = commands_find(all, names->items[k]);

			if (area_of(cmd) != a)
				continue;
			if (!any)
				render_message(r, title);
			any = true;
			print_command(r, cmd);
		}
	}
}

/* ---- one screen ------------------------------------------------------------------------------ */

/* Commands that most people need, those of a line for one purpose; the topic of a line is that of its first command. */
static const struct {
	const char *names, *what;
} everyday[] = {
	{ "vm-list, vm-param-list", "the VMs, all fields of one" },
	{ "vm-start, vm-shutdown, vm-reboot", "switch on, off, both" },
	{ "vm-suspend, vm-resume", "off with its memory, and back" },
	{ "vm-param-set, vm-uninstall", "change one, remove one" },
	{ "console", "its serial line" },
	{ "vm-snapshot, vm-checkpoint", "keep the disks, the memory, too" },
	{ "snapshot-list, snapshot-revert", "the snapshots, back to one" },
	{ "snapshot-uninstall", "remove one, with its disks" },
	{ "vmss-create, vmss-preview", "snapshots at certain times" },
	{ "vm-install, vm-clone", "a new VM of a template, of a VM" },
	{ "vm-export, vm-import", "to a file, from a file" },
	{ "vm-disk-list, vm-disk-add", "the disks of a VM, one more" },
	{ "vdi-resize", "make a disk larger" },
	{ "sr-list, sr-coalesce", "the places of disks, free space" },
	{ "network-list, vif-create", "the networks, a card of a VM" },
	{ "check, log", "is all consistent, who did what" },
};

static const char *topic_of(const struct area *a)
{
	return a->page ? a->page + strlen("vxe-") : "";
}

void overview_everyday(struct render *r, const struct commands *all)
{
	const struct area *last = NULL;

	render_message(r, "Everyday commands, by topics:\n");
	for (size_t i = 0; i < ARRAY_LEN(everyday); i++) {
		_cleanup_free_ char *first =
			xstrndup(everyday[i].names, strcspn(everyday[i].names, ","));
		const struct area *a = area_of(commands_find(all, first));
		_cleanup_free_ char *line = xasprintf("  %-9s  %-32s  %s",
			a == last ? "" : topic_of(a), everyday[i].names, everyday[i].what);

		last = a;
		render_message(r, line);
	}
	render_message(r,
		"\n'vxe help COMMAND' describes one, 'vxe help TOPIC' lists those of a topic (also\n"
		"'vxe help " TOPIC_SCRIPTS "'), 'vxe help --all' lists all.");
}

/* ---- topics ---------------------------------------------------------------------------------- */

static bool is_topic(const struct area *a, const char *word)
{
	const char *topic = topic_of(a);
	size_t len = strlen(topic);

	return len && str_starts(word, topic) && (!word[len] || str_eq(word + len, "s"));
}

const struct area *overview_topic(const struct commands *all, const char *word)
{
	_cleanup_free_ char *list = xasprintf("%s-list", word);
	const struct command *cmd = commands_find(all, list);

	for (const struct area *a = areas; a->title; a++)
		if (is_topic(a, word))
			return a;
	return cmd ? area_of(cmd) : NULL;
}

char *overview_topics(void)
{
	struct str s = { 0 };

	for (const struct area *a = areas; a->title; a++)
		if (a->page)
			str_addf(&s, "%s, ", topic_of(a));
	str_add(&s, TOPIC_SCRIPTS);
	return str_steal(&s);
}

void overview_names(const struct commands *all, const struct area *area, struct strv *ret)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct command *cmd = &all->items[i];
		bool own = !cmd->view || str_ends(cmd->name, "-list");

		if (!(cmd->flags & C_HIDDEN) && area_of(cmd) == area && own &&
			!str_ends(cmd->name, "-param-list"))
			strv_add(ret, cmd->name);
	}
}

/* Prints a text in lines of at most 78 columns. */
static void print_folded(struct render *r, const char *text)
{
	enum { WIDTH = 78 };
	size_t len = strlen(text);

	while (len > WIDTH) {
		size_t end = WIDTH;

		while (end && text[end] != ' ')
			end--;
		_cleanup_free_ char *line = xstrndup(text, end ? end : WIDTH);

		render_message(r, line);
		text += strlen(line) + (end > 0);
		len = strlen(text);
	}
	render_message(r, text);
}

void overview_area(struct render *r, const struct commands *all, const struct area *area)
{
	_cleanup_strv_ struct strv names = { 0 };

	overview_names(all, area, &names);
	print_folded(r, area->about);
	overview_list(r, all, &names);
	render_message(r,
		"\nEach class has CLASS-param-list, -param-get, -param-set and others, too.\n"
		"'vxe help COMMAND' describes a command.");
}

static void print_option(
	struct render *r, const char *before, const char *name, const char *meaning)
{
	_cleanup_free_ char *option = xasprintf("%s%s", before, name);
	_cleanup_free_ char *line = xasprintf("  %-28s  %s", option, meaning);

	render_message(r, line);
}

void overview_scripts(struct render *r, const struct commands *all)
{
	static const char *const commands[] = { "vm-wait", "event-wait", "check", "log" };
	const struct command *start = commands_find(all, "vm-start");

	render_message(r, "Output of every command:");
	print_option(r, "--", "minimal", "The first column alone, joined with commas.");
	for (const struct output_key *k = output_keys; k->name; k++)
		print_option(r, "--", k->name, k->meaning);
	render_message(r, "\nOf many commands:");
	for (const struct param *p = start->params; p->name; p++)
		if (str_eq(p->name, "dry-run") || str_eq(p->name, "if-needed"))
			print_option(r, "", p->name, param_kind(start, p)->meaning);
	render_message(r, "\nCommands that scripts use:");
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		print_command(r, commands_find(all, commands[i]));
	render_message(r,
		"\nThe exit status says what kind of error it was: 'man vxe'. Settings for every command\n"
		"are in VXE_OPTS: VXE_OPTS=quiet=true,json=true.");
}
