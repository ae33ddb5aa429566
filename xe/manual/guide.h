/* SPDX-License-Identifier: MIT */
/*
 * What help, docs/commands.md and the manual pages say of a command beside its row: examples that a
 * test runs, related commands, and what holds without a parameter.
 *
 * In an example, VM-UUID stands for the UUID of a VM, VBD-UUID for that of a VBD, and so on, the web
 * server's VM is called web, and files are in /backup and /srv.
 */
#pragma once

#include "xe/model/command.h"

#define GUIDE_EXAMPLES 2

struct guide {
	const char *command;
	/* words of each example behind the command; NULL: there are no more */
	const char *examples[GUIDE_EXAMPLES];
	const char *related; /* names of related commands, separated by blanks */
	const char *unrun;   /* why no test runs the examples on this host; NULL: tests run them */
	/* Parameters whose default differs from that of their kind. */
	struct {
		const char *param, *text;
	} absent[3];
};

/* The rows of all files, in no order. Each table ends with a NULL command, and the list with NULL. */
extern const struct guide *const guides[];
/* The guide of a command; NULL: it has none, as most commands that every class has. */
const struct guide *guide_of(const char *command);

/*
 * Adds the examples as whole command lines after the program's name; for a verb of records without
 * a row they are made of the class's fields.
 */
void guide_examples(const struct command *cmd, struct strv *ret);
/* Adds the names of related commands that exist. */
void guide_related(const struct commands *all, const struct command *cmd, struct strv *ret);
/* "required", the value that an absent parameter has, or "" if nothing can be said. Owned. */
char *guide_default(const struct command *cmd, const struct param *p);
/* What the manual adds to a parameter's meaning: " Required.", " Default: X." or "". Owned. */
char *guide_need(const struct command *cmd, const struct param *p);
/* True if a command of xe has this parameter only as `vxe`. */
bool guide_is_ours(const struct command *cmd, const struct param *p);
