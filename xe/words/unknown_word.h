/* SPDX-License-Identifier: MIT */
/* The error for an unknown command: names similar ones, or the command for a verb of virsh. */
#pragma once

#include "xe/model/command.h"

/* The command that does what this verb of virsh does; NULL: no such verb is known. */
const char *virsh_command(const char *verb);

/* Fails with CLI_UNKNOWN_COMMAND; as `vxe` the report shows the detail, too. */
int unknown_command(const struct commands *all, const char *name, struct vxe_error *err);
