/* SPDX-License-Identifier: MIT */
/* The areas into which help, docs/commands.md and the manual pages divide the commands. */
#pragma once

#include "xe/model/command.h"

struct area {
	const char *title;
	const char *page;  /* of the manual, in section 7; NULL: none */
	const char *about; /* a sentence or two */
	/*
	 * The area with the longest prefix of a command's name has the command; the last one also
	 * all commands of classes without objects.
	 */
	const char *const *prefixes;
};

/* In the order of help, ended by a NULL title. */
extern const struct area areas[];
const struct area *area_of(const struct command *cmd);
/* NULL: there is no such page. */
const struct area *area_by_page(const char *page);
