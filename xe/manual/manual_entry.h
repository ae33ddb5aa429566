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
	const struct view *view; /* of X-param-*; NULL: a command by itself */
	size_t n;
	const struct command *commands[ENTRY_COMMANDS]; /* at least one; borrowed */
};
struct entries {
	size_t n;
	struct entry *items;
};

/* Of all commands that are told about, in byte order of their first commands. */
void entries_init(struct entries *ret, const struct commands *all);
void entries_clear(struct entries *e);
#define _cleanup_entries_ _cleanup_(entries_clear)

/* "vm-start", "vm-param-list, -get, -set". Owned. */
char *entry_title(const struct entry *e);
/* Related commands, with those of X-param-* as "X-param-*" once. */
void entry_related(const struct commands *all, const struct command *cmd, struct strv *ret);
