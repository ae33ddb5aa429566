/* SPDX-License-Identifier: MIT */
#include "xe/words/overview.h"

#include <string.h>

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

/* The area with the longest prefix of a name has the command. */
static const struct area {
	const char *title;
	const char *const *prefixes;
} areas[] = {
#define PREFIXES(...) ((const char *const[]){ __VA_ARGS__, NULL })
	{ "Virtual machines", PREFIXES("vm-", "console", "appliance-") },
	{ "Snapshots", PREFIXES("snapshot-", "vm-snapshot", "vm-checkpoint", "vm-adopt-snapshot",
			       "vmss-") },
	{ "Templates and copies", PREFIXES("template-", "vm-clone", "vm-copy", "vm-install",
					  "snapshot-clone", "snapshot-copy") },
	{ "Archives", PREFIXES("vm-export", "vm-import", "template-export", "snapshot-export-to") },
	{ "Disks", PREFIXES("vdi-", "vbd-", "cd-", "vm-disk-", "vm-cd-", "vm-adopt-disks",
			   "snapshot-disk-", "diagnostic-vdi-") },
	{ "Storage", PREFIXES("sr-", "pbd-", "sm-") },
	{ "Networks", PREFIXES("network-", "vif-", "pif-", "vm-vif-", "bond-", "vlan-") },
	{ "Host", PREFIXES("host-", "pool-") },
	{ "Other", PREFIXES("") },
};

static size_t longest_prefix(const struct area *a, const char *name)
{
	size_t best = 0;

	for (const char *const *p = a->prefixes; *p; p++)
		if (str_starts(name, *p) && strlen(*p) + 1 > best)
			best = strlen(*p) + 1;
	return best;
}

static const struct area *area_of(const char *name)
{
	const struct area *best = areas;

	for (size_t i = 1; i < ARRAY_LEN(areas); i++)
		if (longest_prefix(&areas[i], name) > longest_prefix(best, name))
			best = &areas[i];
	return best;
}

#define SHORT 34 /* what is before a comma, and too little of a clause */

/* The first clause of the command's help. */
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
	for (size_t i = 0; i < ARRAY_LEN(areas); i++) {
		_cleanup_free_ char *title = xasprintf("\n%s:", areas[i].title);
		bool any = false;

		for (size_t k = 0; k < names->n; k++) {
			const char *name = names->items[k];

			if (area_of(name) != &areas[i])
				continue;
			if (!any)
				render_message(r, title);
			any = true;
			const char *help = commands_find(all, name)->help;
			_cleanup_free_ char *line =
				xasprintf("  %-28s  %.*s", name, (int)clause(help), help);

			render_message(r, line);
		}
	}
}
