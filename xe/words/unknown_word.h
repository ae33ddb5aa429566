/* SPDX-License-Identifier: MIT */
/*
 * The error for an unknown command, with a hint at what may have been meant: by a table of synonyms first, then by
 * similar letters.
 */
#pragma once

#include "xe/model/command.h"

/* The command of vxe that does what this verb of virsh does; NULL: there is no such verb. */
const char *virsh_command(const char *verb);
/*
 * The command that people or other tools call by this name, with its required parameters; owned. NULL: there is none.
 */
char *synonym_command(const struct commands *all, const char *name);

/*
 * Fails with CLI_UNKNOWN_COMMAND. As `vxe` the report also shows the detail of the error, which says what may have been
 * meant; words of @params that have no key (@params may be NULL) are taken for the VM and the snapshot.
 */
int unknown_command(const struct commands *all, const char *name, const struct params *params,
	struct vxe_error *err);
/*
 * A typed word without a key, as the command may mean it: "vm=web"; owned. NULL: the command selects nothing by a name.
 */
char *meant_word(const struct command *cmd, const char *word);
