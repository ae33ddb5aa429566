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
	const char *examples[GUIDE_EXAMPLES]; /* the words after the command; NULL: no more */
	const char *related;		      /* names of commands between blanks */
	const char *unrun; /* why no test runs the examples here; NULL: tests run them */
	/* Where the command's default differs from that of the parameter's kind. */
	struct {
		const char *param, *text;
	} absent[3];
};

/* The rows of all files, in no order, each ended by a NULL command; itself ended by NULL. */
extern const struct guide *const guides[];
/* NULL: the command has no row, as all verbs of records but the usual ones. */
const struct guide *guide_of(const char *command);

/*
 * Adds the examples as whole command lines after the program's name; for a verb of records without
 * a row they are made of the class's fields.
 */
void guide_examples(const struct command *cmd, struct strv *ret);
/* Adds the names of related commands that exist. */
void guide_related(const struct commands *all, const struct command *cmd, struct strv *ret);
/* "required", the value without it, or "" where nothing can be said. Owned. */
char *guide_default(const struct command *cmd, const struct param *p);
/* What the manual says behind a parameter's meaning: " Required.", " Default: X." or "". Owned. */
char *guide_need(const struct command *cmd, const struct param *p);
/* A command of xe's has this parameter as `vxe` alone. */
bool guide_is_ours(const struct command *cmd, const struct param *p);
