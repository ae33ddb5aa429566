/* SPDX-License-Identifier: MIT */
#include "xe/words/overview.h"

#include <string.h>

#include "xe/model/areas.h"

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

void overview_list(struct render *r, const struct commands *all, const struct strv *names)
{
	for (const struct area *a = areas; a->title; a++) {
		_cleanup_free_ char *title = xasprintf("\n%s:", a->title);
		bool any = false;

		for (size_t k = 0; k < names->n; k++) {
			const char *name = names->items[k];

			const struct command *cmd = commands_find(all, name);

			if (area_of(cmd) != a)
				continue;
			if (!any)
				render_message(r, title);
			any = true;
			_cleanup_free_ char *line =
				xasprintf("  %-28s  %.*s", name, (int)clause(cmd->help), cmd->help);

			render_message(r, line);
		}
	}
}
