/* SPDX-License-Identifier: MIT */
/*
 * The entries of docs/commands.md and of the manual pages: one command each, but the commands for
 * the fields of an object (X-param-list, -get, -set, -add, -remove, -clear) are one entry of their
 * class.
 */
#pragma once

#include "xe/manual/guide.h"

#define ENTRY_COMMANDS 6

struct entry {
	/* the view whose X-param-* commands are this entry; NULL: the entry is about one other command */
	const struct view *view;
	size_t n;
	const struct command
		*commands[ENTRY_COMMANDS]; /* the commands of the entry, at least one; borrowed */
};
struct entries {
	size_t n;
	struct entry *items;
};

/* The entries of all commands that the manual describes, in byte order of their first commands. */
void entries_init(struct entries *ret, const struct commands *all);
void entries_clear(struct entries *e);
#define _cleanup_entries_ _cleanup_(entries_clear)

/* The title of an entry: "vm-start"; "vm-param-list, -get, -set". Owned. */
char *entry_title(const struct entry *e);
/* Adds the names of the commands related to @cmd; X-param-* commands of one class are added together as "X-param-*". */
void entry_related(const struct commands *all, const struct command *cmd, struct strv *ret);
