/* SPDX-License-Identifier: MIT */
/* Every command, from the rows beside the handlers and, for every view of the registry, from the verbs. */
#pragma once

#include "xe/model/command.h"

void commands_init(struct commands *ret, bool as_xe);
void commands_clear(struct commands *c);
#define _cleanup_commands_ _cleanup_(commands_clear)
