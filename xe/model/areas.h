/* SPDX-License-Identifier: MIT */
/* The areas (VMs, snapshots, disks ...) into which help, docs/commands.md and the manual pages divide the commands. */
#pragma once

#include "xe/model/command.h"

struct area {
	const char *title;
	/* name of the area's manual page, in section 7; NULL: the area has none */
	const char *page;
	const char *about; /* a sentence or two about the area */
	/*
	 * Prefixes of names of commands, ended by NULL. A command is in the area that has the longest prefix of its
	 * name; all commands of classes that never have objects are in the last area.
	 */
	const char *const *prefixes;
};

/* All areas in the order of help; the last one has a NULL title. */
extern const struct area areas[];
const struct area *area_of(const struct command *cmd);
