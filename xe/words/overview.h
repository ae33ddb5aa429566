/* SPDX-License-Identifier: MIT */
/* What `vxe` prints without words, and the list that `vxe help` prints. */
#pragma once

#include "xe/model/command.h"

/* What `vxe` prints without words: what the program is, the first commands, and where to find more. */
extern const char overview_text[];
/* Prints a line for each command in @names, grouped by areas (VMs, snapshots, disks ...). */
void overview_list(struct render *r, const struct commands *all, const struct strv *names);
