/* SPDX-License-Identifier: MIT */
#include "xe/model/areas.h"

#include <string.h>

#define PREFIXES(...) ((const char *const[]){ __VA_ARGS__, NULL })

const struct area areas[] = {
	{ "Virtual machines", "vxe-vm",
		"VMs are the domains of libvirt. They are started, stopped and changed while "
		"libvirt and its tools may do the same.",
		PREFIXES("vm-", "console", "vtpm-") },
	{ "Snapshots", "vxe-snapshot",
		"A snapshot keeps the disks of a VM as they are at one instant, a checkpoint its "
		"memory, too. The snapshots of a VM are a tree: after a revert, new ones begin "
		"another branch. None is lost by a revert.",
		PREFIXES("snapshot-", "vm-snapshot", "vm-checkpoint", "vm-adopt-snapshot") },
	{ "Schedules", "vxe-schedule",
		"A schedule takes snapshots of its VMs at certain times and deletes those that its "
		"rules do not keep. A VM belongs to it by its field snapshot-schedule, or by the "
		"schedule's vm-filter. The timer vxe-schedules.timer runs what is due.",
		PREFIXES("vmss-") },
	{ "Templates and copies", "vxe-template",
		"A template is a VM that never runs, from which VMs are made. A clone shares the "
		"disks of its original where neither has changed them; a copy shares nothing.",
		PREFIXES("template-", "vm-clone", "vm-copy", "vm-install", "snapshot-clone",
			"snapshot-copy") },
	{ "Archives", "vxe-archive",
		"An archive has the records and the disks of a VM, a template or a snapshot, in "
		"XenServer's format XVA.",
		PREFIXES("vm-export", "vm-import", "template-export", "snapshot-export-to") },
	{ "Disks", "vxe-disk",
		"A VDI is a disk. A VBD connects it to a VM as a disk or as the medium of a CD "
		"drive. A disk may consist of several layers, files of which each has what changed "
		"after the one below it.",
		PREFIXES("vdi-", "vbd-", "cd-", "vm-disk-", "vm-cd-", "vm-adopt-disks",
			"snapshot-disk-", "diagnostic-vdi-", "space") },
	{ "Storage", "vxe-storage",
		"A storage repository (SR) is a place for disks: a directory, a device, an NFS "
		"server, or a collection of CDs. A PBD says where it lies and attaches it.",
		PREFIXES("sr-", "pbd-", "sm-") },
	{ "Networks", "vxe-network",
		"A network connects the network cards of VMs (VIFs) with each other, or by a "
		"bridge with a network interface of the host (PIF).",
		PREFIXES("network-", "vif-", "pif-", "vm-vif-", "bond-", "vlan-") },
	{ "Host", "vxe-host", "The machine that vxe runs on. It is a pool of its own.",
		PREFIXES("host-", "pool-") },
	{ "Other", "vxe-other",
		"Appliances, which are groups of VMs, messages, tasks, secrets, and checks of all "
		"that there is.",
		PREFIXES("") },
	{ "Without objects", NULL,
		"These classes have no objects on KVM. Their commands exist so that scripts which "
		"ask for them get an empty list instead of an error.",
		PREFIXES("patch-", "role-", "subject-", "update-") },
	{ 0 },
};

/* One more than the length of the area's longest prefix with which @name begins; 0: none of the prefixes fits. */
static size_t longest_prefix(const struct area *a, const char *name)
{
	size_t best = 0;

	for (const char *const *p = a->prefixes; *p; p++)
		if (str_starts(name, *p) && strlen(*p) + 1 > best)
			best = strlen(*p) + 1;
	return best;
}

const struct area *area_of(const struct command *cmd)
{
	const struct area *best = areas, *last = &areas[ARRAY_LEN(areas) - 2];

	if (cmd->view && cmd->view->cls->absent)
		return last;
	for (const struct area *a = areas; a->title; a++)
		if (longest_prefix(a, cmd->name) > longest_prefix(best, cmd->name))
			best = a;
	return best;
}
