/* SPDX-License-Identifier: MIT */
/* A command that there is not: the nearest ones, or the command for a verb of virsh. */
#pragma once

#include "xe/model/command.h"

/* How vxe does what this verb of virsh does; NULL: it is none that is known. */
const char *virsh_command(const char *verb);

/* CLI_UNKNOWN_COMMAND; as `vxe` the report shows the detail. */
int unknown_command(const struct commands *all, const char *name, struct vxe_error *err);
