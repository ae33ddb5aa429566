/* SPDX-License-Identifier: MIT */
/*
 * The tables of guides (examples, related commands, defaults of commands) of each file; a table ends with a NULL
 * command.
 */
#pragma once

#include "xe/manual/guide.h"

extern const struct guide guide_vm[], guide_snapshot[], guide_disk[], guide_host[];
