/* SPDX-License-Identifier: MIT */
/*
 * What help, docs/commands.md and the manual pages say of a command beside its declaration: examples that a test runs,
 * related commands, and the defaults of parameters.
 *
 * In an example, VM-UUID stands for the UUID of a VM, VBD-UUID for that of a VBD, and so on, the web server's VM is
 * called web, and files are in /backup and /srv.
 */
#pragma once

#include "xe/model/command.h"

#define GUIDE_EXAMPLES 2

struct guide {
	const char *command;
	/* the words behind the command's name in each example; NULL: there are no more examples */
	const char *examples[GUIDE_EXAMPLES];
	const char *related; /* names of related commands, separated by blanks */
	const char *unrun;   /* the reason why no test runs the examples; NULL: tests run them */
	/* Parameters whose default in this command differs from the default that param_kinds has. */
	struct {
		const char *param, *text;
	} absent[3];
};

/*
 * The tables of guides, one of each file, in no order. Each table ends with a NULL command, and the list of tables with
 * NULL.
 */
extern const struct guide *const guides[];
/*
 * The guide (examples, related commands, defaults) of a command; NULL: the command has none, like most commands that
 * every class has.
 */
const struct guide *guide_of(const char *command);

/*
 * Adds the examples of a command as whole command lines without the name of the program. For a generated command
 * without a guide, such as vdi-param-get, examples are made from the fields of the class.
 */
void guide_examples(const struct command *cmd, struct strv *ret);
/* Adds the names of commands that are related to @cmd, if they exist. */
void guide_related(const struct commands *all, const struct command *cmd, struct strv *ret);
/*
 * The default of a parameter as text: "required", the value that an absent parameter has, "" if the manual says nothing
 * about a default, or NULL if none is declared. Owned.
 */
char *guide_default(const struct command *cmd, const struct param *p);
/* What the manual adds to the description of a parameter: " Required.", " Default: X." or "". Owned. */
char *guide_need(const struct command *cmd, const struct param *p);
/* True if a command of xe has this parameter only as `vxe`. */
bool guide_is_ours(const struct command *cmd, const struct param *p);
