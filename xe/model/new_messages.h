/* SPDX-License-Identifier: MIT */
/* message-priority=: prints the messages that a command leaves about the selected VMs, on the error stream. */
#pragma once

#include "xe/model/command.h"

/*
 * Finds the messages about @vms with a priority below message-priority= that are not in @seen, adds
 * them to @seen and, with @show, prints them. Does nothing without the key, because vxe's own
 * messages have priority 5, the key's default. A read error does not fail the command.
 */
void messages_look(struct call *c, const struct strv *vms, struct strv *seen, bool show);
