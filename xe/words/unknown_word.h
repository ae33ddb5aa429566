/* SPDX-License-Identifier: MIT */
/* The error for an unknown command: what it may mean here, by a table of synonyms first, then by its letters. */
#pragma once

#include "xe/model/command.h"

/* The command that does what this verb of virsh does; NULL: no such verb is known. */
const char *virsh_command(const char *verb);
/* The command that people or other tools call by this name, with the words that it needs; owned. NULL: none. */
char *synonym_command(const struct commands *all, const char *name);

/*
 * Fails with CLI_UNKNOWN_COMMAND; as `vxe` the report shows the detail, too: what may have been meant, with the words of
 * @params that have no key (NULL: none) as the VM and the snapshot.
 */
int unknown_command(const struct commands *all, const char *name, const struct params *params,
	struct vxe_error *err);
/* A word without a key, as the command may mean it: "vm=web"; owned. NULL: the command selects nothing by a name. */
char *meant_word(const struct command *cmd, const char *word);
