/* SPDX-License-Identifier: MIT */
/* A command that there is not: the nearest ones, or the command for a verb of virsh. */
#pragma once

#include "xe/commands/commands.h"

/* CLI_UNKNOWN_COMMAND; as `vxe` the report shows the detail. */
int unknown_command(const struct commands *all, const char *name, struct vxe_error *err);
