/* SPDX-License-Identifier: MIT */
/* What `vxe` says about all of itself: without words, and the list of `vxe help`. */
#pragma once

#include "xe/model/command.h"

/* What it is, the first commands, where to go on. Borrowed. */
extern const char overview_text[];
/* A line for each of the commands @names, by areas. */
void overview_list(struct render *r, const struct commands *all, const struct strv *names);
