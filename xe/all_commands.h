/* SPDX-License-Identifier: MIT */
/*
 * The list of all commands: the rows that are declared beside the handlers and, for every view (vm, sr ...) of the
 * class registry, a row for each verb (list, param-get ...).
 */
#pragma once

#include "xe/model/command.h"

void commands_init(struct commands *ret, bool as_xe);
void commands_clear(struct commands *c);
#define _cleanup_commands_ _cleanup_(commands_clear)
