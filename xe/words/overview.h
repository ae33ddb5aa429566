/* SPDX-License-Identifier: MIT */
/* What `vxe` prints without words, and the list that `vxe help` prints. */
#pragma once

#include "xe/model/command.h"

/* What vxe is, the first commands, and where to go on. Borrowed. */
extern const char overview_text[];
/* Prints a line for each command in @names, by areas. */
void overview_list(struct render *r, const struct commands *all, const struct strv *names);
