/* SPDX-License-Identifier: MIT */
/* message-priority=: messages about the selected VMs that a command leaves, on the error stream. */
#pragma once

#include "xe/command.h"

/*
 * The messages about @vms with a priority below message-priority= that are not in @seen are added
 * to it and, with @show, printed. Without the key nothing happens: vxe's own messages have priority
 * 5, and 5 is the key's default. What cannot be read is no failure of the command.
 */
void messages_look(struct call *c, const struct strv *vms, struct strv *seen, bool show);
