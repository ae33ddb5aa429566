/* SPDX-License-Identifier: MIT */
/* Areas: help, docs/commands.md and the manual pages divide the commands into these. */
#pragma once

#include "xe/model/command.h"

struct area {
	const char *title;
	const char *page;  /* name of the manual page, in section 7; NULL: it has none */
	const char *about; /* a sentence or two about the area */
	/*
	 * The area with the longest prefix of a command's name has the command; the last one also
	 * all commands of classes without objects.
	 */
	const char *const *prefixes;
};

/* In the order of help; ends with a NULL title. */
extern const struct area areas[];
const struct area *area_of(const struct command *cmd);
